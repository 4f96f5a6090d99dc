// SPDX-License-Identifier: GPL-2.0-or-later
/* Mode sites: twelve sites of different size, rate and lifetime, for the accuracy of estimates. */
#include "calls.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

#define SITE_CNT       12
#define KEPT	       31 /* blocks of a site alive at any time */
#define DEFAULT_ROUNDS 997

struct held {
	void *p;
	size_t bytes;
};

static long rounds;
static unsigned int seed;

static unsigned int random_below(unsigned int limit)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 12) % limit;
}

static struct truth_site sites[SITE_CNT] = {
	{.function = "site_tiny", .call = TRUTH_MALLOC},
	{.function = "site_small", .call = TRUTH_MALLOC},
	{.function = "site_line", .call = TRUTH_MALLOC},
	{.function = "site_text", .call = TRUTH_MALLOC},
	{.function = "site_record", .call = TRUTH_CALLOC},
	{.function = "site_page", .call = TRUTH_MALLOC},
	{.function = "site_block", .call = TRUTH_MALLOC},
	{.function = "site_buffer", .call = TRUTH_CALLOC},
	{.function = "site_rare_large", .call = TRUTH_MALLOC},
	{.function = "site_mixed", .call = TRUTH_MALLOC},
	{.function = "site_vector", .call = TRUTH_REALLOC},
	{.function = "site_aligned", .call = TRUTH_ALIGNED_ALLOC},
};

/* Each is a function of its own, so that it is a site of its own under its own name. */
#define DEFINE_SITE(name, index, expression)          \
	SITE static void *name(size_t bytes)          \
	{                                             \
		void *p = expression;                 \
                                                      \
		truth__born(&sites[index], p, bytes); \
		return p;                             \
	}

static void *volatile nothing;

DEFINE_SITE(site_tiny, 0, malloc(bytes))
DEFINE_SITE(site_small, 1, malloc(bytes))
DEFINE_SITE(site_line, 2, malloc(bytes))
DEFINE_SITE(site_text, 3, malloc(bytes))
DEFINE_SITE(site_record, 4, calloc(1, bytes))
DEFINE_SITE(site_page, 5, malloc(bytes))
DEFINE_SITE(site_block, 6, malloc(bytes))
DEFINE_SITE(site_buffer, 7, calloc(bytes, 1))
DEFINE_SITE(site_rare_large, 8, malloc(bytes))
DEFINE_SITE(site_mixed, 9, malloc(bytes))
DEFINE_SITE(site_vector, 10, realloc(nothing, bytes))
DEFINE_SITE(site_aligned, 11, aligned_alloc(64, bytes))

/* Sizes: low + uniform below spread, each call; calls per round. */
static const struct {
	void *(*call)(size_t bytes);
	unsigned int per_round;
	unsigned int low, spread;
} rows[SITE_CNT] = {
	{site_tiny, 101, 8, 1},
	{site_small, 61, 24, 1},
	{site_line, 41, 64, 1},
	{site_text, 31, 40, 400},
	{site_record, 19, 176, 1},
	{site_page, 5, 4096, 1},
	{site_block, 3, 16384, 1},
	{site_buffer, 2, 65536, 1},
	{site_rare_large, 1, 300000, 200000},
	{site_mixed, 23, 16, 20000},
	{site_vector, 7, 1000, 3000},
	{site_aligned, 11, 640, 1},
};

static void hold(struct held *place, void *p, size_t bytes)
{
	if (place->p) {
		free(place->p);
		truth__freed(place->bytes);
	}
	place->p = p;
	place->bytes = bytes;
}

static void sites_run(void)
{
	static struct held held[SITE_CNT][KEPT];

	seed = 42;
	for (long round = 0; round < rounds; round++) {
		for (size_t i = 0; i < SITE_CNT; i++) {
			for (unsigned int k = 0; k < rows[i].per_round; k++) {
				size_t bytes = rows[i].low + random_below(rows[i].spread);

				hold(&held[i][random_below(KEPT)], rows[i].call(bytes), bytes);
			}
		}
	}
}

static int sites_prepare(int argc, char **argv)
{
	rounds = argc ? calls__number(argv[0], 1, 10000000) : DEFAULT_ROUNDS;
	return argc > 1 || rounds < 0 ? -EINVAL : 0;
}

const struct mode mode_sites = {
	.name = "sites",
	.arguments = "[ROUNDS]",
	.prepare = sites_prepare,
	.run = sites_run,
	.sites = sites,
	.site_cnt = SITE_CNT,
};
