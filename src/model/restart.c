// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/restart.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void restart_counter(struct go_counter *counter)
{
	if (counter->known)
		go_counter__start(counter, counter->last);
}

/* The last reading becomes the first one. */
static void restart_heap(struct go_heap *heap)
{
	for (int i = 0; i < GO_TOTALS; i++)
		restart_counter(&heap->totals[i]);
	memset(heap->most, 0, sizeof(heap->most));
	heap->thinning = (struct thinning){0};
	if (!heap->readings)
		return;
	heap->first_ns = heap->last_ns;
	heap->readings = 1;
	heap->recent[0] = (struct go_heap_reading){.time_ns = heap->last_ns};
	heap->peak_bytes = go_heap__live_bytes(heap);
	heap->peak_objects = go_heap__live_objects(heap);
	heap->peak_ns = heap->last_ns;
}

static void restart_stacks(struct stacks *stacks, size_t points_max)
{
	for (size_t i = 0; i < stacks->cnt; i++) {
		struct stack *stack = &stacks->items[i];

		stacks->bytes -= stack->class_cnt * sizeof(*stack->classes) +
				 stack->life_cnt * sizeof(*stack->lives);
		free(stack->classes);
		free(stack->lives);
		stack->classes = NULL;
		stack->lives = NULL;
		stack->class_cnt = stack->life_cnt = 0;
		stack->freed_objects = stack->lifetime_sum_s = stack->lifetime_sq_s2 = 0;
		stack->freed_n = 0;
		stack->failed = (struct sample_sums){0};
		/* those that are live may end in this span */
		stack->tracked_objects = stack->live.objects;
		stack->tracked_n = stack->live.n;
	}
	stacks__drop_points(stacks, points_max);
}

static void restart_go(struct go *go)
{
	restart_counter(&go->cycles);
	restart_counter(&go->forced);
	restart_counter(&go->pause_ns);
	restart_heap(&go->heap);
	go->first_ns = go->last_ns;
	go->state_first_ns = go->state.head.time_ns;
	go->state_first_ppm = go->state.gc_cpu_ppm;
	go->sample_n = go->dropped_samples = 0;
	go->classes.first_ns = go->classes.last_ns;
	memset(go->classes.large, 0, sizeof(go->classes.large));
	for (size_t i = 0; i < go->classes.cnt; i++)
		for (int k = 0; k < GO_TOTALS; k++)
			restart_counter(&go->classes.items[i].counts[k]);
	go->buckets.first_ns = go->buckets.last_ns;
	go->buckets.thinning = (struct thinning){0};
	for (size_t i = 0; i < go->buckets.cnt; i++)
		restart_counter(&go->buckets.items[i].total);
	restart_stacks(&go->stacks, GO_TICKS_MAX);
}

int process__restart(struct process *process, struct store *store, uint64_t now_ns)
{
	size_t before = stacks__bytes(&process->stacks);
	int err = windows__restart(&process->windows, now_ns);

	if (err)
		return err;
	process->first_ns = now_ns;
	process->complete_n = process->sample_n = process->dropped_samples = 0;
	process->ended_sum_s = process->freed_bytes = 0;
	process->sums_so_far = (struct view_sums){0};
	process->peak = process->live;
	process->peak_ns = process->live.n ? now_ns : 0;
	for (int family = 0; family < 2; family++)
		if (process->sums[family])
			memset(process->sums[family], 0, SIZE_CLASSES * sizeof(struct sample_sums));
	if (process->lives)
		memset(process->lives, 0, LIFE_CLASSES * sizeof(*process->lives));
	process->vitals.cnt = 0;
	process->vitals.thinning = (struct thinning){0};
	process->ticks.thinning = (struct thinning){0};
	process__shed_chains(process, store);
	restart_stacks(&process->stacks, LIVE_POINTS_MAX);
	store->stack_bytes -= before - stacks__bytes(&process->stacks);
	if (process->threads)
		threads__restart(process->threads);
	if (process->peaks)
		peaks__restart(process->peaks, now_ns);
	if (!process->go)
		return 0;
	before = go__bytes(process->go);
	restart_go(process->go);
	store->stack_bytes -= before - go__bytes(process->go);
	return 0;
}
