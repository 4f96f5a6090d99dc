// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Probes of the Go runtime: its own samples of allocations, spans and large objects taken where it
 * samples nothing, and its garbage collector's cycles. Entries only: Go moves its stacks, so a return
 * probe would kill the program. Frame pointers are the rule in Go, so stacks are walked here.
 */
#include "go.bpf.h"

/* The caller is the word that rsp points at: the walk by frame pointers misses it where the frame of
 * the probed function does not stand yet, and only some kernels make up for that. */
static __always_inline void fill_frames(struct hb_go_sample *sample, struct pt_regs *ctx,
					struct hb_go_counters *cnt)
{
	long bytes = bpf_get_stack(ctx, sample->frames, sizeof(sample->frames), BPF_F_USER_STACK);

	if (bpf_probe_read_user(&sample->return_address, sizeof(sample->return_address),
				(void *)REGS_SP(ctx)))
		sample->return_address = 0;
	sample->frame_cnt = bytes > 0 ? bytes / sizeof(sample->frames[0]) : 0;
	if (bytes <= 0)
		add(&cnt->stackless, 1);
}

static __always_inline void take_go_sample(struct go_hit *hit, struct pt_regs *ctx, u64 size, u64 p,
					   u64 now_ns)
{
	struct hb_go_counters *cnt = hit->cnt;
	struct hb_go_sample *sample;
	u64 probe = hit->probe;

	if (probe >= HB_GO_SAMPLED)
		return;
	add(&cnt->sampled[probe], 1);
	sample = bpf_ringbuf_reserve(&ring, sizeof(*sample), 0);
	if (!sample) {
		add(&cnt->lost[probe], 1);
		return;
	}
	fill_event(&sample->event, HB_EVENT_GO_SAMPLE, hit->slot, hit->config->image, now_ns);
	sample->probe = probe;
	sample->flags = hit->flags & HB_COOKIE_AT_CHECK ? HB_GO_SAMPLE_AT_CHECK : 0;
	sample->size_bytes = size;
	sample->probability_q32 = p;
	sample->type = 0;
	/* A byte: what else stands in the register is left over. */
	sample->span_class = probe == HB_GO_REFILL ? REG(ctx, bx) & 0xff : 0;
	fill_frames(sample, ctx, cnt);
	bpf_ringbuf_submit(sample, submit_flags());
	add(&cnt->records[probe], 1);
}

static __always_inline u64 go_size(const struct go_hit *hit, struct pt_regs *ctx)
{
	switch (hit->probe) {
	case HB_GO_PROFILE:
		return REG(ctx, cx);
	case HB_GO_LARGE:
		return REG(ctx, bx);
	}
	return 0;
}

/* profilealloc, and the two places through which all memory of small and large objects passes. */
SEC("kprobe")
int go_sample(struct pt_regs *ctx)
{
	struct go_hit hit = {};
	u64 size, now_ns, p, probe;

	if (!go_enter(&hit, ctx))
		return 0;
	probe = hit.probe;
	if (probe >= HB_GO_SAMPLED)
		return 0;
	size = go_size(&hit, ctx);
	add(&hit.cnt->bytes[probe], size);
	now_ns = bpf_ktime_get_boot_ns();
	p = go_choose(&hit.state->thinners[probe], hit.config->samples_per_s, now_ns);
	if (p)
		take_go_sample(&hit, ctx, size, p, now_ns);
	return 0;
}

static __always_inline void remember_start(const struct go_hit *hit, struct pt_regs *ctx)
{
	struct hb_go_start start = {.goroutine = REG(ctx, r14), .slot = hit->slot};
	u64 cause = REG(ctx, ax);

	bpf_map_update_elem(&go_starts, &start, &cause, BPF_ANY);
}

static __always_inline u64 cause_of(const struct go_hit *hit, struct pt_regs *ctx)
{
	struct hb_go_start start = {.goroutine = REG(ctx, r14), .slot = hit->slot};
	u64 *known, cause = HB_GO_CAUSE_UNKNOWN;

	if (hit->flags & HB_COOKIE_CAUSE) {
		cause = REG(ctx, di);
	} else {
		known = bpf_map_lookup_elem(&go_starts, &start);
		if (known)
			cause = *known;
	}
	return cause < HB_GO_CAUSE_UNKNOWN ? cause : HB_GO_CAUSE_UNKNOWN;
}

static __always_inline void forget_cycle(struct hb_go_gc *gc)
{
	gc->active = 0;
	gc->ended = 0;
	gc->cause = HB_GO_CAUSE_UNKNOWN;
	gc->stops = 0;
	gc->started_ns = 0;
	gc->mark_ns = 0;
	gc->stopped_ns = 0;
	gc->longest_ns = 0;
}

static __always_inline void emit_cycle(struct go_hit *hit, u64 now_ns)
{
	struct hb_go_gc *gc = &hit->state->gc;
	struct hb_go_cycle *cycle;

	add(&hit->cnt->cycles, 1);
	cycle = bpf_ringbuf_reserve(&ring, sizeof(*cycle), 0);
	if (!cycle) {
		add(&hit->cnt->cycles_lost, 1);
		return;
	}
	fill_event(&cycle->event, HB_EVENT_GO_CYCLE, hit->slot, hit->config->image, now_ns);
	/* One whose start was not seen never set its cause. */
	cycle->cause = gc->active ? gc->cause : HB_GO_CAUSE_UNKNOWN;
	cycle->stops = gc->stops;
	cycle->started_ns = gc->started_ns;
	cycle->mark_ns = gc->mark_ns;
	cycle->stopped_ns = gc->stopped_ns;
	cycle->longest_ns = gc->longest_ns;
	bpf_ringbuf_submit(cycle, submit_flags());
}

static __always_inline void start_cycle(struct go_hit *hit, struct pt_regs *ctx, u64 now_ns)
{
	struct hb_go_gc *gc = &hit->state->gc;

	forget_cycle(gc);
	gc->active = 1;
	gc->cause = cause_of(hit, ctx);
	gc->started_ns = now_ns;
}

static __always_inline void stop_world(struct go_hit *hit, struct pt_regs *ctx, u64 now_ns)
{
	u64 reason = REG(ctx, ax) & 0xff;

	/* Before 1.21 it is not said who stops it: a stop within a cycle is then taken for its own. */
	if (hit->flags & HB_COOKIE_REASON && reason != STOP_MARK_TERM && reason != STOP_SWEEP_TERM)
		hit->state->gc.stop_ns = 0;
	else
		hit->state->gc.stop_ns = now_ns;
}

static __always_inline void start_world(struct go_hit *hit, u64 now_ns)
{
	struct hb_go_gc *gc = &hit->state->gc;
	u64 stopped_ns = gc->stop_ns ? now_ns - gc->stop_ns : 0;

	if (stopped_ns && (gc->active || gc->ended)) {
		gc->stops++;
		gc->stopped_ns += stopped_ns;
		if (stopped_ns > gc->longest_ns)
			gc->longest_ns = stopped_ns;
	}
	gc->stop_ns = 0;
	if (!gc->ended)
		return;
	emit_cycle(hit, now_ns);
	forget_cycle(gc);
}

SEC("kprobe")
int go_gc(struct pt_regs *ctx)
{
	struct go_hit hit = {};
	struct hb_go_gc *gc;
	u64 now_ns;

	if (!go_enter(&hit, ctx))
		return 0;
	gc = &hit.state->gc;
	now_ns = bpf_ktime_get_boot_ns();
	switch (hit.probe) {
	case HB_GO_GC_START:
		remember_start(&hit, ctx);
		break;
	case HB_GO_START_CYCLE:
		start_cycle(&hit, ctx, now_ns);
		break;
	case HB_GO_MARK_TERMINATION:
		gc->ended = 1;
		gc->mark_ns = gc->active ? now_ns - gc->started_ns : 0;
		break;
	case HB_GO_STOP_WORLD:
		stop_world(&hit, ctx, now_ns);
		break;
	case HB_GO_START_WORLD:
		start_world(&hit, now_ns);
		break;
	}
	return 0;
}
