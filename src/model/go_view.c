// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_view.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "model/figure.h"
#include "model/growth.h"

#include "base/banned.h"

#define PPM	    1000000
#define TICKS_PER_S 100.0 /* USER_HZ, of start times */

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

static struct figure counted(uint64_t value, uint64_t n)
{
	return figure__exact((double)value, n);
}

static struct figure per_second(uint64_t value, double span_s, uint64_t n)
{
	return span_s > 0 ? figure__exact((double)value / span_s, n) : (struct figure){0};
}

static void fill_rates(struct view_go *to, const struct go_heap *heap)
{
	const struct go_heap_reading *then = go_heap__recent(heap), *now;
	double span_s;

	if (!then)
		return;
	to->calls_rate = figure__scale(to->calls, 1 / to->span_s);
	to->bytes_rate = figure__scale(to->bytes, 1 / to->span_s);
	to->frees_rate = figure__scale(to->frees, 1 / to->span_s);
	now = &heap->recent[(heap->readings - 1) % GO_RECENT];
	span_s = seconds(then->time_ns, now->time_ns);
	for (int i = GO_MALLOCS; i <= GO_ALLOCATED; i++) {
		uint64_t past = then->since[i] < now->since[i] ? then->since[i] : now->since[i];
		struct figure *figure = i == GO_MALLOCS ? &to->recent_calls_rate
					: i == GO_FREES ? &to->recent_frees_rate
							: &to->recent_bytes_rate;

		*figure = per_second(now->since[i] - past, span_s, heap->readings);
	}
}

static void fill_heap(struct view_go *to, const struct go *go)
{
	const struct go_heap *heap = &go->heap;
	uint64_t calls = go_counter__since(&heap->totals[GO_MALLOCS]);

	if (!heap->readings)
		return;
	to->span_s = seconds(heap->first_ns, heap->last_ns);
	to->calls = counted(calls, calls);
	to->bytes = counted(go_counter__since(&heap->totals[GO_ALLOCATED]), calls);
	to->frees = counted(go_counter__since(&heap->totals[GO_FREES]),
			    go_counter__since(&heap->totals[GO_FREES]));
	fill_rates(to, heap);
	to->live_objects = counted(go_heap__live_objects(heap), go_heap__live_objects(heap));
	to->live_bytes = counted(go_heap__live_bytes(heap), to->live_objects.n);
	to->peak_bytes = counted(heap->peak_bytes, heap->peak_objects);
	to->peak_ns = heap->peak_ns;
	to->sums.calls = heap->most[GO_MALLOCS];
	to->sums.bytes = heap->most[GO_ALLOCATED];
	to->sums.frees = heap->most[GO_FREES];
	to->sums.freed_bytes = (double)heap->most[GO_FREED];
	to->sums.freed_basis = BASIS_EXACT;
	to->sums.observed_s = to->span_s;
	go_classes__by_power(&go->classes, to->heap_class);
}

/* The runtime gives shares of what was there since its start: the difference of two of them. */
static double gc_cpu_s(const struct go *go, uint64_t start_ticks)
{
	const struct record_go_state *state = &go->state;
	double begun_s = (double)start_ticks / TICKS_PER_S;
	double then_s = (double)go->state_first_ns / 1e9 - begun_s;
	double now_s = (double)state->head.time_ns / 1e9 - begun_s;

	if (state->gc_cpu_ppm > PPM || go->state_first_ppm > PPM || !state->procs || then_s < 0)
		return -1;
	return fmax(0, (double)state->gc_cpu_ppm * now_s - (double)go->state_first_ppm * then_s) /
	       PPM * state->procs;
}

static void fill_state(struct view_go *to, const struct go *go, uint64_t start_ticks)
{
	const struct record_go_state *state = &go->state;
	double span_s = seconds(go->state_first_ns, state->head.time_ns);

	to->gc_cpu_ratio = to->gc_cpu_s = -1;
	to->state_known = go->state_known;
	if (!go->state_known)
		return;
	to->state = *state;
	to->read_ns = state->head.time_ns;
	if (state->gc_cpu_ppm <= 1000000)
		to->gc_cpu_ratio = (double)state->gc_cpu_ppm / 1e6;
	to->gc_cpu_s = gc_cpu_s(go, start_ticks);
	if (span_s > 0)
		to->cycles_rate = per_second(go_counter__since(&go->cycles), span_s,
					     go_counter__since(&go->cycles));
}

static void fill_sites(struct view_go *to, const struct go *go)
{
	to->dropped_buckets = go->buckets.dropped;
	if (go->buckets.first_ns && go->buckets.cnt) {
		to->site_basis = BASIS_BUCKET;
		to->site_span_s = seconds(go->buckets.first_ns, go->buckets.last_ns);
		to->profile_rate_bytes = go->buckets.rate_bytes;
	} else if (go->stacks.cnt && !go->buckets.cnt) {
		to->site_basis = BASIS_SAMPLED;
		to->site_span_s = seconds(go->first_ns, go->last_ns);
	}
}

/* Its heap is that of the process, unless another one is observed in it. */
static void fill_process(struct view_process *to, const struct view_go *go)
{
	double charged_s = to->sums.charged_s;

	to->calls = go->calls;
	to->bytes = go->bytes;
	to->frees_fig = go->frees;
	to->calls_rate = go->calls_rate;
	to->bytes_rate = go->bytes_rate;
	to->frees_rate = go->frees_rate;
	to->recent_calls_rate = go->recent_calls_rate;
	to->recent_bytes_rate = go->recent_bytes_rate;
	to->recent_frees_rate = go->recent_frees_rate;
	to->live_bytes = go->live_bytes;
	to->live_objects = go->live_objects;
	to->peak_bytes = go->peak_bytes;
	to->peak_ns = go->peak_ns;
	to->sums = go->sums;
	to->sums.charged_s = charged_s;
	to->frees = go->sums.frees;
	to->frees_seen = true;
	to->observed_s = go->span_s;
	memcpy(to->heap_class, go->heap_class, sizeof(to->heap_class));
	to->sizes = (struct histogram){.basis = BASIS_EXACT, .sum = to->bytes.value};
	for (size_t k = 0; k < SIZE_CLASSES; k++)
		to->sizes.counts[size_bucket__of(k)] += (double)to->heap_class[k].calls;
}

bool go_view__heap(const struct view_process *from, struct view_process *ret)
{
	if (!from->go || from->go->primary || from->go->calls.basis == BASIS_UNKNOWN)
		return false;
	*ret = (struct view_process){.go = from->go, .exited = from->exited};
	fill_process(ret, from->go);
	return true;
}

int go_view__light(struct view *view, struct view_process *to, const struct process *process)
{
	const struct go *go = process->go;

	if (!go)
		return 0;
	to->go = view__alloc(view, sizeof(*to->go));
	if (!to->go)
		return -ENOMEM;
	to->go->version = view__strdup(view, go->version ? go->version : "");
	to->go->coverage = view__strdup(view, go->coverage ? go->coverage : "");
	if (!to->go->version || !to->go->coverage)
		return -ENOMEM;
	to->go->parts = go->parts;
	to->go->profile_rate_bytes = go->profile_rate_bytes;
	to->go->sample_n = go->sample_n;
	to->go->interval_s = go->gc.interval_s;
	to->go->interval_p99_s = go->gc.interval_p99_s;
	to->go->pause_s = go->gc.pause_s;
	to->go->pause_p99_s = go->gc.pause_p99_s;
	fill_state(to->go, go, process->start_ticks);
	fill_heap(to->go, go);
	fill_sites(to->go, go);
	to->dropped_samples += go->dropped_samples;
	(void)go_looks__fill(view, to->go, &go->looks, false);
	if (*process->allocator || windows__cnt(&process->windows))
		return 0;
	to->go->primary = true;
	if (to->go->calls.basis == BASIS_UNKNOWN)
		return 0;
	fill_process(to, to->go);
	to->last_seen_ns = go->heap.last_ns;
	return 0;
}

static int fill_classes(struct view *view, struct view_go *to, const struct go_classes *classes)
{
	double span_s = seconds(classes->first_ns, classes->last_ns);

	to->classes = view__alloc(view, classes->cnt * sizeof(*to->classes));
	if (!to->classes)
		return -ENOMEM;
	to->class_cnt = classes->cnt;
	for (size_t i = 0; i < classes->cnt; i++) {
		const struct go_class *class = &classes->items[i];
		const struct go_counter *counts = class->counts;

		to->classes[i] = (struct view_go_class){
			.size_bytes = class->size_bytes,
			.mallocs = counts[GO_MALLOCS].last,
			.frees = counts[GO_FREES].last,
			.allocated_bytes = counts[GO_ALLOCATED].last,
			.freed_bytes = counts[GO_FREED].last,
			.mallocs_rate = -1,
			.bytes_rate = -1,
		};
		if (!(span_s > 0))
			continue;
		to->classes[i].mallocs_rate =
			(double)go_counter__since(&counts[GO_MALLOCS]) / span_s;
		to->classes[i].bytes_rate =
			(double)go_counter__since(&counts[GO_ALLOCATED]) / span_s;
	}
	return 0;
}

static int fill_cycles(struct view *view, struct view_go *to, const struct go_cycles *cycles)
{
	if (!cycles->cnt)
		return 0;
	to->cycles = view__alloc(view, cycles->cnt * sizeof(*to->cycles));
	if (!to->cycles)
		return -ENOMEM;
	memcpy(to->cycles, cycles->items, cycles->cnt * sizeof(*to->cycles));
	to->cycle_cnt = cycles->cnt;
	return 0;
}

/* Bytes that each GC has left over, and a common time for the series of sites. */
static int fill_points(struct view *view, struct view_go *to, const struct go *go)
{
	size_t cnt = go->buckets.thinning.cnt, at = 0;

	to->live_growth = growth__figure(go->heap.marked_s, go->heap.marked_bytes,
					 go->heap.thinning.cnt, &to->growing);
	if (!cnt)
		return 0;
	to->at_s = view__alloc(view, cnt * sizeof(*to->at_s));
	to->live_points = view__alloc(view, cnt * sizeof(*to->live_points));
	if (!to->at_s || !to->live_points)
		return -ENOMEM;
	to->point_cnt = cnt;
	memcpy(to->at_s, go->buckets.t_s, cnt * sizeof(*to->at_s));
	for (size_t i = 0; i < cnt; i++) {
		while (at + 1 < go->heap.thinning.cnt && go->heap.marked_s[at + 1] <= to->at_s[i])
			at++;
		to->live_points[i] = go->heap.thinning.cnt ? go->heap.marked_bytes[at] : 0;
	}
	return 0;
}

int go_view__full(struct view *view, struct view_process *to, const struct process *process)
{
	const struct go *go = process->go;
	int err;

	if (!go)
		return 0;
	err = fill_classes(view, to->go, &go->classes);
	err = err ?: fill_cycles(view, to->go, &go->gc);
	err = err ?: go_view__goroutines(view, to->go, &go->goroutines);
	err = err ?: fill_points(view, to->go, go);
	err = err ?: go_looks__fill(view, to->go, &go->looks, true);
	if (err || !to->go->primary)
		return err;
	to->live_growth = to->go->live_growth;
	to->growing = to->go->growing;
	to->at_s = to->go->at_s;
	to->live_points = to->go->live_points;
	to->point_cnt = to->go->point_cnt;
	return 0;
}
