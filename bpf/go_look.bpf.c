// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at a Go program: calls of the runtime's entries that take memory, summed by place, type and
 * size in one table. Entries only, as in go.bpf.c. What each row's figures mean is said in
 * struct view_go_call.
 */
#include "go_look.bpf.h"

#define EXACT_MAX	     1024 /* sizes up to here have rows of their own */
#define FINE_STEP	     128 /* beyond, up to FINE_MAX: the size classes there are multiples of it */
#define FINE_MAX	     32768
#define PAGE_STEP	     8192 /* beyond, up to PAGE_MAX: the runtime's pages */
#define PAGE_MAX	     (1 << 20)
#define COARSE_SHARE	     16 /* of the size, beyond */
#define TYPE_MAX_BYTES	     (1ULL << 40)
#define MAP_GROUP	     8 /* entries of a bucket, of a group, and of a map without a table */
#define MAP_TYPE_BUCKET	     64
#define MAP_TYPE_GROUP_BYTES 80
#define HMAP_B		     9
#define TABLE_MAX	     1024 /* entries: a larger one is split */
#define DEPTH_MAX	     40
#define TABLE_CAPACITY	     2
#define TABLE_DEPTH	     6
#define MAP_DEPTH	     32
#define STRINGS_READ	     32 /* of one concatenation; of more their count is right, not their length */
#define STRINGS_CHUNK	     4
#define STACK_BUFFER	     32 /* bytes: a shorter result stays on the stack if there is a buffer */

struct go_string {
	u64 data;
	u64 bytes;
};

/* What one call adds to its row. */
struct call {
	u64 type, size, old, bytes;
};

static __always_inline u64 round_to(u64 size, u64 step)
{
	return (size + step - 1) & ~(step - 1);
}

/* As many rows as there are classes of objects, not as there are sizes. */
static __always_inline u64 rounded(u64 size)
{
	u64 step = size;

	if (size <= EXACT_MAX)
		return size;
	if (size <= FINE_MAX)
		return round_to(size, FINE_STEP);
	if (size <= PAGE_MAX)
		return round_to(size, PAGE_STEP);
	for (u32 shift = 1; shift < 64; shift <<= 1)
		step |= step >> shift;
	return round_to(size, (step / 2 + 1) / COARSE_SHARE);
}

static __always_inline u64 read_word(u64 address)
{
	u64 value = 0;

	return bpf_probe_read_user(&value, sizeof(value), (void *)address) ? 0 : value;
}

static __always_inline u8 read_byte(u64 address)
{
	u8 value = 0;

	return bpf_probe_read_user(&value, sizeof(value), (void *)address) ? 0 : value;
}

static __noinline void count(const struct go_look *look, struct pt_regs *ctx, u32 kind,
			     const struct call *call)
{
	struct hb_go_call_key key = {
		.type = call->type,
		.size = call->size,
		.old = call->old,
		.image = look->config->image,
		.kind = kind,
	};
	struct hb_go_call *row, fresh = {.n = 0, .bytes = 0};

	key.site = look_site(look->config, ctx);
	add(&look->cnt->counted[kind], 1);
	row = bpf_map_lookup_elem(&go_calls, &key);
	if (!row) {
		/* Somebody else's first call may come in between: then there is a row, too. */
		bpf_map_update_elem(&go_calls, &key, &fresh, BPF_NOEXIST);
		row = bpf_map_lookup_elem(&go_calls, &key);
	}
	if (!row) {
		add(&look->cnt->dropped[kind], 1);
		return;
	}
	add(&row->n, 1);
	add(&row->bytes, call->bytes);
}

static __always_inline void pass(const struct go_look *look)
{
	add(&look->cnt->passed, 1);
}

/* Objects without bytes take none. Those of small sizes come by their own entry as well: counted
 * there if the program's code has called it, here if mallocgc has. */
static __always_inline void look_alloc(const struct go_look *look, struct pt_regs *ctx, bool sized)
{
	struct call call = {.type = REG(ctx, bx), .bytes = REG(ctx, ax)};
	u64 caller;

	if (sized) {
		caller = read_word(REGS_SP(ctx));
		if (caller >= look->config->malloc_from && caller < look->config->malloc_to) {
			pass(look);
			return;
		}
	}
	if (!call.bytes) {
		pass(look);
		return;
	}
	call.size = rounded(call.bytes);
	count(look, ctx, HB_GO_CALL_ALLOC, &call);
}

static __always_inline void look_grow(const struct go_look *look, struct pt_regs *ctx)
{
	bool whole = cookie_flags(look->cookie) & HB_COOKIE_SLICE;
	u64 needed = whole ? REG(ctx, si) : REG(ctx, bx);
	u64 old = whole ? REG(ctx, di) : REG(ctx, cx);
	struct call call = {.type = whole ? REG(ctx, ax) : REG(ctx, si)};
	u64 each = read_word(call.type); /* a type begins with its size */

	if (!each || each > TYPE_MAX_BYTES) {
		pass(look);
		return;
	}
	call.bytes = needed * each;
	call.size = rounded(call.bytes);
	call.old = rounded(old * each);
	count(look, ctx, HB_GO_CALL_GROW, &call);
}

static __always_inline void look_map(const struct go_look *look, struct pt_regs *ctx, u64 type,
				     u64 old, u64 group_bytes)
{
	struct call call = {.type = type, .old = old, .size = 2 * old};

	call.bytes = call.size / MAP_GROUP * group_bytes;
	count(look, ctx, HB_GO_CALL_MAP_GROW, &call);
}

/* A map that has too many overflow buckets is laid out anew without becoming larger. */
static __always_inline void look_hash_grow(const struct go_look *look, struct pt_regs *ctx)
{
	u64 type = REG(ctx, ax), map = REG(ctx, bx), used = read_word(map) + 1, buckets;
	u8 depth = read_byte(map + HMAP_B);

	if (depth > DEPTH_MAX) {
		pass(look);
		return;
	}
	buckets = 1ULL << depth;
	if (used <= MAP_GROUP || used <= 13 * (buckets / 2)) {
		pass(look);
		return;
	}
	look_map(look, ctx, type, MAP_GROUP * buckets,
		 read_word(read_word(type + MAP_TYPE_BUCKET)));
}

static __always_inline void look_table_grow(const struct go_look *look, struct pt_regs *ctx)
{
	u64 type = REG(ctx, bx), larger = REG(ctx, di) & 0xffff, old = 0;
	u16 capacity = 0;

	if (!bpf_probe_read_user(&capacity, sizeof(capacity),
				 (void *)(REG(ctx, ax) + TABLE_CAPACITY)))
		old = capacity;
	if (!old || larger != 2 * old) {
		pass(look);
		return;
	}
	look_map(look, ctx, type, old, read_word(type + MAP_TYPE_GROUP_BYTES));
}

/* A map of many tables becomes larger as a whole when the first of them is split once more than the
 * others; the others follow. */
static __always_inline void look_table_split(const struct go_look *look, struct pt_regs *ctx)
{
	u64 type = REG(ctx, bx);
	u8 depth = read_byte(REG(ctx, ax) + TABLE_DEPTH);

	if (depth > DEPTH_MAX || depth != read_byte(REG(ctx, cx) + MAP_DEPTH)) {
		pass(look);
		return;
	}
	look_map(look, ctx, type, (u64)TABLE_MAX << depth, read_word(type + MAP_TYPE_GROUP_BYTES));
}

/* Bytes of @cnt strings at @address, and in *ret_filled how many are not empty. Few branches: each
 * doubles the ways that the verifier follows. */
static __always_inline u64 strings_bytes(u64 address, u64 cnt, u64 *ret_filled)
{
	u64 bytes = 0, filled = 0;

	for (u32 i = 0; i < STRINGS_READ && i < cnt; i += STRINGS_CHUNK) {
		struct go_string strings[STRINGS_CHUNK] = {};
		u64 left = cnt - i;

		if (left > STRINGS_CHUNK)
			left = STRINGS_CHUNK;
		/* Known to the compiler, which leaves it out unless it forgets; the verifier asks for it. */
		asm volatile("" : "+r"(left));
		left &= 2 * STRINGS_CHUNK - 1;
		if (bpf_probe_read_user(strings, left * sizeof(strings[0]),
					(void *)(address + i * sizeof(strings[0]))))
			break;
#pragma unroll
		for (u32 k = 0; k < STRINGS_CHUNK; k++) {
			bytes += strings[k].bytes;
			filled += -strings[k].bytes >> 63; /* lengths are below 2^63 */
		}
	}
	*ret_filled = filled;
	return bytes;
}

/* A result is new memory where at least two strings go into it, and it has no place on the stack. */
static __always_inline void look_concat(const struct go_look *look, struct pt_regs *ctx)
{
	struct call call = {.old = REG(ctx, cx)};
	u64 filled;

	call.bytes = strings_bytes(REG(ctx, bx), call.old, &filled);
	if (filled < 2 || (REG(ctx, ax) && call.bytes <= STACK_BUFFER)) {
		pass(look);
		return;
	}
	call.size = rounded(call.bytes);
	count(look, ctx, HB_GO_CALL_CONCAT, &call);
}

SEC("kprobe")
int go_look(struct pt_regs *ctx)
{
	struct go_look look = {};

	if (!look_enter(&look, ctx))
		return 0;
	switch (cookie_func(look.cookie)) {
	case HB_GO_LOOK_ALLOC:
		look_alloc(&look, ctx, false);
		break;
	case HB_GO_LOOK_ALLOC_SIZED:
		look_alloc(&look, ctx, true);
		break;
	case HB_GO_LOOK_GROW:
		look_grow(&look, ctx);
		break;
	case HB_GO_LOOK_HASH_GROW:
		look_hash_grow(&look, ctx);
		break;
	case HB_GO_LOOK_TO_TABLE:
		look_map(&look, ctx, REG(ctx, bx), MAP_GROUP,
			 read_word(REG(ctx, bx) + MAP_TYPE_GROUP_BYTES));
		break;
	case HB_GO_LOOK_TABLE_GROW:
		look_table_grow(&look, ctx);
		break;
	case HB_GO_LOOK_TABLE_SPLIT:
		look_table_split(&look, ctx);
		break;
	case HB_GO_LOOK_CONCAT:
		look_concat(&look, ctx);
		break;
	default:
		pass(&look);
	}
	return 0;
}
