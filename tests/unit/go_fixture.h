/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A made-up Go program and what it says of itself, for the tests of its records, of the model and of
 * the writers: readings are structs go_reading, fed as the observer feeds them.
 */
#ifndef HB_TEST_GO_FIXTURE_H
#define HB_TEST_GO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/go_records.h"
#include "feed.h"

#define GO_RATE	  524288
#define GO_MODULE 1

static inline int go_feed__put(void *ctx, const struct record *record)
{
	return feed__record(ctx, record);
}

/* One more reading of image 1. */
static inline void go_feed__read(struct feed *feed, const struct go_reading *reading)
{
	assert_int_equal(go_records__put(&feed->buffer, 1, GO_MODULE, reading, go_feed__put, feed),
			 0);
}

static inline void go_feed__program(struct feed *feed, uint32_t parts, const char *coverage,
				    uint64_t time_ns)
{
	struct record_go_program fixed = {
		.head.time_ns = time_ns,
		.image = 1,
		.parts = parts,
		.module = GO_MODULE,
		.profile_rate_bytes = parts & GO_PART_BUCKETS ? GO_RATE : 0,
	};

	assert_int_equal(feed__record(feed, record_buffer__go_program(&feed->buffer, &fixed,
								      "go1.26.4", coverage)),
			 0);
}

/* Image 1: a Go program whose malloc, if any, is @allocator. */
static inline struct feed go_feed__start(const char *allocator, uint32_t parts)
{
	struct feed feed = {.model = model__new()};
	struct record_image fixed = {.head.time_ns = SECOND, .image = 1, .tgid = 1001};
	struct image_strings strings = {"server", "/usr/bin/server", "go", allocator, NULL, NULL};

	assert_non_null(feed.model);
	model__set_clock(feed.model, SECOND, 1000 * SECOND);
	assert_int_equal(feed__record(&feed, record_buffer__image(&feed.buffer, &fixed, &strings)),
			 0);
	go_feed__program(&feed, parts, NULL, SECOND);
	return feed;
}

#define GO_PARTS \
	(GO_PART_STATE | GO_PART_CLASSES | GO_PART_BUCKETS | GO_PART_GOROUTINES | GO_PART_CYCLES)

static inline struct record_go_state go_state(uint64_t mallocs, uint64_t frees, uint64_t allocated,
					      uint64_t freed)
{
	return (struct record_go_state){
		.gogc = 100,
		.memory_limit_bytes = GO_LIMIT_NONE,
		.heap_live_bytes = 31000000,
		.heap_marked_bytes = 25000000,
		.heap_goal_bytes = 62000000,
		.cycles = 638,
		.forced_cycles = 1,
		.pause_total_ns = 8132966,
		.gc_cpu_ppm = 23000,
		.mallocs = mallocs,
		.frees = frees,
		.allocated_bytes = allocated,
		.freed_bytes = freed,
		.goroutines = 40,
		.procs = 2,
	};
}

#endif
