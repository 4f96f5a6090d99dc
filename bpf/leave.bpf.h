/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The return of a call: its outcome, its block in the live map, its record. */
#ifndef HB_LEAVE_BPF_H
#define HB_LEAVE_BPF_H

#include "hit.bpf.h"
#include "live.bpf.h"
#include "record.bpf.h"

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

/* The gate has shut meanwhile: nothing is counted, but the block that was held must not vanish. */
static __always_inline void settle_old_block(struct hit *hit, struct hb_call *call, u64 address)
{
	if (!call || !call->old_held)
		return;
	if (address)
		live_end(hit->cnt, &call->old);
	else
		end_old_block(hit, call);
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
	bool failed;

	add(&hit->cnt->returned, 1);
	if (!(hit->config->flags & HB_GATE_OPEN)) {
		outcome(hit->cnt, HB_SHUT);
		settle_old_block(hit, call, address);
		return;
	}
	failed = !address && !leave_without_block(hit, call);
	if (failed && !hit->probability_q32)
		return;
	block_key(hit, address, &what.key);
	what.now_ns = bpf_ktime_get_boot_ns();
	if (hit->probability_q32)
		what.sample_id = __sync_fetch_and_add(&hit->cnt->next_sample, 1) + 1;
	if (failed)
		what.flags = HB_SAMPLE_FAILED_CALL;
	else if (address) {
		count_call(hit->cnt, hit->func, hit->size);
		if (hit->func < HB_FIRST_VM)
			what.flags =
				follow_block(hit, &what.key, call, what.sample_id, what.now_ns);
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

#endif
