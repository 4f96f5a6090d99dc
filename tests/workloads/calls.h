/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program `calls`: one process of known allocator calls. It prepares a mode, prints "ready",
 * waits for a byte on stdin, runs the mode, prints the truth as a line of JSON, waits for a second
 * byte with everything quiet, and exits with code 7. End of file on stdin counts as a byte.
 *
 * A mode is a row of the table in calls.c; each file defines the modes of one noun.
 */
#ifndef HB_WORKLOAD_CALLS_H
#define HB_WORKLOAD_CALLS_H

#include <stddef.h>

#include "truth.h"

#define CALLS_EXIT_CODE 7

struct mode {
	const char *name;
	const char *arguments; /* for the usage text */
	/* May allocate: it runs before the truth begins. 0, or -errno if the arguments are unusable. */
	int (*prepare)(int argc, char **argv);
	void (*run)(void);
	struct truth_site *sites;
	size_t site_cnt;
};

extern const struct mode mode_basic, mode_sizes, mode_realloc, mode_threads;
extern const struct mode mode_fork, mode_exec, mode_exec_thread;
extern const struct mode mode_nesting, mode_longjmp, mode_pthread_exit_leader, mode_zombie_leader;
extern const struct mode mode_churn, mode_loop, mode_sites;

/* Block until a byte (or end of file) comes on stdin. */
void calls__wait_byte(void);

/* What follows a mode's run: print the truth, wait for the second byte, exit. Does not return. */
void calls__finish(const struct mode *mode) __attribute__((noreturn));

/* A whole decimal number between @min and @max, else -1. */
long calls__number(const char *text, long min, long max);

#endif
