// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "base/vec.h"

#include "base/banned.h"

#define BEGUN_LEAST \
	0.5 /* of the chains: fewer objects of a class than that are not their beginnings */
#define NONE_SEEN 4.6 /* -ln 0.01: were more expected, one would have been seen */
#define GAP_RATIO 2.5 /* from one size to the next: one that was not sampled lies between */
#define ONE_PEAK  2.0 /* what ends unseen at small sizes is no more than what is seen to end */

void ladder__release(struct ladder *ladder)
{
	free(ladder->items);
	*ladder = (struct ladder){0};
}

int ladder__add(struct ladder *ladder, const struct rung *rung)
{
	return vec__add(ladder, *rung);
}

static int by_bytes(const void *a, const void *b)
{
	const struct rung *x = a, *y = b;

	return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

void ladder__sort(struct ladder *ladder)
{
	size_t cnt = 0;

	if (ladder->cnt)
		qsort(ladder->items, ladder->cnt, sizeof(*ladder->items), by_bytes);
	for (size_t i = 0; i < ladder->cnt; i++) {
		struct rung *last = cnt ? &ladder->items[cnt - 1] : NULL;

		if (!last || last->bytes < ladder->items[i].bytes) {
			ladder->items[cnt++] = ladder->items[i];
			continue;
		}
		last->rate += ladder->items[i].rate;
		last->var += ladder->items[i].var;
		last->n += ladder->items[i].n;
	}
	ladder->cnt = cnt;
}

/* The place's share of the class's samples, times what the runtime has counted of the class. */
static void by_class(struct rung *rung, double counted, uint64_t all)
{
	double own = (double)rung->n, each = counted / (double)all, share = own / (double)all;
	double others = (double)(all - rung->n) + 1;

	rung->rate = each * own;
	rung->var = each * each * ((1 - share) * (1 - share) * own + share * share * others);
	rung->most = counted;
}

int ladder__read(struct ladder *ladder, const struct go_weight *use)
{
	double span_s = use->go->site_span_s;
	int err = 0;

	for (size_t i = 0; i < use->trait->size_cnt && !err && span_s > 0; i++) {
		const struct view_go_size *size = &use->trait->sizes[i];
		uint64_t all;
		double counted = go_weight__class_rate(use->go, size->size_bytes, &all);
		struct rung rung = {
			.bytes = go_weight__class_bytes(use->go, (double)size->size_bytes),
			.rate = size->sums.calls / span_s,
			.var = size->sums.calls_var / (span_s * span_s),
			.most = INFINITY,
			.n = size->sums.n,
		};

		if (!rung.n)
			continue;
		if (counted < INFINITY && all >= rung.n)
			by_class(&rung, counted, all);
		err = ladder__add(ladder, &rung);
	}
	ladder__sort(ladder); /* of several uses, or of a class, they are not */
	return err;
}

double ladder__crowded_share(const struct ladder *ladder, double ratio)
{
	double crowded = 0, all = 0;

	for (size_t i = 0; i < ladder->cnt; i++) {
		const struct rung *rung = &ladder->items[i];
		double bytes = rung->rate * rung->bytes;

		all += bytes;
		if (i + 1 < ladder->cnt && rung[1].bytes < ratio * rung->bytes)
			crowded += fmin(bytes, rung[1].rate * rung[1].bytes);
	}
	return all > 0 ? crowded / all : 0;
}

/* Pool adjacent violators: a rung above whose rate is higher than what is below joins it. */
void ladder__smooth(struct ladder *ladder)
{
	for (size_t i = 1; i < ladder->cnt; i++) {
		double weight = 0, sum = 0;
		size_t from = i;

		if (ladder->items[i].rate <= ladder->items[i - 1].rate)
			continue;
		/* All of a pool have one rate, so that it is found whole again. */
		for (size_t j = i + 1; j-- > 0;) {
			struct rung *rung = &ladder->items[j];

			if (j < i && weight > 0 && rung->rate > sum / weight)
				break;
			weight += 1 / (rung->var + 1e-9);
			sum += rung->rate / (rung->var + 1e-9);
			from = j;
		}
		for (size_t j = from; j <= i; j++)
			ladder->items[j].rate = sum / weight;
	}
}

/* The rung of half of the size of @above, if there can be as many as that. What has come from below
 * has passed it, and was not sampled by chance; where things begin it would have been. */
static bool half_of(const struct view_go *go, const struct rung *above, bool is_passed,
		    struct rung *ret)
{
	double expected;
	uint64_t samples;

	*ret = (struct rung){.bytes = go_weight__class_bytes(go, above->bytes / 2)};
	expected = go->profile_rate_bytes ? above->rate * go->site_span_s * ret->bytes /
						    (double)go->profile_rate_bytes
					  : INFINITY;
	if (ret->bytes >= above->bytes || (!is_passed && expected > NONE_SEEN))
		return false;
	ret->most = go_weight__class_rate(go, (uint64_t)ret->bytes, &samples);
	/* what begins larger, or on the stack, is not there */
	if (ret->most < BEGUN_LEAST * above->rate)
		return false;
	ret->rate = above->rate;
	ret->most = fmax(ret->most, ret->rate);
	return true;
}

int ladder__fill(struct ladder *ladder, const struct view_go *go, double least_bytes)
{
	int err = 0;

	for (size_t i = ladder->cnt; i-- > 0 && !err;) {
		double below = i ? GAP_RATIO * ladder->items[i - 1].bytes : 2 * least_bytes;
		struct rung above = ladder->items[i], half;

		while (!err && above.bytes >= below && half_of(go, &above, i > 0, &half)) {
			err = ladder__add(ladder, &half);
			above = half;
		}
	}
	ladder__sort(ladder);
	return err;
}

double ladder__quantile(const struct ladder *ladder, double share, bool by_bytes)
{
	double all = 0, below = 0;

	for (size_t i = 0; i < ladder->cnt; i++)
		all += ladder->items[i].rate * (by_bytes ? ladder->items[i].bytes : 1);
	for (size_t i = 0; i < ladder->cnt; i++) {
		below += ladder->items[i].rate * (by_bytes ? ladder->items[i].bytes : 1);
		if (below >= share * all)
			return ladder->items[i].bytes;
	}
	return ladder->cnt ? ladder->items[ladder->cnt - 1].bytes : 0;
}

/* The final size that at least @share of the chains do not pass. */
static double final_quantile(const struct ladder *ladder, double chains, double share)
{
	for (size_t i = 0; i + 1 < ladder->cnt; i++)
		if (chains - ladder->items[i + 1].rate >= share * chains)
			return ladder->items[i].bytes;
	return ladder->cnt ? ladder->items[ladder->cnt - 1].bytes : 0;
}

/* What the rate is at most: where it is sampled, no more than the runtime counts either. */
static double most_of(const struct rung *rung)
{
	if (!rung->n)
		return rung->most;
	return fmax(rung->rate, fmin(rung->most, rung->rate + STATS_Z95 * sqrt(rung->var)));
}

static void add_rung(struct ladder_sums *sums, const struct rung *rung, const struct rung *below)
{
	double error = STATS_Z95 * sqrt(rung->var);

	/* what was not sampled is there, or is not */
	sums->calls += rung->n ? rung->rate : rung->rate / 2;
	sums->bytes += rung->rate * rung->bytes;
	sums->chains = fmax(sums->chains, rung->rate);
	sums->calls_low += rung->n ? fmax(0, rung->rate - error) : 0;
	sums->calls_high += fmin(most_of(rung), ONE_PEAK * rung->rate);
	if (below)
		sums->outgrown += rung->rate * below->bytes;
}

struct ladder_sums ladder__sum(const struct ladder *ladder)
{
	struct ladder_sums sums = {0};
	double most = 0;

	for (size_t i = 0; i < ladder->cnt; i++) {
		const struct rung *rung = &ladder->items[i];
		double next = i + 1 < ladder->cnt ? rung[1].rate : 0;
		double ends = fmax(0, rung->rate - next);

		add_rung(&sums, rung, i ? rung - 1 : NULL);
		most = fmax(most, most_of(rung));
		if (i)
			sums.room += ends * (rung->bytes - rung[-1].bytes);
	}
	sums.chains_most = fmax(sums.chains, fmin(most, ONE_PEAK * sums.chains));
	sums.p50 = final_quantile(ladder, sums.chains, 0.5);
	sums.p95 = final_quantile(ladder, sums.chains, 0.95);
	return sums;
}

void ladder__with_room(const struct ladder *ladder, double chains, double bytes, double *ret_bytes,
		       double *ret_calls)
{
	*ret_bytes = chains * bytes;
	*ret_calls = chains;
	for (size_t i = 0; i < ladder->cnt; i++) {
		if (ladder->items[i].bytes <= bytes)
			continue;
		*ret_bytes += ladder->items[i].rate * ladder->items[i].bytes;
		*ret_calls += ladder->items[i].rate;
	}
}

double ladder__outgrown_error(const struct ladder *ladder, const struct ladder_sums *sums)
{
	double share = sums->bytes > 0 ? sums->outgrown / sums->bytes : 0, var = 0;

	for (size_t i = 0; i < ladder->cnt; i++) {
		double below = i ? ladder->items[i - 1].bytes : 0;
		double by = below - share * ladder->items[i].bytes;

		var += by * by * ladder->items[i].var;
	}
	return sums->bytes > 0 ? sqrt(var) / sums->bytes : 0;
}
