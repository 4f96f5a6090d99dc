// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/live_view.h"

#include <math.h>

#include "model/figure.h"

#include "base/banned.h"

static void peak_of_process(struct view_process *to, const struct peaks *peaks)
{
	bool every = to->interval_bytes <= 1;

	/* Counters are read once a second, events are seen at once: but they are samples, unless
	 * every call is one. */
	if (!every && to->mode == PLAN_FULL)
		return;
	to->peak_ns = peaks->peak_ns;
	to->peak_bytes =
		figure__estimate(peaks->peak.bytes, 0, peaks->peak.bytes_var, peaks->peak.n);
	if (!every || peaks->hurried || to->loss.lost_free_records)
		to->peak_bytes.basis = BASIS_SAMPLED;
	to->peak_bytes.lower_bound = to->live_bytes.lower_bound;
}

void live_view__peak(struct view_process *to, const struct process *process)
{
	const struct peaks *peaks = process->peaks;

	if (!peaks || !peaks->peak_ns || !to->frees_seen)
		return;
	to->peak_known = true;
	for (size_t i = 0; i < process->stacks.cnt; i++) {
		struct live_sums sums = peaks__of_stack(peaks, (uint32_t)i);
		struct view_stack *stack = &to->stacks[i];

		stack->peak_bytes = sums.bytes;
		stack->peak_objects = sums.objects;
		stack->peak_bytes_var = sums.bytes_var;
		stack->peak_objects_var = sums.objects_var;
		stack->peak_n = sums.n;
	}
	/* A filter leaves blocks out: the process's peak is then that of the counters. */
	if (to->live_bytes.basis != BASIS_UNKNOWN)
		peak_of_process(to, peaks);
}

void live_view__older(struct view_process *to, const struct process *process,
		      const struct store *store, uint64_t now_ns)
{
	uint64_t older_ns = store->filter.older_ns;

	if (!older_ns || !to->frees_seen)
		return;
	for (uint32_t i = process->first_block; i != BLOCK_NONE; i = store->blocks.items[i].next) {
		const struct block *block = &store->blocks.items[i];
		struct live_sums sums;
		struct view_stack *stack;

		if (block->stack == STACK_NONE || block->born_ns + older_ns <= now_ns)
			continue;
		stack = &to->stacks[block->stack];
		sums = (struct live_sums){stack->live_bytes, stack->live_objects,
					  stack->live_bytes_var, stack->live_objects_var,
					  stack->live_n};
		live_sums__move(&sums, (double)block->size_bytes, block->probability, -1);
		stack->live_bytes = sums.bytes;
		stack->live_objects = sums.objects;
		stack->live_bytes_var = sums.bytes_var;
		stack->live_objects_var = sums.objects_var;
		stack->live_n = sums.n;
	}
}
