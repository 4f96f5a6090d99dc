/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring records: built in place, submitted without a wakeup. */
#ifndef HB_RECORD_BPF_H
#define HB_RECORD_BPF_H

#include "calls.bpf.h"

const volatile __u32 sample_stacks = 1; /* 0: records without room for a stack */

struct hb_stack_sample {
	struct hb_sample sample;
	struct hb_stack stack;
};

static __always_inline void fill_block_event(struct hb_event *event, u16 type, u32 slot,
					     const struct hb_live_key *key, u64 sample_id,
					     u64 now_ns)
{
	fill_event(event, type, slot, key->image, now_ns);
	event->epoch = key->epoch;
	event->sample_id = sample_id;
}

/* Two reads: the rest of sp's page, then the next page; a read that meets a page which is not
 * resident fails whole, so the first one must not reach beyond its page. */
static __always_inline void copy_stack(struct hb_stack *stack, u64 sp, struct hb_counters *cnt)
{
	u32 n = 4096 - (sp & 4095);

	stack->bytes = 0;
	if (bpf_probe_read_user(stack->data, n, (void *)sp)) {
		add(&cnt->lost[HB_LOST_STACK], 1);
		return;
	}
	stack->bytes = n;
	if (!bpf_probe_read_user(stack->data + n, 4096, (void *)(sp + n)))
		stack->bytes = n + 4096;
}

static __always_inline void fill_fixes(struct hb_sample *sample, struct task_struct *task)
{
	struct return_instance *hooked = hooked_returns(task);
	u32 cnt = 0;

	for (u32 i = 0; i < HB_FIX_MAX && hooked; i++) {
		sample->fixes[i].stack_address = hooked->stack;
		sample->fixes[i].return_address = hooked->orig_ret_vaddr;
		hooked = hooked->next;
		cnt++;
	}
	sample->fix_cnt = cnt;
}

/* What is known of a sampled call before its record exists. */
struct sampled {
	struct hb_live_key key; /* address = the block */
	u64 sample_id;
	u64 now_ns;
	u64 size_bytes;
	u64 old_size_bytes;
	u64 probability_q32;
	u64 return_slot;
	u64 return_address;
	u32 slot;
	u16 func;
	u16 flags;
};

static __always_inline void fill_sample(struct hb_sample *sample, const struct sampled *what,
					struct pt_regs *ctx, struct task_struct *task)
{
	fill_block_event(&sample->event, HB_EVENT_SAMPLE, what->slot, &what->key, what->sample_id,
			 what->now_ns);
	sample->address = what->key.address;
	sample->size_bytes = what->size_bytes;
	sample->old_size_bytes = what->old_size_bytes;
	sample->probability_q32 = what->probability_q32;
	sample->call_cfa = what->return_slot + 8;
	sample->return_slot = what->return_slot;
	sample->return_address = what->return_address;
	sample->func = what->func;
	sample->flags = what->flags;
	fill_fixes(sample, task);
	regs_copy(sample->regs, ctx);
}

static __always_inline void emit_sample(struct pt_regs *ctx, struct hb_counters *cnt,
					struct task_struct *task, struct sampled *what, bool stack)
{
	struct hb_stack_sample *with;
	struct hb_sample *sample;

	add(&cnt->sampled, 1);
	if (sample_stacks && stack) {
		with = bpf_ringbuf_reserve(&ring, sizeof(*with), 0);
		if (!with) {
			add(&cnt->lost[HB_LOST_RING_FULL], 1);
			return;
		}
		what->flags |= HB_SAMPLE_STACK;
		fill_sample(&with->sample, what, ctx, task);
		copy_stack(&with->stack, REGS_SP(ctx), cnt);
		bpf_ringbuf_submit(with, submit_flags());
	} else {
		sample = bpf_ringbuf_reserve(&ring, sizeof(*sample), 0);
		if (!sample) {
			add(&cnt->lost[HB_LOST_RING_FULL], 1);
			return;
		}
		fill_sample(sample, what, ctx, task);
		bpf_ringbuf_submit(sample, submit_flags());
	}
	add(&cnt->records, 1);
}

/* STEP or FREE of a sampled block; @key names it afterwards (STEP: the new address). */
static __always_inline void emit_block(struct hb_counters *cnt, u16 type, u32 slot,
				       const struct hb_live_key *key, const struct hb_live *block,
				       u64 size, u64 return_slot)
{
	struct hb_block record = {};

	fill_block_event(&record.event, type, slot, key, block->sample_id, bpf_ktime_get_boot_ns());
	record.address = key->address;
	record.size_bytes = size;
	record.old_size_bytes = type == HB_EVENT_STEP ? block->size_bytes : 0;
	record.born_ns = block->time_ns;
	record.stack_address = return_slot;
	record.steps = block->steps + (type == HB_EVENT_STEP);
	record.birth_tid = block->tid;
	if (bpf_ringbuf_output(&ring, &record, sizeof(record), submit_flags()))
		add(&cnt->lost[HB_LOST_FREE_RECORD], 1);
}

#endif
