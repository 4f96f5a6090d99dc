/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process image under observation: its target, its slot in the maps, its links, its gate and the
 * epoch that is open. Made by a session, driven by govern/'s plan; counters are read here, records
 * come through collect/.
 */
#ifndef HB_WATCH_H
#define HB_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/record.h"
#include "kernel/link.h"
#include "kernel/object.h"
#include "probe/cost.h"
#include "probe/mechanism.h"
#include "target/target.h"

struct watch {
	struct object *object;
	struct target *target; /* owned */
	size_t slot;
	uint32_t image; /* number in the capture, from 1 */
	uint64_t exec_id;
	const struct cost_table *costs;
	const struct mechanism *mechanism;
	struct link_set *links; /* NULL: not attached */
	bool full, stacks;
	bool lean; /* looks on perf links: malloc and calloc at entry only, so that a close is cheap */
	bool partial; /* link malloc alone: enough for a trial, and quickly gone */

	/* the open epoch; mode PLAN_REST while the gate is shut */
	enum plan_mode mode;
	uint32_t epoch; /* of the last window; 0 before the first */
	uint64_t interval_bytes;
	uint64_t opened_ns, closed_ns;
	uint64_t cpu_ns; /* of the process since its start, as last read */
	uint64_t cpu_opened_ns, cpu_closed_ns;
	struct hb_counters base; /* at the opening of the gate */
	struct hb_counters last; /* at its shutting, or the latest reading */
	uint64_t delivered;	 /* SAMPLE records taken from the ring, all epochs */
	uint64_t lost_queue;	 /* of these: the unwinder's queue was full */
	bool gone;		 /* exited or exec'ed: no more windows */
};

/* Take @target over (freed by watch__free, on failure too) and fill the slot's config. 0 or -errno
 * with @error filled. */
int watch__init(struct watch *watch, struct object *object, size_t slot, uint32_t image,
		struct target *target, const struct cost_table *costs, struct error *error);
/* Close what is open and free the target. */
void watch__release(struct watch *watch);

/* Attach or detach; see struct mechanism. */
int watch__attach(struct watch *watch, struct error *error);
void watch__detach(struct watch *watch);
/* Detach by one link, where that is slow: true when none is left. The gate must be shut. */
bool watch__detach_step(struct watch *watch);
static inline bool watch__is_attached(const struct watch *watch)
{
	return watch->links != NULL;
}

/* Open the gate: a new epoch in @mode begins. @interval_bytes 0: count only, sample nothing. */
void watch__open_gate(struct watch *watch, enum plan_mode mode, uint64_t interval_bytes);
/* Shut it and read the counters: figures end here, cost goes on until the detach. */
void watch__shut_gate(struct watch *watch);
/* Change the interval of the open epoch; weights travel in the records. */
void watch__set_interval(struct watch *watch, uint64_t interval_bytes);

/* The slot's counters now, into @ret. Adds are atomic; a reading is as consistent as one of a
 * running system can be, and exact at quiescence. */
void watch__read(const struct watch *watch, struct hb_counters *ret);
/* Read the process's CPU time; the last reading stands when the process is gone. */
uint64_t watch__cpu_ns(struct watch *watch);
/* CPU charged since the watch began / by the hits inside the open or last gate, ns. */
uint64_t watch__charged_ns(const struct watch *watch);
uint64_t watch__stolen_ns(const struct watch *watch);

#endif
