/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a Go runtime keeps its figures: link-time addresses of variables that no symbol table names,
 * found by decoding the few instructions of the program's own functions that must name them.
 * Whether they are what they seem is for the caller to check on live data.
 *
 * Called by collect/go_reader.c.
 */
#ifndef HB_TARGET_GO_ADDRESSES_H
#define HB_TARGET_GO_ADDRESSES_H

#include <stdint.h>

#include "target/go_program.h"

#define GO_PAUSES_MAX 16

/* 0: not found. */
struct go_addresses {
	uint64_t buckets;	     /* runtime.mbuckets: the head of the list */
	uint64_t profile_rate;	     /* runtime.MemProfileRate */
	uint64_t controller;	     /* runtime.gcController ... */
	uint32_t live_at, marked_at; /* ... and within it heapLive and heapMarked */
	uint64_t stats;		     /* memstats.heapStats */
	/* What memstats.pause_total_ns may be, the likeliest first. */
	uint64_t pauses[GO_PAUSES_MAX];
	unsigned pause_cnt;
	uint64_t allgs;
	uint64_t procs; /* runtime.gomaxprocs, 32 bits */
};

void go_addresses__find(struct go_program *program, struct go_addresses *ret);

#endif
