/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the model holds of the runtime of one Go process, and how GO_* records change it. Called by
 * model.c with records that are sound and belong to this process; read by go_view.c.
 *
 * One figure, one authority: totals of the heap come from the runtime's counters and are exact; sites
 * come from the profile that the program keeps, or, where it keeps none, from samples of probes. They
 * are never added up.
 */
#ifndef HB_MODEL_GO_H
#define HB_MODEL_GO_H

#include "model/go_profile.h"
#include "model/go_classes.h"
#include "model/go_cycles.h"
#include "model/go_places.h"
#include "model/go_heap.h"
#include "model/go_looks.h"

struct go {
	char *version, *coverage; /* NULL: absent */
	uint32_t parts;		  /* enum go_part */
	uint64_t profile_rate_bytes;
	uint64_t first_ns, last_ns; /* of its records */
	bool state_known;
	struct record_go_state state;		  /* the last one; what cannot fall does not */
	uint64_t state_first_ns, state_first_ppm; /* of the first one: time, gc_cpu_ppm */
	struct go_counter cycles, forced, pause_ns;
	struct go_heap heap;
	struct go_classes classes;
	struct go_profile buckets;
	struct stacks stacks;
	uint64_t tick_cycle;
	struct go_places goroutines;
	struct go_cycles gc;
	struct go_looks_sums looks;
	uint64_t sample_n;
	uint64_t dropped_samples; /* of probes, beyond the caps on stacks */
};

/* What a record is taken in with. */
struct go_context {
	uint64_t origin_ns;  /* when the process was first seen: 0 of its series */
	int64_t wall_offset; /* wall clock less CLOCK_BOOTTIME, ns; 0 unknown */
	bool may_grow;	     /* there is room for more stacks, buckets and places */
};

/* NULL with errno set. */
struct go *go__new(uint64_t now_ns);
void go__free(struct go *go);
/* 0 or -ENOMEM (taken in part). */
int go__apply(struct go *go, const struct record *record, const struct go_context *context);
/* Give back what sites and series take; figures stay. */
void go__shed(struct go *go);
/* CPU charged for probes in the runtime, seconds; 0 for NULL. */
double go__charged_s(const struct go *go);
/* Bytes held. */
size_t go__bytes(const struct go *go);

#endif
