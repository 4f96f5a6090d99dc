// SPDX-License-Identifier: GPL-2.0-or-later
/* Chains where memory is to be level: each process has its share of them. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/banned.h"

/* One process with an exact window. */
static void feed_process(struct feed *feed, uint32_t image, uint64_t at)
{
	struct record_plan plan = exact_plan;

	plan.image = image;
	feed__image(feed, image, "glibc", at);
	feed__plan(feed, plan, at);
}

/* @cnt blocks of one site, each freed before the next is born. */
static void feed_short_lives(struct feed *feed, uint32_t image, uint64_t first, uint64_t cnt,
			     uint64_t at)
{
	struct record_sample birth = {
		.image = image, .epoch = 1, .size_bytes = 100, .flags = SAMPLE_TRACKED};

	for (birth.sample_id = first; birth.sample_id < first + cnt; birth.sample_id++) {
		feed__sample(feed, birth, 0x1000 * image, at);
		feed__block(feed, RECORD_FREE,
			    (struct record_block){.image = image,
						  .epoch = 1,
						  .sample_id = birth.sample_id,
						  .size_bytes = 100,
						  .born_ns = at},
			    at + 1);
	}
}

static void chains_shared_out_leave_some_for_the_late_and_grow_no_more(void **state)
{
	static const struct model_limits limits = {.chains = 500, .chains_each = 100};
	struct feed feed = {.model = model__new_limited(&limits)};
	struct view *view;
	size_t held;

	(void)state;
	for (uint32_t image = 1; image <= 5; image++) {
		feed_process(&feed, image, image * SECOND);
		feed_short_lives(&feed, image, 1, 1, image * SECOND);
	}
	held = model__bytes(feed.model);
	for (uint32_t image = 1; image <= 5; image++)
		feed_short_lives(&feed, image, 2, image < 5 ? 5000 : 100, 9 * SECOND);
	assert_int_equal(model__bytes(feed.model), held);
	view = build(&feed);
	for (int i = 0; i < 5; i++) {
		const struct view_stack *stack = &view->processes[i].stacks[0];

		assert_int_equal(stack->chain_cnt, 100);
		close_to(stack->chains[0].weight * 100, i < 4 ? 5001 : 101);
	}
	view__drop_chains(view);
	assert_int_equal(view->processes[0].stacks[0].chain_cnt, 0);
	close_to(view->processes[0].stacks[0].freed_objects, 5001);
	view__free(view);
	/* All is given out: the sixth has none, until one has ended. */
	feed_process(&feed, 6, 10 * SECOND);
	feed_short_lives(&feed, 6, 1, 10, 10 * SECOND);
	feed__exit(&feed, 1, 11 * SECOND);
	feed_process(&feed, 7, 12 * SECOND);
	feed_short_lives(&feed, 7, 1, 10, 12 * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[5].stacks[0].chain_cnt, 0);
	assert_int_equal(view->processes[0].stacks[0].chain_cnt, 0);
	assert_int_equal(view->processes[6].stacks[0].chain_cnt, 10);
	view__free(view);
	feed__release(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_shared_out_leave_some_for_the_late_and_grow_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
