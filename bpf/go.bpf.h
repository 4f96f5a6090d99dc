/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Maps of the Go programs, whose hit it is, and which of the sampled ones are taken. */
#ifndef HB_GO_BPF_H
#define HB_GO_BPF_H

#include "cookie.bpf.h"
#include "shared.bpf.h"

#define THIN_PERIOD_NS	250000000ULL
#define THIN_PERIODS_S	4
#define CERTAIN_Q32	(1ULL << 32)
#define EFLAGS_BELOW	0x41 /* CF or ZF: jbe is taken */
#define STOP_MARK_TERM	1    /* runtime.stwGCMarkTerm */
#define STOP_SWEEP_TERM 2    /* runtime.stwGCSweepTerm */

/* With what probability the hits of one sampled probe are taken, from how many came before. */
struct hb_go_thinner {
	u64 since_ns;
	u64 seen;
	u64 taken;
	u64 probability_q32;
};

/* 1.17: startCycle does not say why, but the gcStart of the same goroutine has. */
struct hb_go_start {
	u64 goroutine;
	u64 slot;
};

/* The GC of one process. Its runtime stops the world one at a time, so that one writer is at work. */
struct hb_go_gc {
	u64 stop_ns; /* the world stands since; 0: it runs */
	u64 active;  /* a cycle's start was seen */
	u64 ended;   /* its marking has ended */
	u64 cause;
	u64 stops;
	u64 started_ns;
	u64 mark_ns;
	u64 stopped_ns;
	u64 longest_ns;
};

struct hb_go_state {
	struct hb_go_thinner thinners[HB_GO_SAMPLED];
	struct hb_go_gc gc;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct hb_go_config);
} go_configs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, struct hb_go_counters);
} go_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 512); /* * process slots */
	__type(key, u32);
	__type(value, struct hb_go_state);
} go_states SEC(".maps");

/* More gcStart than can be waiting at once; one that is evicted makes a cause unknown. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct hb_go_start);
	__type(value, u64);
} go_starts SEC(".maps");

struct go_hit {
	struct hb_go_config *config;
	struct hb_go_counters *cnt;
	struct hb_go_state *state;
	u64 probe; /* wide, so that its bounds outlive a spill */
	u32 slot;
	u32 flags; /* enum hb_cookie_flag */
};

/* Whether this hit counts: of the image that the slot is about, and not to come again. */
static __always_inline bool go_enter(struct go_hit *hit, struct pt_regs *ctx)
{
	u64 cookie = bpf_get_attach_cookie(ctx);
	u32 slot = cookie_slot(cookie);
	struct task_struct *task;

	hit->slot = slot;
	hit->probe = cookie_func(cookie);
	hit->flags = cookie_flags(cookie);
	hit->config = bpf_map_lookup_elem(&go_configs, &slot);
	hit->cnt = bpf_map_lookup_elem(&go_counters, &slot);
	hit->state = bpf_map_lookup_elem(&go_states, &slot);
	if (!hit->config || !hit->cnt || !hit->state || hit->probe >= HB_GO_PROBE_MAX)
		return false;
	add(&hit->cnt->hits, 1);
	task = bpf_get_current_task_btf();
	if (task->tgid != (int)hit->config->tgid || task->self_exec_id != hit->config->exec_id) {
		add(&hit->cnt->foreign, 1);
		return false;
	}
	if (hit->flags & HB_COOKIE_AT_CHECK && REG(ctx, flags) & EFLAGS_BELOW) {
		add(&hit->cnt->repeated, 1);
		return false;
	}
	add(&hit->cnt->counted[hit->probe], 1);
	return true;
}

/* The probability for the hits to come, from a period that has ended, or sooner where a burst has
 * taken its share twice: what is taken grows with the logarithm of what comes. */
static __always_inline u64 thin(struct hb_go_thinner *thinner, u64 samples_per_s, u64 now_ns)
{
	u64 quota = samples_per_s / THIN_PERIODS_S + 1, passed = now_ns - thinner->since_ns;
	u64 seen, p = thinner->probability_q32;

	if (passed >= THIN_PERIOD_NS) {
		seen = thinner->seen * (THIN_PERIOD_NS >> 10) / (passed >> 10);
		p = seen > quota ? (quota << 32) / seen : CERTAIN_Q32;
		thinner->since_ns = now_ns;
		thinner->seen = 0;
		thinner->taken = 0;
	} else if (thinner->taken >= 2 * quota && p > 1) {
		p /= 2;
		thinner->taken = quota;
	}
	thinner->probability_q32 = p;
	return p;
}

/* The probability with which this hit was taken, 0 if it was not. */
static __always_inline u64 go_choose(struct hb_go_thinner *thinner, u64 samples_per_s, u64 now_ns)
{
	u64 p;

	if (!samples_per_s)
		return CERTAIN_Q32;
	p = thin(thinner, samples_per_s, now_ns);
	add(&thinner->seen, 1);
	if (p < CERTAIN_Q32 && bpf_get_prandom_u32() >= p)
		return 0;
	add(&thinner->taken, 1);
	return p;
}

#endif
