// SPDX-License-Identifier: GPL-2.0-or-later
/* Do the stated intervals hold what they say, and are they no wider than they must be? */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "base/stats.h"
#include "model/estimate.h"
#include "model/figure.h"

#include "base/banned.h"

#define INTERVAL 524288.0
#define SITES	 10
#define RUNS	 400

struct call_site {
	double *sizes; /* NULL: @cnt calls of @size */
	double size;
	size_t cnt;
	double truth[2];    /* calls, bytes */
	double variance[2]; /* of the Horvitz-Thompson estimate */
	double expected;    /* samples */
};

struct tally {
	unsigned cases, covered;
	double width, width_allowed;
	double error; /* sum of signed relative errors: bias shows */
};

static double probability(double size)
{
	return fmin(1, fmax(0x1p-16, size / INTERVAL));
}

static size_t class_of(double size)
{
	return size < 1 ? 0 : (size_t)ilogb(size) + 1;
}

static void account(struct call_site *site, struct view_class *exact, double size, size_t cnt)
{
	double p = probability(size), n = (double)cnt;

	site->truth[QUANTITY_CALLS] += n;
	site->truth[QUANTITY_BYTES] += n * size;
	site->variance[QUANTITY_CALLS] += n * (1 - p) / p;
	site->variance[QUANTITY_BYTES] += n * size * size * (1 - p) / p;
	site->expected += n * p;
	exact[class_of(size)].calls += cnt;
	exact[class_of(size)].bytes += (uint64_t)size * cnt;
}

/* Four sites of small fixed sizes, four log-uniform from 16 B to 1 MB, two of large blocks. */
static void populate(struct call_site *sites, struct view_class *exact, struct random *random)
{
	static const double fixed[4] = {200, 200, 72, 1500};
	static const size_t fixed_cnt[4] = {60000, 250000, 400000, 30000};

	for (size_t s = 0; s < SITES; s++) {
		struct call_site *site = &sites[s];

		if (s < 4) {
			*site = (struct call_site){.size = fixed[s], .cnt = fixed_cnt[s]};
			account(site, exact, fixed[s], fixed_cnt[s]);
			continue;
		}
		*site = (struct call_site){.cnt = s < 8 ? 400 * (s - 3) : 60};
		site->sizes = calloc(site->cnt, sizeof(*site->sizes));
		assert_non_null(site->sizes);
		for (size_t i = 0; i < site->cnt; i++) {
			double u = random__unit(random);

			site->sizes[i] = floor(s < 8 ? 16 * pow(65536, u) : INTERVAL * (1 + 3 * u));
			account(site, exact, site->sizes[i], 1);
		}
	}
}

/* One run's samples of one site: fixed sizes by geometric gaps, the others call by call. */
static void draw(const struct call_site *site, struct sample_sums *sums, struct random *random)
{
	double p;

	for (size_t i = 0; site->sizes && i < site->cnt; i++) {
		p = probability(site->sizes[i]);
		if (random__unit(random) < p)
			sample_sums__add(&sums[class_of(site->sizes[i])], site->sizes[i], p);
	}
	if (site->sizes)
		return;
	p = probability(site->size);
	for (double at = 0;;) {
		at += 1 + floor(log(1 - random__unit(random)) / log1p(-p));
		if (at > (double)site->cnt)
			break;
		sample_sums__add(&sums[class_of(site->size)], site->size, p);
	}
}

static void judge(struct tally *tally, const struct call_site *site, enum quantity quantity,
		  const struct figure *figure)
{
	double truth = site->truth[quantity], variance = site->variance[quantity];

	/* What the interval promises is for sites that twenty effective samples speak for. */
	if (site->expected < 20 || truth * truth < 20 * variance || variance <= 0)
		return;
	tally->cases++;
	tally->covered += figure->low <= truth && truth <= figure->high;
	tally->width += (figure->high - figure->low) / 2 / (STATS_Z95 * sqrt(variance));
	tally->error += figure->value / truth - 1;
}

static void run_once(const struct call_site *sites, const struct view_class *exact,
		     struct random *random, struct tally tallies[2])
{
	static struct sample_sums sums[SITES][SIZE_CLASSES], family[SIZE_CLASSES];

	memset(sums, 0, sizeof(sums));
	memset(family, 0, sizeof(family));
	for (size_t s = 0; s < SITES; s++) {
		draw(&sites[s], sums[s], random);
		for (size_t c = 0; c < SIZE_CLASSES; c++)
			sample_sums__merge(&family[c], &sums[s][c]);
	}
	for (size_t s = 0; s < SITES; s++) {
		for (int q = QUANTITY_CALLS; q <= QUANTITY_BYTES; q++) {
			struct figure figure = estimate__site(q, sums[s], family, exact);

			judge(&tallies[q], &sites[s], q, &figure);
			if (sites[s].variance[q] > 0)
				continue;
			assert_int_equal(figure.basis, BASIS_EXACT);
			assert_true(fabs(figure.value - sites[s].truth[q]) < 1e-3);
			assert_true(figure.stderr_abs == 0);
		}
	}
}

static void intervals_cover_and_are_not_too_wide(void **state)
{
	struct random random = {.state = 23};
	struct view_class exact[SIZE_CLASSES] = {0};
	struct call_site sites[SITES];
	struct tally tallies[2] = {0};

	(void)state;
	populate(sites, exact, &random);
	for (int run = 0; run < RUNS; run++)
		run_once(sites, exact, &random, tallies);
	for (int q = QUANTITY_CALLS; q <= QUANTITY_BYTES; q++) {
		double coverage = tallies[q].covered / (double)tallies[q].cases;
		double width = tallies[q].width / tallies[q].cases;
		double bias = tallies[q].error / tallies[q].cases;

		print_message("%s: %u cases, coverage %.3f, width %.3f, bias %+.4f\n",
			      q ? "bytes" : "calls", tallies[q].cases, coverage, width, bias);
		assert_true(tallies[q].cases >= 3 * RUNS);
		assert_true(coverage >= 0.91 && coverage <= 0.98);
		assert_true(width <= 1.25);
		assert_true(fabs(bias) < 0.01);
	}
	for (size_t s = 0; s < SITES; s++)
		free(sites[s].sizes);
}

static void all_certain_is_exact(void **state)
{
	struct sample_sums site[SIZE_CLASSES] = {0}, family[SIZE_CLASSES] = {0};
	struct view_class exact[SIZE_CLASSES] = {0};
	struct figure f;

	(void)state;
	for (int i = 0; i < 23; i++)
		sample_sums__add(&site[5], 20, 1);
	family[5] = site[5];
	sample_sums__add(&family[5], 30, 1);
	exact[5] = (struct view_class){.calls = 24, .bytes = 490};
	f = estimate__site(QUANTITY_BYTES, site, family, exact);
	assert_int_equal(f.basis, BASIS_EXACT);
	assert_true(f.value == 460 && f.low == 460 && f.high == 460 && f.stderr_abs == 0);
	assert_int_equal(f.n, 23);
}

static void lost_samples_of_a_certain_class_show_as_error(void **state)
{
	struct sample_sums site[SIZE_CLASSES] = {0}, family[SIZE_CLASSES] = {0};
	struct view_class exact[SIZE_CLASSES] = {0};
	struct figure f;

	(void)state;
	/* 100 calls, half of the samples lost in the ring. */
	for (int i = 0; i < 50; i++)
		sample_sums__add(i < 30 ? &site[5] : &family[5], 20, 1);
	sample_sums__merge(&family[5], &site[5]);
	exact[5] = (struct view_class){.calls = 100, .bytes = 2000};
	f = estimate__site(QUANTITY_CALLS, site, family, exact);
	assert_int_equal(f.basis, BASIS_SAMPLED);
	assert_true(fabs(f.value - 60) < 1e-9);
	/* Hypergeometric: 100 * sqrt(.6 * .4 / 50 * (50 / 99)) = 4.9, and a little for the unseen. */
	assert_true(f.stderr_abs > 4 && f.stderr_abs < 6.5);
	assert_true(f.high <= 100);
}

static void one_sample_is_not_the_whole_class(void **state)
{
	struct sample_sums site[SIZE_CLASSES] = {0};
	struct view_class exact[SIZE_CLASSES] = {0};
	struct figure f;

	(void)state;
	sample_sums__add(&site[8], 200, 200 / INTERVAL);
	exact[8] = (struct view_class){.calls = 3000, .bytes = 600000};
	f = estimate__site(QUANTITY_BYTES, site, site, exact);
	assert_int_equal(f.basis, BASIS_SAMPLED);
	assert_true(f.low < 200000);
	assert_true(f.high <= 600000);
}

static void class_whose_samples_were_all_lost_stays_unattributed(void **state)
{
	struct sample_sums site[SIZE_CLASSES] = {0};
	struct view_class exact[SIZE_CLASSES] = {0};
	struct figure f;

	(void)state;
	for (int i = 0; i < 100; i++)
		sample_sums__add(&site[8], 200, 200 / INTERVAL);
	exact[8] = (struct view_class){.calls = 262144, .bytes = 52428800};
	exact[24] = (struct view_class){.calls = 1, .bytes = 10000000};
	f = estimate__site(QUANTITY_BYTES, site, site, exact);
	assert_true(fabs(f.value - 52428800) < 1);
	assert_int_equal(estimate__unattributed(QUANTITY_BYTES, site, exact), 10000000);
	memset(site, 0, sizeof(site));
	f = estimate__site(QUANTITY_BYTES, site, site, exact);
	assert_int_equal(f.basis, BASIS_UNKNOWN);
	assert_int_equal(estimate__unattributed(QUANTITY_CALLS, site, exact), 262145);
}

static void sparse_neighbours_share_one_ratio(void **state)
{
	struct sample_sums site[SIZE_CLASSES] = {0}, family[SIZE_CLASSES] = {0};
	struct view_class exact[SIZE_CLASSES] = {0};
	struct figure f;

	(void)state;
	/* One sample of a class is no ratio: with its neighbour's it makes 11 of 41. */
	sample_sums__add(&site[8], 200, 0.04);
	sample_sums__merge(&family[8], &site[8]);
	for (int i = 0; i < 40; i++)
		sample_sums__add(i < 10 ? &site[9] : &family[9], 400, 0.04);
	sample_sums__merge(&family[9], &site[9]);
	exact[8].calls = exact[9].calls = 1000;
	f = estimate__site(QUANTITY_CALLS, site, family, exact);
	assert_true(fabs(f.value - 2000.0 * 11 / 41) < 1e-6);
}

static void few_samples_get_a_skewed_interval(void **state)
{
	struct figure f = figure__estimate(1000, 0, 250000, 4);

	(void)state;
	/* Four effective samples of 250 each: the score interval of a count of 4 is [1.56, 10.28]. */
	assert_true(fabs(f.low - 250 * 1.5557) < 1);
	assert_true(fabs(f.high - 250 * 10.285) < 1);
	assert_true(f.stderr_abs == 500);
}

static void carried_rates_keep_the_weaker_basis_and_both_errors(void **state)
{
	struct figure part = figure__estimate(500, 0, 2500, 100);
	struct figure whole = figure__exact(1000, 1000);
	struct figure rate = {100, 10, 80, 120, 1000, BASIS_WINDOW, true};
	struct figure f = figure__carry(&part, &whole, &rate), none = {0};

	(void)state;
	assert_true(fabs(f.value - 50) < 1e-9);
	assert_true(fabs(f.stderr_abs - 50 * hypot(.1, .1)) < 1e-9);
	assert_true(f.low < 50 * 0.75 && f.low > 50 * 0.70);
	assert_int_equal(f.basis, BASIS_WINDOW);
	assert_true(f.lower_bound);
	assert_int_equal(figure__carry(&part, &none, &rate).basis, BASIS_UNKNOWN);
}

static void quantiles_and_order_statistics_are_right(void **state)
{
	struct random random = {.state = 7};
	double values[101], kept[101];
	double low, high;

	(void)state;
	assert_true(fabs(stats__student95(1) - 12.706) < 1e-3);
	assert_true(fabs(stats__student95(10) - 2.228) < 2e-3);
	assert_true(fabs(stats__student95(30) - 2.042) < 1e-3);
	assert_true(fabs(stats__student95(100000) - STATS_Z95) < 1e-4);
	stats__score_interval(0, &low, &high);
	assert_true(low == 0 && fabs(high - 3.8415) < 1e-3);
	for (int round = 0; round < 300; round++) {
		size_t cnt = 1 + random__below(&random, 101);

		/* Few distinct values: ties are where partitions go wrong. */
		for (size_t i = 0; i < cnt; i++)
			values[i] = (double)random__below(&random, 1 + (uint64_t)round % 30);
		for (size_t rank = 0; rank < cnt; rank++) {
			size_t below = 0, equal = 0;
			double got;

			memcpy(kept, values, sizeof(kept));
			got = stats__select(kept, cnt, rank);
			for (size_t i = 0; i < cnt; i++) {
				below += values[i] < got;
				equal += values[i] == got;
			}
			assert_true(below <= rank && rank < below + equal);
		}
	}
	memcpy(values, (double[]){4, 1, 3, 2}, 4 * sizeof(double));
	assert_true(stats__median(values, 4) == 2.5);
}

static void lifetimes_have_a_mean_with_error(void **state)
{
	struct figure f = estimate__mean_lifetime(200, 100, 60, 100);

	(void)state;
	assert_true(fabs(f.value - 0.5) < 1e-9);
	assert_true(fabs(f.stderr_abs - sqrt(0.05 / 100)) < 1e-9);
	assert_int_equal(estimate__mean_lifetime(0, 0, 0, 0).basis, BASIS_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_cover_and_are_not_too_wide),
		cmocka_unit_test(all_certain_is_exact),
		cmocka_unit_test(lost_samples_of_a_certain_class_show_as_error),
		cmocka_unit_test(one_sample_is_not_the_whole_class),
		cmocka_unit_test(class_whose_samples_were_all_lost_stays_unattributed),
		cmocka_unit_test(sparse_neighbours_share_one_ratio),
		cmocka_unit_test(few_samples_get_a_skewed_interval),
		cmocka_unit_test(carried_rates_keep_the_weaker_basis_and_both_errors),
		cmocka_unit_test(quantiles_and_order_statistics_are_right),
		cmocka_unit_test(lifetimes_have_a_mean_with_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
