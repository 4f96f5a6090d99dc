// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_advice.h"

#include "base/banned.h"

/* Live bytes of the site at point @i; sampled with a small error. */
static void set_live(struct view *view, const double *points)
{
	struct view_site *site = view->processes->sites;

	memcpy(site->live.points, points, 40 * sizeof(double));
	site->live_bytes = fake_figure(points[39], 0.02 * points[39], BASIS_SAMPLED);
	site->live_objects = fake_figure(points[39] / 100, 0, BASIS_SAMPLED);
	site->share_freed = 0.5;
}

static void steady_growth_is_a_leak_with_its_growth_per_hour(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;
	const struct advice *advice;
	double y[40];

	(void)state;
	for (int i = 0; i < 40; i++)
		y[i] = 2e5 * i + (i % 2 ? 1e4 : 0); /* 80 kB/s */
	set_live(view, y);
	list = advice__evaluate(view);
	advice = only(list, "leak");
	assert_non_null(advice);
	assert_true(fabs(value(advice, "growth") - 80e3 * 3600) < 0.02 * 80e3 * 3600);
	assert_true(advice__number(advice, "growth")->figure.low > 0);
	assert_true(value(advice, "never_freed") == 0.5);
	assert_int_equal(advice->severity, SEVERITY_HIGH); /* 288 MB/h of 100 MiB */
	advice_list__free(list);
	view__free(view);
}

static void sawtooth_plateau_and_decay_are_no_leak(void **state)
{
	struct view *view = site_view(20e6);
	double y[40];

	(void)state;
	for (int i = 0; i < 40; i++)
		y[i] = 1e6 * (i % 8);
	set_live(view, y);
	assert_false(fires(view, "leak"));
	/* a cache that is full after two thirds */
	for (int i = 0; i < 40; i++)
		y[i] = i < 26 ? 4e5 * i : 4e5 * 26;
	set_live(view, y);
	assert_false(fires(view, "leak"));
	for (int i = 0; i < 40; i++)
		y[i] = 8e6 - 2e5 * i;
	set_live(view, y);
	assert_false(fires(view, "leak"));
	for (int i = 0; i < 40; i++)
		y[i] = 8e6;
	set_live(view, y);
	assert_false(fires(view, "leak"));
	view__free(view);
}

static void growth_below_a_megabyte_or_within_its_error_is_no_leak(void **state)
{
	struct view *view = site_view(20e6);
	double y[40];

	(void)state;
	for (int i = 0; i < 40; i++)
		y[i] = 2e4 * i; /* 0.8 MB over the span: ratio only */
	set_live(view, y);
	assert_false(fires(view, "leak"));
	for (int i = 0; i < 40; i++)
		y[i] = 1e9 + 1e5 * i; /* 4 MB on 1 GB: absolute only */
	set_live(view, y);
	view->processes->sites->live_bytes.stderr_abs = 1e5;
	assert_false(fires(view, "leak"));
	for (int i = 0; i < 40; i++)
		y[i] = 2e5 * i;
	set_live(view, y);
	assert_true(fires(view, "leak"));
	view->processes->sites->live_bytes.stderr_abs = 5e6; /* two samples */
	assert_false(fires(view, "leak"));
	view__free(view);
}

static void leak_says_what_it_lacks(void **state)
{
	struct view *view = site_view(20e6);
	struct view_process *process = view->processes;
	struct advice_list *list;
	double y[40];

	(void)state;
	for (int i = 0; i < 40; i++)
		y[i] = 2e5 * i;
	set_live(view, y);
	process->frees_seen = false;
	list = advice__evaluate(view);
	assert_null(only(list, "leak"));
	assert_int_equal(note_of(list, "leak")->lack, LACK_FREES);
	advice_list__free(list);

	process->frees_seen = true;
	process->observed_s = 29;
	list = advice__evaluate(view);
	assert_null(only(list, "leak"));
	assert_int_equal(note_of(list, "leak")->lack, LACK_SPAN);
	assert_true(note_of(list, "leak")->have == 29 && note_of(list, "leak")->need == 30);
	advice_list__free(list);

	process->observed_s = 100;
	process->point_cnt = 5;
	list = advice__evaluate(view);
	assert_int_equal(note_of(list, "leak")->lack, LACK_POINTS);
	advice_list__free(list);

	process->point_cnt = 40;
	process->sites->live_bytes.n = 7;
	list = advice__evaluate(view);
	assert_null(only(list, "leak"));
	assert_int_equal(note_of(list, "leak")->lack, LACK_SAMPLES);
	advice_list__free(list);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_growth_is_a_leak_with_its_growth_per_hour),
		cmocka_unit_test(sawtooth_plateau_and_decay_are_no_leak),
		cmocka_unit_test(growth_below_a_megabyte_or_within_its_error_is_no_leak),
		cmocka_unit_test(leak_says_what_it_lacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
