// SPDX-License-Identifier: GPL-2.0-or-later
/* go-memlimit, and how much go-gogc lets a heap grow. */
#include "fake_go_use.h"

#include "advice/go_collector.h"

#include "base/banned.h"

#define MB 1000000ULL

/* 40 MB live, GOGC=@gogc, a goal as the runtime has it, and cycles as it paces them at 100 MB/s; the
 * collector has taken a tenth of a core since the start 1000 s ago. */
static struct view *paced(int32_t gogc)
{
	struct view *view = fake_go__new();
	struct view_process *process = view->processes;
	struct view_go *go = process->go;
	double room = 40.0 * MB * gogc / 100;

	process->start_ticks = 0;
	process->host_bytes = 16000 * MB;
	process->host_available_bytes = 12000 * MB;
	process->rss_bytes = 150 * MB;
	go->read_ns = 1000ULL * 1000000000;
	go->state.gogc = gogc;
	go->state.memory_limit_bytes = GO_LIMIT_NONE;
	go->state.heap_marked_bytes = 40 * MB;
	go->state.heap_goal_bytes = 40 * MB + (uint64_t)room;
	go->state.gc_cpu_ppm = 50000;
	go->state.procs = 2;
	go->state.committed_bytes = 130 * MB;
	go->state.in_heap_bytes = 120 * MB;
	go->bytes_rate = fake_figure(100.0 * MB, 0, BASIS_EXACT);
	go->cycles_rate = fake_figure(100.0 * MB / room, 0, BASIS_EXACT);
	go->state.cycles = (uint64_t)(1000 * go->cycles_rate.value);
	go->cycles_rate.n = (uint64_t)(30 * go->cycles_rate.value);
	go->gc_cpu_s = 3; /* in 30 s */
	go->point_cnt = 0;
	return view;
}

static const struct advice *limit_advice(struct view *view, struct advice_list **ret_list)
{
	*ret_list = advice__evaluate(view);
	return only(*ret_list, "go-memlimit");
}

static void a_goal_near_the_containers_limit_draws_a_limit(void **state)
{
	struct view *view = paced(100);
	struct advice_list *list;
	const struct advice *advice;
	char *text;

	(void)state;
	view->processes->memory_limit_bytes = 125 * MB;
	view->processes->memory_used_bytes = 150 * MB;
	advice = limit_advice(view, &list);
	assert_non_null(advice);
	assert_filled_in(advice);
	/* 80 MB of heap and 10 MB beside it, of 125 */
	assert_int_equal(advice->severity, SEVERITY_MEDIUM);
	assert_true(value(advice, "container") == 125 * MB);
	assert_true(value(advice, "memlimit") == floor(0.9 * 125 * MB / 1048576));
	assert_inside(0.4, figure_named(advice, "interval_then"));
	text = all_text(advice);
	assert_non_null(strstr(text, "GOMEMLIMIT=107MiB"));
	assert_null(strstr(text, "host"));
	free(text);
	advice_list__free(list);
	/* A container with room for it. */
	view->processes->memory_limit_bytes = 1000 * MB;
	assert_false(fires(view, "go-memlimit"));
	view__free(view);
}

static void a_limit_near_the_live_heap_is_never_advised(void **state)
{
	struct view *view = paced(100);

	(void)state;
	/* 0.9 x 80 MB less 10 beside the heap: the 40 MB that live are nearly all of it */
	view->processes->memory_limit_bytes = 80 * MB;
	view->processes->memory_used_bytes = 79 * MB;
	assert_false(fires(view, "go-memlimit"));
	view->processes->memory_limit_bytes = 30 * MB;
	assert_false(fires(view, "go-memlimit"));
	view__free(view);
}

static void what_others_take_of_the_container_is_not_the_processs(void **state)
{
	struct view *view = paced(100);

	(void)state;
	view->processes->memory_limit_bytes = 1000 * MB;
	view->processes->memory_used_bytes = 1025 * MB;
	assert_true(go_collector__own_limit_bytes(view->processes) == 125 * MB);
	assert_true(fires(view, "go-memlimit"));
	view__free(view);
}

static void a_raised_gogc_draws_the_hosts_limit(void **state)
{
	struct view *view = paced(800);
	struct advice_list *list;
	const struct advice *advice = limit_advice(view, &list);

	(void)state;
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_int_equal(advice->severity, SEVERITY_LOW);
	assert_true(value(advice, "host") == 16000 * MB);
	advice_list__free(list);
	/* A limit that is set is no finding, nor is one that the version does not know, nor a host
	 * of which nothing is known. */
	view->processes->go->state.memory_limit_bytes = 500 * MB;
	assert_false(fires(view, "go-memlimit"));
	view->processes->go->state.memory_limit_bytes = GO_LIMIT_NONE;
	view->processes->go->version = "go1.18.10";
	assert_false(fires(view, "go-memlimit"));
	view->processes->go->version = "go1.19";
	assert_true(fires(view, "go-memlimit"));
	view->processes->host_bytes = 0;
	assert_false(fires(view, "go-memlimit"));
	view__free(view);
}

static void a_model_that_misses_todays_interval_advises_nothing(void **state)
{
	struct view *view = paced(800);

	(void)state;
	view->processes->go->cycles_rate.value /= 1.3;
	assert_false(fires(view, "go-memlimit"));
	view__free(view);
}

static void gogc_stays_within_what_the_container_leaves(void **state)
{
	struct view *view = paced(100);
	struct advice_list *list;
	const struct advice *advice;

	(void)state;
	list = advice__evaluate(view);
	advice = only(list, "go-gogc");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_true(value(advice, "gogc") == 350);
	assert_null(advice__number(advice, "memlimit"));
	advice_list__free(list);
	/* 100 MB more at 350, half of what is left */
	view->processes->memory_limit_bytes = 400 * MB;
	view->processes->memory_used_bytes = 150 * MB;
	list = advice__evaluate(view);
	advice = only(list, "go-gogc");
	assert_non_null(advice);
	assert_true(value(advice, "memlimit") == 0.9 * 400 * MB);
	advice_list__free(list);
	view->processes->memory_used_bytes = 250 * MB;
	assert_false(fires(view, "go-gogc"));
	/* and within what the host has to give */
	view->processes->memory_limit_bytes = 0;
	view->processes->host_available_bytes = 300 * MB;
	assert_false(fires(view, "go-gogc"));
	view__free(view);
}

static void the_interval_is_that_of_the_cycles_that_were_seen(void **state)
{
	struct view *view = paced(100);
	struct view_go *go = view->processes->go;
	struct view_go_cycle cycles[5] = {0};
	struct go_pacing_facts facts;

	(void)state;
	/* Five, of which three lie within the span: two intervals of 500 ms. */
	for (uint64_t i = 0; i < 5; i++)
		cycles[i] = (struct view_go_cycle){.cycle = 10 + i, .ended_wall_ns = 7000 * MB};
	cycles[2].ended_wall_ns = 8000 * MB;
	cycles[3].ended_wall_ns = 8500 * MB;
	cycles[4].ended_wall_ns = 9000 * MB;
	go->cycles = cycles;
	go->cycle_cnt = 5;
	go->cycles_rate.n = 2;
	assert_int_equal(go_collector__facts(view->processes, &facts), 0);
	assert_true(fabs(facts.interval_s - 0.5) < 1e-9);
	cycles[3].cycle = 99; /* some are missing between: by their number */
	cycles[4].cycle = 100;
	assert_int_equal(go_collector__facts(view->processes, &facts), 0);
	assert_true(fabs(facts.interval_s - 0.4) < 1e-9);
	go->state.forced_cycles = go->state.cycles;
	assert_int_equal(go_collector__facts(view->processes, &facts), -ENODATA);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_goal_near_the_containers_limit_draws_a_limit),
		cmocka_unit_test(a_limit_near_the_live_heap_is_never_advised),
		cmocka_unit_test(what_others_take_of_the_container_is_not_the_processs),
		cmocka_unit_test(a_raised_gogc_draws_the_hosts_limit),
		cmocka_unit_test(a_model_that_misses_todays_interval_advises_nothing),
		cmocka_unit_test(gogc_stays_within_what_the_container_leaves),
		cmocka_unit_test(the_interval_is_that_of_the_cycles_that_were_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
