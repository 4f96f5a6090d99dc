/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The published numbers of one process: coverage, exact totals, rates, live heap, growth. */
#ifndef HB_PROCESS_FIGURES_H
#define HB_PROCESS_FIGURES_H

#include "model/process.h"

/* Fill the figures of @to as of @now_ns; to->frees_seen is set already. What @process has no
 * evidence for stays BASIS_UNKNOWN. */
void process_figures__fill(struct view_process *to, const struct process *process, uint64_t now_ns);

/* Beside them, what takes longer: trends and survival. */
void process_figures__analyse(struct view_process *to, const struct process *process,
			      const struct store *store, uint64_t now_ns);

#endif
