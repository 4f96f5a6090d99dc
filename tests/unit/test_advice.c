// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_advice.h"

#include "base/banned.h"

/* @cnt births of weight @weight that double from @first bytes @steps times. */
static void add_chains(struct view *view, size_t cnt, double weight, uint64_t first, uint32_t steps)
{
	struct view_site *site = view->processes->sites;
	struct chain *bigger = view__alloc(view, (site->chain_cnt + cnt) * sizeof(*bigger));

	if (site->chain_cnt)
		memcpy(bigger, site->chains, site->chain_cnt * sizeof(*bigger));
	for (size_t i = 0; i < cnt; i++)
		bigger[site->chain_cnt + i] = (struct chain){
			.weight = weight,
			.final_bytes = first << steps,
			.moved_bytes = (first << steps) - first,
			.steps = steps,
			.closed = true,
		};
	site->chains = bigger;
	site->chain_cnt += cnt;
}

static void growing_blocks_draw_prealloc_with_the_p95_filled_in(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;
	const struct advice *advice;

	(void)state;
	/* 60 of 64 -> 1024 bytes, one to 2048: the p95 is 1024 */
	add_chains(view, 60, 10000, 64, 4);
	add_chains(view, 1, 10000, 64, 5);
	view->processes->sites->live_objects = fake_figure(100, 0, BASIS_EXACT);
	list = advice__evaluate(view);
	advice = only(list, "prealloc");
	assert_non_null(advice);
	assert_true(value(advice, "p50") == 1024 && value(advice, "capacity") == 1024);
	/* 60 x 4 + 1 x 5 steps of weight 10,000 in 100 s */
	assert_true(fabs(value(advice, "realloc_rate") - 24500) < 1e-6);
	/* requested 64+...+1024 = 1984 each; after: 1024 */
	assert_true(fabs(value(advice, "traffic_rate") - (60 * 1984 + 4032) * 100) < 1e-6);
	assert_true(value(advice, "bytes_avoided") > 60 * 960 * 100 * 0.95);
	assert_true(value(advice, "bytes_avoided") < 60 * 960 * 100 * 1.05);
	assert_true(fabs(value(advice, "copied_rate") - (60 * 960 + 1984) * 100.0) < 1e-6);
	assert_int_equal(advice->severity, SEVERITY_HIGH);
	assert_null(advice__number(advice, "open_share"));
	advice_list__free(list);
	view__free(view);
}

static void prediction_covers_what_reserving_would_have_done(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;
	const struct advice *advice;
	const struct figure *steps, *bytes;
	double done = 0, saved = 0;

	(void)state;
	/* the truth of a replay with capacity 4096: doublings from there on remain */
	add_chains(view, 500, 1000, 64, 6);
	add_chains(view, 20, 1000, 64, 8);
	list = advice__evaluate(view);
	advice = only(list, "prealloc");
	assert_non_null(advice);
	assert_true(value(advice, "capacity") == 4096);
	done = (500 * 6 + 20 * 6) * 1000 / 100.0;
	saved = (500 * (64 + 128 + 256 + 512 + 1024 + 2048) +
		 20 * (64 + 128 + 256 + 512 + 1024 + 2048)) *
		1000 / 100.0;
	steps = &advice__number(advice, "reallocs_avoided")->figure;
	bytes = &advice__number(advice, "bytes_avoided")->figure;
	assert_true(steps->low <= done && done <= steps->high);
	assert_true(bytes->low <= saved && saved <= bytes->high);
	/* and it says something: within a fifth of its value */
	assert_true(steps->high - steps->low < 0.4 * steps->value);
	advice_list__free(list);
	view__free(view);
}

static void prealloc_is_silent_below_the_absolute_floor(void **state)
{
	struct view *view = site_view(1000); /* ratio only: all of a tiny process */

	(void)state;
	add_chains(view, 60, 1, 64, 4);
	assert_false(fires(view, "prealloc"));
	view__free(view);
}

static void prealloc_is_silent_below_the_ratio(void **state)
{
	struct view *view = site_view(2e9); /* absolute only: 12 MB/s of 2 GB/s */

	(void)state;
	add_chains(view, 60, 10000, 64, 4);
	assert_false(fires(view, "prealloc"));
	view__free(view);
}

static void prealloc_speaks_for_many_small_blocks_too(void **state)
{
	struct view *view = site_view(5e6); /* 0.6 MB/s, but 12,000 calls/s */

	(void)state;
	add_chains(view, 60, 5000, 4, 3);
	assert_true(fires(view, "prealloc"));
	view__free(view);
}

static void prealloc_lacks_data_below_fifty_chains_and_says_so(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;
	const struct advice_note *note;

	(void)state;
	add_chains(view, 49, 10000, 64, 4);
	list = advice__evaluate(view);
	assert_null(only(list, "prealloc"));
	note = note_of(list, "prealloc");
	assert_non_null(note);
	assert_int_equal(note->lack, LACK_SAMPLES);
	assert_true(note->have == 49 && note->need == 50);
	assert_ptr_equal(note->site, view->processes->sites);
	advice_list__free(list);
	view__free(view);
}

static void single_steps_and_rare_growth_are_no_chains(void **state)
{
	struct view *view = site_view(20e6);

	(void)state;
	add_chains(view, 200, 10000, 64, 1);
	assert_false(fires(view, "prealloc"));
	add_chains(view, 60, 10000, 64, 4); /* 60 of 260: below a quarter */
	assert_false(fires(view, "prealloc"));
	view__free(view);
}

static void sizes_that_no_capacity_fits_draw_no_prealloc(void **state)
{
	struct view *view = site_view(200e6);

	(void)state;
	add_chains(view, 80, 10000, 64, 2);
	add_chains(view, 20, 10000, 64, 8);
	assert_false(fires(view, "prealloc"));
	view__free(view);
}

static void open_chains_are_called_censored(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;
	const struct advice *advice;

	(void)state;
	add_chains(view, 60, 10000, 64, 4);
	for (size_t i = 0; i < 20; i++)
		view->processes->sites->chains[i].closed = false;
	list = advice__evaluate(view);
	advice = only(list, "prealloc");
	assert_non_null(advice);
	assert_true(fabs(value(advice, "open_share") - 1 / 3.0) < 1e-9);
	assert_false(advice__number(advice, "p95")->figure.lower_bound);
	advice_list__free(list);

	for (size_t i = 0; i < 60; i++)
		view->processes->sites->chains[i].closed = false;
	list = advice__evaluate(view);
	assert_true(advice__number(only(list, "prealloc"), "p95")->figure.lower_bound);
	advice_list__free(list);
	view__free(view);
}

static void look_mode_prealloc_scales_to_the_corrected_rate(void **state)
{
	struct view *view = site_view(20e6);
	struct view_process *process = view->processes;
	struct advice_list *list;
	const struct advice *advice;

	(void)state;
	add_chains(view, 60, 100, 64, 4);
	process->mode = PLAN_LOOK;
	process->frees_seen = false;
	process->bytes = fake_figure(20e6, 0, BASIS_EXACT); /* seen for one second */
	process->calls = fake_figure(1e5, 0, BASIS_EXACT);
	process->bytes_rate = fake_figure(40e6, 4e6, BASIS_WINDOW);
	process->calls_rate = fake_figure(2e5, 2e4, BASIS_WINDOW);
	list = advice__evaluate(view);
	advice = only(list, "prealloc");
	assert_non_null(advice);
	assert_true(fabs(value(advice, "realloc_rate") - 60 * 4 * 100 * 2) < 1e-6);
	assert_int_equal(advice__number(advice, "realloc_rate")->figure.basis, BASIS_WINDOW);
	assert_null(advice__number(advice, "slack_live"));
	advice_list__free(list);
	view__free(view);
}

static void refused_process_and_vm_sites_draw_nothing(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;

	(void)state;
	add_chains(view, 60, 10000, 64, 4);
	view->processes->sites->vm = true;
	assert_false(fires(view, "prealloc"));
	view->processes->sites->vm = false;
	assert_true(fires(view, "prealloc"));
	view->processes->refusal = "32-bit process";
	list = advice__evaluate(view);
	assert_int_equal(list->cnt, 0);
	assert_int_equal(list->note_cnt, 0);
	advice_list__free(list);
	view__free(view);
}

static void id_survives_a_rebuild_and_tells_rules_and_callers_apart(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;
	char id[ADVICE_ID_BYTES], other[ADVICE_ID_BYTES];

	(void)state;
	add_chains(view, 60, 10000, 64, 4);
	list = advice__evaluate(view);
	memcpy(id, only(list, "prealloc")->id, sizeof(id));
	assert_int_equal(strlen(id), 9);
	assert_memory_equal(id, "HB-", 3);
	advice_list__free(list);

	view->processes->sites->function = "f.constprop.0";
	view->processes->sites->id = 99;
	list = advice__evaluate(view);
	assert_string_equal(only(list, "prealloc")->id, id);
	advice_list__free(list);

	view->processes->sites->caller = "h";
	list = advice__evaluate(view);
	memcpy(other, only(list, "prealloc")->id, sizeof(other));
	assert_string_not_equal(other, id);
	advice_list__free(list);
	view__free(view);
}

static void two_calls_of_one_function_are_one_advice(void **state)
{
	struct view *view = site_view(20e6);
	struct advice_list *list;

	(void)state;
	add_chains(view, 60, 10000, 64, 4);
	view->processes->sites[1] = view->processes->sites[0];
	view->processes->sites[1].id = 2;
	view->processes->site_cnt = 2;
	list = advice__evaluate(view);
	assert_int_equal(only(list, "prealloc")->more_sites, 1);
	advice_list__free(list);
	view__free(view);
}

static void every_rule_row_is_complete(void **state)
{
	(void)state;
	assert_true(rule_cnt >= 2);
	for (size_t i = 0; i < rule_cnt; i++) {
		const struct rule *rule = rules[i];

		assert_ptr_equal(rule__find(rule->id), rule);
		assert_non_null(rule->check);
		assert_true(rule->title && rule->what && rule->why && rule->remedy &&
			    rule->sketch && rule->saves && rule->costs && rule->wrong_if &&
			    rule->verify);
		/* a ratio and an absolute floor; a process has no whole to be a share of */
		assert_true(rule->floor.share > 0 || rule->scope == SCOPE_PROCESS ||
			    rule->scope == SCOPE_GO_PROCESS || rule->scope == SCOPE_GO_ROUTINES);
		assert_true(rule->floor.bytes > 0 || rule->floor.bytes_per_s > 0 ||
			    rule->floor.calls_per_s > 0 || rule->scope == SCOPE_GO_ROUTINES);
		assert_true(rule->floor.samples > 0);
		assert_true(rule->floor.high > rule->floor.medium);
		assert_non_null(strstr(rule->verify, "{id}"));
	}
	assert_null(rule__find("no such rule"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growing_blocks_draw_prealloc_with_the_p95_filled_in),
		cmocka_unit_test(prediction_covers_what_reserving_would_have_done),
		cmocka_unit_test(prealloc_is_silent_below_the_absolute_floor),
		cmocka_unit_test(prealloc_is_silent_below_the_ratio),
		cmocka_unit_test(prealloc_speaks_for_many_small_blocks_too),
		cmocka_unit_test(prealloc_lacks_data_below_fifty_chains_and_says_so),
		cmocka_unit_test(single_steps_and_rare_growth_are_no_chains),
		cmocka_unit_test(sizes_that_no_capacity_fits_draw_no_prealloc),
		cmocka_unit_test(open_chains_are_called_censored),
		cmocka_unit_test(look_mode_prealloc_scales_to_the_corrected_rate),
		cmocka_unit_test(refused_process_and_vm_sites_draw_nothing),
		cmocka_unit_test(id_survives_a_rebuild_and_tells_rules_and_callers_apart),
		cmocka_unit_test(two_calls_of_one_function_are_one_advice),
		cmocka_unit_test(every_rule_row_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
