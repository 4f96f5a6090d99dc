// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log_limit.h"

#include "base/log.h"
#include "base/banned.h"

bool log_limit__pass(struct log_limit *limit, uint64_t key, uint64_t now_ns,
		     uint64_t *ret_suppressed)
{
	size_t at = key % LOG_LIMIT_BUCKETS;
	uint64_t refilled;

	if (!limit->buckets[at].spent)
		limit->buckets[at].since_ns = now_ns;
	refilled = (now_ns - limit->buckets[at].since_ns) / LOG_REFILL_NS;
	if (refilled >= limit->buckets[at].spent) {
		limit->buckets[at].spent = 0;
		limit->buckets[at].since_ns = now_ns;
	} else {
		limit->buckets[at].spent -= refilled;
		limit->buckets[at].since_ns += refilled * LOG_REFILL_NS;
	}
	if (limit->buckets[at].spent >= LOG_BURST) {
		limit->buckets[at].suppressed++;
		return false;
	}
	limit->buckets[at].spent++;
	*ret_suppressed = limit->buckets[at].suppressed;
	limit->buckets[at].suppressed = 0;
	return true;
}
