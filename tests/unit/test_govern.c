// SPDX-License-Identifier: GPL-2.0-or-later
#include "govern/governor.h"
#include "govern/interval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MS 1000000ULL

/* A process that burns @cpu cores and makes @rate calls per second at @ns each while attached. */
struct world {
	struct governor governor;
	struct govern_limits limits;
	double cpu, rate, hit_ns;
	uint64_t now_ns, detach_ns;
	double charged, cpu_used;
	bool attached;
	unsigned int looks, trials, stays, stops;
	uint64_t attached_ns, look_started_ns[64];
};

static const struct govern_limits usual = {
	.budget_ratio = 0.01, .floor_ratio = 0.0005, .trial_share = 1, .span_ns = GOVERN_SPAN_NS};

static void pass(struct world *w, uint64_t ns, double attached)
{
	w->now_ns += ns;
	w->cpu_used += w->cpu * (double)ns;
	w->charged +=
		attached * w->rate / (1 + w->rate * w->hit_ns / 1e9) * (double)ns / 1e9 * w->hit_ns;
}

static void obey(struct world *w, enum govern_step step)
{
	switch (step) {
	case GOVERN_NOTHING:
		return;
	case GOVERN_START_LOOK:
		w->look_started_ns[w->looks++ % 64] = w->now_ns;
		w->attached = true;
		return;
	case GOVERN_START_TRIAL:
		w->trials++;
		w->attached = true;
		return;
	case GOVERN_STAY:
		w->stays++;
		w->attached = true;
		return;
	case GOVERN_STOP:
		w->stops++;
		w->attached = false;
		pass(w, w->detach_ns, 0.15); /* hits go on into the close */
		return;
	}
}

static void run(struct world *w, double seconds)
{
	uint64_t end = w->now_ns + (uint64_t)(seconds * 1e9);
	uint32_t seed = 12345;

	while (w->now_ns < end) {
		struct govern_view view = {.now_ns = w->now_ns,
					   .cpu_ns = (uint64_t)w->cpu_used,
					   .charged_ns = (uint64_t)w->charged};

		seed = seed * 1664525u + 1013904223u;
		obey(w, governor__step(&w->governor, &w->limits, &view, seed / 4294967296.0));
		if (w->attached)
			w->attached_ns += MS;
		pass(w, MS, w->attached);
	}
}

static struct world world(double cpu, double rate)
{
	return (struct world){.limits = usual,
			      .cpu = cpu,
			      .rate = rate,
			      .hit_ns = 1000,
			      .now_ns = 1000 * MS,
			      .detach_ns = 40 * MS};
}

static void quiet_process_is_counted_exactly_throughout(void **state)
{
	struct world w = world(0.01, 100);

	(void)state;
	run(&w, 30);
	assert_int_equal(w.stays, 1);
	assert_int_equal(w.stops, 0);
	assert_true(w.attached_ns > 29000 * MS);
}

static void busy_process_is_looked_at_within_its_budget(void **state)
{
	struct world w = world(1, 2e6);

	(void)state;
	run(&w, 60);
	assert_int_equal(w.trials, 1);
	assert_int_equal(w.stays, 0);
	assert_in_range(w.looks, 5, 6);
	assert_true(w.charged <= 0.0101 * w.cpu_used);
	assert_true(w.attached_ns >= 60000 * MS * 3 / 1000); /* seen 0.3 % of the time */
}

static void short_run_is_one_span_and_its_look_ends_in_it(void **state)
{
	struct world w = world(1, 2e6);

	(void)state;
	w.limits.span_ns = 5000 * MS;
	run(&w, 5);
	assert_int_equal(w.looks, 1);
	assert_false(w.attached);
	assert_true(w.charged <= 0.0101 * w.cpu_used);
	assert_true(w.charged >= 0.005 * w.cpu_used);
}

static void looks_fall_on_different_moments_of_their_spans(void **state)
{
	struct world w = world(1, 2e6);
	uint64_t least = UINT64_MAX, most = 0;

	(void)state;
	run(&w, 100);
	for (unsigned int i = 0; i < w.looks; i++) {
		uint64_t at = (w.look_started_ns[i] - 1000 * MS) % GOVERN_SPAN_NS;

		least = at < least ? at : least;
		most = at > most ? at : most;
	}
	assert_true(most - least > 4000 * MS);
}

static void burst_of_an_exactly_counted_process_ends_the_window(void **state)
{
	struct world w = world(0.5, 1000);

	(void)state;
	run(&w, 5);
	assert_int_equal(w.stays, 1);
	w.rate = 1e6;
	w.limits.end_ns = w.now_ns + 30000 * MS;
	run(&w, 30);
	assert_true(w.stops >= 1);
	assert_true(w.charged <= 0.0105 * w.cpu_used);
}

static void unlimited_stays_attached_whatever_it_costs(void **state)
{
	struct world w = world(1, 5e6);

	(void)state;
	w.limits.unlimited = true;
	run(&w, 10);
	assert_int_equal(w.stays, 1);
	assert_int_equal(w.stops, 0);
}

static void perf_links_get_one_look_and_leave_room_for_its_close(void **state)
{
	struct world w = world(1, 2e6);

	(void)state;
	w.limits.one_look = true;
	w.limits.close_s = 0.25;
	w.limits.trial_share = 0.4;
	w.limits.span_ns = 40000 * MS;
	w.limits.end_ns = w.now_ns + w.limits.span_ns;
	w.detach_ns = 1500 * MS / 6; /* the busiest probes go first */
	run(&w, 40);
	assert_int_equal(w.trials, 1);
	assert_int_equal(w.looks, 1);
	assert_int_equal(w.governor.state, GOVERN_DONE);
	assert_true(w.charged <= 0.0101 * w.cpu_used);
}

static void look_whose_close_alone_costs_too_much_is_not_taken(void **state)
{
	struct world w = world(1, 2e6);

	(void)state;
	w.limits.one_look = true;
	w.limits.close_s = 0.25;
	w.limits.trial_share = 0.4;
	w.limits.span_ns = 5000 * MS;
	w.limits.end_ns = w.now_ns + w.limits.span_ns;
	w.detach_ns = 0;
	run(&w, 5);
	assert_int_equal(w.looks, 0);
	assert_true(w.charged <= 0.0101 * w.cpu_used);
}

static void interval_shrinks_until_the_samples_are_paid_for(void **state)
{
	struct interval_class classes[2] = {{.calls = 1000, .bytes = 64000},
					    {.calls = 10, .bytes = 10 << 20}};

	(void)state;
	assert_int_equal(interval__choose(classes, 2, 5), INTERVAL_DEFAULT_BYTES);
	assert_int_equal(interval__choose(classes, 2, 1e9), 1);
	/* 64 bytes / 512 = 1 in 8 of a thousand, and all ten large ones */
	assert_int_equal(interval__choose(classes, 2, 136), 512);
}

static void interval_of_a_silent_process_is_the_smallest(void **state)
{
	struct interval_class none = {0};

	(void)state;
	assert_int_equal(interval__choose(&none, 1, 100), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_process_is_counted_exactly_throughout),
		cmocka_unit_test(busy_process_is_looked_at_within_its_budget),
		cmocka_unit_test(short_run_is_one_span_and_its_look_ends_in_it),
		cmocka_unit_test(looks_fall_on_different_moments_of_their_spans),
		cmocka_unit_test(burst_of_an_exactly_counted_process_ends_the_window),
		cmocka_unit_test(unlimited_stays_attached_whatever_it_costs),
		cmocka_unit_test(perf_links_get_one_look_and_leave_room_for_its_close),
		cmocka_unit_test(look_whose_close_alone_costs_too_much_is_not_taken),
		cmocka_unit_test(interval_shrinks_until_the_samples_are_paid_for),
		cmocka_unit_test(interval_of_a_silent_process_is_the_smallest),
	};

	return cmocka_run_group_tests_name("govern", tests, NULL, NULL);
}
