/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * liboracle: a preloaded library that counts the allocator calls of any program from inside.
 * A program that wants the counts of a span of its own finds oracle_read by dlsym and takes the
 * difference of two readings; for others the library writes JSON to $HB_ORACLE_OUT at exit and on
 * SIGUSR1 (unless the program uses that signal itself). Site truth is by return address: with this
 * library preloaded, the caller of libc's malloc is the library: observers see it as a wrapper.
 */
#ifndef HB_WORKLOAD_ORACLE_H
#define HB_WORKLOAD_ORACLE_H

#include <stdint.h>

#include "truth.h"

struct oracle_totals {
	struct {
		uint64_t calls, bytes, failures;
	} by_call[TRUTH_CALL_MAX];
	uint64_t frees;
	uint64_t free_nulls;
};

/* The counts since the start of the process, each read atomically. */
void oracle_read(struct oracle_totals *ret_totals);

#endif
