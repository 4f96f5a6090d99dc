// SPDX-License-Identifier: GPL-2.0-or-later
/* What counts as growth: a leak does, a sawtooth and noise do not. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "model/growth.h"

#include "base/banned.h"

#define POINTS 256

static double t[GROWTH_POINTS_MAX + 1], y[GROWTH_POINTS_MAX + 1];

static double normal(struct random *random)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += random__unit(random);
	return sum;
}

static void constant_series_has_slope_zero(void **state)
{
	struct growth g;

	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		t[i] = (double)i;
		y[i] = 5e6;
	}
	assert_int_equal(growth__fit(t, y, POINTS, &g), 0);
	assert_true(g.slope == 0 && g.low == 0 && g.high == 0 && g.z == 0);
}

static void linear_leak_without_noise_is_exact(void **state)
{
	struct growth g;

	(void)state;
	for (size_t cnt = GROWTH_POINTS_MIN; cnt <= GROWTH_POINTS_MAX; cnt += 23) {
		for (size_t i = 0; i < cnt; i++) {
			t[i] = 0.5 * (double)i;
			y[i] = 1e6 + 3000 * t[i];
		}
		assert_int_equal(growth__fit(t, y, cnt, &g), 0);
		assert_true(fabs(g.slope - 3000) < 1e-6);
		assert_true(g.low > 2999.9 && g.high < 3000.1);
		assert_true(g.z > 1.96 && g.growing);
	}
}

static void noisy_leak_is_found_with_its_slope(void **state)
{
	struct random random = {.state = 11};
	unsigned covered = 0, found = 0;
	double sum = 0;

	(void)state;
	for (int run = 0; run < 200; run++) {
		struct growth g;

		/* Rises by 256 kB in all, through noise of 15 kB. */
		for (size_t i = 0; i < POINTS; i++) {
			t[i] = (double)i;
			y[i] = 1e6 + 1000 * t[i] + 15000 * normal(&random);
		}
		assert_int_equal(growth__fit(t, y, POINTS, &g), 0);
		covered += g.low <= 1000 && 1000 <= g.high;
		found += g.growing;
		sum += g.slope;
	}
	assert_true(covered >= 182);
	assert_true(found >= 198);
	assert_true(fabs(sum / 200 - 1000) < 10);
}

static void noise_alone_is_rarely_growth(void **state)
{
	struct random random = {.state = 5};
	unsigned found = 0;

	(void)state;
	for (int run = 0; run < 400; run++) {
		struct growth g;

		for (size_t i = 0; i < 60; i++) {
			t[i] = (double)i;
			y[i] = 1e6 + 15000 * normal(&random);
		}
		assert_int_equal(growth__fit(t, y, 60, &g), 0);
		found += g.growing;
	}
	assert_true(found <= 10);
}

static void sawtooth_is_no_leak(void **state)
{
	(void)state;
	/* From one and a half teeth to teeth of four points, at every phase. */
	for (double period = 4; period <= POINTS / 1.5; period *= 1.3) {
		for (double phase = 0; phase < 1; phase += 0.07) {
			struct growth g;

			for (size_t i = 0; i < POINTS; i++) {
				t[i] = (double)i;
				y[i] = 1e6 + 5e6 * fmod(t[i] / period + phase, 1);
			}
			assert_int_equal(growth__fit(t, y, POINTS, &g), 0);
			assert_true(g.low <= 0 && !g.growing);
		}
	}
}

static void leak_under_short_teeth_is_found(void **state)
{
	struct growth g;

	(void)state;
	/* Teeth of 5 MB every 10 s, each leaving 100 kB behind. */
	for (size_t i = 0; i < POINTS; i++) {
		t[i] = (double)i;
		y[i] = 1e6 + 10000 * t[i] + 5e6 * fmod(t[i] / 10, 1);
	}
	assert_int_equal(growth__fit(t, y, POINTS, &g), 0);
	assert_true(g.low > 0 && g.growing);
	assert_true(g.low <= 10000 && 10000 <= g.high);
}

static void falling_series_is_no_growth(void **state)
{
	struct growth g;

	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		t[i] = (double)i;
		y[i] = 1e9 - 5000 * t[i];
	}
	assert_int_equal(growth__fit(t, y, POINTS, &g), 0);
	assert_true(fabs(g.slope + 5000) < 1e-6);
	assert_true(g.high < 0 && g.z < -1.96 && !g.growing);
	assert_true(g.sign > 0.99);
}

static void cache_that_fills_and_stays_is_no_growth(void **state)
{
	struct growth g;

	(void)state;
	for (size_t i = 0; i < POINTS; i++) {
		t[i] = (double)i;
		y[i] = i < 40 ? 1e5 * t[i] : 4e6;
	}
	assert_int_equal(growth__fit(t, y, POINTS, &g), 0);
	assert_true(g.slope == 0);
	assert_true(g.low <= 0 && !g.growing);
}

static void sign_test_needs_most_halves_to_rise(void **state)
{
	struct growth g;

	(void)state;
	/* Six points: three pairs, all of which must rise. */
	for (size_t i = 0; i < 6; i++) {
		t[i] = (double)i;
		y[i] = 100 + 10 * t[i];
	}
	assert_int_equal(growth__fit(t, y, 6, &g), 0);
	assert_true(g.growing && fabs(g.sign - 0.125) < 1e-12);
	y[3] = y[0];
	assert_int_equal(growth__fit(t, y, 6, &g), 0);
	assert_false(g.growing);
	/* 24 points: 12 pairs, two of which may fall (79 / 4096), three not (299 / 4096). */
	for (size_t fallen = 0; fallen <= 3; fallen++) {
		for (size_t i = 0; i < 24; i++) {
			t[i] = (double)i;
			y[i] = i < fallen ? 1e4 : 100 + 10 * t[i];
		}
		assert_int_equal(growth__fit(t, y, 24, &g), 0);
		assert_true((g.sign <= 0.05) == (fallen <= 2));
	}
}

static void too_few_or_too_many_points_say_unknown(void **state)
{
	struct growth g = {.slope = 42};

	(void)state;
	for (size_t i = 0; i <= GROWTH_POINTS_MAX; i++) {
		t[i] = (double)i;
		y[i] = t[i];
	}
	assert_int_equal(growth__fit(t, y, 0, &g), -ERANGE);
	assert_int_equal(growth__fit(t, y, GROWTH_POINTS_MIN - 1, &g), -ERANGE);
	assert_int_equal(growth__fit(t, y, GROWTH_POINTS_MAX + 1, &g), -ERANGE);
	memset(t, 0, sizeof(t));
	assert_int_equal(growth__fit(t, y, POINTS, &g), -ERANGE);
	assert_true(g.slope == 42);
	assert_int_equal(growth__figure(t, y, POINTS, NULL).basis, BASIS_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_series_has_slope_zero),
		cmocka_unit_test(linear_leak_without_noise_is_exact),
		cmocka_unit_test(noisy_leak_is_found_with_its_slope),
		cmocka_unit_test(noise_alone_is_rarely_growth),
		cmocka_unit_test(sawtooth_is_no_leak),
		cmocka_unit_test(leak_under_short_teeth_is_found),
		cmocka_unit_test(falling_series_is_no_growth),
		cmocka_unit_test(cache_that_fills_and_stays_is_no_growth),
		cmocka_unit_test(sign_test_needs_most_halves_to_rise),
		cmocka_unit_test(too_few_or_too_many_points_say_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
