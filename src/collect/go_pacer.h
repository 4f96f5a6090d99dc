/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The garbage collector's pacer (runtime.gcControllerState): its settings, the live heap, and the
 * goal, computed as the runtime does where it does not keep it. Pure; called by go_figures.c.
 */
#ifndef HB_COLLECT_GO_PACER_H
#define HB_COLLECT_GO_PACER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/go_layout.h"

#define GO_PACER_MAX_BYTES 4352
#define GO_GOAL_NONE	   UINT64_MAX /* neither GOGC nor a limit ask for a cycle */

struct go_pacer {
	int32_t gogc;		/* negative: off */
	bool has_limit;		/* since Go 1.19; without, what follows heap_goal is unset */
	uint64_t limit;		/* bytes; INT64_MAX: none */
	uint64_t live, marked;	/* bytes */
	uint64_t mark_start_ns; /* CLOCK_MONOTONIC */
	uint64_t heap_goal;	/* as it is kept, before 1.19 */
	uint64_t gogc_goal, sweep_trigger, triggered;
	uint64_t in_use, released, free, allocated, freed, ready; /* bytes */
};

/* Bytes of the struct that are looked at, with heapLive at @live_at. */
size_t go_pacer__bytes(uint32_t live_at);
/* @live_at and @marked_at: of heapLive and heapMarked in @raw. */
void go_pacer__parse(const void *raw, const struct go_layout *layout, uint32_t live_at,
		     uint32_t marked_at, struct go_pacer *ret);
/* Next cycle's heap goal, bytes, or GO_GOAL_NONE. */
uint64_t go_pacer__goal(const struct go_pacer *pacer, unsigned headroom_percent);

#endif
