/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables of a Go runtime that hold single figures, read together in one system call: its
 * counts of objects, its pacer, the rings of pauses, settings. Called by go_reader.c.
 */
#ifndef HB_COLLECT_GO_FIGURES_H
#define HB_COLLECT_GO_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/go_pacer.h"
#include "collect/go_pauses.h"
#include "collect/go_process.h"
#include "collect/go_totals.h"

struct go_figures {
	/* Which of the following were read and are not contradictory. */
	bool has_totals, has_pacer, has_pauses;
	struct go_totals totals;
	struct go_pacer pacer;
	struct go_pauses pauses;
	uint64_t profile_rate_bytes;
	uint32_t procs; /* 0 unknown */
};

/* 0 or -ESRCH. */
int go_figures__read(const struct go_process *process, struct go_figures *ret);

/* What has been read, as a record; unknown: 0, and UINT64_MAX where the record says so. */
void go_figures__state(const struct go_figures *figures, const struct go_layout *layout,
		       struct record_go_state *ret);

#endif
