// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_profile.h"

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

void go_profile__sum(struct sample_sums *sums, uint64_t n, double size_bytes, double probability)
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

void go_profile__release(struct go_profile *profile)
{
	free(profile->items);
	free(profile->t_s);
	table__release(&profile->by_number);
	*profile = (struct go_profile){0};
}

int go_profile__add(struct go_profile *profile, struct stacks *stacks, size_t stacks_max,
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
	if (table__get(&profile->by_number, record->bucket, NULL))
		return 0;
	item.stack = STACK_NONE;
	if (may_grow && profile->cnt < GO_BUCKETS_KEPT)
		item.stack = stacks__intern_key(stacks, &key, stacks_max, true);
	if (item.stack == STACK_NONE) {
		profile->dropped++;
		return 0;
	}
	/* Buckets that come after the first reading have begun since. */
	if (profile->first_ns)
		go_counter__start(&item.total, 0);
	if (vec__add(profile, item))
		return -ENOMEM;
	if (table__put(&profile->by_number, record->bucket, profile->cnt - 1)) {
		profile->cnt--;
		return -ENOMEM;
	}
	return 0;
}

void go_profile__count(struct go_profile *profile, const struct record_go_counts *record)
{
	const struct go_count_row *rows = (const struct go_count_row *)(record + 1);

	profile->rate_bytes = record->profile_rate_bytes;
	for (uint32_t i = 0; i < record->row_cnt; i++) {
		struct go_bucket_item *item;
		uint64_t index;

		if (!table__get(&profile->by_number, rows[i].bucket, &index) ||
		    rows[i].frees > rows[i].allocs)
			continue;
		item = &profile->items[index];
		item->allocs = rows[i].allocs;
		item->frees = rows[i].frees;
		item->pending = rows[i].pending_allocs;
		go_counter__read(&item->total, go_counter__add(item->allocs, item->pending));
	}
	if (record->head.flags & GO_COUNTS_MORE)
		return;
	if (!profile->first_ns)
		profile->first_ns = record->head.time_ns;
	if (record->head.time_ns > profile->last_ns)
		profile->last_ns = record->head.time_ns;
}

static void sum_live(const struct go_profile *profile, struct stacks *stacks)
{
	stacks__drop_live(stacks);
	for (size_t i = 0; i < profile->cnt; i++) {
		const struct go_bucket_item *item = &profile->items[i];
		double p = go_profile__probability(item->size_bytes, profile->rate_bytes);
		struct live_sums *live = &stacks->items[item->stack].live;
		double objects = (double)(item->allocs - item->frees) / p;

		live->n = go_counter__add(live->n, item->allocs - item->frees);
		live->objects += objects;
		live->bytes = fmin(live->bytes + objects * (double)item->size_bytes, 0x1p100);
	}
}

int go_profile__tick(struct go_profile *profile, struct stacks *stacks, double at_s)
{
	bool halve, take;

	if (!profile->t_s)
		profile->t_s = calloc(GO_TICKS_MAX, sizeof(*profile->t_s));
	if (!profile->t_s)
		return -ENOMEM;
	take = thinning__take(&profile->thinning, GO_TICKS_MAX, &halve);
	if (halve) {
		thin__halve_double(profile->t_s, GO_TICKS_MAX);
		stacks__halve_points(stacks, GO_TICKS_MAX);
	}
	if (!take)
		return 0;
	sum_live(profile, stacks);
	profile->t_s[profile->thinning.cnt - 1] = at_s;
	stacks__tick(stacks, profile->thinning.cnt - 1, GO_TICKS_MAX);
	return 0;
}

size_t go_profile__bytes(const struct go_profile *profile)
{
	return profile->cap * sizeof(*profile->items) + table__bytes(&profile->by_number) +
	       (profile->t_s ? GO_TICKS_MAX * sizeof(*profile->t_s) : 0);
}
