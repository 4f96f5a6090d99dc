/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one process image has added to its group: cumulative, from a view to the next. Counted where
 * its calls were seen, carried on at the rate of its last windows where they were not. Pure; called
 * by groups.c for each observed image and tick.
 *
 * Nothing ever steps back: where an estimate turns out lower than what was published, the total
 * stays until it is reached.
 */
#ifndef HB_IMAGE_TOTALS_H
#define HB_IMAGE_TOTALS_H

#include "model/host.h"

/* The counters of a group, then the buckets and sum of its two histograms. */
enum {
	TOTAL_SIZES = GROUP_COUNTERS,
	TOTAL_SIZES_SUM = TOTAL_SIZES + GROUP_BUCKETS,
	TOTAL_LIVES,
	TOTAL_LIVES_SUM = TOTAL_LIVES + GROUP_BUCKETS,
	TOTALS,
};

/* Without a window for so long, the rate of the last one says nothing more. */
#define RATE_STALE_S 600.0

struct image_totals {
	uint64_t since_ns;	/* when the first window was seen; 0: none yet */
	double seen_before_s;	/* observed until then */
	double unseen_s;	/* between windows since then: carried on already */
	double carried[TOTALS]; /* by the rate of the last windows */
	double published[TOTALS];
	double before[TOTALS]; /* counted before it was watched: not the group's */
	bool begun[TOTALS];    /* that is settled */
	bool skip_before;      /* a runtime that counts for itself, from the program's start */
};

struct group_totals {
	double value[TOTALS];
	bool known[TOTALS];
};

/*
 * Add to @group what @process shows beyond what @totals has given already. @alive: it was there at
 * @now_ns (CLOCK_BOOTTIME); @counted: and all its calls are being counted, so there is nothing to
 * carry on. True if anything of the process is known.
 */
bool image_totals__advance(struct image_totals *totals, struct group_totals *group,
			   const struct view_process *process, uint64_t now_ns, bool alive,
			   bool counted);

#endif
