// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_totals.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

#define BLOCKS 3

const uint16_t go_class_bytes[GO_CLASSES] = {
	0,     8,     16,    24,    32,	   48,	  64,	 80,	96,    112,   128,   144,
	160,   176,   192,   208,   224,   240,	  256,	 288,	320,   352,   384,   416,
	448,   480,   512,   576,   640,   704,	  768,	 896,	1024,  1152,  1280,  1408,
	1536,  1792,  2048,  2304,  2688,  3072,  3200,	 3456,	4096,  4864,  5376,  6144,
	6528,  6784,  6912,  8192,  9472,  9728,  10240, 10880, 12288, 13568, 14336, 16384,
	18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
};

static size_t block_words(unsigned head_words)
{
	return head_words + 3 + GO_CLASSES + 2 + GO_CLASSES;
}

size_t go_totals__bytes(unsigned head_words)
{
	return (BLOCKS * block_words(head_words) + 1) * sizeof(uint64_t);
}

static bool is_contradictory(const struct go_totals *totals)
{
	if (totals->mallocs[0] || totals->frees[0] || totals->large_freed_cnt > totals->large_cnt ||
	    totals->large_freed_bytes > totals->large_bytes)
		return true;
	for (unsigned i = 1; i < GO_CLASSES; i++)
		if (totals->frees[i] > totals->mallocs[i])
			return true;
	return false;
}

int go_totals__sum(const void *raw, unsigned head_words, uint32_t gen_before, struct go_totals *ret)
{
	size_t words = block_words(head_words), behind;
	const uint64_t *all = raw;
	struct go_totals totals;
	uint64_t sums[6 + 3 + GO_CLASSES + 2 + GO_CLASSES] = {0};
	const uint64_t *counts = sums + head_words;
	uint32_t gen = (uint32_t)all[BLOCKS * words];

	if (gen >= BLOCKS)
		return -EINVAL;
	if (gen != gen_before)
		return -EAGAIN;
	behind = (gen + 1) % BLOCKS;
	for (size_t i = 0; i < words; i++) {
		if (all[behind * words + i])
			return -EAGAIN;
		sums[i] = all[i] + all[words + i] + all[2 * words + i];
	}
	totals = (struct go_totals){.committed = sums[0],
				    .released = sums[1],
				    .in_heap = sums[2],
				    .in_stacks = sums[3],
				    .tiny_cnt = counts[0],
				    .large_bytes = counts[1],
				    .large_cnt = counts[2],
				    .large_freed_bytes = counts[3 + GO_CLASSES],
				    .large_freed_cnt = counts[3 + GO_CLASSES + 1]};
	memcpy(totals.mallocs, counts + 3, sizeof(totals.mallocs));
	memcpy(totals.frees, counts + 3 + GO_CLASSES + 2, sizeof(totals.frees));
	if (is_contradictory(&totals))
		return -EINVAL;
	*ret = totals;
	return 0;
}

static void raise_to(uint64_t *count, uint64_t seen)
{
	if (*count < seen)
		*count = seen;
}

void go_totals__raise(struct go_totals *totals, const struct go_totals *seen)
{
	raise_to(&totals->tiny_cnt, seen->tiny_cnt);
	raise_to(&totals->large_bytes, seen->large_bytes);
	raise_to(&totals->large_cnt, seen->large_cnt);
	raise_to(&totals->large_freed_bytes, seen->large_freed_bytes);
	raise_to(&totals->large_freed_cnt, seen->large_freed_cnt);
	for (unsigned i = 0; i < GO_CLASSES; i++) {
		raise_to(&totals->mallocs[i], seen->mallocs[i]);
		raise_to(&totals->frees[i], seen->frees[i]);
	}
}

void go_totals__state(const struct go_totals *totals, struct record_go_state *state)
{
	/* Tiny objects are counted as freed at once: only their shared block has a life. */
	state->mallocs = totals->large_cnt + totals->tiny_cnt;
	state->frees = totals->large_freed_cnt + totals->tiny_cnt;
	state->allocated_bytes = totals->large_bytes;
	state->freed_bytes = totals->large_freed_bytes;
	for (unsigned i = 1; i < GO_CLASSES; i++) {
		state->mallocs += totals->mallocs[i];
		state->frees += totals->frees[i];
		state->allocated_bytes += totals->mallocs[i] * go_class_bytes[i];
		state->freed_bytes += totals->frees[i] * go_class_bytes[i];
	}
	state->in_heap_bytes = totals->in_heap;
	state->in_stacks_bytes = totals->in_stacks;
	state->committed_bytes = totals->committed;
	state->released_bytes = totals->released;
}

size_t go_totals__rows(const struct go_totals *totals, struct go_class_row *rows)
{
	size_t cnt = 0;

	for (unsigned i = 1; i < GO_CLASSES; i++)
		if (totals->mallocs[i])
			rows[cnt++] = (struct go_class_row){
				.size_bytes = go_class_bytes[i],
				.mallocs = totals->mallocs[i],
				.frees = totals->frees[i],
				.allocated_bytes = totals->mallocs[i] * go_class_bytes[i],
				.freed_bytes = totals->frees[i] * go_class_bytes[i],
			};
	if (totals->large_cnt)
		rows[cnt++] = (struct go_class_row){
			.mallocs = totals->large_cnt,
			.frees = totals->large_freed_cnt,
			.allocated_bytes = totals->large_bytes,
			.freed_bytes = totals->large_freed_bytes,
		};
	return cnt;
}
