// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry and return of every observed native function. One program per way of linking: a session
 * program sees both ends of a call and hooks the return only where it asks for it; multi and perf
 * links have an entry and a return program, and the return of every function that may be hooked
 * always is.
 */
#include "record.bpf.h"
#include "cookie.bpf.h"
#include "live.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* What a return handler needs when nothing was pushed: the size in the session cookie. Larger
 * sizes cannot succeed (address spaces end below 2^56) and are clamped. */
#define COOKIE_SIZE_MAX ((1ULL << 56) - 1)
#define COOKIE_PLAIN	(1ULL << 62)
#define COOKIE_PUSHED	(1ULL << 63)

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

/* Why an entry leaves: its outcome is counted and its return must not be (LEAVE), or it goes on. */
enum verdict { LEAVE, HOOK };

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
	return calls && calls->depth &&
	       is_nested(hit->task, calls, hit->func, hit->return_slot);
}

static __always_inline void block_key(const struct hit *hit, u64 address, struct hb_live_key *key)
{
	key->address = address;
	key->image = hit->config->image;
	key->epoch = hit->config->epoch;
}

static __always_inline void enter_free(struct hit *hit, u64 address)
{
	struct hb_counters *cnt = hit->cnt;
	struct hb_live_key key;
	struct hb_live block;

	if (!address) {
		outcome(cnt, HB_FREED_NULL);
		return;
	}
	outcome(cnt, HB_FREED);
	block_key(hit, address, &key);
	if (live_take(&key, &block)) {
		live_end(cnt, &block);
		if (hit->config->flags & HB_FULL)
			count_lifetime(cnt, block.time_ns, bpf_ktime_get_boot_ns());
		if (block.sample_id)
			emit_block(cnt, HB_EVENT_FREE, hit->slot, &key, &block, block.size_bytes,
				   hit->return_slot);
	} else if (hit->config->flags & HB_FULL) {
		add(&cnt->unmatched, 1);
		if (hit->task->flags & 0x4 /* PF_EXITING: the thread's cache is flushed */)
			add(&cnt->unmatched_thread_exit, 1);
	}
}

/* An outer call of glibc may call another observed function for itself. */
static __always_inline bool is_outer(const struct hit *hit)
{
	switch (hit->func) {
	case HB_REALLOC:
		return !hit->argument || !hit->size || hit->size >= hit->config->interval_bytes ||
		       hit->config->flags & HB_FULL;
	case HB_POSIX_MEMALIGN:
	case HB_ALIGNED_ALLOC:
	case HB_MEMALIGN:
		return true;
	}
	return false;
}

static __always_inline bool may_return(const struct hit *hit)
{
	return !(cookie_flags(hit->cookie) & HB_COOKIE_NO_RETURN);
}

/* The call cannot be followed to its return: count it now. */
static __always_inline void count_at_entry(struct hit *hit, struct pt_regs *ctx)
{
	u64 result = REGS_RESULT(ctx);

	if (cookie_flags(hit->cookie) & HB_COOKIE_RESULT &&
	    (hit->func == HB_BRK ? result < hit->argument : result > -4096ULL)) {
		count_failure(hit->cnt, hit->func);
		return;
	}
	count_call(hit->cnt, hit->func, hit->size);
}

/* realloc: the old block leaves the live map before the allocator can hand its address to another
 * thread. */
static __always_inline void hold_old_block(struct hit *hit, struct hb_call *call)
{
	struct hb_live_key key;

	call->old_held = 0;
	if (hit->func != HB_REALLOC || !hit->argument)
		return;
	block_key(hit, hit->argument, &key);
	call->old_held = live_take(&key, &call->old);
}

static __always_inline bool old_is_sampled(struct hit *hit)
{
	struct hb_live_key key;

	block_key(hit, hit->argument, &key);
	return bpf_map_lookup_elem(&live, &key);
}

static __always_inline bool push(struct hit *hit)
{
	struct hb_call *call = call_push(hit->task);

	if (!call) {
		add(&hit->cnt->lost[HB_LOST_TASK_STORAGE], 1);
		return false;
	}
	call->return_slot = hit->return_slot;
	call->return_address =
		true_return(hit->task, hit->return_slot, read_word(hit->return_slot));
	call->size_bytes = hit->size;
	call->argument = hit->argument;
	call->probability_q32 = hit->probability_q32;
	call->func = hit->func;
	call->outer = is_outer(hit);
	call->slot = hit->slot;
	hold_old_block(hit, call);
	return true;
}

static __always_inline void sample_at_entry(struct hit *hit, struct pt_regs *ctx)
{
	struct sampled what = {
		.sample_id = __sync_fetch_and_add(&hit->cnt->next_sample, 1) + 1,
		.now_ns = bpf_ktime_get_boot_ns(),
		.size_bytes = hit->size,
		.probability_q32 = hit->probability_q32,
		.return_slot = hit->return_slot,
		.slot = hit->slot,
		.func = hit->func,
		.flags = HB_SAMPLE_AT_ENTRY,
	};

	block_key(hit, hit->argument, &what.key);
	what.return_address =
		true_return(hit->task, hit->return_slot, read_word(hit->return_slot));
	emit_sample(ctx, hit->cnt, hit->task, &what, hit->config->flags & HB_STACKS);
}

/* Everything up to the decision whether this call's return is wanted. */
static __always_inline enum verdict enter(struct hit *hit, struct pt_regs *ctx, u64 cookie)
{
	hit->task = bpf_get_current_task_btf();
	add(&hit->cnt->hits, 1);
	if (hit->task->tgid != (int)hit->config->tgid ||
	    hit->task->self_exec_id != hit->config->exec_id) {
		outcome(hit->cnt, HB_FOREIGN);
		return LEAVE;
	}
	if (!(hit->config->flags & HB_GATE_OPEN)) {
		outcome(hit->cnt, HB_SHUT);
		return LEAVE;
	}
	hit->return_slot = cookie_return_slot(ctx, cookie);
	if (hit->func < HB_FIRST_VM && nested(hit)) {
		outcome(hit->cnt, HB_NESTED);
		return LEAVE;
	}
	if (hit->func == HB_FREE) {
		enter_free(hit, cookie_arg(ctx, cookie, 0));
		return LEAVE;
	}
	read_arguments(hit, ctx);
	hit->probability_q32 =
		hit->func == HB_MUNMAP || hit->func == HB_BRK ? 0 : choose(hit->config, hit->size);
	if (may_return(hit))
		return HOOK;
	if (hit->probability_q32)
		sample_at_entry(hit, ctx);
	count_at_entry(hit, ctx);
	return LEAVE;
}

/* Which calls must be followed to their return although they are neither sampled nor in full mode. */
static __always_inline bool wants_return(struct hit *hit)
{
	return hit->probability_q32 || hit->config->flags & HB_FULL || is_outer(hit) ||
	       (hit->func == HB_REALLOC && hit->argument && old_is_sampled(hit));
}

static __always_inline bool needs_push(const struct hit *hit)
{
	return hit->probability_q32 || is_outer(hit) || hit->func == HB_REALLOC;
}

/* The block that a successful call returned, or 0 on failure. */
static __always_inline u64 result_of(u32 func, u64 result, u64 argument)
{
	if (func == HB_POSIX_MEMALIGN)
		return (u32)result ? 0 : read_word(argument);
	if (func == HB_MMAP)
		return result > -4096ULL ? 0 : result;
	return result;
}

/* A successful heap call: the live map and the sampled block's story. */
static __always_inline u16 follow_block(struct hit *hit, const struct hb_live_key *key,
					struct hb_call *call, u64 sample_id, u64 now_ns)
{
	struct hb_live block = {
		.size_bytes = hit->size,
		.time_ns = now_ns,
		.sample_id = sample_id,
		/* only told of sampled blocks */
		.tid = sample_id ? (u32)bpf_get_current_pid_tgid() : 0,
	};
	bool birth = !(hit->func == HB_REALLOC && hit->argument);

	if (!birth) {
		/* A sample of a realloc stands for the call alone; the block keeps its birth. */
		block.sample_id = 0;
		if (call && call->old_held) {
			live_end(hit->cnt, &call->old);
			block.sample_id = call->old.sample_id;
			block.time_ns = call->old.time_ns;
			block.tid = call->old.tid;
			block.steps = call->old.steps + 1;
			if (block.sample_id)
				emit_block(hit->cnt, HB_EVENT_STEP, hit->slot, key, &call->old,
					   hit->size, hit->return_slot);
		} else if (hit->config->flags & HB_FULL) {
			add(&hit->cnt->unmatched, 1);
		}
	}
	if (!(hit->config->flags & HB_FULL) && !block.sample_id)
		return 0;
	return live_insert(hit->cnt, key, &block) && birth && sample_id ? HB_SAMPLE_TRACKED : 0;
}

static __always_inline bool freed_by_realloc(const struct hit *hit)
{
	return hit->func == HB_REALLOC && hit->argument && !hit->size;
}

/* realloc(p, 0) that freed p, or a realloc that failed and left p alone. */
static __always_inline void end_old_block(struct hit *hit, struct hb_call *call)
{
	bool freed = freed_by_realloc(hit);
	struct hb_live_key key;

	if (!call || !call->old_held) {
		if (freed && hit->config->flags & HB_FULL)
			add(&hit->cnt->unmatched, 1);
		return;
	}
	block_key(hit, hit->argument, &key);
	if (!freed) {
		live_put_back(hit->cnt, &key, &call->old);
		return;
	}
	live_end(hit->cnt, &call->old);
	if (call->old.sample_id)
		emit_block(hit->cnt, HB_EVENT_FREE, hit->slot, &key, &call->old,
			   call->old.size_bytes, hit->return_slot);
}

/* No block came back: a failure, or a realloc(p, 0) that is a call of 0 bytes. */
static __always_inline bool leave_without_block(struct hit *hit, struct hb_call *call)
{
	bool freed = freed_by_realloc(hit);

	if (freed) {
		count_call(hit->cnt, hit->func, 0);
		add(&hit->cnt->zero_reallocs, 1);
	} else {
		count_failure(hit->cnt, hit->func);
	}
	end_old_block(hit, call);
	return freed;
}

static __always_inline void leave(struct hit *hit, struct pt_regs *ctx, struct hb_call *call)
{
	u64 address = result_of(hit->func, REGS_RESULT(ctx), hit->argument);
	struct sampled what = {};

	add(&hit->cnt->returned, 1);
	if (!(hit->config->flags & HB_GATE_OPEN)) {
		outcome(hit->cnt, HB_SHUT);
		return;
	}
	if (!address && !leave_without_block(hit, call))
		return;
	block_key(hit, address, &what.key);
	what.now_ns = bpf_ktime_get_boot_ns();
	if (hit->probability_q32)
		what.sample_id = __sync_fetch_and_add(&hit->cnt->next_sample, 1) + 1;
	if (address) {
		count_call(hit->cnt, hit->func, hit->size);
		if (hit->func < HB_FIRST_VM)
			what.flags = follow_block(hit, &what.key, call, what.sample_id, what.now_ns);
	}
	if (!hit->probability_q32)
		return;
	what.size_bytes = hit->size;
	what.old_size_bytes = call && call->old_held ? call->old.size_bytes : 0;
	what.probability_q32 = hit->probability_q32;
	what.return_slot = hit->return_slot;
	what.return_address = REGS_IP(ctx);
	what.slot = hit->slot;
	what.func = hit->func;
	emit_sample(ctx, hit->cnt, bpf_get_current_task_btf(), &what,
		    hit->config->flags & HB_STACKS);
}

static __always_inline void load_call(struct hit *hit, const struct hb_call *call)
{
	hit->size = call->size_bytes;
	hit->argument = call->argument;
	hit->probability_q32 = call->probability_q32;
}

/* Session links: one program for both ends; returning 1 from the entry leaves the return alone. */

static __always_inline bool session_enter(struct hit *hit, struct pt_regs *ctx, u64 cookie,
					  __u64 *state)
{
	if (enter(hit, ctx, cookie) == LEAVE)
		return false;
	if (!wants_return(hit)) {
		count_at_entry(hit, ctx);
		return false;
	}
	if (!needs_push(hit)) {
		*state = COOKIE_PLAIN | (hit->size < COOKIE_SIZE_MAX ? hit->size : COOKIE_SIZE_MAX);
	} else if (push(hit)) {
		*state = COOKIE_PUSHED;
	} else {
		count_at_entry(hit, ctx);
		return false;
	}
	add(&hit->cnt->hooked, 1);
	return true;
}

static __always_inline void session_leave(struct hit *hit, struct pt_regs *ctx, u64 state)
{
	struct hb_call *call = 0;

	hit->return_slot = REGS_SP(ctx) - 8; /* popped by the return */
	hit->size = state & COOKIE_SIZE_MAX;
	if (state & COOKIE_PUSHED) {
		call = call_pop(bpf_get_current_task_btf(), hit->func, hit->return_slot);
		if (!call) {
			add(&hit->cnt->lost[HB_LOST_UNPAIRED], 1);
			return;
		}
		load_call(hit, call);
	}
	leave(hit, ctx, call);
}

extern bool bpf_session_is_return(void) __ksym __weak;
extern __u64 *bpf_session_cookie(void) __ksym __weak;

/* Every helper and kfunc costs 10 to 20 ns where returns are mitigated: only what this end needs is
 * called, and a free has no other end. */
SEC("kprobe")
int native_session(struct pt_regs *ctx)
{
	struct hit hit = {};
	u64 state;

	if (!find_slot(&hit, bpf_get_attach_cookie(ctx)))
		return 1;
	if (hit.func != HB_FREE && bpf_session_is_return()) {
		session_leave(&hit, ctx, *bpf_session_cookie());
		return 0;
	}
	if (session_enter(&hit, ctx, hit.cookie, &state)) {
		*bpf_session_cookie() = state;
		return 0;
	}
	return 1;
}

/* Multi and perf links: entry and return are two programs that meet in task storage. */

SEC("kprobe")
int native_entry(struct pt_regs *ctx)
{
	struct hit hit = {};

	if (!find_slot(&hit, bpf_get_attach_cookie(ctx)))
		return 0;
	if (enter(&hit, ctx, hit.cookie) == LEAVE)
		return 0;
	if (push(&hit))
		add(&hit.cnt->hooked, 1);
	else
		count_at_entry(&hit, ctx);
	return 0;
}

/* The return of every call comes by, nested and uncounted ones too: those left nothing to pop. */
SEC("kprobe")
int native_return(struct pt_regs *ctx)
{
	struct task_struct *task;
	struct hb_call *call;
	struct hit hit = {};

	if (!find_slot(&hit, bpf_get_attach_cookie(ctx)))
		return 0;
	task = bpf_get_current_task_btf();
	if (task->tgid != (int)hit.config->tgid)
		return 0;
	hit.return_slot = REGS_SP(ctx) - 8;
	call = call_pop(task, hit.func, hit.return_slot);
	if (!call)
		return 0;
	load_call(&hit, call);
	leave(&hit, ctx, call);
	return 0;
}

/* The price of a bare hit: the denominator of every figure of cost. */
SEC("kprobe")
int native_empty(struct pt_regs *ctx)
{
	return 0;
}
