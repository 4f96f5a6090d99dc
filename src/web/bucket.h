/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Token bucket of rate_limit: one request a @interval_s, @burst at once. Pure; the caller locks. */
#ifndef HB_WEB_BUCKET_H
#define HB_WEB_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	double tokens;
	uint64_t at_ns; /* 0: not yet asked, full */
};

/* Take a token at @now_ns. An interval of 0 always has one. */
static inline bool bucket__take(struct bucket *bucket, double interval_s, unsigned int burst,
				uint64_t now_ns)
{
	double most = burst ? burst : 1;

	if (!(interval_s > 0))
		return true;
	if (!bucket->at_ns)
		bucket->tokens = most;
	else if (now_ns > bucket->at_ns)
		bucket->tokens += (double)(now_ns - bucket->at_ns) / 1e9 / interval_s;
	if (bucket->tokens > most)
		bucket->tokens = most;
	bucket->at_ns = now_ns;
	if (bucket->tokens < 1)
		return false;
	bucket->tokens -= 1;
	return true;
}

#endif
