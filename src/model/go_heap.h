/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Totals of the heap of a Go program over its readings, exact: what has come since the first one, the
 * last few for the present rate, what is live, its peak, and what each GC has left over (that alone
 * shows growth: live bytes are a sawtooth). Called by go.c; read by go_view.c.
 */
#ifndef HB_MODEL_GO_HEAP_H
#define HB_MODEL_GO_HEAP_H

#include <stddef.h>

#include "collect/record.h"
#include "model/go_counter.h"
#include "model/thinning.h"

#define GO_RECENT	 9 /* readings, so at most eight spans */
#define GO_MARKED_POINTS 256

enum go_total { GO_MALLOCS, GO_FREES, GO_ALLOCATED, GO_FREED, GO_TOTALS };

/* Which part of a reading the totals come from: one authority, the first that was there. */
enum go_authority { GO_AUTHORITY_NONE, GO_AUTHORITY_STATE, GO_AUTHORITY_CLASSES };

struct go_heap_reading {
	uint64_t time_ns;
	uint64_t since[GO_TOTALS];
};

struct go_heap {
	enum go_authority authority;
	struct go_counter totals[GO_TOTALS];
	uint64_t most[GO_TOTALS]; /* what was ever published as a sum: does not fall */
	uint64_t first_ns, last_ns;
	uint64_t readings;
	struct go_heap_reading
		recent[GO_RECENT]; /* ring: the newest at (readings - 1) % GO_RECENT */
	uint64_t peak_bytes, peak_objects, peak_ns;
	struct thinning thinning;
	double *marked_s, *marked_bytes; /* GO_MARKED_POINTS each, one a GC; NULL: none yet */
	uint64_t marked_cycle;
};

/* Zero-initialise to begin with. */
void go_heap__release(struct go_heap *heap);
/* Totals at @time_ns, as @authority says; left out where they contradict themselves. */
void go_heap__read(struct go_heap *heap, enum go_authority authority, uint64_t time_ns,
		   const uint64_t totals[GO_TOTALS]);
/* What GC number @cycle has left over, seen @at_s; once a cycle. 0 or -ENOMEM. */
int go_heap__mark(struct go_heap *heap, double at_s, uint64_t cycle, uint64_t marked_bytes);

/* Allocated and not freed since the program's start. */
uint64_t go_heap__live_bytes(const struct go_heap *heap);
uint64_t go_heap__live_objects(const struct go_heap *heap);
/* The oldest reading that is kept; NULL before the second one. */
const struct go_heap_reading *go_heap__recent(const struct go_heap *heap);
/* Bytes held beside the struct. */
size_t go_heap__bytes(const struct go_heap *heap);

#endif
