// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pool: short-lived objects of steady size at a high rate. What a free list at this site would have
 * done is worked out on the sampled births and deaths:
 *
 *	outstanding on average	rate x mean lifetime (Little)
 *	found by a birth	mean number of others outstanding when one is born: each pair of
 *				sampled blocks that overlap stands for 1/p of them
 *	held			where births find what Poisson arrivals would: the p95 of that Poisson
 *				distribution; where they find more they come in bursts, and a burst
 *				that is built up and torn down reaches twice what its births find
 *
 * A pool of that size serves 95 % of the births by construction; the interval goes from 90 % to all.
 * Few pairs bound a burst badly, so the upper bound of the count is taken: the pool gets larger, which
 * is stated as cost, and not the saving.
 */
#include "advice/rule.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "advice/numbers.h"
#include "advice/unseen.h"
#include "base/stats.h"

#include "base/banned.h"

#define SERVED	    0.975 /* of births, in the middle of what is expected */
#define SERVED_LOW  0.9
#define SPARE	    1.1 /* births that find this much more than Poisson ones come in bursts */
#define COST_MOST_S 1.0 /* a pool that holds more than this time's allocations is no pool */
#define POISSON_Z   1.645
#define GROW_MOST   0.25
#define MEDIAN	    0.5

/* How many others a birth finds. */
struct crowd {
	double found, high; /* mean, and upper end of its 95 % interval */
	uint64_t pairs;
};

static int by_born(const void *a, const void *b)
{
	const struct chain *x = *(const struct chain *const *)a,
			   *y = *(const struct chain *const *)b;

	return x->born_ns < y->born_ns ? -1 : x->born_ns > y->born_ns;
}

static int by_ended(const void *a, const void *b)
{
	const struct chain *x = *(const struct chain *const *)a,
			   *y = *(const struct chain *const *)b;

	return x->ended_ns < y->ended_ns ? -1 : x->ended_ns > y->ended_ns;
}

/* Walk through births and deaths in time. @born and @ended: the same @cnt blocks in both orders. */
static void sweep(const struct chain *const *born, const struct chain *const *ended, size_t cnt,
		  struct crowd *crowd)
{
	double outstanding = 0, found = 0, births = 0, low;
	uint64_t others = 0;
	size_t gone = 0;

	for (size_t i = 0; i < cnt; i++) {
		for (; gone < i && ended[gone]->ended_ns <= born[i]->born_ns; gone++, others--)
			outstanding -= ended[gone]->weight;
		found += born[i]->weight * fmax(0, outstanding);
		births += born[i]->weight;
		crowd->pairs += others++;
		outstanding += born[i]->weight;
	}
	if (!cnt)
		return;
	crowd->found = found / births;
	stats__score_interval((double)crowd->pairs, &low, &crowd->high);
	/* what one pair stands for; without any, a block's own weight per birth */
	crowd->high *= crowd->pairs ? crowd->found / (double)crowd->pairs
				    : births / (double)cnt / (double)cnt;
}

/* Only blocks whose end was seen: few are not, or the rule is silent. 0 or -ENOMEM. */
static int measure_crowd(const struct view_site *site, struct crowd *ret_crowd)
{
	const struct chain **born = calloc(2 * site->chain_cnt + 1, sizeof(*born));
	const struct chain **ended;
	size_t cnt = 0;

	*ret_crowd = (struct crowd){0};
	if (!born)
		return -ENOMEM;
	ended = born + site->chain_cnt;
	for (size_t i = 0; i < site->chain_cnt; i++)
		if (site->chains[i].ended_ns)
			born[cnt++] = &site->chains[i];
	for (size_t i = 0; i < cnt; i++)
		ended[i] = born[i];
	qsort(born, cnt, sizeof(*born), by_born);
	qsort(ended, cnt, sizeof(*ended), by_ended);
	sweep(born, ended, cnt, ret_crowd);
	free(born);
	return 0;
}

/* Share of the blocks that outlives @life_s, or where they were not followed so far, the last age. */
static double share_left(const struct lifetimes *lives, double life_s)
{
	for (size_t b = 0; b < lives->bound_cnt; b++)
		if (life_bucket__bound_s(b) >= life_s)
			return lives->survival[b];
	return lives->left;
}

/* Blocks that realloc enlarges are prealloc's. */
static bool grows(const struct view_site *site)
{
	double births = 0, growing = 0;

	for (size_t i = 0; i < site->chain_cnt; i++) {
		births += site->chains[i].weight;
		growing += site->chains[i].steps ? site->chains[i].weight : 0;
	}
	return growing > GROW_MOST * births;
}

static bool passes_floors(const struct rule *rule, const struct view_site *site)
{
	const struct thresholds *floor = &rule->floor;

	return site->bytes_share.basis != BASIS_UNKNOWN &&
	       site->calls_rate.basis != BASIS_UNKNOWN && site->calls_rate.value > 0 &&
	       site->bytes_share.value >= floor->share &&
	       (site->bytes_rate.value >= floor->bytes_per_s ||
		site->calls_rate.value >= floor->calls_per_s) &&
	       !grows(site);
}

/* Objects that the pool keeps. @mean_high: upper bound of those outstanding on average. */
static double pool_size(const struct crowd *crowd, double mean_high)
{
	double poisson = mean_high + POISSON_Z * sqrt(mean_high) + 1;

	if (crowd->high <= SPARE * mean_high)
		return ceil(poisson);
	return ceil(fmax(poisson, 2 * crowd->high + 1));
}

static void set_numbers(struct advice *advice, const struct view_site *site,
			const struct crowd *crowd, double mean, double held, double bytes)
{
	const struct lifetimes *lives = &site->lifetimes;
	uint64_t n = lives->ended_n;

	advice__set(advice, "calls_rate", UNIT_PER_S, ROLE_EVIDENCE, site->calls_rate);
	advice__set(advice, "bytes_rate", UNIT_BYTES_PER_S, ROLE_EVIDENCE, site->bytes_rate);
	advice__set(advice, "bytes_share", UNIT_RATIO, ROLE_EVIDENCE, site->bytes_share);
	advice__set(advice, "median_life", UNIT_SECONDS, ROLE_EVIDENCE, lives->median_s);
	advice__set(advice, "p99_life", UNIT_SECONDS, ROLE_EVIDENCE, lives->p99_s);
	advice__set(advice, "outstanding", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(mean, n, BASIS_SAMPLED));
	advice__set(advice, "found", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(crowd->found, crowd->pairs, BASIS_SAMPLED));
	advice__set(advice, "held", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(held, n, BASIS_SAMPLED));
	advice__set(advice, "calls_avoided", UNIT_PER_S, ROLE_PREDICTION,
		    share_figure(&site->calls_rate, SERVED, SERVED_LOW, 1));
	advice__set(advice, "bytes_avoided", UNIT_BYTES_PER_S, ROLE_PREDICTION,
		    share_figure(&site->bytes_rate, SERVED, SERVED_LOW, 1));
	advice__set(advice, "kept", UNIT_BYTES, ROLE_COST,
		    plain_figure(held * bytes, n, BASIS_SAMPLED));
}

/* Whether the median is within the spread of @p95_bytes whatever small objects were missed; if not,
 * @note says how many samples would show it. */
static bool is_steady(const struct thresholds *floor, const struct view_site *site, uint64_t n,
		      double p95_bytes, struct advice_note *note)
{
	double small = unseen__small_share(site->chains, site->chain_cnt, p95_bytes, floor->spread);

	if (small < MEDIAN)
		return true;
	note->lack = LACK_SAMPLES;
	note->have = (double)n;
	/* as many missed at most, and more that are seen */
	note->need = ceil((double)n * small / fmax(1 - small, 1 / (double)n)) + 1;
	return false;
}

enum verdict pool__check(const struct rule *rule, const struct view_process *process,
			 const struct view_site *site, struct advice *advice,
			 struct advice_note *note)
{
	const struct lifetimes *lives = &site->lifetimes;
	const struct thresholds *floor = &rule->floor;
	uint64_t n = lives->ended_n + lives->censored_n;
	struct figure p50, p95;
	struct crowd crowd;
	double left, mean, held;

	(void)process;
	if (!passes_floors(rule, site))
		return VERDICT_SILENT;
	if (n < floor->samples) {
		note->lack = LACK_SAMPLES;
		note->have = (double)n;
		note->need = (double)floor->samples;
		return VERDICT_LACKS;
	}
	left = share_left(lives, floor->life_s);
	if (left > floor->left || lives->median_s.basis == BASIS_UNKNOWN)
		return VERDICT_SILENT;
	if (size_quantiles(site->chains, site->chain_cnt, false, BASIS_SAMPLED, &p50, &p95) ||
	    measure_crowd(site, &crowd))
		return VERDICT_NO_MEMORY;
	if (!(p50.value > 0) || p95.high > floor->spread * p50.low)
		return VERDICT_SILENT;
	if (!is_steady(floor, site, n, p95.high, note))
		return VERDICT_LACKS;
	mean = site->calls_rate.value * lives->mean_s;
	/* the mean of an exponential life is known to 1/sqrt(n); those left over live on as long again */
	held = pool_size(&crowd, fmax(site->calls_rate.high, site->calls_rate.value) *
					 lives->mean_s *
					 (1 + STATS_Z95 / sqrt((double)lives->ended_n)));
	if (held > COST_MOST_S * site->calls_rate.value)
		return VERDICT_SILENT;
	set_numbers(advice, site, &crowd, mean, held, p95.value);
	advice__set(advice, "p50", UNIT_BYTES, ROLE_EVIDENCE, p50);
	advice__set(advice, "p95", UNIT_BYTES, ROLE_EVIDENCE, p95);
	advice->weight = site->bytes_share.value;
	advice->severity = rule__severity(rule, advice->weight);
	return VERDICT_SPEAK;
}
