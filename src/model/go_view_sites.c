// SPDX-License-Identifier: GPL-2.0-or-later
/* The stacks of Go's sites and the places of its goroutines: the second half of go_view.c. */
#include "model/go_view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/estimate.h"
#include "model/growth.h"

#include "base/banned.h"

#define PLACES_FITTED 64 /* a trend costs some 20 us: those of the heaviest places are enough */

static int heavier_first(const void *a, const void *b)
{
	const struct go_place *x = *(const struct go_place *const *)a;
	const struct go_place *y = *(const struct go_place *const *)b;

	if (x->row.cnt != y->row.cnt)
		return x->row.cnt < y->row.cnt ? 1 : -1;
	return x < y ? -1 : x > y;
}

static void fill_place(struct view_go_site *to, const struct go_place *place,
		       const struct go_places *goroutines, bool fit)
{
	double counts[GO_GOROUTINE_POINTS];

	*to = (struct view_go_site){
		.created = place->row.created,
		.entry = place->row.entry,
		.cnt = place->row.cnt,
		.longest_wait_s =
			place->row.longest_wait_ns ? (double)place->row.longest_wait_ns / 1e9 : -1,
	};
	memcpy(to->by_status, place->row.by_status, sizeof(to->by_status));
	if (!fit)
		return;
	for (size_t i = 0; i < goroutines->thinning.cnt; i++)
		counts[i] = (double)place->points[i];
	to->growth =
		growth__figure(goroutines->t_s, counts, goroutines->thinning.cnt, &to->growing);
}

int go_view__goroutines(struct view *view, struct view_go *to, const struct go_places *goroutines)
{
	const struct go_place **order;
	size_t cnt = 0;

	to->goroutines_dropped = goroutines->dropped;
	if (goroutines->totals)
		to->goroutine_growth =
			growth__figure(goroutines->t_s, goroutines->totals,
				       goroutines->thinning.cnt, &to->goroutines_growing);
	order = calloc(goroutines->cnt + 1, sizeof(*order));
	to->goroutines = view__alloc(view, goroutines->cnt * sizeof(*to->goroutines));
	if (!order || !to->goroutines) {
		free(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < goroutines->cnt; i++)
		if (goroutines->items[i].row.cnt)
			order[cnt++] = &goroutines->items[i];
	qsort(order, cnt, sizeof(*order), heavier_first);
	to->goroutine_site_cnt = cnt;
	for (size_t i = 0; i < cnt; i++)
		fill_place(&to->goroutines[i], order[i], goroutines, i < PLACES_FITTED);
	free(order);
	return 0;
}

/* A stack without its sums. */
static int copy_stack(struct view *view, struct view_stack *to, const struct stack *stack,
		      size_t class_cnt, size_t points)
{
	to->id = stack->id;
	to->func = stack->func;
	to->complete = stack->complete;
	to->frame_cnt = stack->frame_cnt;
	to->frames = view__alloc(view, stack->frame_cnt * sizeof(*to->frames));
	to->classes = view__alloc(view, class_cnt * sizeof(*to->classes));
	if (!to->frames || !to->classes)
		return -ENOMEM;
	memcpy(to->frames, stack->frames, stack->frame_cnt * sizeof(*to->frames));
	if (!stack->points || !points)
		return 0;
	to->live.points = view__alloc(view, points * sizeof(*to->live.points));
	if (!to->live.points)
		return -ENOMEM;
	for (size_t i = 0; i < points; i++)
		to->live.points[i] = (double)stack->points[i];
	to->live.cnt = points;
	return 0;
}

static struct sample_sums *class_of(struct view_stack *stack, uint64_t size_bytes)
{
	uint64_t class = size_bytes ? 64 - (uint64_t)__builtin_clzll(size_bytes) : 0;

	for (uint32_t i = 0; i < stack->class_cnt; i++)
		if (stack->classes[i].size_class == class)
			return &stack->classes[i].sums;
	stack->classes[stack->class_cnt].size_class = class;
	return &stack->classes[stack->class_cnt++].sums;
}

static void add_size(struct view_stack *to, const struct go_bucket_item *item,
		     const struct sample_sums *sums, double p)
{
	to->sizes[to->size_cnt++] = (struct view_go_size){
		.size_bytes = item->size_bytes,
		.sums = *sums,
		.live_objects = (double)(item->allocs - item->frees) / p,
	};
}

static void add_live(struct view_stack *to, const struct go_bucket_item *item, double p)
{
	struct sample_sums live = {0};

	go_profile__sum(&live, item->allocs - item->frees, (double)item->size_bytes, p);
	to->live_n = go_counter__add(to->live_n, live.n);
	to->live_objects += live.calls;
	to->live_bytes += live.bytes;
	to->live_objects_var += live.calls_var;
	to->live_bytes_var += live.bytes_var;
}

/*
 * What the program's own profile shows of a bucket. Before the first GC has published anything it
 * shows what is pending.
 */
static void add_profile(struct go_profile_sums *to, const struct go_bucket_item *item,
			uint64_t rate, bool published)
{
	uint64_t allocs = published ? item->allocs : item->pending, objects, bytes;

	go_profile__scale(allocs, item->size_bytes, rate, &objects, &bytes);
	to->alloc_objects = go_counter__add(to->alloc_objects, objects);
	to->alloc_bytes = go_counter__add(to->alloc_bytes, bytes);
	go_profile__scale(allocs - (published ? item->frees : 0), item->size_bytes, rate, &objects,
			  &bytes);
	to->inuse_objects = go_counter__add(to->inuse_objects, objects);
	to->inuse_bytes = go_counter__add(to->inuse_bytes, bytes);
}

static void sum_buckets(struct view_go *go, struct view_stack *stacks,
			const struct go_profile *buckets)
{
	bool published = false;

	for (size_t i = 0; i < buckets->cnt && !published; i++)
		published = buckets->items[i].allocs > 0;
	for (size_t i = 0; i < buckets->cnt; i++) {
		const struct go_bucket_item *item = &buckets->items[i];
		struct view_stack *to = &stacks[item->stack];
		double p = go_profile__probability(item->size_bytes, buckets->rate_bytes);
		struct sample_sums sums = {0};

		go_profile__sum(&sums, go_counter__since(&item->total), (double)item->size_bytes,
				p);
		if (sums.n)
			sample_sums__merge(class_of(to, item->size_bytes), &sums);
		go->site_calls += sums.calls;
		go->site_bytes += sums.bytes;
		add_size(to, item, &sums, p);
		add_live(to, item, p);
		add_profile(&to->profile, item, buckets->rate_bytes, published);
	}
}

/* Sums of the samples of probes stand in the stacks themselves. */
static void copy_sums(struct view_go *go, struct view_stack *to, const struct stack *stack)
{
	for (uint32_t i = 0; i < stack->class_cnt; i++) {
		to->classes[i] = stack->classes[i];
		go->site_calls += stack->classes[i].sums.calls;
		go->site_bytes += stack->classes[i].sums.bytes;
	}
	to->class_cnt = stack->class_cnt;
}

int go_view__stacks(struct view *view, struct view_process *to, const struct process *process)
{
	const struct go *go = process->go;
	struct view_stack *stacks = to->stacks + to->stack_cnt;
	size_t *cnt;
	int err = 0;

	if (!go || !go->stacks.cnt)
		return 0;
	cnt = calloc(go->stacks.cnt, sizeof(*cnt));
	if (!cnt)
		return -ENOMEM;
	/* no more classes than buckets */
	for (size_t i = 0; i < go->buckets.cnt; i++)
		cnt[go->buckets.items[i].stack]++;
	for (size_t i = 0; i < go->stacks.cnt && !err; i++) {
		const struct stack *stack = &go->stacks.items[i];
		size_t classes = cnt[i] > stack->class_cnt ? cnt[i] : stack->class_cnt;

		err = copy_stack(view, &stacks[i], stack, classes, go->buckets.thinning.cnt);
		stacks[i].sizes = view__alloc(view, cnt[i] * sizeof(*stacks[i].sizes));
		if (!err && !stacks[i].sizes)
			err = -ENOMEM;
		if (!err && to->go->site_basis == BASIS_SAMPLED)
			copy_sums(to->go, &stacks[i], stack);
	}
	free(cnt);
	if (err)
		return err;
	to->stack_cnt += go->stacks.cnt;
	sum_buckets(to->go, stacks, &go->buckets);
	return 0;
}
