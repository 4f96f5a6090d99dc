// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/peaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#include "base/banned.h"

struct peaks *peaks__new(void)
{
	return calloc(1, sizeof(struct peaks));
}

void peaks__free(struct peaks *peaks)
{
	if (!peaks)
		return;
	free(peaks->heap);
	free(peaks->stacks);
	free(peaks);
}

/* At one moment what ends goes first: a realloc does not hold both sizes. */
static bool is_before(const struct peak_event *a, const struct peak_event *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->sign < b->sign;
}

static void sift_up(struct peak_event *heap, size_t at)
{
	struct peak_event event = heap[at];

	for (; at && is_before(&event, &heap[(at - 1) / 2]); at = (at - 1) / 2)
		heap[at] = heap[(at - 1) / 2];
	heap[at] = event;
}

static void sift_down(struct peak_event *heap, size_t cnt)
{
	struct peak_event event = heap[0];
	size_t at = 0, child;

	while ((child = 2 * at + 1) < cnt) {
		if (child + 1 < cnt && is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &event))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = event;
}

static struct peak_stack *stack_at(struct peaks *peaks, uint32_t index)
{
	size_t cap = peaks->stack_cap ? peaks->stack_cap : 64;
	struct peak_stack *stacks;

	if (index < peaks->stack_cap)
		return &peaks->stacks[index];
	while (cap <= index)
		cap *= 2;
	stacks = reallocarray(peaks->stacks, cap, sizeof(*stacks));
	if (!stacks)
		return NULL;
	memset(stacks + peaks->stack_cap, 0, (cap - peaks->stack_cap) * sizeof(*stacks));
	peaks->stacks = stacks;
	peaks->stack_cap = cap;
	return &stacks[index];
}

static int take(struct peaks *peaks, const struct peak_event *event)
{
	struct peak_stack *stack = NULL;

	if (event->stack != STACK_NONE) {
		stack = stack_at(peaks, event->stack);
		if (!stack)
			return -ENOMEM;
	}
	if (stack && stack->number != peaks->number) {
		stack->at_peak = stack->now;
		stack->number = peaks->number;
	}
	if (stack)
		live_sums__move(&stack->now, event->size_bytes, event->probability, event->sign);
	live_sums__move(&peaks->now, event->size_bytes, event->probability, event->sign);
	if (event->sign > 0 && peaks->now.bytes > peaks->peak.bytes) {
		peaks->peak = peaks->now;
		peaks->peak_ns = event->time_ns;
		peaks->number++;
	}
	return 0;
}

static int take_first(struct peaks *peaks)
{
	struct peak_event first = peaks->heap[0];

	peaks->heap[0] = peaks->heap[--peaks->cnt];
	if (peaks->cnt)
		sift_down(peaks->heap, peaks->cnt);
	return take(peaks, &first);
}

struct event_list {
	struct peak_event *items;
	size_t cnt, cap;
};

int peaks__add(struct peaks *peaks, const struct peak_event *event)
{
	struct event_list list = {peaks->heap, peaks->cnt, peaks->cap};
	int err = vec__add(&list, *event);

	if (err)
		return err;
	peaks->heap = list.items;
	peaks->cnt = list.cnt;
	peaks->cap = list.cap;
	sift_up(peaks->heap, peaks->cnt - 1);
	if (event->time_ns > peaks->newest_ns)
		peaks->newest_ns = event->time_ns;
	while (!err && peaks->cnt && peaks->heap[0].time_ns + PEAK_WAIT_NS < peaks->newest_ns)
		err = take_first(peaks);
	while (!err && peaks->cnt > PEAK_EVENTS_MAX) {
		peaks->hurried++;
		err = take_first(peaks);
	}
	return err;
}

int peaks__settle(struct peaks *peaks)
{
	int err = 0;

	while (peaks->cnt && !err)
		err = take_first(peaks);
	return err;
}

void peaks__clear(struct peaks *peaks)
{
	struct peak_event *heap = peaks->heap;
	size_t cap = peaks->cap;

	free(peaks->stacks);
	*peaks = (struct peaks){.heap = heap, .cap = cap};
}

void peaks__restart(struct peaks *peaks, uint64_t now_ns)
{
	peaks->peak = peaks->now;
	peaks->peak_ns = peaks->now.n ? now_ns : 0;
	peaks->number++;
}

struct live_sums peaks__of_stack(const struct peaks *peaks, uint32_t index)
{
	const struct peak_stack *stack;

	if (index >= peaks->stack_cap)
		return (struct live_sums){0};
	stack = &peaks->stacks[index];
	return stack->number == peaks->number ? stack->at_peak : stack->now;
}

size_t peaks__bytes(const struct peaks *peaks)
{
	return sizeof(*peaks) + peaks->cap * sizeof(*peaks->heap) +
	       peaks->stack_cap * sizeof(*peaks->stacks);
}
