// SPDX-License-Identifier: GPL-2.0-or-later
/* Survival of blocks: by hand, and against simulations in which many lives are cut off. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/lives.h"

#include "base/banned.h"

static void close_to(double value, double expected)
{
	assert_true(fabs(value - expected) <= 1e-9 * fmax(1, fabs(expected)));
}

static struct life_class *at_bucket(struct life_class *rows, size_t bucket)
{
	return &rows[2 * bucket + LIFE_BUCKET_SHIFT];
}

static void no_block_says_nothing(void **state)
{
	struct life_class rows[LIFE_CLASSES] = {0};
	struct lifetimes l;

	(void)state;
	lifetimes__fit(rows, &l);
	assert_int_equal(l.bound_cnt, 0);
	assert_int_equal(l.ended_n, 0);
	assert_int_equal(l.median_s.basis, BASIS_UNKNOWN);
	assert_int_equal(l.p99_s.basis, BASIS_UNKNOWN);
	assert_true(l.mean_s == 0 && l.left == 0);
}

static void classes_hold_powers_of_two(void **state)
{
	(void)state;
	assert_int_equal(life_class__of(0), 0);
	assert_int_equal(life_class__of(1), 1);
	assert_int_equal(life_class__of(4095), 12);
	assert_int_equal(life_class__of(4096), 13);
	assert_int_equal(life_class__of(UINT64_MAX), LIFE_CLASSES - 1);
}

/*
 * Ten blocks. Class of bucket 0: 2 ends, no cut. Bucket 1: 3 ends, 2 cut off: exposed 8 - 1 = 7.
 * Bucket 2: 1 end, 2 cut off.
 *	S1 = 8/10, S2 = S1 * 4/7; Greenwood: 2/(10*8), + 3/(7*4)
 */
static void hand_computed_example_is_met(void **state)
{
	struct life_class rows[LIFE_CLASSES] = {0};
	static const int ends[3] = {2, 3, 1}, cuts[3] = {0, 2, 2};
	struct lifetimes l;
	struct histogram ended;

	(void)state;
	for (size_t b = 0; b < 3; b++) {
		for (int i = 0; i < ends[b]; i++)
			life_class__end(at_bucket(rows, b), 1);
		for (int i = 0; i < cuts[b]; i++)
			life_class__censor(at_bucket(rows, b), 1);
	}
	lifetimes__fit(rows, &l);
	assert_int_equal(l.ended_n, 6);
	assert_int_equal(l.censored_n, 4);
	/* the last ones were cut off in bucket 2: nobody was followed to its end */
	assert_int_equal(l.bound_cnt, 2);
	close_to(l.survival[0], 0.8);
	close_to(l.survival[1], 0.8 * 4 / 7);
	close_to(l.survival_error[0], 0.8 * sqrt(2.0 / 80));
	close_to(l.survival_error[1], 0.8 * 4 / 7 * sqrt(2.0 / 80 + 3.0 / 28));
	close_to(l.reached_s, life_bucket__bound_s(2) / 2);
	close_to(l.left, 0.8 * 4 / 7);
	/* 0.5 lies in the class of bucket 1, between half its bound and its bound */
	assert_true(l.median_s.value > life_bucket__bound_s(1) / 2 &&
		    l.median_s.value < life_bucket__bound_s(1));
	assert_int_equal(l.p99_s.basis, BASIS_UNKNOWN);
	lifetimes__count(rows, 7, &ended);
	close_to(ended.counts[0], 2);
	close_to(ended.counts[1], 3);
	close_to(ended.counts[2], 1);
	close_to(ended.sum, 7);
}

/* A weight of 100 on each of 10 blocks is no 1000 blocks. */
static void weights_do_not_make_more_blocks(void **state)
{
	struct life_class rows[2][LIFE_CLASSES] = {0};
	struct lifetimes one, heavy;

	(void)state;
	for (uint32_t i = 0; i < 10; i++) {
		life_class__end(&rows[0][12 + i], 1);
		life_class__end(&rows[1][12 + i], 100);
	}
	lifetimes__fit(rows[0], &one);
	lifetimes__fit(rows[1], &heavy);
	for (size_t b = 0; b < one.bound_cnt; b++) {
		close_to(heavy.survival[b], one.survival[b]);
		close_to(heavy.survival_error[b], one.survival_error[b]);
	}
	close_to(heavy.median_s.value, one.median_s.value);
}

static void only_cut_lives_give_no_quantile(void **state)
{
	struct life_class rows[LIFE_CLASSES] = {0};
	struct lifetimes l;

	(void)state;
	for (int i = 0; i < 50; i++)
		life_class__censor(&rows[20], 1);
	lifetimes__fit(rows, &l);
	assert_int_equal(l.censored_n, 50);
	assert_int_equal(l.median_s.basis, BASIS_UNKNOWN);
	for (size_t b = 0; b < l.bound_cnt; b++)
		assert_true(l.survival[b] == 1);
}

struct tally {
	unsigned cases, covered;
};

/* Exponential lives of mean @mean_s, born evenly in a window of @window_s that cuts them off. */
static void simulate(struct random *random, double mean_s, double window_s, int blocks,
		     bool weighed, struct lifetimes *ret)
{
	struct life_class rows[LIFE_CLASSES] = {0};

	for (int i = 0; i < blocks; i++) {
		double life = -mean_s * log(1 - random__unit(random));
		double left = window_s * random__unit(random);
		double p = weighed ? 0.05 + 0.95 * random__unit(random) : 1;

		if (random__unit(random) >= p)
			continue;
		if (life <= left)
			life_class__end(&rows[life_class__of((uint64_t)(life * 1e9))], 1 / p);
		else
			life_class__censor(&rows[life_class__of((uint64_t)(left * 1e9))], 1 / p);
	}
	lifetimes__fit(rows, ret);
}

static void stated_intervals_hold(double mean_s, double window_s, bool weighed)
{
	struct random random = {.state = 42};
	struct tally survival = {0}, median = {0};

	for (int run = 0; run < 400; run++) {
		struct lifetimes l;

		simulate(&random, mean_s, window_s, 500, weighed, &l);
		for (size_t b = 0; b < l.bound_cnt; b++) {
			double truth = exp(-life_bucket__bound_s(b) / mean_s);

			if (truth < 0.02 || truth > 0.98)
				continue;
			survival.cases++;
			survival.covered +=
				fabs(l.survival[b] - truth) <= 1.96 * l.survival_error[b] + 0.01;
		}
		if (l.median_s.basis == BASIS_UNKNOWN)
			continue;
		median.cases++;
		/* A class is a factor of two: the curve within it is an assumption, worth 10 %. Where
		 * the upper curve does not get down to a half, there is no upper bound (NAN). */
		median.covered += l.median_s.low * 0.9 <= mean_s * M_LN2 &&
				  !(mean_s * M_LN2 > l.median_s.high * 1.1);
	}
	assert_true(survival.cases > 400);
	assert_true(survival.covered >= 0.92 * survival.cases);
	assert_true(median.covered >= 0.93 * median.cases);
}

static void simulated_lives_are_covered(void **state)
{
	(void)state;
	stated_intervals_hold(0.001, 1, false);
	stated_intervals_hold(0.001, 0.01, false);
	stated_intervals_hold(0.001, 0.004, true);
	/* most are cut off: the curve covers what it reached */
	stated_intervals_hold(0.02, 0.02, false);
	stated_intervals_hold(0.02, 0.02, true);
}

static void cutting_off_does_not_shorten_lives(void **state)
{
	struct random random = {.state = 7};
	double cut = 0;
	int runs = 100;

	(void)state;
	for (int run = 0; run < runs; run++) {
		struct lifetimes l;

		simulate(&random, 0.01, 0.03, 500, false, &l);
		assert_int_equal(l.median_s.basis, BASIS_SAMPLED);
		cut += l.median_s.value;
	}
	/* the mean of those seen to end would be far below */
	assert_true(fabs(cut / runs / (0.01 * M_LN2) - 1) < 0.08);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_block_says_nothing),
		cmocka_unit_test(classes_hold_powers_of_two),
		cmocka_unit_test(hand_computed_example_is_met),
		cmocka_unit_test(weights_do_not_make_more_blocks),
		cmocka_unit_test(only_cut_lives_give_no_quantile),
		cmocka_unit_test(simulated_lives_are_covered),
		cmocka_unit_test(cutting_off_does_not_shorten_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
