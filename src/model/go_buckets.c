// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_buckets.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "bpf/abi.h"

#include "base/banned.h"

#define VALUE_MAX 0x1p62 /* of a profile: hostile counts must not leave int64 */

double go_profile__probability(uint64_t size_bytes, uint64_t rate_bytes)
{
	double p;

	if (rate_bytes <= 1 || !size_bytes)
		return 1;
	p = -expm1(-(double)size_bytes / (double)rate_bytes);
	return p > 0 ? p : 0x1p-60;
}

void go_profile__add(struct sample_sums *sums, uint64_t n, double size_bytes, double probability)
{
	double weight = (double)n / probability, spread = weight * (1 - probability) / probability;

	sums->n = go_counter__add(sums->n, n);
	sums->calls += weight;
	sums->bytes += size_bytes * weight;
	sums->calls_var += spread;
	sums->bytes_var += size_bytes * size_bytes * spread;
}

void go_profile__scale(uint64_t n, uint64_t size_bytes, uint64_t rate_bytes, uint64_t *ret_objects,
		       uint64_t *ret_bytes)
{
	double count = (double)n, bytes = count * (double)size_bytes, scale = 1;

	*ret_objects = *ret_bytes = 0;
	if (!n || !size_bytes)
		return;
	/* As runtime/pprof: of the mean size, by exp and not expm1, cut and not rounded. */
	if (rate_bytes > 1)
		scale = 1 / (1 - exp(-(bytes / count) / (double)rate_bytes));
	*ret_objects = (uint64_t)fmin(count * scale, VALUE_MAX);
	*ret_bytes = (uint64_t)fmin(bytes * scale, VALUE_MAX);
}

void go_buckets__release(struct go_buckets *buckets)
{
	free(buckets->items);
	free(buckets->t_s);
	table__release(&buckets->by_number);
	*buckets = (struct go_buckets){0};
}

int go_buckets__add(struct go_buckets *buckets, struct stacks *stacks, size_t stacks_max,
		    bool may_grow, const struct record_go_bucket *record)
{
	struct stack_key key = {
		.frames = (const struct frame *)(record + 1),
		.frame_cnt = record->frame_cnt,
		.func = HB_GO_ALLOC,
		.complete = true,
	};
	struct go_bucket_item item = {.size_bytes = record->size_bytes};

	/* A number stands for one bucket for good. */
	if (table__get(&buckets->by_number, record->bucket, NULL))
		return 0;
	item.stack = STACK_NONE;
	if (may_grow && buckets->cnt < GO_BUCKETS_KEPT)
		item.stack = stacks__intern_key(stacks, &key, stacks_max, true);
	if (item.stack == STACK_NONE) {
		buckets->dropped++;
		return 0;
	}
	/* Buckets that come after the first reading have begun since. */
	if (buckets->first_ns)
		go_counter__start(&item.total, 0);
	if (vec__add(buckets, item))
		return -ENOMEM;
	if (table__put(&buckets->by_number, record->bucket, buckets->cnt - 1)) {
		buckets->cnt--;
		return -ENOMEM;
	}
	return 0;
}

void go_buckets__count(struct go_buckets *buckets, const struct record_go_counts *record)
{
	const struct go_count_row *rows = (const struct go_count_row *)(record + 1);

	buckets->rate_bytes = record->profile_rate_bytes;
	for (uint32_t i = 0; i < record->row_cnt; i++) {
		struct go_bucket_item *item;
		uint64_t index;

		if (!table__get(&buckets->by_number, rows[i].bucket, &index) ||
		    rows[i].frees > rows[i].allocs)
			continue;
		item = &buckets->items[index];
		item->allocs = rows[i].allocs;
		item->frees = rows[i].frees;
		item->pending = rows[i].pending_allocs;
		go_counter__read(&item->total, go_counter__add(item->allocs, item->pending));
	}
	if (record->head.flags & GO_COUNTS_MORE)
		return;
	if (!buckets->first_ns)
		buckets->first_ns = record->head.time_ns;
	if (record->head.time_ns > buckets->last_ns)
		buckets->last_ns = record->head.time_ns;
}

static void sum_live(const struct go_buckets *buckets, struct stacks *stacks)
{
	stacks__drop_live(stacks);
	for (size_t i = 0; i < buckets->cnt; i++) {
		const struct go_bucket_item *item = &buckets->items[i];
		double p = go_profile__probability(item->size_bytes, buckets->rate_bytes);
		struct live_sums *live = &stacks->items[item->stack].live;
		double objects = (double)(item->allocs - item->frees) / p;

		live->n = go_counter__add(live->n, item->allocs - item->frees);
		live->objects += objects;
		live->bytes = fmin(live->bytes + objects * (double)item->size_bytes, 0x1p100);
	}
}

int go_buckets__tick(struct go_buckets *buckets, struct stacks *stacks, double at_s)
{
	bool halve, take;

	if (!buckets->t_s)
		buckets->t_s = calloc(GO_TICKS_MAX, sizeof(*buckets->t_s));
	if (!buckets->t_s)
		return -ENOMEM;
	take = thinning__take(&buckets->thinning, GO_TICKS_MAX, &halve);
	if (halve) {
		thin__halve_double(buckets->t_s, GO_TICKS_MAX);
		stacks__halve_points(stacks, GO_TICKS_MAX);
	}
	if (!take)
		return 0;
	sum_live(buckets, stacks);
	buckets->t_s[buckets->thinning.cnt - 1] = at_s;
	stacks__tick(stacks, buckets->thinning.cnt - 1, GO_TICKS_MAX);
	return 0;
}

size_t go_buckets__bytes(const struct go_buckets *buckets)
{
	return buckets->cap * sizeof(*buckets->items) + table__bytes(&buckets->by_number) +
	       (buckets->t_s ? GO_TICKS_MAX * sizeof(*buckets->t_s) : 0);
}
