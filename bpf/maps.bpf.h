/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of the native programs; the ring is in shared.bpf.h. User space sets the sizes marked *
 * between open and load. */
#ifndef HB_MAPS_BPF_H
#define HB_MAPS_BPF_H

#include "shared.bpf.h"

#define CALLS_MAX 4 /* hooked calls of one task: realloc -> malloc and one to spare */

/* A call whose return is hooked. */
struct hb_call {
	u64 return_slot;
	u64 return_address;
	u64 size_bytes;
	u64 argument;	     /* realloc: the old block; posix_memalign: where the result goes */
	u64 probability_q32; /* 0: not sampled */
	u32 func;
	u32 outer;	    /* an inner call of another function is nested in it */
	struct hb_live old; /* realloc: the old block, moved here from the live map */
	u32 old_held;
	u32 slot;
};

struct hb_task {
	u64 depth;
	struct hb_call calls[CALLS_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct hb_config);
} configs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct hb_counters);
} counters SEC(".maps");

/* Preallocated: NO_PREALLOC costs 0.6 us more on each insert. Never LRU: it evicts silently. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512 << 10); /* * blocks */
	__type(key, struct hb_live_key);
	__type(value, struct hb_live);
} live SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct hb_task);
} tasks SEC(".maps");

static __always_inline void outcome(struct hb_counters *cnt, enum hb_outcome what)
{
	add(&cnt->outcome[what], 1);
}

/* Number of significant bits: 0 for 0, 64 for the top bit. */
static __always_inline u32 bits_of(u64 n)
{
	u32 bits = 0;

	if (n >> 32) {
		bits += 32;
		n >>= 32;
	}
	if (n >> 16) {
		bits += 16;
		n >>= 16;
	}
	if (n >> 8) {
		bits += 8;
		n >>= 8;
	}
	if (n >> 4) {
		bits += 4;
		n >>= 4;
	}
	if (n >> 2) {
		bits += 2;
		n >>= 2;
	}
	return bits + (n > 1 ? 2 : n);
}

static __always_inline void count_call(struct hb_counters *cnt, u32 func, u64 size)
{
	u32 class = bits_of(size);

	if (func >= HB_FUNC_MAX || class >= HB_CLASS_MAX)
		return;
	outcome(cnt, HB_CALLED);
	add(&cnt->by_class[func][class].calls, 1);
	add(&cnt->by_class[func][class].bytes, size);
}

static __always_inline void count_failure(struct hb_counters *cnt, u32 func)
{
	if (func >= HB_FUNC_MAX)
		return;
	outcome(cnt, HB_FAILED);
	add(&cnt->failures[func], 1);
}

#endif
