/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last GC cycles of a Go program. Two sources: the runtime's own ring (numbered, with the end and
 * the pauses), and probes (number 0, with cause and mark time), which are joined to the ring's by the
 * time of their end; without a ring they are cycles of their own. Called by go.c; read by go_view.c.
 */
#ifndef HB_MODEL_GO_CYCLES_H
#define HB_MODEL_GO_CYCLES_H

#include "model/view.h"

#define GO_UNJOINED 32 /* seen by a probe, not yet by a reading */

struct go_cycles {
	struct view_go_cycle *items; /* VIEW_GO_CYCLES, oldest first; NULL: none yet */
	size_t cnt;
	struct view_go_cycle unjoined[GO_UNJOINED];
	size_t unjoined_cnt;
	/* of those that are kept; unknown without any */
	struct figure interval_s, interval_p99_s, pause_s, pause_p99_s;
	bool stale; /* they are of before the last change */
};

/* Zero-initialise to begin with. */
void go_cycles__release(struct go_cycles *cycles);
/* Take one cycle. @ended_wall_ns stands in where the record has none; @ring: the runtime's own ring
 * is read. 0 or -ENOMEM. */
int go_cycles__add(struct go_cycles *cycles, const struct record_go_cycle *record,
		   uint64_t ended_wall_ns, bool ring);
/* Work out medians and 99th percentiles anew if something has changed. */
void go_cycles__settle(struct go_cycles *cycles);
size_t go_cycles__bytes(const struct go_cycles *cycles);

#endif
