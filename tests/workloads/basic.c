// SPDX-License-Identifier: GPL-2.0-or-later
/* Modes basic and sizes: a prime number of calls of every function, and the edges of size. */
#include "calls.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "crew.h"

#include "base/banned.h"

#define BLOCKS_MAX    1009
#define INHERITED_CNT 5
#define NULL_FREES    23
#define SEED_BYTES    48

enum basic_site { B_MALLOC, B_CALLOC, B_SEED, B_REALLOC, B_POSIX, B_ALIGNED, B_MEMALIGN, B_CNT };

static struct truth_site sites[B_CNT] = {
	[B_MALLOC] = {.function = "basic_malloc", .call = TRUTH_MALLOC},
	[B_CALLOC] = {.function = "basic_calloc", .call = TRUTH_CALLOC},
	[B_SEED] = {.function = "basic_seed", .call = TRUTH_MALLOC},
	[B_REALLOC] = {.function = "basic_realloc", .call = TRUTH_REALLOC},
	[B_POSIX] = {.function = "basic_posix_memalign", .call = TRUTH_POSIX_MEMALIGN},
	[B_ALIGNED] = {.function = "basic_aligned_alloc", .call = TRUTH_ALIGNED_ALLOC},
	[B_MEMALIGN] = {.function = "basic_memalign", .call = TRUTH_MEMALIGN},
};

static void *inherited[INHERITED_CNT];
static int thread_cnt;

SITE static void *basic_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[B_MALLOC], p, bytes);
	return p;
}

/* @bytes is a multiple of 4. */
SITE static void *basic_calloc(size_t bytes)
{
	void *p = calloc(4, bytes / 4);

	truth__born(&sites[B_CALLOC], p, bytes);
	return p;
}

SITE static void *basic_seed(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[B_SEED], p, bytes);
	return p;
}

SITE static void *basic_realloc(size_t bytes)
{
	void *p = realloc(basic_seed(SEED_BYTES), bytes);

	truth__resized(&sites[B_REALLOC], p, SEED_BYTES, bytes);
	return p;
}

SITE static void *basic_posix_memalign(size_t bytes)
{
	void *p = NULL;
	int err = posix_memalign(&p, 64, bytes);

	truth__born(&sites[B_POSIX], err ? NULL : p, bytes);
	return p;
}

SITE static void *basic_aligned_alloc(size_t bytes)
{
	void *p = aligned_alloc(128, bytes);

	truth__born(&sites[B_ALIGNED], p, bytes);
	return p;
}

SITE static void *basic_memalign(size_t bytes)
{
	void *p = memalign(256, bytes);

	truth__born(&sites[B_MEMALIGN], p, bytes);
	return p;
}

/* Primes throughout: a count that is off by a factor or a batch cannot come out right. */
static const struct {
	void *(*site)(size_t bytes);
	int calls, kept;
	size_t bytes;
} rows[] = {
	{basic_malloc, 1009, 101, 100},	      {basic_calloc, 503, 53, 236},
	{basic_realloc, 307, 31, 5003},	      {basic_posix_memalign, 211, 23, 777},
	{basic_aligned_alloc, 199, 19, 1280}, {basic_memalign, 197, 17, 4099},
};

static void basic_work(int index)
{
	void *blocks[BLOCKS_MAX];

	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		for (int i = 0; i < rows[row].calls; i++)
			blocks[i] = rows[row].site(rows[row].bytes);
		for (int i = rows[row].kept; i < rows[row].calls; i++) {
			free(blocks[i]);
			truth__freed(rows[row].bytes);
		}
	}
	for (int i = 0; i < NULL_FREES; i++) {
		void *volatile nothing = NULL;

		free(nothing);
		truth__freed_null();
	}
	for (int i = 0; i < INHERITED_CNT && !index; i++) {
		free(inherited[i]);
		truth__freed_inherited();
	}
}

static int basic_prepare(int argc, char **argv)
{
	if (argc > 1)
		return -EINVAL;
	thread_cnt = argc ? (int)calls__number(argv[0], 1, CREW_MAX) : 0;
	for (int i = 0; i < INHERITED_CNT; i++)
		inherited[i] = malloc(1000);
	return thread_cnt ? crew__start(thread_cnt, basic_work) : 0;
}

static void basic_run(void)
{
	if (thread_cnt)
		crew__run();
	else
		basic_work(0);
}

const struct mode mode_basic = {
	.name = "basic",
	.arguments = "[THREADS]",
	.prepare = basic_prepare,
	.run = basic_run,
	.sites = sites,
	.site_cnt = B_CNT,
};

enum size_site { S_MALLOC, S_CALLOC, S_REALLOC, S_POSIX, S_ALIGNED, S_CNT };

static struct truth_site size_sites[S_CNT] = {
	[S_MALLOC] = {.function = "sized_malloc", .call = TRUTH_MALLOC},
	[S_CALLOC] = {.function = "sized_calloc", .call = TRUTH_CALLOC},
	[S_REALLOC] = {.function = "sized_realloc", .call = TRUTH_REALLOC},
	[S_POSIX] = {.function = "sized_posix_memalign", .call = TRUTH_POSIX_MEMALIGN},
	[S_ALIGNED] = {.function = "sized_aligned_alloc", .call = TRUTH_ALIGNED_ALLOC},
};

static void release(void *p, size_t bytes)
{
	if (!p)
		return;
	free(p);
	truth__freed(bytes);
}

SITE static void sized_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&size_sites[S_MALLOC], p, bytes);
	release(p, bytes);
}

SITE static void sized_calloc(size_t cnt, size_t bytes)
{
	void *p = calloc(cnt, bytes);

	truth__born(&size_sites[S_CALLOC], p, cnt * bytes);
	release(p, cnt * bytes);
}

SITE static void sized_realloc(size_t bytes)
{
	void *volatile nothing = NULL;
	void *p = realloc(nothing, bytes);

	truth__born(&size_sites[S_REALLOC], p, bytes);
	release(p, bytes);
}

SITE static void sized_posix_memalign(size_t alignment, size_t bytes)
{
	void *p = NULL;
	int err = posix_memalign(&p, alignment, bytes);

	p = err ? NULL : p;
	truth__born(&size_sites[S_POSIX], p, bytes);
	release(p, bytes);
}

SITE static void sized_aligned_alloc(size_t alignment, size_t bytes)
{
	void *p = aligned_alloc(alignment, bytes);

	truth__born(&size_sites[S_ALIGNED], p, bytes);
	release(p, bytes);
}

static void sizes_run(void)
{
	static const size_t sizes[] = {
		0, 1, 2, 4095, 4096, (size_t)1 << 32, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX,
	};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (int round = 0; round < 3; round++) {
			sized_malloc(sizes[i]);
			sized_realloc(sizes[i]);
			sized_posix_memalign(64, sizes[i]);
			sized_aligned_alloc(64, sizes[i]);
		}
	}
	for (int round = 0; round < 5; round++) {
		sized_calloc((size_t)1 << 33, (size_t)1 << 33);
		sized_calloc(SIZE_MAX, 1);
		sized_calloc(SIZE_MAX, SIZE_MAX);
		sized_calloc(0, 7);
		sized_calloc(7, 0);
		sized_calloc(1, 1);
		sized_posix_memalign(3, 100); /* no power of two: EINVAL */
		sized_posix_memalign(0, 100);
	}
}

const struct mode mode_sizes = {
	.name = "sizes",
	.arguments = "",
	.run = sizes_run,
	.sites = size_sites,
	.site_cnt = S_CNT,
};
