// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/group_go.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "group_world.h"

#define MIB (1ULL << 20)

/* The runtime of one process, as a view tells of it. */
struct runtime {
	struct view_go go;
	struct view_go_class classes[100];
	struct view_go_cycle cycles[256];
	struct view_go_site sites[64];
	char names[64][32];
};

static void set_state(struct runtime *runtime, uint64_t cycles, uint64_t live)
{
	runtime->go.state.cycles = cycles;
	runtime->go.state.pause_total_ns = cycles * 1000000;
	runtime->go.state.heap_live_bytes = live;
}

static void add_cycle(struct runtime *runtime, uint64_t cycle, uint64_t pause_ns)
{
	runtime->cycles[runtime->go.cycle_cnt++] =
		(struct view_go_cycle){.cycle = cycle, .pause_ns = pause_ns};
}

static void set_class(struct runtime *runtime, size_t at, uint64_t size, uint64_t mallocs)
{
	runtime->classes[at] = (struct view_go_class){
		.size_bytes = size, .mallocs = mallocs, .allocated_bytes = mallocs * size};
	if (at >= runtime->go.class_cnt)
		runtime->go.class_cnt = at + 1;
}

static void set_site(struct runtime *runtime, size_t at, const char *function, uint64_t cnt)
{
	snprintf(runtime->names[at], sizeof(runtime->names[at]), "%s", function);
	runtime->sites[at] = (struct view_go_site){
		.created = {.module = 1}, .function = runtime->names[at], .cnt = cnt};
	if (at >= runtime->go.goroutine_site_cnt)
		runtime->go.goroutine_site_cnt = at + 1;
}

/* Process @tgid is a Go program of 10 MiB, with a state of now. */
static struct runtime *add_go(struct fake_host *fake, uint32_t tgid, const char *comm)
{
	struct runtime *runtime = calloc(1, sizeof(*runtime));
	struct view_process *seen;

	assert_non_null(runtime);
	fake_host__add(fake, tgid, comm)->runtime = "go";
	seen = fake_host__see(fake, tgid, PLAN_REST, 1000 * tgid, 0);
	seen->window_cnt = 0;
	seen->go = &runtime->go;
	runtime->go = (struct view_go){.version = "go1.26.4",
				       .coverage = "",
				       .profile_rate_bytes = 524288,
				       .state_known = true,
				       .read_ns = fake->now_ns,
				       .classes = runtime->classes,
				       .cycles = runtime->cycles,
				       .goroutines = runtime->sites};
	runtime->go.state = (struct record_go_state){.gogc = 100,
						     .memory_limit_bytes = GO_LIMIT_NONE,
						     .heap_goal_bytes = 20 * MIB,
						     .in_stacks_bytes = MIB,
						     .goroutines = 23};
	set_state(runtime, 100, 10 * MIB);
	return runtime;
}

static struct world go_world(struct runtime **one, struct runtime **two)
{
	struct world w = world_of(&usual);

	*one = add_go(w.fake, 11, "a");
	if (two)
		*two = add_go(w.fake, 12, "a");
	return w;
}

static void a_program_that_ran_before_counts_from_the_first_reading(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);
	const struct group *group;

	(void)state;
	add_cycle(one, 99, 1000);
	add_cycle(one, 100, 1000);
	set_class(one, 0, 48, 5000);
	group = tick(&w, 1, "a");
	assert_true(group->go.known && group->go.counter_known[GROUP_GO_CYCLES]);
	assert_int_equal(group->go.counters[GROUP_GO_CYCLES], 0);
	assert_true(group->counter_known[GROUP_ALLOCATIONS]);
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 0);
	assert_int_equal(group->go.classes[0].allocations, 0);
	set_state(one, 123, 12 * MIB);
	add_cycle(one, 101, 20000);
	add_cycle(one, 102, 5000000);
	set_class(one, 0, 48, 5023);
	set_class(one, 1, 0, 7);
	fake_host__see(w.fake, 11, PLAN_REST, 11023, 0)->window_cnt = 0;
	group = tick(&w, 1, "a");
	assert_int_equal(group->go.counters[GROUP_GO_CYCLES], 23);
	assert_true(fabs(group->go.counters[GROUP_GO_PAUSE_SECONDS] - 0.023) < 1e-9);
	assert_int_equal(group->go.pauses.counts[2], 1); /* 16.4 to 65.5 us */
	assert_int_equal(group->go.pauses.counts[6], 1); /* 4.2 to 16.8 ms */
	assert_true(fabs(group->go.pauses.sum - 0.00502) < 1e-9);
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 23);
	/* A class that was first used now counts in full. */
	assert_int_equal(group->go.classes[0].allocations, 23);
	assert_int_equal(group->go.classes[1].allocations, 7);
	assert_string_equal(group->go.classes[1].label, "large");
	/* What has been read is all there is. */
	assert_int_equal(group->coverage_ratio, 1);
	end(&w);
	free(one);
}

static void a_program_that_starts_later_counts_from_its_start(void **state)
{
	struct runtime *one, *two;
	struct world w = go_world(&one, NULL);
	const struct group *group;

	(void)state;
	tick(&w, 1, "a");
	two = add_go(w.fake, 13, "a");
	/* A tick of the kernel's clock is 10 ms. */
	w.fake->processes[1].start_ticks = w.fake->now_ns / 10000000;
	w.fake->seen[1].start_ticks = w.fake->processes[1].start_ticks;
	add_cycle(two, 100, 1000);
	group = tick(&w, 1, "a");
	assert_int_equal(group->go.counters[GROUP_GO_CYCLES], 100);
	assert_int_equal(group->go.pauses.counts[0], 1);
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 13000);
	end(&w);
	free(one);
	free(two);
}

static void gauges_are_sums_and_settings_must_be_alike(void **state)
{
	struct runtime *one, *two;
	struct world w = go_world(&one, &two);
	const struct group_go *go = &tick(&w, 1, "a")->go;

	(void)state;
	assert_int_equal(go->live_heap_bytes, 20 * MIB);
	assert_int_equal(go->heap_goal_bytes, 40 * MIB);
	assert_int_equal(go->stack_bytes, 2 * MIB);
	assert_int_equal(go->goroutines, 46);
	assert_true(fabs(go->gogc_ratio - 1) < 1e-9);
	assert_true(go->memory_limit_bytes < 0);
	assert_string_equal(go->version, "go1.26.4");
	assert_string_equal(go->profile, "on");
	assert_string_equal(go->pacing, "on");
	one->go.state.memory_limit_bytes = 100 * MIB;
	one->go.state.gogc = 50;
	go = &tick(&w, 1, "a")->go;
	assert_true(go->memory_limit_bytes < 0 && go->gogc_ratio < 0);
	two->go.state.memory_limit_bytes = 200 * MIB;
	two->go.state.gogc = GO_GOGC_OFF;
	two->go.version = "go1.21.0";
	two->go.profile_rate_bytes = 0;
	two->go.state.heap_goal_bytes = UINT64_MAX; /* GOGC=off */
	go = &tick(&w, 1, "a")->go;
	assert_int_equal(go->memory_limit_bytes, 300 * MIB);
	assert_true(go->gogc_ratio < 0 && go->heap_goal_bytes < 0);
	assert_string_equal(go->version, "mixed");
	assert_string_equal(go->profile, "mixed");
	assert_string_equal(go->pacing, "mixed");
	end(&w);
	free(one);
	free(two);
}

/* @ratio of one process's CPU, as its runtime would say it: a share of what two CPUs could do. */
static void set_gc_cpu(struct fake_host *fake, struct runtime *runtime, size_t at, double ratio)
{
	const struct host_process *process = &fake->processes[at];
	double age_s = (double)fake->now_ns / 1e9 - (double)process->start_ticks / 100;
	double gc_s = ratio * (double)process->cpu_ns / 1e9;

	runtime->go.state.procs = 2;
	runtime->go.state.gc_cpu_ppm = (uint64_t)(gc_s / (2 * age_s) * 1e6 + 0.5);
	runtime->go.read_ns = fake->now_ns;
}

static void gc_cpu_is_a_share_of_what_was_used(void **state)
{
	struct runtime *one, *two;
	struct world w = go_world(&one, &two);

	(void)state;
	w.fake->processes[0].cpu_ns = 100 * FAKE_SECOND;
	w.fake->processes[1].cpu_ns = 300 * FAKE_SECOND;
	set_gc_cpu(w.fake, one, 0, 0.25);
	set_gc_cpu(w.fake, two, 1, 0.05);
	assert_true(fabs(tick(&w, 1, "a")->go.gc_cpu_ratio - 0.1) < 1e-4);
	two->go.state.gc_cpu_ppm = UINT64_MAX;
	assert_true(fabs(tick(&w, 1, "a")->go.gc_cpu_ratio - 0.25) < 1e-4);
	one->go.state.gc_cpu_ppm = 999999;
	assert_true(fabs(tick(&w, 1, "a")->go.gc_cpu_ratio - 1) < 1e-9);
	one->go.state.procs = 0;
	assert_true(tick(&w, 1, "a")->go.gc_cpu_ratio < 0);
	end(&w);
	free(one);
	free(two);
}

static void malloc_beside_a_go_heap_is_seen_in_windows_as_ever(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);
	struct view_process *seen = fake_host__see(w.fake, 11, PLAN_LOOK, 100, 0.5);
	const struct group *group;

	(void)state;
	fake_host__rate(seen, 1000);
	tick(&w, 1, "a");
	group = tick(&w, 10, "a");
	assert_true(group->go.known);
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 10000);
	assert_false(group->counter_known[GROUP_READ_SECONDS]);
	assert_true(group->coverage_ratio < 0.5);
	end(&w);
	free(one);
}

/* Go's heap allocates @calls objects of 100 bytes in all, 20 MiB of them are live. */
static void set_heap(struct runtime *runtime, uint64_t calls)
{
	struct view_go *go = &runtime->go;

	go->calls = (struct figure){.value = (double)calls, .n = calls, .basis = BASIS_EXACT};
	go->bytes = (struct figure){.value = 100.0 * calls, .n = calls, .basis = BASIS_EXACT};
	go->live_bytes = (struct figure){.value = 20.0 * MIB, .basis = BASIS_EXACT};
	go->sums = (struct view_sums){.calls = calls, .bytes = 100 * calls};
}

static void both_heaps_of_a_program_with_cgo_are_counted(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);
	struct view_process *seen = fake_host__see(w.fake, 11, PLAN_LOOK, 100, 0.5);
	const struct group *group;

	(void)state;
	seen->window_cnt = 1;
	fake_host__rate(seen, 1000);
	set_heap(one, 5000); /* before it was watched */
	tick(&w, 1, "a");
	set_heap(one, 12000);
	group = tick(&w, 10, "a");
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 10000 + 7000);
	assert_true(group->counters[GROUP_ALLOCATED_BYTES] >= 700000);
	assert_true(group->live_bytes.basis != BASIS_UNKNOWN);
	assert_true(group->live_bytes.value >= 20.0 * MIB);
	set_heap(one, 11000); /* less than was told: stands still */
	group = tick(&w, 1, "a");
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 11000 + 7000);
	end(&w);
	free(one);
}

static void sums_wait_for_every_member_but_the_youngest(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);
	struct host_process *late = fake_host__add(w.fake, 12, "a");
	const struct group_go *go;

	(void)state;
	set_site(one, 0, "main.serve", 23);
	w.fake->analysis_number = 1;
	late->runtime = "go";
	late->state = TARGET_YOUNG;
	go = &tick(&w, 1, "a")->go;
	assert_int_equal(go->live_heap_bytes, 10 * MIB);
	assert_int_equal(go->started.cnt, 1);
	late->state = TARGET_WAITING;
	go = &tick(&w, 1, "a")->go;
	assert_true(go->known && go->live_heap_bytes < 0 && go->goroutines < 0);
	assert_int_equal(go->started.cnt, 0);
	assert_true(go->counter_known[GROUP_GO_CYCLES]);
	end(&w);
	free(one);
}

static void the_dead_keep_their_counts_and_leave_the_gauges(void **state)
{
	struct runtime *one, *two;
	struct world w = go_world(&one, &two);
	const struct group *group;

	(void)state;
	tick(&w, 1, "a");
	/* Its last reading comes with its end. */
	set_state(two, 111, 9 * MIB);
	fake_host__end(w.fake, 12);
	group = tick(&w, 1, "a");
	assert_int_equal(group->go.counters[GROUP_GO_CYCLES], 11);
	assert_int_equal(group->go.live_heap_bytes, 10 * MIB);
	fake_host__end(w.fake, 11);
	group = tick(&w, 40, "a");
	assert_false(group->go.known);
	assert_int_equal(group->go.counters[GROUP_GO_CYCLES], 11);
	end(&w);
	free(one);
	free(two);
}

static void a_count_that_falls_waits_to_be_reached(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);

	(void)state;
	tick(&w, 1, "a");
	set_state(one, 110, 10 * MIB);
	assert_int_equal(tick(&w, 1, "a")->go.counters[GROUP_GO_CYCLES], 10);
	set_state(one, 90, 10 * MIB);
	assert_int_equal(tick(&w, 1, "a")->go.counters[GROUP_GO_CYCLES], 10);
	set_state(one, 112, 10 * MIB);
	assert_int_equal(tick(&w, 1, "a")->go.counters[GROUP_GO_CYCLES], 12);
	end(&w);
	free(one);
}

static void a_program_let_go_and_found_again_is_not_counted_twice(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);
	const struct group *group;

	(void)state;
	tick(&w, 1, "a");
	w.fake->seen[0].exited = true;
	w.fake->seen[0].exit_reason = EXIT_REASON_RELEASED;
	group = tick(&w, 1, "a");
	assert_false(group->go.known);
	w.fake->seen[0].exited = false;
	set_state(one, 150, 10 * MIB);
	fake_host__see(w.fake, 11, PLAN_REST, 20000, 0)->window_cnt = 0;
	w.fake->seen[0].image = 99;
	group = tick(&w, 1, "a");
	assert_true(group->go.known);
	assert_int_equal(group->go.counters[GROUP_GO_CYCLES], 50);
	assert_int_equal(group->counters[GROUP_ALLOCATIONS], 0);
	end(&w);
	free(one);
}

static void a_state_that_is_never_read_again_grows_stale(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);

	(void)state;
	assert_true(tick(&w, 1, "a")->go.known);
	assert_true(tick(&w, 170, "a")->go.known);
	assert_false(tick(&w, 30, "a")->go.known);
	one->go.read_ns = w.fake->now_ns;
	assert_true(tick(&w, 1, "a")->go.known);
	end(&w);
	free(one);
}

static void sites_of_one_function_are_one_and_the_ten_heaviest_stay(void **state)
{
	struct runtime *one, *two;
	struct world w = go_world(&one, &two);
	const struct group_go *go;
	char name[32];

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "main.f%u", i);
		set_site(one, i, name, 100 - i);
	}
	set_site(two, 0, "main.f9", 7);
	set_site(two, 1, "main.f9", 3);
	set_site(two, 2, "", 1);
	w.fake->analysis_number = 1;
	go = &tick(&w, 1, "a")->go;
	assert_int_equal(go->started.cnt, GROUP_FUNCTIONS_MAX);
	assert_string_equal(go->started.items[0].function, "main.f9");
	assert_int_equal(go->started.items[0].value, 101);
	assert_string_equal(go->started.items[9].function, "main.f8");
	/* One that is hardly heavier does not take a place. */
	set_site(one, 11, "main.f11", 95);
	w.fake->analysis_number = 2;
	go = &tick(&w, 1, "a")->go;
	for (size_t i = 0; i < go->started.cnt; i++)
		assert_string_not_equal(go->started.items[i].function, "main.f11");
	set_site(one, 11, "main.f11", 200);
	w.fake->analysis_number = 3;
	go = &tick(&w, 1, "a")->go;
	assert_string_equal(go->started.items[0].function, "main.f11");
	end(&w);
	free(one);
	free(two);
}

static void classes_beyond_the_room_are_left_out(void **state)
{
	struct runtime *one;
	struct world w = go_world(&one, NULL);
	const struct group_go *go;

	(void)state;
	tick(&w, 1, "a");
	for (unsigned int i = 0; i < 100; i++)
		set_class(one, i, 8 * (i + 1), 1);
	tick(&w, 1, "a");
	for (unsigned int i = 0; i < 100; i++)
		set_class(one, i, 8 * (i + 1), 1 + i);
	go = &tick(&w, 1, "a")->go;
	assert_int_equal(go->class_cnt, GROUP_GO_CLASSES_MAX);
	assert_string_equal(go->classes[0].label, "640");
	assert_int_equal(go->classes[0].allocations, 79);
	end(&w);
	free(one);
}

static void growth_of_any_member_is_growth(void **state)
{
	struct runtime *one, *two;
	struct world w = go_world(&one, &two);

	(void)state;
	assert_int_equal(tick(&w, 1, "a")->go.goroutines_growth, TREND_UNKNOWN);
	one->go.goroutine_growth = two->go.goroutine_growth = fake_figure_of(1, BASIS_EXACT);
	two->go.goroutines_growing = true;
	w.fake->analysis_number = 1;
	assert_int_equal(tick(&w, 1, "a")->go.goroutines_growth, TREND_GROWING);
	two->go.goroutines_growing = false;
	w.fake->analysis_number = 2;
	assert_int_equal(tick(&w, 1, "a")->go.goroutines_growth, TREND_FLAT);
	end(&w);
	free(one);
	free(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_that_ran_before_counts_from_the_first_reading),
		cmocka_unit_test(a_program_that_starts_later_counts_from_its_start),
		cmocka_unit_test(gauges_are_sums_and_settings_must_be_alike),
		cmocka_unit_test(gc_cpu_is_a_share_of_what_was_used),
		cmocka_unit_test(malloc_beside_a_go_heap_is_seen_in_windows_as_ever),
		cmocka_unit_test(both_heaps_of_a_program_with_cgo_are_counted),
		cmocka_unit_test(sums_wait_for_every_member_but_the_youngest),
		cmocka_unit_test(the_dead_keep_their_counts_and_leave_the_gauges),
		cmocka_unit_test(a_count_that_falls_waits_to_be_reached),
		cmocka_unit_test(a_program_let_go_and_found_again_is_not_counted_twice),
		cmocka_unit_test(a_state_that_is_never_read_again_grows_stale),
		cmocka_unit_test(sites_of_one_function_are_one_and_the_ten_heaviest_stay),
		cmocka_unit_test(classes_beyond_the_room_are_left_out),
		cmocka_unit_test(growth_of_any_member_is_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
