/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short ways to feed a model with synthetic records. One process image (1) unless said otherwise. */
#ifndef HB_TEST_FEED_H
#define HB_TEST_FEED_H

#include <assert.h>

#include "bpf/abi.h"
#include "collect/record_buffer.h"
#include "model/model.h"

#define SECOND 1000000000ULL

struct feed {
	struct model *model;
	struct record_buffer buffer;
	/* Also called with each record, before the model; may be NULL. */
	void (*also)(void *context, const struct record *record);
	void *context;
};

static inline int feed__record(struct feed *feed, const struct record *record)
{
	assert(record);
	if (feed->also)
		feed->also(feed->context, record);
	return feed->model ? model__apply(feed->model, record) : 0;
}

static inline int feed__image(struct feed *feed, uint32_t image, const char *allocator,
			      uint64_t time_ns)
{
	struct record_image fixed = {.head.time_ns = time_ns, .image = image, .tgid = 1000 + image};
	struct image_strings strings = {"worker", "/usr/bin/worker", "native", allocator, NULL,
					NULL};

	return feed__record(feed, record_buffer__image(&feed->buffer, &fixed, &strings));
}

static inline int feed__exit(struct feed *feed, uint32_t image, uint64_t time_ns)
{
	struct record_exit gone = {.image = image};

	record__init(&gone.head, RECORD_EXIT, sizeof(gone), time_ns);
	return feed__record(feed, &gone.head);
}

static inline int feed__plan(struct feed *feed, struct record_plan plan, uint64_t time_ns)
{
	if (!plan.image)
		plan.image = 1;
	record__init(&plan.head, RECORD_PLAN, sizeof(plan), time_ns);
	return feed__record(feed, &plan.head);
}

static inline int feed__counters(struct feed *feed, struct record_counters fixed,
				 const struct counters_row *rows, size_t row_cnt, uint64_t time_ns)
{
	if (!fixed.image)
		fixed.image = 1;
	fixed.head.time_ns = time_ns;
	return feed__record(feed, record_buffer__counters(&feed->buffer, &fixed, rows, row_cnt));
}

/* A sampled call of @size_bytes at one frame, @site, below main. */
static inline int feed__sample(struct feed *feed, struct record_sample fixed, uint64_t site,
			       uint64_t time_ns)
{
	struct frame frames[2] = {{.module = 1, .offset = site}, {.module = 1, .offset = 0x9000}};

	if (!fixed.image)
		fixed.image = 1;
	if (!fixed.probability_q32)
		fixed.probability_q32 = 1ULL << 32;
	fixed.head.time_ns = time_ns;
	return feed__record(feed, record_buffer__sample(&feed->buffer, &fixed, frames, 2));
}

static inline int feed__block(struct feed *feed, enum record_type type, struct record_block block,
			      uint64_t time_ns)
{
	if (!block.image)
		block.image = 1;
	record__init(&block.head, type, sizeof(block), time_ns);
	return feed__record(feed, &block.head);
}

static inline int feed__vitals(struct feed *feed, uint64_t rss_bytes, uint64_t cpu_ns,
			       uint64_t time_ns)
{
	struct record_vitals vitals = {
		.image = 1, .rss_bytes = rss_bytes, .anon_bytes = rss_bytes / 2, .cpu_ns = cpu_ns};

	record__init(&vitals.head, RECORD_VITALS, sizeof(vitals), time_ns);
	return feed__record(feed, &vitals.head);
}

static inline void feed__release(struct feed *feed)
{
	record_buffer__release(&feed->buffer);
	model__free(feed->model);
}

#endif
