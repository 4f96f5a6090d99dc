/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the Go runtime paces its collector, as a model that can be asked what another setting would do.
 * Since Go 1.18 the goal of a cycle is
 *
 *	goal = live + (live + stacks + globals) x GOGC / 100,	at least 4 MiB x GOGC / 100,
 *
 * and since 1.19 at most what a memory limit leaves of it; before 1.18 stacks and globals do not
 * count. A cycle ends when the heap has grown from live to the goal, so cycles are
 * (goal - live) / allocation rate apart, less what a cycle is begun early: so many bytes before the
 * goal as are expected to be allocated while it marks, which does not depend on GOGC, but at most 30 %
 * of the way (since 1.19). Where marking takes less than expected the cycle ends short of its goal. One
 * cycle costs what marking the live heap costs, whatever the goal. (The runtime's own description: "A Guide to the Go Garbage Collector".)
 *
 * The model is first asked for today's setting: where that does not give today's interval, it says so
 * and is not used. Pure; for the rules go-gogc and go-memlimit.
 */
#ifndef HB_GO_PACING_H
#define HB_GO_PACING_H

#include <stdbool.h>
#include <stdint.h>

#define GO_PACING_ERROR_MOST 0.2 /* of today's interval */
#define GO_GOGC_MOST	     800 /* beyond it the heap grows and little is saved */

/* What has been measured of a program under its present setting. */
struct go_pacing_facts {
	double live_bytes;  /* marked by the last cycles, on average */
	double goal_bytes;  /* of these cycles */
	double alloc_rate;  /* bytes/s */
	double interval_s;  /* between the ends of cycles, on average */
	double cycle_cpu_s; /* of the collector, each cycle; negative: unknown */
	double gogc;	    /* percent; negative: off */
	double limit_bytes; /* GOMEMLIMIT; INFINITY: none */
};

struct go_pacing {
	struct go_pacing_facts facts;
	double scan_bytes;  /* stacks and globals, as today's goal implies */
	double error;	    /* of today's interval, beyond what ending short of the goal explains */
	double short_bytes; /* that today's cycles end before their goal */
	bool short_most;    /* that is all that the runtime allows: it would be more, if it might */
};

/* What a setting would give. */
struct go_pacing_answer {
	double goal_bytes;
	double interval_s, low_s, high_s;
	double gc_cores; /* CPU seconds of the collector per second; negative: unknown */
};

/* Fit the model to @facts. 0; -ENODATA if a fact is missing (no cycle, no allocation, GOGC off);
 * -EDOM if it does not give today's interval within GO_PACING_ERROR_MOST. */
int go_pacing__fit(const struct go_pacing_facts *facts, struct go_pacing *ret_pacing);

/* The same program at @gogc percent and @limit_bytes (INFINITY: none). */
struct go_pacing_answer go_pacing__ask(const struct go_pacing *pacing, double gogc,
				       double limit_bytes);

/*
 * The smallest multiple of 50 up to GO_GOGC_MOST that brings the collector under @cores_most and
 * whose heap stays below @heap_most_bytes. 0 with *ret_gogc set, or -ERANGE: no setting does both.
 */
int go_pacing__choose(const struct go_pacing *pacing, double cores_most, double heap_most_bytes,
		      double *ret_gogc);

#endif
