// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan_world.h"

#include <stdio.h>

#include "base/banned.h"

#define RUN_S  300
#define SEEDS  3
#define MINUTE 60

/* Every test runs under several dice. */
static const uint64_t seeds[SEEDS] = {23, 2309, 104729};

static void end(struct world *world, double most_neglect_s)
{
	if (world->worst_neglect_s > most_neglect_s)
		print_message("a busy process waited %.0f s\n", world->worst_neglect_s);
	assert_true(world->worst_neglect_s <= most_neglect_s);
	free(world);
}

static void two_hundred_busy_ones_share_32_places_within_a_minute(void **state)
{
	(void)state;
	for (int i = 0; i < SEEDS; i++) {
		struct world *world = world__new(seeds[i], 32);

		world__add_many(world, 200, habit_steady, 0.02, 0.9);
		world__run(world, RUN_S);
		assert_true(world__least_attaches(world, 0, 200) >= 4);
		end(world, MINUTE);
	}
}

static void users_of_many_cores_do_not_starve_users_of_little(void **state)
{
	(void)state;
	for (int i = 0; i < SEEDS; i++) {
		struct world *world = world__new(seeds[i], 32);

		world__add_many(world, 90, habit_steady, 4, 64);
		world__add_many(world, 90, habit_steady, 0.02, 0.05);
		world__run(world, RUN_S);
		end(world, MINUTE);
	}
}

static void any_number_of_busy_ones_is_seen_each_minute_while_that_can_be(void **state)
{
	(void)state;
	for (size_t busy = 4; busy <= 100; busy += 3) {
		struct world *world = world__new(seeds[0] + busy, 4);

		world__add_many(world, busy, habit_steady, 0.02, 3);
		world__run(world, RUN_S);
		end(world, MINUTE);
	}
}

static void one_place_is_shared_too(void **state)
{
	struct world *world = world__new(seeds[0], 1);

	(void)state;
	world__add_many(world, 20, habit_steady, 0.02, 1.5);
	world__add_many(world, 50, habit_steady, 0, 0.005);
	world__run(world, RUN_S);
	end(world, MINUTE);
}

static void idle_ones_hold_no_place_that_busy_ones_need(void **state)
{
	(void)state;
	for (int i = 0; i < SEEDS; i++) {
		struct world *world = world__new(seeds[i], 32);

		world__add_many(world, 300, habit_steady, 0, 0.004);
		world__add_many(world, 150, habit_late, 0.02, 2);
		for (size_t n = 300; n < 450; n++)
			world->souls[n].phase = 70;
		world__run(world, RUN_S);
		end(world, MINUTE);
	}
}

static void hundreds_of_idle_ones_are_all_seen_in_time(void **state)
{
	struct world *world = world__new(seeds[0], 32);

	(void)state;
	world__add_many(world, 400, habit_steady, 0, 0.005);
	world__add_many(world, 10, habit_steady, 1, 4);
	/* 22 places for a minute each, and their first minute again for those that came first. */
	world__run(world, 400 / 22.0 * 60 + 2 * MINUTE);
	assert_true(world__least_attaches(world, 0, 400) >= 1);
	/* And the busy ones are left where they are. */
	for (size_t i = 400; i < 410; i++)
		assert_int_equal(world->souls[i].attaches, 1);
	end(world, MINUTE);
}

static void add_passers_by(struct world *world, unsigned int per_second)
{
	for (unsigned int t = 0; t < RUN_S && world->cnt < WORLD_MAX; t++)
		for (unsigned int i = 0; i < per_second && world->cnt < WORLD_MAX; i++) {
			struct soul *soul = world__add(world, habit_steady, world__random(world));

			soul->born = t + world__random(world);
			soul->released_at = soul->born;
			soul->dies = soul->born + 8 * world__random(world);
		}
}

static void short_lived_ones_push_nobody_out_for_long(void **state)
{
	(void)state;
	for (int i = 0; i < SEEDS; i++) {
		struct world *world = world__new(seeds[i], 32);

		world__add_many(world, 40, habit_steady, 0.02, 1);
		world__add_many(world, 20, habit_bursty, 0.05, 1);
		world__add_many(world, 200, habit_steady, 0, 0.005);
		add_passers_by(world, 2);
		world__run(world, RUN_S);
		end(world, MINUTE);
	}
}

static void named_ones_come_at_once_and_stay(void **state)
{
	struct world *world = world__new(seeds[0], 8);

	(void)state;
	world__add_many(world, 100, habit_steady, 0.02, 2);
	world__run(world, 30);
	for (size_t i = 90; i < 100; i++)
		world->souls[i].seen.named = true;
	/* Four a tick; those that run already stay. */
	world__run(world, 3);
	for (size_t i = 90; i < 100; i++)
		assert_true(world->souls[i].seen.attached);
	world__run(world, 30);
	/* The places are theirs: who is not named has gone. */
	for (size_t i = 0; i < 90; i++)
		assert_false(world->souls[i].seen.attached);
	for (size_t i = 90; i < 100; i++)
		assert_true(world->souls[i].seen.attached);
	free(world);
}

static void calm_host_sees_no_swaps(void **state)
{
	struct world *world = world__new(seeds[0], 32);

	(void)state;
	world__add_many(world, 20, habit_steady, 0, 3);
	world__run(world, RUN_S);
	assert_int_equal(world->changes, 20);
	free(world);
}

static void swaps_of_idle_ones_are_rare(void **state)
{
	struct world *world = world__new(seeds[0], 32);

	(void)state;
	world__add_many(world, 300, habit_steady, 0, 0.004);
	world__run(world, RUN_S);
	/* At most each place anew each minute. */
	assert_true(world->changes <= 32 + 2 * 32 * RUN_S / MINUTE);
	free(world);
}

static void lower_limit_is_kept_after_few_ticks(void **state)
{
	struct world *world = world__new(seeds[0], 32);
	size_t attached = 0;

	(void)state;
	world__add_many(world, 60, habit_steady, 0, 1);
	world__run(world, 20);
	world->limits.max_targets = 8;
	/* The world's own check of the limit is for when it has been reached. */
	for (int i = 0; i < 6; i++) {
		struct plan plan;

		world__see(world);
		plan__make(world->processes, world->living, &world->limits, &plan);
		assert_int_equal(plan.attach_cnt, 0);
		assert_int_equal(plan.release_cnt, PLAN_CHANGES_MAX);
		for (size_t n = 0; n < plan.release_cnt; n++)
			world__release(world, plan.release[n]);
		world->now += 1;
	}
	for (size_t i = 0; i < world->cnt; i++)
		attached += world->souls[i].seen.attached;
	assert_int_equal(attached, 8);
	world__run(world, 30);
	free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hundred_busy_ones_share_32_places_within_a_minute),
		cmocka_unit_test(users_of_many_cores_do_not_starve_users_of_little),
		cmocka_unit_test(any_number_of_busy_ones_is_seen_each_minute_while_that_can_be),
		cmocka_unit_test(one_place_is_shared_too),
		cmocka_unit_test(idle_ones_hold_no_place_that_busy_ones_need),
		cmocka_unit_test(hundreds_of_idle_ones_are_all_seen_in_time),
		cmocka_unit_test(short_lived_ones_push_nobody_out_for_long),
		cmocka_unit_test(named_ones_come_at_once_and_stay),
		cmocka_unit_test(calm_host_sees_no_swaps),
		cmocka_unit_test(swaps_of_idle_ones_are_rare),
		cmocka_unit_test(lower_limit_is_kept_after_few_ticks),
	};

	return cmocka_run_group_tests_name("plan_world", tests, NULL, NULL);
}
