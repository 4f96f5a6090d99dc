/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the charged cost of one process within its budget: pure, view -> step. The caller owns the
 * clock, the dice and the probes.
 *
 * A process is first tried for a moment. If what its calls cost fits the budget, it stays attached
 * and is counted exactly; else it is looked at: attached at a random moment of each span until the
 * budget that has accrued by the end of the span is used, then left alone.
 */
#ifndef HB_GOVERNOR_H
#define HB_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

#define GOVERN_SPAN_NS 10000000000ULL

struct govern_limits {
	bool unlimited;	    /* full mode or --budget off: attach and stay */
	bool one_look;	    /* perf links: a detach takes 110 ms a probe, so there is one look */
	double close_s;	    /* how long a close goes on being charged at the window's rate */
	double trial_share; /* of the hits that a trial sees: 1, or less where it links fewer probes */
	double budget_ratio; /* of the process's CPU time */
	double floor_ratio;  /* of one core: quiet processes may cost this much */
	uint64_t span_ns;    /* GOVERN_SPAN_NS, or the length of a shorter run */
	uint64_t end_ns;     /* of the run, where known: the last span is cut there; 0 unknown */
};

/* What is known of the process now; both clocks only grow. */
struct govern_view {
	uint64_t now_ns;
	uint64_t cpu_ns;
	uint64_t charged_ns;
};

enum govern_state {
	GOVERN_NEW = 0, /* learning how much CPU it uses */
	GOVERN_TRIAL,
	GOVERN_WAITING, /* for the random moment of this span */
	GOVERN_LOOKING,
	GOVERN_EXACT,
	GOVERN_DONE, /* no more windows */
};

enum govern_step {
	GOVERN_NOTHING = 0,
	GOVERN_START_TRIAL, /* attach, count, sample nothing; its figures are dropped */
	GOVERN_STAY,	    /* attach if need be and open an exact window */
	GOVERN_START_LOOK,
	GOVERN_STOP, /* shut the gate and detach */
};

struct governor {
	enum govern_state state;
	uint64_t begun_ns, begun_cpu_ns, begun_charged_ns;
	uint64_t span_end_ns;
	uint64_t look_at_ns;
	uint64_t opened_ns, opened_charged_ns;
	double cost_rate; /* CPU charged per second while attached, last seen; 0 unknown. May be given
			   * before the first step, from an earlier stay */
};

/* One decision. @random in [0, 1) places the next look. */
enum govern_step governor__step(struct governor *governor, const struct govern_limits *limits,
				const struct govern_view *view, double random);

/* The caller has ended a window by itself; the next one is decided as if there had been none. */
void governor__leave(struct governor *governor, const struct govern_view *view);

/* CPU (ns) that may still be charged until the end of the current span; negative: in debt. */
double governor__budget_left(const struct governor *governor, const struct govern_limits *limits,
			     const struct govern_view *view);

/* What may be charged per second of this process, ns. */
double governor__budget_rate(const struct governor *governor, const struct govern_limits *limits,
			     const struct govern_view *view);

#endif
