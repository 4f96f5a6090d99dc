// SPDX-License-Identifier: GPL-2.0-or-later
/* Modes realloc and threads: every way a block can change its size, and blocks passed around. */
#include "calls.h"

#include <errno.h>
#include <stdlib.h>

#include "crew.h"

#include "base/banned.h"

enum realloc_site { R_BIRTH, R_GROW, R_SHRINK, R_NULL, R_ZERO, R_FAIL, R_FAIL_NULL, R_CNT };

static struct truth_site sites[R_CNT] = {
	[R_BIRTH] = {.function = "resize_birth", .call = TRUTH_MALLOC},
	[R_GROW] = {.function = "resize_grow", .call = TRUTH_REALLOC},
	[R_SHRINK] = {.function = "resize_shrink", .call = TRUTH_REALLOC},
	[R_NULL] = {.function = "resize_null", .call = TRUTH_REALLOC},
	[R_ZERO] = {.function = "resize_zero", .call = TRUTH_REALLOC},
	[R_FAIL] = {.function = "resize_fail", .call = TRUTH_REALLOC},
	[R_FAIL_NULL] = {.function = "resize_fail_null", .call = TRUTH_REALLOC},
};

SITE static void *resize_birth(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[R_BIRTH], p, bytes);
	return p;
}

SITE static void *resize_grow(void *old, size_t old_bytes, size_t bytes)
{
	void *p = realloc(old, bytes);

	truth__resized(&sites[R_GROW], p, old_bytes, bytes);
	return p;
}

SITE static void *resize_shrink(void *old, size_t old_bytes, size_t bytes)
{
	void *p = realloc(old, bytes);

	truth__resized(&sites[R_SHRINK], p, old_bytes, bytes);
	return p;
}

SITE static void *resize_null(size_t bytes)
{
	void *volatile nothing = NULL;
	void *p = realloc(nothing, bytes);

	truth__born(&sites[R_NULL], p, bytes);
	return p;
}

/* What becomes of the block is the allocator's choice: freed (NULL), or a block of size 0. */
SITE static void *resize_zero(void *old, size_t old_bytes)
{
	volatile size_t zero = 0;
	void *p = realloc(old, zero);

	truth__resized(&sites[R_ZERO], p, old_bytes, 0);
	return p;
}

SITE static void *resize_fail(void *old, size_t old_bytes)
{
	volatile size_t huge = SIZE_MAX / 2;
	void *p = realloc(old, huge);

	truth__resized(&sites[R_FAIL], p, old_bytes, huge);
	return p ? p : old;
}

static void release(void *p, size_t bytes)
{
	free(p);
	truth__freed(bytes);
}

/* glibc's malloc below it fails and tries again in another arena; jemalloc may even succeed. */
SITE static void resize_fail_null(size_t bytes)
{
	void *volatile nothing = NULL;
	void *p = realloc(nothing, bytes);

	truth__born(&sites[R_FAIL_NULL], p, bytes);
	if (p)
		release(p, bytes);
}

static void realloc_run(void)
{
	for (int i = 0; i < 101; i++) {
		size_t bytes = 32;
		void *p = i % 2 ? resize_birth(bytes) : resize_null(bytes);

		for (int step = 0; step < 11; step++, bytes *= 2)
			p = resize_grow(p, bytes, bytes * 2);
		for (int step = 0; step < 5; step++, bytes /= 4)
			p = resize_shrink(p, bytes, bytes / 4);
		p = resize_fail(p, bytes);
		if (i % 7)
			release(p, bytes);
	}
	for (int i = 0; i < 53; i++) {
		void *p = resize_zero(resize_birth(4001), 4001);

		if (p)
			release(p, 0);
	}
	for (int i = 0; i < 23; i++)
		resize_fail_null((size_t)1 << 46);
}

const struct mode mode_realloc = {
	.name = "realloc",
	.arguments = "",
	.run = realloc_run,
	.sites = sites,
	.site_cnt = R_CNT,
};

#define THREADS	     4
#define SLOTS	     61
#define THREAD_TURNS 20011

enum thread_site { T_MALLOC, T_REALLOC, T_CALLOC, T_CNT };

static struct truth_site thread_sites[T_CNT] = {
	[T_MALLOC] = {.function = "thread_malloc", .call = TRUTH_MALLOC},
	[T_REALLOC] = {.function = "thread_realloc", .call = TRUTH_REALLOC},
	[T_CALLOC] = {.function = "thread_calloc", .call = TRUTH_CALLOC},
};

/* A block in a slot carries its size in its first word; whoever takes it out owns it. */
static size_t *slots[SLOTS];

SITE static size_t *thread_malloc(size_t bytes)
{
	size_t *p = malloc(bytes);

	truth__born(&thread_sites[T_MALLOC], p, bytes);
	*p = bytes;
	return p;
}

SITE static size_t *thread_calloc(size_t bytes)
{
	size_t *p = calloc(1, bytes);

	truth__born(&thread_sites[T_CALLOC], p, bytes);
	*p = bytes;
	return p;
}

SITE static size_t *thread_realloc(size_t *old, size_t bytes)
{
	size_t old_bytes = *old;
	size_t *p = realloc(old, bytes);

	truth__resized(&thread_sites[T_REALLOC], p, old_bytes, bytes);
	*p = bytes;
	return p;
}

/* Odd turns move a block (an address that another thread gets at once), even ones replace it. */
static void thread_work(int index)
{
	unsigned int seed = 12345U + (unsigned int)index;

	for (int turn = 0; turn < THREAD_TURNS; turn++) {
		size_t bytes, *mine, *other;

		seed = seed * 1103515245U + 12345U;
		bytes = 16 + (seed >> 16) % 6000;
		other = __atomic_exchange_n(&slots[seed / 7 % SLOTS], NULL, __ATOMIC_ACQ_REL);
		if (other && seed >> 28 & 1)
			mine = thread_realloc(other, bytes);
		else
			mine = seed >> 27 & 1 ? thread_malloc(bytes) : thread_calloc(bytes);
		if (other && !(seed >> 28 & 1)) {
			bytes = *other;
			free(other);
			truth__freed(bytes);
		}
		other = __atomic_exchange_n(&slots[seed / 11 % SLOTS], mine, __ATOMIC_ACQ_REL);
		if (other) {
			bytes = *other;
			free(other);
			truth__freed(bytes);
		}
	}
}

static int threads_prepare(int argc, char **argv)
{
	(void)argv;
	return argc ? -EINVAL : crew__start(THREADS, thread_work);
}

const struct mode mode_threads = {
	.name = "threads",
	.arguments = "",
	.prepare = threads_prepare,
	.run = crew__run,
	.sites = thread_sites,
	.site_cnt = T_CNT,
};
