/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the model's tests begin with: one process, one exact window. Included after cmocka. */
#ifndef HB_TEST_FIXTURE_H
#define HB_TEST_FIXTURE_H

#include <math.h>

#include "feed.h"

static inline void close_to(double value, double expected)
{
	double error = fabs(value - expected);

	if (error > 1e-9 * fmax(1, fabs(expected)))
		fail_msg("%.12g is not %.12g", value, expected);
}

static const struct record_plan exact_plan = {
	.epoch = 1, .mode = PLAN_EXACT, .interval_bytes = 1, .opened_ns = SECOND};

static inline struct feed start(void)
{
	struct feed feed = {.model = model__new()};

	assert_non_null(feed.model);
	assert_int_equal(feed__image(&feed, 1, "glibc", SECOND), 0);
	return feed;
}

static inline struct view *build(const struct feed *feed)
{
	struct view *view = model__build(feed->model);

	assert_non_null(view);
	return view;
}

#endif
