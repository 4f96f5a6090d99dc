/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live map. tracked = inserted + table_full, inserted = freed + still live + purged, where
 * "still live" includes blocks that a realloc in progress holds.
 */
#ifndef HB_LIVE_BPF_H
#define HB_LIVE_BPF_H

#include "maps.bpf.h"

#define EEXIST 17

static __always_inline void live_add(struct hb_counters *cnt, u64 bytes)
{
	add(&cnt->live_bytes, bytes);
	add(&cnt->live_objects, 1);
}

static __always_inline void live_subtract(struct hb_counters *cnt, u64 bytes)
{
	add(&cnt->live_bytes, -bytes);
	add(&cnt->live_objects, -1ULL);
}

/* The address is taken: its block's free was not seen. Whoever takes it out counts it. */
static __always_inline void purge_reused(struct hb_counters *cnt, const struct hb_live_key *key)
{
	struct hb_live *old = bpf_map_lookup_elem(&live, key);
	u64 bytes;

	if (!old)
		return;
	bytes = old->size_bytes;
	if (bpf_map_delete_elem(&live, key))
		return;
	live_subtract(cnt, bytes);
	add(&cnt->purged[HB_PURGED_REUSED], 1);
}

/* A new block. True if it is in the table. A taken address is found by the insert that it refuses:
 * looking first would cost every insert a lookup. */
static __always_inline bool live_insert(struct hb_counters *cnt, const struct hb_live_key *key,
					const struct hb_live *block)
{
	long err = bpf_map_update_elem(&live, key, block, BPF_NOEXIST);

	add(&cnt->tracked, 1);
	if (err == -EEXIST) {
		purge_reused(cnt, key);
		err = bpf_map_update_elem(&live, key, block, BPF_NOEXIST);
	}
	if (err) {
		add(&cnt->table_full, 1);
		return false;
	}
	add(&cnt->inserted, 1);
	live_add(cnt, block->size_bytes);
	return true;
}

/* Take the block out without an end: a realloc holds it. */
static __always_inline bool live_take(const struct hb_live_key *key, struct hb_live *ret_block)
{
	struct hb_live *block = bpf_map_lookup_elem(&live, key);

	if (!block)
		return false;
	*ret_block = *block;
	return !bpf_map_delete_elem(&live, key);
}

/* The realloc failed: its block lives on. */
static __always_inline void live_put_back(struct hb_counters *cnt, const struct hb_live_key *key,
					  const struct hb_live *block)
{
	if (!bpf_map_update_elem(&live, key, block, BPF_NOEXIST))
		return;
	live_subtract(cnt, block->size_bytes);
	add(&cnt->purged[HB_PURGED_PUTBACK], 1);
}

/* A taken block has ended, at @now_ns. */
static __always_inline void live_end(struct hb_counters *cnt, const struct hb_live *block)
{
	add(&cnt->freed, 1);
	add(&cnt->freed_bytes, block->size_bytes);
	live_subtract(cnt, block->size_bytes);
}

static __always_inline void count_lifetime(struct hb_counters *cnt, u64 born_ns, u64 now_ns)
{
	u32 class = bits_of(now_ns - born_ns);

	if (now_ns >= born_ns && class < HB_LIFE_MAX)
		add(&cnt->lifetimes[class], 1);
}

#endif
