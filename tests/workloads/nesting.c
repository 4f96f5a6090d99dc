// SPDX-License-Identifier: GPL-2.0-or-later
/* Mode nesting: calls that the allocator makes within a call must not count, others must. */
#include "calls.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define TURNS	      101
#define BIG_TURNS     23
#define BIG_BYTES     ((size_t)1 << 20)
#define BIG_MAP_BYTES (BIG_BYTES + 4096) /* glibc: the block, its header, up to whole pages */
#define WARM_BYTES    (512 << 10)	 /* enough for the small blocks, too little for a big one */

enum nesting_site {
	N_NULL,
	N_ARRAY,
	N_ALIGNED,
	N_POSIX,
	N_BIRTH,
	N_ZERO,
	N_BIG,
	N_NARROW,
	N_WIDE,
	N_INDIRECT_REALLOC,
	N_INDIRECT_MALLOC,
	N_LARGE_NULL,
	N_CNT
};

static struct truth_site sites[N_CNT] = {
	[N_NULL] = {.function = "nest_realloc_null", .call = TRUTH_REALLOC},
	[N_ARRAY] = {.function = "nest_reallocarray", .call = TRUTH_REALLOC},
	[N_ALIGNED] = {.function = "nest_aligned_alloc", .call = TRUTH_ALIGNED_ALLOC},
	[N_POSIX] = {.function = "nest_posix_memalign", .call = TRUTH_POSIX_MEMALIGN},
	[N_BIRTH] = {.function = "nest_birth", .call = TRUTH_MALLOC},
	[N_ZERO] = {.function = "nest_realloc_zero", .call = TRUTH_REALLOC},
	[N_BIG] = {.function = "nest_big_malloc", .call = TRUTH_MALLOC},
	[N_NARROW] = {.function = "nest_narrow_realloc", .call = TRUTH_REALLOC},
	[N_WIDE] = {.function = "nest_wide_malloc", .call = TRUTH_MALLOC},
	[N_INDIRECT_REALLOC] = {.function = "nest_indirect", .call = TRUTH_REALLOC},
	[N_INDIRECT_MALLOC] = {.function = "nest_indirect", .call = TRUTH_MALLOC},
	[N_LARGE_NULL] = {.function = "nest_realloc_null", .call = TRUTH_REALLOC},
};

static void release(void *p, size_t bytes)
{
	free(p);
	truth__freed(bytes);
}

SITE static void *nest_realloc_null(enum nesting_site site, size_t bytes)
{
	void *volatile nothing = NULL;
	void *p = realloc(nothing, bytes);

	truth__born(&sites[site], p, bytes);
	return p;
}

SITE static void *nest_reallocarray(void *old, size_t old_bytes, size_t cnt, size_t bytes)
{
	void *p = reallocarray(old, cnt, bytes);

	truth__resized(&sites[N_ARRAY], p, old_bytes, cnt * bytes);
	return p;
}

SITE static void *nest_aligned_alloc(size_t bytes)
{
	void *p = aligned_alloc(16, bytes);

	truth__born(&sites[N_ALIGNED], p, bytes);
	return p;
}

SITE static void *nest_posix_memalign(size_t bytes)
{
	void *p = NULL;
	int err = posix_memalign(&p, 16, bytes);

	truth__born(&sites[N_POSIX], err ? NULL : p, bytes);
	return p;
}

SITE static void *nest_birth(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[N_BIRTH], p, bytes);
	return p;
}

SITE static void nest_realloc_zero(void *old, size_t old_bytes)
{
	volatile size_t zero = 0;
	void *p = realloc(old, zero);

	truth__resized(&sites[N_ZERO], p, old_bytes, 0);
	if (p)
		release(p, 0);
}

SITE static void *nest_big_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[N_BIG], p, bytes);
	return p;
}

SITE static void *nest_narrow_realloc(void *old, size_t old_bytes, size_t bytes)
{
	void *p = realloc(old, bytes);

	if (old)
		truth__resized(&sites[N_NARROW], p, old_bytes, bytes);
	else
		truth__born(&sites[N_NARROW], p, bytes);
	return p;
}

/*
 * Called right after nest_narrow_realloc from the same frame: the return address that realloc had
 * still stands in the part of the stack that @pad covers, above this call's stack pointer.
 */
SITE static void *nest_wide_malloc(size_t bytes)
{
	volatile char pad[1024];
	void *p;

	pad[0] = 1;
	p = malloc(bytes);
	pad[1] = pad[0];
	truth__born(&sites[N_WIDE], p, bytes);
	return p;
}

typedef void *(*allocate_fn)(void *, size_t);

/* One call instruction, one return address, two allocator functions. */
SITE static void *nest_indirect(allocate_fn call, enum nesting_site site, void *first,
				size_t second, size_t bytes)
{
	void *p = call(first, second);

	truth__born(&sites[site], p, bytes);
	return p;
}

static void run_indirect(void)
{
	allocate_fn as_malloc = (allocate_fn)(void (*)(void))malloc;

	for (int i = 0; i < TURNS; i++) {
		size_t bytes = 200 + (size_t)i;

		release(nest_indirect(realloc, N_INDIRECT_REALLOC, NULL, bytes, bytes), bytes);
		release(nest_indirect(as_malloc, N_INDIRECT_MALLOC, (void *)bytes, 0, bytes),
			bytes);
	}
}

static void run_covered(void)
{
	for (int i = 0; i < TURNS; i++) {
		void *narrow = nest_narrow_realloc(i % 2 ? NULL : nest_birth(64), 64, 9000);
		void *wide = nest_wide_malloc(150);

		release(narrow, 9000);
		release(wide, 150);
	}
}

static void run_big(void)
{
	for (int i = 0; i < BIG_TURNS; i++)
		release(nest_big_malloc(BIG_BYTES), BIG_BYTES);
	if (strcmp(truth__allocator(), "glibc"))
		return;
	truth__vm("mmap", BIG_TURNS, BIG_TURNS * BIG_MAP_BYTES);
	truth__vm("munmap", BIG_TURNS, BIG_TURNS * BIG_MAP_BYTES);
}

static void nesting_run(void)
{
	for (int i = 0; i < TURNS; i++) {
		size_t bytes = 300 + (size_t)i;
		void *p = nest_realloc_null(N_NULL, bytes);

		p = nest_reallocarray(p, bytes, 7, bytes);
		release(p, 7 * bytes);
		release(nest_aligned_alloc(160), 160);
		release(nest_posix_memalign(170), 170);
		nest_realloc_zero(nest_birth(180), 180);
		release(nest_realloc_null(N_LARGE_NULL, 70000), 70000);
	}
	run_big();
	run_covered();
	run_indirect();
}

/*
 * A fixed threshold (glibc raises its own after the first free of a mapped block), and a heap that
 * is large enough from the start: the only vm calls are those of the big blocks.
 */
static int nesting_prepare(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	mallopt(M_MMAP_THRESHOLD, 256 << 10);
	mallopt(M_TRIM_THRESHOLD, 2 * WARM_BYTES);
	mallopt(M_TOP_PAD, WARM_BYTES);
	free(malloc(200 << 10));
	return 0;
}

const struct mode mode_nesting = {
	.name = "nesting",
	.arguments = "",
	.prepare = nesting_prepare,
	.run = nesting_run,
	.sites = sites,
	.site_cnt = N_CNT,
};
