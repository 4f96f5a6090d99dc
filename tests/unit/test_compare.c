// SPDX-License-Identifier: GPL-2.0-or-later
/* What has changed between two views, and whether predictions came true. */
#include "compare/compare.h"
#include "compare/movement.h"

#include "fake_advice.h"

#include "base/banned.h"

/* One of the two captures: a process of 100 s and 50 CPU seconds with some sites. */
struct side {
	struct view *view;
	struct view_site sites[8];
	struct advice items[4];
	struct advice_note note;
	struct advice_list list;
};

static void side__open(struct side *side)
{
	struct view_process *process;

	*side = (struct side){.view = fake_view__new()};
	process = side->view->processes;
	process->interval_bytes = 1024;
	process->charged_s = 0;
	process->sites = side->sites;
	process->bytes_rate = fake_figure(1e6, 0, BASIS_EXACT);
	process->calls_rate = fake_figure(1e4, 0, BASIS_EXACT);
	side->list = (struct advice_list){
		.view = side->view, .items = side->items, .notes = &side->note};
}

/* @rate bytes/s in objects of 100 bytes, from @n samples. */
static struct view_site *side__site(struct side *side, const char *function, double rate,
				    uint64_t n)
{
	struct view_process *process = side->view->processes;
	struct view_site *site = &side->sites[process->site_cnt++];
	double error = n ? rate / sqrt((double)n) : 0;
	enum basis basis = n ? BASIS_SAMPLED : BASIS_EXACT;

	*site = (struct view_site){.function = function, .caller = "main"};
	site->bytes_rate = fake_figure(rate, error, basis);
	site->calls_rate = fake_figure(rate / 100, error / 100, basis);
	site->bytes_rate.n = site->calls_rate.n = n;
	return site;
}

static struct advice *side__advise(struct side *side, const char *id, const struct rule *rule,
				   const struct view_site *site)
{
	struct advice *advice = &side->items[side->list.cnt++];

	*advice = (struct advice){.rule = rule,
				  .process = side->view->processes,
				  .site = site,
				  .severity = SEVERITY_MEDIUM};
	snprintf(advice->id, sizeof(advice->id), "%s", id);
	return advice;
}

static void predict(struct advice *advice, const char *key, enum advice_unit unit, double low,
		    double high)
{
	struct figure figure = {.value = (low + high) / 2,
				.low = low,
				.high = high,
				.n = 100,
				.basis = BASIS_SAMPLED};

	advice__set(advice, key, unit, ROLE_PREDICTION, figure);
}

static struct comparison *compare(struct side sides[2], double before_ops, double after_ops)
{
	struct compare_options options = {.ops = {before_ops, after_ops}};
	struct comparison *comparison =
		comparison__new(&sides[BEFORE].list, &sides[AFTER].list, &options);

	assert_non_null(comparison);
	return comparison;
}

static void open_both(struct side sides[2])
{
	side__open(&sides[BEFORE]);
	side__open(&sides[AFTER]);
}

static void close_both(struct comparison *comparison, struct side sides[2])
{
	comparison__free(comparison);
	view__free(sides[BEFORE].view);
	view__free(sides[AFTER].view);
}

static const struct compare_site *site_of(const struct comparison *comparison, const char *function)
{
	const struct compare_program *program = comparison->programs;

	for (size_t i = 0; i < program->site_cnt; i++) {
		const struct view_site *site =
			program->sites[i].sites[BEFORE] ?: program->sites[i].sites[AFTER];

		if (!strcmp(site->function, function))
			return &program->sites[i];
	}
	fail_msg("no site %s", function);
	return NULL;
}

static const struct compare_prediction *prediction_of(const struct comparison *comparison,
						      const char *id, const char *key)
{
	const struct compare_program *program;
	const struct compare_advice *item = comparison__find(comparison, id, &program);

	assert_non_null(item);
	for (size_t i = 0; i < item->prediction_cnt; i++)
		if (!strcmp(item->predictions[i].key, key))
			return &item->predictions[i];
	fail_msg("no prediction %s", key);
	return NULL;
}

static enum advice_outcome outcome_of(const struct comparison *comparison, const char *id)
{
	const struct compare_program *program;
	const struct compare_advice *item = comparison__find(comparison, id, &program);

	assert_non_null(item);
	return item->outcome;
}

static void holm_is_less_strict_than_bonferroni_and_stops_at_the_first(void **state)
{
	/* of five at 5 %: 0.01, 0.0125, 0.0167, 0.025, 0.05 */
	static const double p[] = {0.9, 0.009, 0.0124, 0.02, 0.021};
	struct movement items[6] = {0};
	struct movement *all[6];

	(void)state;
	for (int i = 0; i < 6; i++) {
		items[i].p = i < 5 ? p[i] : NAN;
		all[i] = &items[i];
	}
	assert_int_equal(movement__correct(all, 6), 5);
	assert_true(items[1].moved && items[2].moved);
	assert_false(items[3].moved || items[4].moved || items[0].moved || items[5].moved);
	assert_int_equal(movement__correct(all, 0), 0);
}

static void the_test_holds_errors_and_arrivals(void **state)
{
	struct movement m = {.before = fake_figure(100, 3, BASIS_SAMPLED),
			     .after = fake_figure(110, 4, BASIS_SAMPLED)};

	(void)state;
	movement__test(&m, 0, 0, 1);
	assert_true(fabs(m.stderr_abs - 5) < 1e-9 && m.change == 10);
	assert_true(fabs(m.p - 0.0455) < 1e-3);
	/* 100 calls are 100 +- 10 */
	m.before = fake_figure(100, 0, BASIS_EXACT);
	m.after = fake_figure(100, 0, BASIS_EXACT);
	movement__test(&m, 100, 100, 1);
	assert_true(fabs(m.stderr_abs - sqrt(200)) < 1e-9 && m.p == 1);
	/* nothing is unsure: any difference is one */
	movement__test(&m, 0, 0, 1);
	assert_true(m.p == 1);
	m.after.value = 101;
	movement__test(&m, 0, 0, 1);
	assert_true(m.p == 0);
	/* too few samples, an unknown side */
	m.before = m.after = fake_figure(100, 30, BASIS_SAMPLED);
	m.before.n = m.after.n = 9;
	movement__test(&m, 0, 0, 1);
	assert_true(isnan(m.p) && !isnan(m.change));
	m.after = (struct figure){0};
	movement__test(&m, 0, 0, 1);
	assert_true(isnan(m.p) && isnan(m.change));
}

static void what_halves_has_moved_and_what_stays_has_not(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	for (int i = 0; i < 2; i++) {
		side__site(&sides[i], "stays", i ? 301e3 : 300e3, 2000);
		side__site(&sides[i], "halves", i ? 200e3 : 400e3, 2000);
		side__site(&sides[i], "little", i ? 2e3 : 4e3, 2000);
		side__site(&sides[i], "sparse", i ? 100e3 : 200e3, 4);
	}
	comparison = compare(sides, 0, 0);
	assert_int_equal(comparison->program_cnt, 1);
	assert_string_equal(comparison->programs[0].name, "prog");
	assert_false(site_of(comparison, "stays")->bytes.moved);
	assert_true(site_of(comparison, "halves")->bytes.moved);
	assert_true(site_of(comparison, "halves")->calls.moved);
	/* significant, but 0.2 % of all; and 8 samples say nothing */
	assert_false(site_of(comparison, "little")->bytes.moved);
	assert_true(isnan(site_of(comparison, "sparse")->bytes.p));
	assert_int_equal(comparison->programs[0].moved_cnt, 1);
	assert_int_equal(comparison->programs[0].test_cnt, 6);
	assert_ptr_equal(comparison->programs[0].sites, site_of(comparison, "halves"));
	/* 100 s of 400 kB/s over 50 CPU seconds */
	assert_true(fabs(site_of(comparison, "halves")->bytes.before.value - 800e3) < 1);
	close_both(comparison, sides);
}

static void clone_suffixes_lines_and_ids_do_not_tell_sites_apart(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct view_site *site;

	(void)state;
	open_both(sides);
	side__site(&sides[BEFORE], "f", 300e3, 1000)->line = 10;
	site = side__site(&sides[AFTER], "f.constprop.0", 100e3, 500);
	site->id = 77;
	/* two calls of one function from one caller are one site here */
	side__site(&sides[AFTER], "f [clone .isra.0]", 200e3, 500)->line = 12;
	site = side__site(&sides[AFTER], "f", 5e3, 500);
	site->caller = "another";
	comparison = compare(sides, 0, 0);
	assert_int_equal(comparison->programs[0].site_cnt, 2);
	assert_false(site_of(comparison, "f")->bytes.moved);
	close_both(comparison, sides);
}

static void go_sites_are_apart_by_construct_type_and_callee(void **state)
{
	static const struct view_go_trait traits[] = {
		{.construct = GO_BY_APPEND, .type = "[]int"},
		{.construct = GO_BY_MAKE_SLICE, .type = "[]int"},
		{.construct = GO_BY_APPEND, .type = "[]string"},
		{.construct = GO_BY_APPEND, .type = "[]int", .via = "bytes.Clone"},
	};
	struct view_go go[2];
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	for (int i = 0; i < 2; i++) {
		for (int j = 0; j < 4; j++) {
			struct view_site *site = side__site(&sides[i], "main.f", 100e3, 500);

			site->go = true;
			site->trait = &traits[j];
		}
		go[i] = (struct view_go){.version = "go1.26",
					 .coverage = "",
					 .uses = sides[i].sites,
					 .use_cnt = 4,
					 .primary = true,
					 .state_known = true,
					 .bytes_rate = fake_figure(4e5, 0, BASIS_EXACT),
					 .calls_rate = fake_figure(4e3, 0, BASIS_EXACT)};
		sides[i].view->processes->site_cnt = 0;
		sides[i].view->processes->go = &go[i];
	}
	comparison = compare(sides, 0, 0);
	assert_int_equal(comparison->programs[0].site_cnt, 4);
	assert_true(comparison->programs[0].totals[COMPARE_GO].known);
	/* the heap is Go's alone: it is not told twice */
	assert_false(comparison->programs[0].totals[COMPARE_MALLOC].known);
	close_both(comparison, sides);
}

static void a_site_that_only_one_side_has_seen_is_zero_give_or_take_a_sample(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	side__site(&sides[BEFORE], "gone", 400e3, 2000);
	side__site(&sides[AFTER], "fresh", 300e3, 2000);
	side__site(&sides[AFTER], "luck", 12e3, 20);
	sides[BEFORE].view->processes->interval_bytes = 1 << 20;
	comparison = compare(sides, 0, 0);
	assert_true(site_of(comparison, "gone")->bytes.moved);
	assert_true(site_of(comparison, "gone")->bytes.after.value == 0);
	assert_true(site_of(comparison, "fresh")->bytes.moved);
	/* a sample before would have stood for 1 MB of its 1.2 MB */
	assert_false(site_of(comparison, "luck")->bytes.moved);
	close_both(comparison, sides);
}

static void operations_replace_cpu_seconds(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	side__site(&sides[BEFORE], "f", 300e3, 2000);
	side__site(&sides[AFTER], "f", 300e3, 2000);
	/* the same per operation, at half of the load and twice the CPU */
	sides[AFTER].sites[0].bytes_rate = fake_figure(150e3, 3e3, BASIS_SAMPLED);
	sides[AFTER].sites[0].calls_rate = fake_figure(1500, 30, BASIS_SAMPLED);
	sides[AFTER].view->processes->cpu_s = 100;
	comparison = compare(sides, 1000, 500);
	assert_true(fabs(site_of(comparison, "f")->bytes.before.value - 30000) < 1);
	assert_false(site_of(comparison, "f")->bytes.moved);
	comparison__free(comparison);
	comparison = compare(sides, 0, 0);
	assert_true(site_of(comparison, "f")->bytes.moved);
	close_both(comparison, sides);
}

static void processes_of_one_executable_count_together(void **state)
{
	struct side sides[2];
	struct view_process two[2], three[3];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	side__site(&sides[BEFORE], "f", 300e3, 2000);
	side__site(&sides[AFTER], "f", 150e3, 1000);
	two[0] = two[1] = *sides[AFTER].view->processes;
	two[0].cpu_s = two[1].cpu_s = 25;
	sides[AFTER].view->processes = two;
	sides[AFTER].view->process_cnt = 2;
	/* what cannot be matched is named; what was refused is no program */
	three[0] = three[1] = three[2] = *sides[BEFORE].view->processes;
	three[1].exe = "/opt/other";
	three[2].refusal = "translated";
	three[2].exe = "/opt/refused";
	sides[BEFORE].view->processes = three;
	sides[BEFORE].view->process_cnt = 3;
	comparison = compare(sides, 0, 0);
	assert_int_equal(comparison->program_cnt, 1);
	assert_int_equal(comparison->programs[0].parts[AFTER].process_cnt, 2);
	assert_false(site_of(comparison, "f")->bytes.moved);
	assert_true(fabs(site_of(comparison, "f")->bytes.after.value - 600e3) < 1);
	assert_int_equal(comparison->alone_cnt[BEFORE], 1);
	assert_string_equal(comparison->alone[BEFORE][0], "other");
	assert_int_equal(comparison->alone_cnt[AFTER], 0);
	close_both(comparison, sides);
}

static void nothing_is_compared_of_different_programs(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	sides[AFTER].view->processes->exe = "/usr/bin/another";
	comparison = compare(sides, 0, 0);
	assert_int_equal(comparison->program_cnt, 0);
	assert_int_equal(comparison->alone_cnt[BEFORE], 1);
	assert_int_equal(comparison->alone_cnt[AFTER], 1);
	assert_false(comparison__reaches(comparison, SEVERITY_LOW));
	close_both(comparison, sides);
}

static void advice_is_resolved_open_new_or_unknown(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	side__advise(&sides[BEFORE], "HB-000001", &rule_pool, NULL);
	side__advise(&sides[BEFORE], "HB-000002", &rule_pool, NULL);
	side__advise(&sides[BEFORE], "HB-000003", &rule_leak, NULL);
	side__advise(&sides[AFTER], "HB-000002", &rule_pool, NULL);
	side__advise(&sides[AFTER], "HB-000004", &rule_pool, NULL);
	sides[AFTER].note = (struct advice_note){.rule = &rule_leak,
						 .process = sides[AFTER].view->processes,
						 .lack = LACK_SPAN,
						 .have = 12,
						 .need = 30};
	sides[AFTER].list.note_cnt = 1;
	comparison = compare(sides, 0, 0);
	assert_int_equal(outcome_of(comparison, "HB-000001"), OUTCOME_RESOLVED);
	assert_int_equal(outcome_of(comparison, "HB-000002"), OUTCOME_OPEN);
	assert_int_equal(outcome_of(comparison, "HB-000003"), OUTCOME_UNKNOWN);
	assert_int_equal(outcome_of(comparison, "HB-000004"), OUTCOME_NEW);
	assert_true(comparison__reaches(comparison, SEVERITY_MEDIUM));
	assert_false(comparison__reaches(comparison, SEVERITY_HIGH));
	sides[AFTER].items[1].state = ADVICE_MUTED;
	assert_false(comparison__reaches(comparison, SEVERITY_LOW));
	close_both(comparison, sides);
}

static void few_samples_are_what_a_remedy_leaves(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
		     side__site(&sides[BEFORE], "mended", 400e3, 2000));
	side__advise(&sides[BEFORE], "HB-000002", &rule_pool,
		     side__site(&sides[BEFORE], "same", 300e3, 2000));
	side__site(&sides[AFTER], "same", 290e3, 2000);
	sides[AFTER].note = (struct advice_note){
		.rule = &rule_pool, .process = sides[AFTER].view->processes, .lack = LACK_SAMPLES};
	sides[AFTER].list.note_cnt = 1;
	comparison = compare(sides, 0, 0);
	assert_int_equal(outcome_of(comparison, "HB-000001"), OUTCOME_RESOLVED);
	assert_int_equal(outcome_of(comparison, "HB-000002"), OUTCOME_UNKNOWN);
	close_both(comparison, sides);
}

static void predictions_are_held_against_the_change_at_the_first_pace(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;
	const struct compare_prediction *held;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 40000));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 290e3, 310e3);
	predict(advice, "calls_avoided", UNIT_PER_S, 3100, 3200);
	predict(advice, "bytes_avoided_share", UNIT_RATIO, 0.6, 0.7);
	predict(advice, "growth_stopped", UNIT_BYTES_PER_HOUR, 1, 2);
	side__site(&sides[AFTER], "f", 200e3, 40000);
	/* the second capture ran at twice the pace: 100 kB/s of the first one's */
	comparison = compare(sides, 1000, 2000);
	held = prediction_of(comparison, "HB-000001", "bytes_avoided");
	assert_true(fabs(held->measured.value - 300e3) < 1);
	assert_int_equal(held->fit, FIT_INSIDE);
	held = prediction_of(comparison, "HB-000001", "calls_avoided");
	assert_true(fabs(held->measured.value - 3000) < 1);
	assert_int_equal(held->fit, FIT_OUTSIDE);
	held = prediction_of(comparison, "HB-000001", "bytes_avoided_share");
	assert_true(fabs(held->measured.value - 0.3) < 0.01);
	held = prediction_of(comparison, "HB-000001", "growth_stopped");
	assert_int_equal(held->fit, FIT_UNKNOWN);
	assert_non_null(held->why);
	assert_int_equal(held->measured.basis, BASIS_UNKNOWN);
	close_both(comparison, sides);
}

static void near_is_within_the_error_of_the_measurement(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 400));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 310e3, 320e3);
	side__site(&sides[AFTER], "f", 100e3, 100);
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "bytes_avoided")->fit, FIT_NEAR);
	close_both(comparison, sides);
}

static void what_was_not_followed_is_not_measured(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 4000));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 310e3, 320e3);
	side__advise(&sides[AFTER], "HB-000001", &rule_pool,
		     side__site(&sides[AFTER], "f", 405e3, 4000));
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "bytes_avoided")->fit, FIT_UNKNOWN);
	close_both(comparison, sides);
}

static void a_new_gogc_is_compared_only_if_it_is_the_advised_one(void **state)
{
	struct view_go go[2];
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	for (int i = 0; i < 2; i++) {
		go[i] = (struct view_go){.version = "go1.26",
					 .coverage = "",
					 .state_known = true,
					 .span_s = 100,
					 .primary = true,
					 .gc_cpu_ratio = i ? 0.05 : 0.2,
					 .cycles_rate = fake_figure(i ? 2 : 10, 0, BASIS_EXACT),
					 .bytes_rate = fake_figure(1e6, 0, BASIS_EXACT),
					 .calls_rate = fake_figure(1e4, 0, BASIS_EXACT)};
		go[i].state.procs = 2;
		go[i].state.gogc = i ? 400 : 100;
		sides[i].view->processes->go = &go[i];
	}
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_go_gogc, NULL);
	advice__set(advice, "gogc", UNIT_COUNT, ROLE_EVIDENCE, fake_figure(400, 0, BASIS_EXACT));
	predict(advice, "interval_then", UNIT_SECONDS, 0.45, 0.55);
	predict(advice, "cpu_saved", UNIT_RATIO, 0.1, 0.2);
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "interval_then")->fit, FIT_INSIDE);
	assert_int_equal(prediction_of(comparison, "HB-000001", "cpu_saved")->fit, FIT_OUTSIDE);
	comparison__free(comparison);
	go[AFTER].state.gogc = 200;
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "interval_then")->fit, FIT_UNKNOWN);
	assert_int_equal(prediction_of(comparison, "HB-000001", "cpu_saved")->fit, FIT_UNKNOWN);
	close_both(comparison, sides);
}

static void without_cpu_time_nothing_is_said_of_it(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 400));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 310e3, 320e3);
	sides[AFTER].view->processes->cpu_s = 0;
	comparison = compare(sides, 0, 0);
	assert_true(isnan(site_of(comparison, "f")->bytes.change));
	assert_int_equal(prediction_of(comparison, "HB-000001", "bytes_avoided")->fit, FIT_UNKNOWN);
	close_both(comparison, sides);
}

static void many_sites_and_no_site_are_compared(void **state)
{
	static char names[3000][12];
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	for (int i = 0; i < 2; i++) {
		struct view_process *process = sides[i].view->processes;

		process->sites = view__alloc(sides[i].view, 3000 * sizeof(*process->sites));
		for (size_t j = 0; j < 3000; j++) {
			snprintf(names[j], sizeof(names[j]), "f%zu", j);
			process->sites[j].function = names[j];
			if (j % 2)
				process->sites[j].bytes_rate = process->sites[j].calls_rate =
					fake_figure(1e3, 10, BASIS_SAMPLED);
		}
		process->site_cnt = i ? 0 : 3000;
	}
	comparison = compare(sides, 0, 0);
	assert_int_equal(comparison->programs[0].site_cnt, 3000);
	close_both(comparison, sides);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holm_is_less_strict_than_bonferroni_and_stops_at_the_first),
		cmocka_unit_test(the_test_holds_errors_and_arrivals),
		cmocka_unit_test(what_halves_has_moved_and_what_stays_has_not),
		cmocka_unit_test(clone_suffixes_lines_and_ids_do_not_tell_sites_apart),
		cmocka_unit_test(go_sites_are_apart_by_construct_type_and_callee),
		cmocka_unit_test(a_site_that_only_one_side_has_seen_is_zero_give_or_take_a_sample),
		cmocka_unit_test(operations_replace_cpu_seconds),
		cmocka_unit_test(processes_of_one_executable_count_together),
		cmocka_unit_test(nothing_is_compared_of_different_programs),
		cmocka_unit_test(advice_is_resolved_open_new_or_unknown),
		cmocka_unit_test(few_samples_are_what_a_remedy_leaves),
		cmocka_unit_test(predictions_are_held_against_the_change_at_the_first_pace),
		cmocka_unit_test(near_is_within_the_error_of_the_measurement),
		cmocka_unit_test(what_was_not_followed_is_not_measured),
		cmocka_unit_test(a_new_gogc_is_compared_only_if_it_is_the_advised_one),
		cmocka_unit_test(without_cpu_time_nothing_is_said_of_it),
		cmocka_unit_test(many_sites_and_no_site_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
