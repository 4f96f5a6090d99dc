// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "group_world.h"

static double allocations(const struct group *group)
{
	assert_non_null(group);
	assert_true(group->counter_known[GROUP_ALLOCATIONS]);
	return group->counters[GROUP_ALLOCATIONS];
}

static void a_process_never_looked_at_has_vitals_and_no_counters(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a")->state = TARGET_WAITING;
	tick(&w, 1, "a");
	w.fake->processes[0].cpu_ns += FAKE_SECOND / 2;
	group = tick(&w, 1, "a");
	assert_non_null(group);
	assert_int_equal(group->member_cnt, 1);
	assert_int_equal(group->attached_cnt, 0);
	assert_true(group->rss_bytes >= 1 << 20 && group->rss_bytes <= 1 << 20);
	for (int c = 0; c < GROUP_COUNTERS; c++)
		assert_int_equal(group->counter_known[c], c == GROUP_CPU_SECONDS);
	assert_true(group->counters[GROUP_CPU_SECONDS] > 0.499 &&
		    group->counters[GROUP_CPU_SECONDS] < 0.501);
	assert_false(group->sizes.known || group->lifetimes.known);
	assert_true(group->cost_ratio < 0 && group->sampling_ratio < 0 && group->age_s < 0);
	assert_true(group->coverage_ratio >= 0 && group->coverage_ratio <= 0);
	assert_int_equal(group->live_bytes.basis, BASIS_UNKNOWN);
	end(&w);
}

static void a_process_counted_throughout_is_exact(void **state)
{
	struct world w = world_of(&usual);
	struct view_process *seen;
	double s = 0;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	/* The view lags behind the clock by a little more or less at each tick. */
	for (int t = 0; t < 50; t++) {
		s += 1;
		seen = fake_host__see(w.fake, 11, PLAN_EXACT, (uint64_t)(23 * t),
				      s - 0.01 * (t * 7 % 5));
		fake_host__rate(seen, 23);
		assert_int_equal(allocations(tick(&w, 1, "a")), 23 * t);
	}
	assert_true(fake_group(w.host, "a")->counters[GROUP_ALLOCATED_BYTES] <= 23.0 * 49 * 100);
	end(&w);
}

static void between_looks_the_counter_moves_at_the_recent_rate(void **state)
{
	struct world w = world_of(&usual);
	double before, now;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__rate(fake_host__see(w.fake, 11, PLAN_LOOK, 50, 0.05), 1000);
	before = allocations(tick(&w, 1, "a"));
	assert_true(before >= 50 && before <= 50);
	for (int t = 0; t < 9; t++) {
		now = allocations(tick(&w, 1, "a"));
		assert_true(now - before >= 999 && now - before <= 1001);
		before = now;
	}
	/* A look of 50 ms takes the place of 50 ms at the rate. */
	fake_host__rate(fake_host__see(w.fake, 11, PLAN_LOOK, 100, 0.1), 1000);
	now = allocations(tick(&w, 1, "a"));
	assert_true(now - before >= 998 && now - before <= 1002);
	end(&w);
}

static void revisions_never_step_back(void **state)
{
	struct world w = world_of(&usual);
	double before[GROUP_COUNTERS] = {0}, buckets[GROUP_BUCKETS] = {0};
	unsigned int dice = 1;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	for (int t = 0; t < 300; t++) {
		struct view_process *seen;
		const struct group *group;

		dice = dice * 1103515245 + 12345;
		seen = fake_host__see(w.fake, 11, dice >> 16 & 1 ? PLAN_LOOK : PLAN_EXACT,
				      dice >> 17 & 1023, (dice >> 18 & 255) / 10.0);
		fake_host__rate(seen, dice >> 20 & 511);
		seen->sums.freed_basis = BASIS_SAMPLED;
		seen->sums.freed_bytes = dice >> 16 & 4095;
		seen->sizes.basis = BASIS_EXACT;
		seen->sizes.counts[t % GROUP_BUCKETS] = dice >> 19 & 127;
		w.fake->processes[0].state = dice >> 21 & 1 ? TARGET_ATTACHED : TARGET_WAITING;
		group = tick(&w, 1, "a");
		for (int c = 0; c < GROUP_COUNTERS; c++) {
			assert_true(group->counters[c] >= before[c]);
			before[c] = group->counters[c];
		}
		for (int b = 0; b < GROUP_BUCKETS; b++) {
			assert_true(group->sizes.counts[b] >= buckets[b]);
			buckets[b] = group->sizes.counts[b];
		}
	}
	assert_true(before[GROUP_ALLOCATIONS] > 300);
	end(&w);
}

static void an_estimate_that_was_too_high_waits_to_be_reached(void **state)
{
	struct world w = world_of(&usual);
	double high;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__see(w.fake, 11, PLAN_EXACT, 1000, 1);
	high = allocations(tick(&w, 1, "a"));
	fake_host__see(w.fake, 11, PLAN_EXACT, 400, 2);
	assert_true(allocations(tick(&w, 1, "a")) >= high);
	fake_host__see(w.fake, 11, PLAN_EXACT, 999, 3);
	assert_true(allocations(tick(&w, 1, "a")) <= high);
	fake_host__see(w.fake, 11, PLAN_EXACT, 1007, 4);
	assert_int_equal(allocations(tick(&w, 1, "a")), 1007);
	end(&w);
}

static void the_dead_keep_what_they_had_and_their_last_figures_count(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__add(w.fake, 12, "a");
	fake_host__see(w.fake, 11, PLAN_EXACT, 101, 1);
	fake_host__see(w.fake, 12, PLAN_EXACT, 211, 1);
	assert_int_equal(allocations(tick(&w, 1, "a")), 101 + 211);
	fake_host__rate(fake_host__see(w.fake, 11, PLAN_LOOK, 103, 1), 1e6);
	fake_host__end(w.fake, 11);
	assert_int_equal(allocations(tick(&w, 1, "a")), 103 + 211);
	/* Nothing is carried on for the dead, and nothing is lost once they are forgotten. */
	for (int t = 0; t < 60; t++)
		group = tick(&w, 1, "a");
	assert_int_equal(allocations(group), 103 + 211);
	assert_int_equal(group->member_cnt, 1);
	end(&w);
}

static void a_process_attached_anew_counts_from_there(void **state)
{
	struct world w = world_of(&usual);

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__see(w.fake, 11, PLAN_EXACT, 101, 1)->exit_reason = EXIT_REASON_RELEASED;
	tick(&w, 1, "a");
	/* Let go, then a new image of the view for the same process. */
	w.fake->seen[0].exited = true;
	w.fake->processes[0].state = TARGET_WAITING;
	tick(&w, 1, "a");
	w.fake->seen[1] = w.fake->seen[0];
	w.fake->seen[1].tgid = 99;
	w.fake->seen_cnt = 2;
	fake_host__see(w.fake, 99, PLAN_EXACT, 13, 1);
	w.fake->seen[1].tgid = 11;
	w.fake->seen[1].start_ticks = 77;
	w.fake->seen[1].exited = false;
	w.fake->processes[0].state = TARGET_ATTACHED;
	assert_int_equal(allocations(tick(&w, 1, "a")), 101 + 13);
	assert_int_equal(allocations(tick(&w, 1, "a")), 101 + 13);
	end(&w);
}

static void a_rate_goes_stale_ten_minutes_after_the_last_look(void **state)
{
	struct world w = world_of(&usual);
	double before;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__rate(fake_host__see(w.fake, 11, PLAN_LOOK, 50, 0.05), 1000);
	tick(&w, 1, "a");
	before = allocations(tick(&w, 590, "a"));
	assert_true(before > 589000);
	before = allocations(tick(&w, 60, "a"));
	assert_true(allocations(tick(&w, 60, "a")) <= before);
	assert_true(fake_group(w.host, "a")->age_s > 700);
	end(&w);
}

static void an_identity_is_fixed_when_the_image_is_first_seen(void **state)
{
	struct world w = world_of(&usual);
	char id[9];

	(void)state;
	fake_host__add(w.fake, 11, "before");
	memcpy(id, tick(&w, 1, "before")->id, sizeof(id));
	w.fake->processes[0].comm = "after";
	w.fake->processes[0].runtime = "go";
	assert_string_equal(tick(&w, 1, "before")->id, id);
	assert_null(fake_group(w.host, "after"));
	assert_string_equal(fake_group(w.host, "before")->runtime, "mixed");
	/* exec makes a new image */
	w.fake->processes[0].exec_id = 2;
	assert_string_not_equal(tick(&w, 1, "after")->id, id);
	assert_int_equal(fake_group(w.host, "before")->member_cnt, 0);
	assert_int_equal(w.host->processes[0].group,
			 (uint32_t)(fake_group(w.host, "after") - w.host->groups));
	end(&w);
}

static void runtime_and_allocator_are_mixed_where_members_differ(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a")->allocator = "";
	fake_host__add(w.fake, 12, "a")->allocator = "jemalloc";
	group = tick(&w, 1, "a");
	assert_string_equal(group->runtime, "native");
	assert_string_equal(group->allocator, "jemalloc");
	w.fake->processes[0].allocator = "glibc";
	assert_string_equal(tick(&w, 1, "a")->allocator, "mixed");
	assert_int_equal(w.host->group_cnt, 1);
	end(&w);
}

static void a_process_named_by_pid_is_a_group_of_its_own(void **state)
{
	struct groups_options all = usual;
	struct world w = world_of(&usual);

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__add(w.fake, 12, "a")->by_pid = true;
	tick(&w, 1, "a");
	assert_int_equal(w.host->group_cnt, 2);
	assert_int_equal(w.host->groups[w.host->processes[0].group].pid, 0);
	assert_int_equal(w.host->groups[w.host->processes[1].group].pid, 12);
	end(&w);

	all.labels_pid = true;
	w = world_of(&all);
	fake_host__add(w.fake, 11, "a");
	fake_host__add(w.fake, 12, "a");
	tick(&w, 1, "a");
	assert_int_equal(w.host->group_cnt, 2);
	end(&w);
}

static void names_that_look_the_same_as_labels_are_one_group(void **state)
{
	struct world w = world_of(&usual);

	(void)state;
	fake_host__add(w.fake, 11, "x\xff");
	fake_host__add(w.fake, 12, "x\xfe");
	fake_host__add(w.fake, 13, "x\x1b");
	fake_host__add(w.fake, 14, "x\n");
	tick(&w, 1, "x\n");
	assert_int_equal(w.host->group_cnt, 2);
	assert_int_equal(fake_group(w.host, "x\xef\xbf\xbd")->member_cnt, 3);
	end(&w);
}

static void beyond_the_cap_new_groups_fold_into_one(void **state)
{
	struct groups_options few = usual;
	struct world w;
	static char comms[100][16];
	uint64_t dropped;

	(void)state;
	few.max_series = 80;
	w = world_of(&few);
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(comms[i], sizeof(comms[i]), "p%u", i);
		fake_host__add(w.fake, 11 + i, comms[i]);
	}
	fake_host__see(w.fake, 110, PLAN_EXACT, 31, 1);
	assert_int_equal(allocations(tick(&w, 1, "_other")), 31);
	assert_int_equal(w.host->group_cnt, 10);
	assert_int_equal(fake_group(w.host, "_other")->member_cnt, 91);
	dropped = w.host->self.series_dropped;
	assert_int_equal(dropped, 91 * 8);
	tick(&w, 1, "_other");
	assert_int_equal(w.host->self.series_dropped, dropped);
	/* A newcomer among those that are full up is one more. */
	fake_host__add(w.fake, 999, "new");
	assert_int_equal(tick(&w, 1, "_other")->member_cnt, 92);
	assert_int_equal(w.host->self.series_dropped, dropped + 8);
	end(&w);
}

static size_t series_each;

static size_t half_of_it_details(const struct group *group)
{
	return group->detail == GROUP_ALL ? series_each : series_each / 2;
}

static void assert_details(const struct world *w, enum group_detail a, enum group_detail b,
			   enum group_detail c)
{
	assert_int_equal(fake_group(w->host, "a")->detail, a);
	assert_int_equal(fake_group(w->host, "b")->detail, b);
	assert_int_equal(fake_group(w->host, "c")->detail, c);
}

static void groups_that_have_grown_past_the_cap_publish_less(void **state)
{
	struct groups_options few = usual;
	struct world w;

	(void)state;
	few.series = half_of_it_details;
	few.max_series = 100;
	w = world_of(&few);
	for (unsigned int i = 0; i < 3; i++)
		fake_host__add(w.fake, 11 + i, &"a\0b\0c"[2 * i]);
	series_each = 8;
	tick(&w, 1, "a");
	assert_details(&w, GROUP_ALL, GROUP_ALL, GROUP_ALL);
	series_each = 40;
	tick(&w, 1, "a");
	assert_details(&w, GROUP_ALL, GROUP_ALL, GROUP_BRIEF);
	assert_int_equal(w.host->self.series_dropped, 20);
	series_each = 60;
	tick(&w, 1, "a");
	assert_details(&w, GROUP_ALL, GROUP_BRIEF, GROUP_HIDDEN);
	assert_int_equal(w.host->self.series_dropped, 20 + 30 + 60);
	tick(&w, 1, "a");
	assert_int_equal(w.host->self.series_dropped, 20 + 30 + 60);
	series_each = 8;
	tick(&w, 1, "a");
	assert_details(&w, GROUP_ALL, GROUP_ALL, GROUP_ALL);
	end(&w);
}

static void idle_groups_go_after_ten_minutes(void **state)
{
	struct world w = world_of(&usual);

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__add(w.fake, 12, "b");
	tick(&w, 1, "a");
	fake_host__end(w.fake, 11);
	assert_non_null(tick(&w, 599, "a"));
	assert_int_equal(fake_group(w.host, "a")->member_cnt, 0);
	assert_null(tick(&w, 2, "a"));
	assert_non_null(fake_group(w.host, "b"));
	end(&w);
}

static void live_is_known_only_where_it_is_of_every_member(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__add(w.fake, 12, "a");
	fake_host__see(w.fake, 11, PLAN_EXACT, 1, 1)->live_bytes =
		fake_figure_of(700, BASIS_SAMPLED);
	fake_host__see(w.fake, 12, PLAN_LOOK, 1, 1);
	assert_int_equal(tick(&w, 1, "a")->live_bytes.basis, BASIS_UNKNOWN);
	w.fake->seen[1].live_bytes = fake_figure_of(300, BASIS_EXACT);
	group = tick(&w, 1, "a");
	assert_int_equal(group->live_bytes.basis, BASIS_SAMPLED);
	assert_int_equal(group->live_bytes.value, 1000);
	w.fake->seen[1].live_bytes.value = 100;
	group = tick(&w, 1, "a");
	assert_int_equal(group->live_bytes.value, 800);
	assert_int_equal(group->peak_bytes.value, 1000);
	/* One that has just begun is not waited for. */
	fake_host__add(w.fake, 13, "a")->state = TARGET_YOUNG;
	assert_int_equal(tick(&w, 1, "a")->live_bytes.value, 800);
	end(&w);
}

static void memory_is_accounted_and_given_back(void **state)
{
	struct world w = world_of(&usual);
	size_t empty = groups__bytes(w.groups), full;
	static char comms[1000][16];

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(comms[i], sizeof(comms[i]), "p%u", i);
		fake_host__add(w.fake, 11 + i, comms[i]);
	}
	tick(&w, 1, "p1");
	full = groups__bytes(w.groups);
	assert_true(full > empty + 1000 * sizeof(struct group));
	w.fake->process_cnt = 0;
	tick(&w, 601, "p1");
	tick(&w, 1, "p1");
	assert_int_equal(w.host->group_cnt, 0);
	/* Tables keep their size. */
	assert_true(groups__bytes(w.groups) < empty + (full - empty) / 10);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_never_looked_at_has_vitals_and_no_counters),
		cmocka_unit_test(a_process_counted_throughout_is_exact),
		cmocka_unit_test(between_looks_the_counter_moves_at_the_recent_rate),
		cmocka_unit_test(revisions_never_step_back),
		cmocka_unit_test(an_estimate_that_was_too_high_waits_to_be_reached),
		cmocka_unit_test(the_dead_keep_what_they_had_and_their_last_figures_count),
		cmocka_unit_test(a_process_attached_anew_counts_from_there),
		cmocka_unit_test(a_rate_goes_stale_ten_minutes_after_the_last_look),
		cmocka_unit_test(an_identity_is_fixed_when_the_image_is_first_seen),
		cmocka_unit_test(runtime_and_allocator_are_mixed_where_members_differ),
		cmocka_unit_test(a_process_named_by_pid_is_a_group_of_its_own),
		cmocka_unit_test(names_that_look_the_same_as_labels_are_one_group),
		cmocka_unit_test(beyond_the_cap_new_groups_fold_into_one),
		cmocka_unit_test(groups_that_have_grown_past_the_cap_publish_less),
		cmocka_unit_test(idle_groups_go_after_ten_minutes),
		cmocka_unit_test(live_is_known_only_where_it_is_of_every_member),
		cmocka_unit_test(memory_is_accounted_and_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
