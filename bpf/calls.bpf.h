/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of one task whose return is hooked, innermost last: pushed at entry, popped at return.
 * An inner call is nested - made by the allocator for itself - if it is another function of the heap
 * family, lies at or below the outer call's return slot, and that slot still holds the outer return
 * address or the trampoline that stands in for it. glibc tail-jumps from realloc(NULL), reallocarray
 * and aligned_alloc into malloc, so "at" counts.
 */
#ifndef HB_CALLS_BPF_H
#define HB_CALLS_BPF_H

#include "maps.bpf.h"

static __always_inline u64 read_word(u64 address)
{
	u64 word = 0;

	bpf_probe_read_user(&word, sizeof(word), (void *)address);
	return word;
}

static __always_inline bool call_stands(const struct hb_call *call, u64 slot, u64 trampoline)
{
	u64 word;

	if (slot > call->return_slot)
		return false;
	word = read_word(call->return_slot);
	return word == call->return_address || (trampoline && word == trampoline);
}

/* Whether a heap call of @func at return slot @slot is nested. Calls that no longer stand (left by
 * longjmp) are dropped. */
static __noinline bool is_nested(struct task_struct *task, struct hb_task *calls, u32 func,
				 u64 slot)
{
	u64 trampoline = trampoline_of(task);

	for (u32 i = 0; i < CALLS_MAX; i++) {
		u64 top = calls->depth - 1;
		struct hb_call *call;

		if (top >= CALLS_MAX)
			return false;
		call = &calls->calls[top];
		if (call_stands(call, slot, trampoline))
			return call->outer && call->func != func;
		calls->depth = top;
	}
	return false;
}

/* Room for one more call, or NULL: no task storage, or too deep. */
static __always_inline struct hb_call *call_push(struct task_struct *task)
{
	struct hb_task *calls =
		bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	u64 depth;

	if (!calls)
		return 0;
	/* Nothing is hooked: whatever stands here was left by longjmp. */
	if (!hooked_returns(task))
		calls->depth = 0;
	depth = calls->depth;
	if (depth >= CALLS_MAX)
		return 0;
	calls->depth = depth + 1;
	return &calls->calls[depth];
}

/* The call of @func with return slot @slot, taken off together with all above it; NULL if none. */
static __always_inline struct hb_call *call_pop(struct task_struct *task, u32 func, u64 slot)
{
	struct hb_task *calls = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!calls)
		return 0;
	for (u32 i = 0; i < CALLS_MAX; i++) {
		u64 at = CALLS_MAX - 1 - i;
		struct hb_call *call = &calls->calls[at];

		if (at < calls->depth && call->func == func && call->return_slot == slot) {
			calls->depth = at;
			return call;
		}
	}
	return 0;
}

/* The true return address of a call whose return slot holds @word. */
static __always_inline u64 true_return(struct task_struct *task, u64 slot, u64 word)
{
	struct return_instance *hooked = hooked_returns(task);

	if (!hooked || word != trampoline_of(task))
		return word;
	for (u32 i = 0; i < CALLS_MAX && hooked; i++) {
		if (hooked->stack == slot && hooked->orig_ret_vaddr != word)
			return hooked->orig_ret_vaddr;
		hooked = hooked->next;
	}
	return word;
}

#endif
