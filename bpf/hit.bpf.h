/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One hit: whose it is, what was asked for, whether it is chosen, whether it is nested. */
#ifndef HB_HIT_BPF_H
#define HB_HIT_BPF_H

#include "calls.bpf.h"
#include "cookie.bpf.h"

/* One hit, on its way to an outcome. */
struct hit {
	struct hb_config *config;
	struct hb_counters *cnt;
	struct task_struct *task; /* at entries; returns fetch it where they need it */
	u64 cookie;
	u64 return_slot;
	u64 size;
	u64 argument;
	u64 probability_q32; /* 0: not sampled */
	u32 func;
	u32 slot;
};

static __always_inline bool find_slot(struct hit *hit, u64 cookie)
{
	u32 slot = cookie_slot(cookie);

	hit->config = bpf_map_lookup_elem(&configs, &slot);
	hit->cnt = bpf_map_lookup_elem(&counters, &slot);
	hit->cookie = cookie;
	hit->slot = slot;
	hit->func = cookie_func(cookie);
	return hit->config && hit->cnt;
}

/* p = min(1, max(floor, size / interval)), against one random number, without a division for the
 * calls that are not chosen. Returns p in units of 2^-32, or 0. */
static __always_inline u64 choose(const struct hb_config *config, u64 size)
{
	u64 interval = config->interval_bytes, floor = config->p_floor_q32, p, random;

	if (size >= interval || interval == 1)
		return 1ULL << 32;
	random = bpf_get_prandom_u32();
	if (random * interval >= size << 32 && random >= floor)
		return 0;
	p = (size << 32) / interval;
	return p > floor ? p : floor;
}

static __always_inline u64 product_or_max(u64 a, u64 b)
{
	u64 n = a * b;

	asm volatile("" : "+r"(n)); /* else clang makes it __multi3, which BPF lacks */
	return a && n / a != b ? ~0ULL : n;
}

static __always_inline void read_arguments(struct hit *hit, struct pt_regs *ctx)
{
	u64 a = cookie_arg(ctx, hit->cookie, 0);

	hit->argument = a;
	switch (hit->func) {
	case HB_CALLOC:
		hit->size = product_or_max(a, cookie_arg(ctx, hit->cookie, 1));
		break;
	case HB_REALLOC:
	case HB_ALIGNED_ALLOC:
	case HB_MEMALIGN:
	case HB_MMAP:
	case HB_MUNMAP:
		hit->size = cookie_arg(ctx, hit->cookie, 1);
		break;
	case HB_POSIX_MEMALIGN:
	case HB_MREMAP:
		hit->size = cookie_arg(ctx, hit->cookie, 2);
		break;
	case HB_BRK:
		hit->size = 0;
		break;
	default:
		hit->size = a;
	}
}

static __always_inline bool nested(struct hit *hit)
{
	struct hb_task *calls;

	/* Only a hooked call can hold an inner one: two loads instead of task storage. */
	if (!hooked_returns(hit->task))
		return false;
	calls = bpf_task_storage_get(&tasks, hit->task, 0, 0);
	return calls && calls->depth && is_nested(hit->task, calls, hit->func, hit->return_slot);
}

static __always_inline void block_key(const struct hit *hit, u64 address, struct hb_live_key *key)
{
	key->address = address;
	key->image = hit->config->image;
	key->epoch = hit->config->epoch;
}

#endif
