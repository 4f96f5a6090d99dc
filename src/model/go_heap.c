// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_heap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

void go_heap__release(struct go_heap *heap)
{
	free(heap->marked_s);
	free(heap->marked_bytes);
	*heap = (struct go_heap){0};
}

static uint64_t difference(uint64_t from, uint64_t less)
{
	return from > less ? from - less : 0;
}

uint64_t go_heap__live_bytes(const struct go_heap *heap)
{
	return difference(heap->totals[GO_ALLOCATED].last, heap->totals[GO_FREED].last);
}

uint64_t go_heap__live_objects(const struct go_heap *heap)
{
	return difference(heap->totals[GO_MALLOCS].last, heap->totals[GO_FREES].last);
}

static void note_peak(struct go_heap *heap, uint64_t time_ns)
{
	uint64_t live = go_heap__live_bytes(heap);

	if (heap->peak_ns && live <= heap->peak_bytes)
		return;
	heap->peak_bytes = live;
	heap->peak_objects = go_heap__live_objects(heap);
	heap->peak_ns = time_ns;
}

void go_heap__read(struct go_heap *heap, enum go_authority authority, uint64_t time_ns,
		   const uint64_t totals[GO_TOTALS])
{
	struct go_heap_reading *now;

	if (totals[GO_FREES] > totals[GO_MALLOCS] || totals[GO_FREED] > totals[GO_ALLOCATED] ||
	    !totals[GO_MALLOCS])
		return;
	if (!heap->authority)
		heap->authority = authority;
	if (heap->authority != authority || (heap->readings && time_ns <= heap->last_ns))
		return;
	if (!heap->readings)
		heap->first_ns = time_ns;
	heap->last_ns = time_ns;
	now = &heap->recent[heap->readings++ % GO_RECENT];
	now->time_ns = time_ns;
	for (int i = 0; i < GO_TOTALS; i++) {
		go_counter__read(&heap->totals[i], totals[i]);
		now->since[i] = go_counter__since(&heap->totals[i]);
		if (now->since[i] > heap->most[i])
			heap->most[i] = now->since[i];
	}
	note_peak(heap, time_ns);
}

int go_heap__mark(struct go_heap *heap, double at_s, uint64_t cycle, uint64_t marked_bytes)
{
	bool halve, take;
	size_t at;

	if (!marked_bytes || cycle == heap->marked_cycle)
		return 0;
	if (!heap->marked_s)
		heap->marked_s = calloc(GO_MARKED_POINTS, sizeof(double));
	if (!heap->marked_bytes)
		heap->marked_bytes = calloc(GO_MARKED_POINTS, sizeof(double));
	if (!heap->marked_s || !heap->marked_bytes)
		return -ENOMEM;
	heap->marked_cycle = cycle;
	take = thinning__take(&heap->thinning, GO_MARKED_POINTS, &halve);
	if (halve) {
		thin__halve_double(heap->marked_s, GO_MARKED_POINTS);
		thin__halve_double(heap->marked_bytes, GO_MARKED_POINTS);
	}
	if (!take)
		return 0;
	at = heap->thinning.cnt - 1;
	heap->marked_s[at] = at_s;
	heap->marked_bytes[at] = (double)marked_bytes;
	return 0;
}

const struct go_heap_reading *go_heap__recent(const struct go_heap *heap)
{
	if (heap->readings < 2)
		return NULL;
	return &heap->recent[heap->readings <= GO_RECENT ? 0 : heap->readings % GO_RECENT];
}

size_t go_heap__bytes(const struct go_heap *heap)
{
	return heap->marked_s ? 2 * GO_MARKED_POINTS * sizeof(double) : 0;
}
