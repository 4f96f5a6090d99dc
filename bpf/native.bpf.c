// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Entry and return of every observed native function. One program per way of linking: a session
 * program sees both ends of a call and hooks the return only where it asks for it; multi and perf
 * links have an entry and a return program, and the return of every function that may be hooked
 * always is.
 */
#include "leave.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* What a return handler needs when nothing was pushed: the size in the session cookie. Larger
 * sizes cannot succeed (address spaces end below 2^56) and are clamped. */
#define COOKIE_SIZE_MAX ((1ULL << 56) - 1)
#define COOKIE_PLAIN	(1ULL << 62)
#define COOKIE_PUSHED	(1ULL << 63)

/* Why an entry leaves: its outcome is counted and its return must not be (LEAVE), or it goes on. */
enum verdict { LEAVE, HOOK };

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
	what.return_address = true_return(hit->task, hit->return_slot, read_word(hit->return_slot));
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
