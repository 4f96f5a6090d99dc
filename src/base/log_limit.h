/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often a message may be repeated: a token bucket per key in a table of fixed size; keys that
 * collide share a bucket. Pure: the time is an argument. Called by log.c under its lock.
 */
#ifndef HB_LOG_LIMIT_H
#define HB_LOG_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LIMIT_BUCKETS 256

struct log_limit {
	struct {
		uint64_t spent;	   /* tokens gone; 0: untouched */
		uint64_t since_ns; /* when the oldest of them went */
		uint64_t suppressed;
	} buckets[LOG_LIMIT_BUCKETS];
};

/* Whether a message with @key may pass at @now_ns; if so, *ret_suppressed is how many were held
 * back since the last that passed. */
bool log_limit__pass(struct log_limit *limit, uint64_t key, uint64_t now_ns,
		     uint64_t *ret_suppressed);

#endif
