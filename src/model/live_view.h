/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of live blocks only a report asks for: those at the peak, those of some age. The rest of
 * snapshot.c, which calls it. */
#ifndef HB_LIVE_VIEW_H
#define HB_LIVE_VIEW_H

#include "model/process.h"

/* What was live at the peak, where it was followed. */
void live_view__peak(struct view_process *to, const struct process *process);
/* The live sums of stacks without blocks younger than the filter wants at @now_ns. */
void live_view__older(struct view_process *to, const struct process *process,
		      const struct store *store, uint64_t now_ns);

#endif
