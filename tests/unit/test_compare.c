// SPDX-License-Identifier: GPL-2.0-or-later
/* What has changed between two views, and whether predictions came true. */
#include "compare_world.h"

#include "compare/movement.h"

#include "base/banned.h"

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

static void what_was_counted_comes_out_as_counted(void **state)
{
	struct side sides[2];
	struct comparison *comparison;

	(void)state;
	open_both(sides);
	/* 80 of 100 s were seen, the rest was start and end; or 8, in looks */
	side__site(&sides[BEFORE], "f", 300e3, 2000);
	side__site(&sides[AFTER], "f", 300e3, 2000);
	sides[BEFORE].view->processes->observed_s = 80;
	sides[AFTER].view->processes->observed_s = 8;
	comparison = compare(sides, 100, 100);
	assert_true(fabs(site_of(comparison, "f")->bytes.before.value - 240e3) < 1);
	assert_true(fabs(site_of(comparison, "f")->bytes.after.value - 300e3) < 1);
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
		cmocka_unit_test(what_was_counted_comes_out_as_counted),
		cmocka_unit_test(processes_of_one_executable_count_together),
		cmocka_unit_test(nothing_is_compared_of_different_programs),
		cmocka_unit_test(advice_is_resolved_open_new_or_unknown),
		cmocka_unit_test(few_samples_are_what_a_remedy_leaves),
		cmocka_unit_test(without_cpu_time_nothing_is_said_of_it),
		cmocka_unit_test(many_sites_and_no_site_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
