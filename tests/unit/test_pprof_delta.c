// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes between two profiles: deltas, and values that must not fall. */
#include "unpacked.h"

#include "base/banned.h"

static void delta_is_what_has_come_since(void **state)
{
	struct pprof_options options = {.duration_ns = 5000000000};
	struct view *before = view_of(10, 20, 0), *after = view_of(10, 25, 7);
	struct pprof_source was = source_of(before), is = source_of(after);
	unpacked_t *profile;

	(void)state;
	after->processes->stacks[0].live_bytes = 200;
	after->processes->stacks[0].live_objects = 2;
	after->processes->live_bytes = fake_figure(200, 0, BASIS_EXACT);
	after->processes->live_objects = fake_figure(2, 0, BASIS_EXACT);
	profile = unpacked__of(&was, &is, &options, NULL);
	unpacked__check(profile);
	assert_int_equal(profile->duration_nanos, 5000000000);
	assert_int_equal(value_of(profile, "f1", SPACE), 0);
	assert_int_equal(value_of(profile, "f1", LIVE_SPACE), 200);
	assert_int_equal(value_of(profile, "f2", OBJECTS), 5);
	assert_int_equal(value_of(profile, "f2", SPACE), 500);
	assert_int_equal(value_of(profile, "f3", SPACE), 700);
	assert_int_equal(sum_of(profile, SPACE), 1200);
	unpacked__free(profile);
	/* nothing has come: revised downwards, nothing is negative */
	profile = unpacked__of(&is, &was, &options, NULL);
	unpacked__check(profile);
	assert_int_equal(profile->n_sample, 0);
	unpacked__free(profile);
	/* another process than before: all it did is new */
	before->processes->tgid = 1;
	profile = unpacked__of(&was, &is, &options, NULL);
	assert_int_equal(sum_of(profile, SPACE), 4200);
	unpacked__free(profile);
	view__free(before);
	view__free(after);
}

static void published_values_hold_when_estimates_fall(void **state)
{
	struct pprof_floor floor = {0};
	struct view *views[] = {view_of(10, 20, 30), view_of(10, 12, 30), view_of(10, 12, 48)};
	unpacked_t *profile;

	(void)state;
	unpacked__free(profile_of(views[0], &floor));
	profile = profile_of(views[1], &floor);
	assert_int_equal(value_of(profile, "f1", SPACE), 1000);
	assert_int_equal(value_of(profile, "f2", SPACE), 2000);
	assert_int_equal(sum_of(profile, SPACE), 6000);
	unpacked__free(profile);
	/* 1,000 bytes more than ever: they are shared by those that are below their estimates */
	profile = profile_of(views[2], &floor);
	assert_int_equal(value_of(profile, "f2", SPACE), 2000);
	assert_int_equal(value_of(profile, "f3", SPACE), 4000);
	assert_int_equal(sum_of(profile, SPACE), 7000);
	unpacked__free(profile);
	pprof_floor__release(&floor);
	for (size_t i = 0; i < 3; i++)
		view__free(views[i]);
}

static void vanished_stacks_pass_on_to_other(void **state)
{
	struct pprof_floor floor = {0};
	struct view *view = view_of(10, 20, 30), *rest = view_of(10, 0, 30);
	unpacked_t *profile;

	(void)state;
	unpacked__free(profile_of(view, &floor));
	/* the process's total still has what the stack did */
	rest->processes->bytes.value = 6500;
	rest->processes->calls.value = 65;
	profile = profile_of(rest, &floor);
	assert_int_equal(value_of(profile, "(other)", SPACE), 2500);
	assert_int_equal(value_of(profile, "f1", SPACE), 1000);
	assert_int_equal(sum_of(profile, SPACE), 6500);
	unpacked__free(profile);
	/* it comes back: what it did before stays where it is */
	profile = profile_of(view, &floor);
	assert_int_equal(sum_of(profile, SPACE), 6500);
	assert_int_equal(value_of(profile, "(other)", SPACE), 2500);
	unpacked__free(profile);
	pprof_floor__release(&floor);
	assert_int_equal(pprof_floor__bytes(&floor), 0);
	view__free(view);
	view__free(rest);
}

/* Estimates that wander, a cap that makes stacks come and go: no shown stack falls, nor the sum. */
static void no_stack_falls_while_estimates_wander(void **state)
{
	struct pprof_options two = {.max_stacks = 3}; /* two, and "(other)" */
	static const char *const shown[] = {"f1", "f2", "f3", "(other)"};
	int64_t last[4] = {0}, sum = 0, total;
	struct pprof_floor floor = {0};
	unsigned int seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		uint64_t calls[3];
		struct view *view;
		struct pprof_source source;
		unpacked_t *profile;

		for (int i = 0; i < 3; i++) {
			seed = seed * 1103515245U + 12345U;
			calls[i] = 1 + (uint64_t)round * 5 + (seed >> 16) % 100;
		}
		view = view_of(calls[0], calls[1], calls[2]);
		source = source_of(view);
		profile = unpacked__of(NULL, &source, &two, &floor);
		unpacked__check(profile);
		assert_in_range(profile->n_sample, 1, 3);
		total = sum_of(profile, SPACE);
		assert_true(total >= sum && total >= (int64_t)view->processes->bytes.value);
		for (int i = 0; i < 4; i++) {
			int64_t now = value_of(profile, shown[i], SPACE);

			assert_true(now >= last[i] || !sample_of(profile, shown[i]));
			last[i] = now;
		}
		assert_true(pprof_floor__bytes(&floor) <= 3 * sizeof(struct pprof_held));
		sum = total;
		unpacked__free(profile);
		view__free(view);
	}
	pprof_floor__release(&floor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delta_is_what_has_come_since),
		cmocka_unit_test(published_values_hold_when_estimates_fall),
		cmocka_unit_test(vanished_stacks_pass_on_to_other),
		cmocka_unit_test(no_stack_falls_while_estimates_wander),
	};

	return cmocka_run_group_tests(tests, name_frames, NULL);
}
