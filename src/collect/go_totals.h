/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime's own counts of what was allocated and freed (memstats.heapStats), put together from
 * the three blocks it keeps them in. Pure; called by go_figures.c.
 *
 * Writers add to block `gen`. A reader of the runtime moves gen on, adds the block that is now two
 * back to the one that was written last, then clears it: outside of that moment the block behind
 * gen is zero, and the sum of all three is the truth.
 */
#ifndef HB_COLLECT_GO_TOTALS_H
#define HB_COLLECT_GO_TOTALS_H

#include <stddef.h>
#include <stdint.h>

#include "collect/record.h"

#define GO_CLASSES	    68 /* class 0 is not used; the same sizes since Go 1.17 */
#define GO_TOTALS_MAX_BYTES (3 * (6 + 3 + 2 + 2 * GO_CLASSES) * 8 + 8)

extern const uint16_t go_class_bytes[GO_CLASSES];

struct go_totals {
	uint64_t committed, released, in_heap, in_stacks; /* bytes now */
	uint64_t tiny_cnt;				  /* small objects that share a block */
	uint64_t large_bytes, large_cnt, large_freed_bytes, large_freed_cnt;
	uint64_t mallocs[GO_CLASSES], frees[GO_CLASSES];
};

/* Bytes of the struct: three blocks of @head_words words and the counts, and gen. */
size_t go_totals__bytes(unsigned head_words);

/*
 * Sum the blocks at @raw. @gen_before was read before them. 0, -EAGAIN (a reader of the runtime was
 * at work: read again), -EINVAL (no such struct: more frees than mallocs, counts in class 0).
 */
int go_totals__sum(const void *raw, unsigned head_words, uint32_t gen_before,
		   struct go_totals *ret);

/* No cumulative count below what it was in @seen. Until Go 1.18 a span's objects count as allocated
 * when a P takes it, and no more when it gives the rest back. */
void go_totals__raise(struct go_totals *totals, const struct go_totals *seen);

/* Objects as runtime.MemStats counts them, and their bytes, into @state. */
void go_totals__state(const struct go_totals *totals, struct record_go_state *state);
/* Classes that were ever used, then large objects if there were any: up to GO_CLASSES rows. */
size_t go_totals__rows(const struct go_totals *totals, struct go_class_row *rows);

#endif
