/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a workload knows of its own allocator calls: the truth that an observer has to reproduce.
 * Every site function of a workload reports here right after the call. Counters are atomic, so any
 * thread may report. Nothing here allocates: the books must not change what they describe.
 *
 * Conventions (those of the observer): a call is a successful call, bytes are the requested bytes
 * of successful calls, a failed call counts in failures alone. realloc(p, 0) that freed p is a
 * call of 0 bytes. realloc(p, n) frees the old size and bears the new one in one call.
 */
#ifndef HB_WORKLOAD_TRUTH_H
#define HB_WORKLOAD_TRUTH_H

#include <stddef.h>
#include <stdint.h>

/* A site function keeps its frame and its name: no inlining, no cloning. */
#define SITE __attribute__((noipa))

enum truth_call {
	TRUTH_MALLOC = 0,
	TRUTH_CALLOC = 1,
	TRUTH_REALLOC = 2,
	TRUTH_POSIX_MEMALIGN = 3,
	TRUTH_ALIGNED_ALLOC = 4,
	TRUTH_MEMALIGN = 5,
	TRUTH_CALL_MAX = 6,
};

/* One call in the source: the function that holds it, what it calls, what came of it. */
struct truth_site {
	const char *function;
	enum truth_call call;
	uint64_t calls, bytes, failures;
	uint64_t bytes_squared; /* sum over calls; sizes from 4 GB up are left out */
};

/* @p is the result of a call that bears a block; NULL: it failed. */
void truth__born(struct truth_site *site, const void *p, size_t bytes);

/* @p is the result of realloc(old, @bytes), old != NULL and of @old_bytes. */
void truth__resized(struct truth_site *site, const void *p, size_t old_bytes, size_t bytes);

/* free() of a block of @bytes; of NULL; of a block that is older than the truth. */
void truth__freed(size_t bytes);
void truth__freed_null(void);
void truth__freed_inherited(void);

/* vm calls that are known to lie behind the calls of this mode ("mmap", "munmap"); at most 4. */
void truth__vm(const char *function, uint64_t calls, uint64_t bytes);

/* A figure of the mode's own that no allocator counter shows; at most 8. @key is kept. */
void truth__extra(const char *key, uint64_t value);

/* Start counting now: called between "ready" and the first call. Also forgets a parent's counts. */
void truth__begin(struct truth_site *sites, size_t site_cnt);

/* Take the oracle's counts (if one is preloaded): called after the last call. */
void truth__end(void);

/* The truth as one line of JSON on @fd. */
void truth__print(int fd, const char *mode, const struct truth_site *sites, size_t site_cnt);

/* Look for a preloaded oracle and the allocator in use; may allocate: called before "ready". */
void truth__prepare(void);

/* "glibc" or "jemalloc". */
const char *truth__allocator(void);

/* All of @text on @fd by write(2): stdio would allocate a buffer. */
void truth__write(int fd, const char *text);

#endif
