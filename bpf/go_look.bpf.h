/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of looks at Go programs; whose hit it is, and which code called into the runtime. */
#ifndef HB_GO_LOOK_BPF_H
#define HB_GO_LOOK_BPF_H

#include "cookie.bpf.h"
#include "shared.bpf.h"

#define EFLAGS_BELOW 0x41 /* CF or ZF: jbe is taken */
#define WALK_MAX     8	  /* frames of the runtime between an entry and the program's own code */
#define BOUND_STEP   64	  /* the first of the search */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct hb_go_look);
} go_looks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct hb_go_look_counters);
} go_look_counters SEC(".maps");

/* Never LRU: it evicts silently. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16 << 10); /* * rows */
	__type(key, struct hb_go_call_key);
	__type(value, struct hb_go_call);
} go_calls SEC(".maps");

struct go_look {
	struct hb_go_look *config;
	struct hb_go_look_counters *cnt;
	u64 cookie;
};

/* Whether this hit counts: of the image that the slot is about, in the look, not to come again. */
static __always_inline bool look_enter(struct go_look *look, struct pt_regs *ctx)
{
	u64 cookie = bpf_get_attach_cookie(ctx);
	u32 slot = cookie_slot(cookie);
	struct task_struct *task;

	look->cookie = cookie;
	look->config = bpf_map_lookup_elem(&go_looks, &slot);
	look->cnt = bpf_map_lookup_elem(&go_look_counters, &slot);
	if (!look->config || !look->cnt)
		return false;
	add(&look->cnt->hits, 1);
	task = bpf_get_current_task_btf();
	if (task->tgid != (int)look->config->tgid || task->self_exec_id != look->config->exec_id) {
		add(&look->cnt->foreign, 1);
		return false;
	}
	if (!look->config->open) {
		add(&look->cnt->shut, 1);
		return false;
	}
	if (cookie_flags(cookie) & HB_COOKIE_AT_CHECK && REG(ctx, flags) & EFLAGS_BELOW) {
		add(&look->cnt->repeated, 1);
		return false;
	}
	return true;
}

/* Is an odd number of bounds at or below @pc? Without a branch, or the verifier would follow each of
 * 2^7 ways for every frame; bounds and addresses of user space are below 2^63. */
static __always_inline u32 is_runtime(const struct hb_go_look *config, u64 pc)
{
	u64 below = 0;

#pragma unroll
	for (u32 step = BOUND_STEP; step; step >>= 1) {
		u64 at = (below + step - 1) & HB_GO_BOUNDS;

		/* Masked where it is used, or the compiler proves the mask away. */
		asm volatile("" : "+r"(at));
		at &= HB_GO_BOUNDS;
		below += step * ((config->bounds[at] - pc - 1) >> 63);
	}
	return below & 1;
}

struct go_frame {
	u64 next; /* where the caller's frame pointer is saved */
	u64 return_address;
};

/* At the probed instruction rsp points at the return address, and rbp is still the caller's. */
static __always_inline u64 look_site(const struct hb_go_look *config, struct pt_regs *ctx)
{
	u64 fp = REG(ctx, bp), site = 0;
	struct go_frame frame;

	if (bpf_probe_read_user(&site, sizeof(site), (void *)REGS_SP(ctx)))
		return 0;
	for (int i = 0; i < WALK_MAX; i++) {
		if (!is_runtime(config, site))
			break;
		if (bpf_probe_read_user(&frame, sizeof(frame), (void *)fp))
			break;
		site = frame.return_address;
		fp = frame.next;
	}
	return site;
}

#endif
