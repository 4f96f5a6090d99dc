// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-memlimit: a heap that nothing but GOGC bounds, where its goal comes near what the container may
 * take, or where GOGC was raised, so that a larger live heap is multiplied. A limit near the live heap
 * would have the collector run without end: then nothing is said.
 */
#include "advice/rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "advice/go_collector.h"
#include "advice/numbers.h"

#include "base/banned.h"

#define OF_LIMIT      0.9 /* of what it may take: the rest is for what the runtime does not count */
#define RAISED	      200 /* GOGC, percent */
#define LIVE_MOST     0.6 /* of the limit: above it the limit, not GOGC, would soon pace */
#define CPU_MOST      0.1 /* of its procs, for the collector, where the heap has grown to the limit */
#define GOGC_THEN     100 /* its live heap at that point, as GOGC=100 would have it */
#define FIRST_VERSION 19  /* Go 1.19 brought the limit */
#define MODEL_ERROR   0.2

static bool knows_limit(const char *version)
{
	const char *minor = strncmp(version, "go1.", 4) ? NULL : version + 4;

	return !minor || strtoul(minor, NULL, 10) >= FIRST_VERSION;
}

/* Committed, but for the heap: stacks, the runtime's own. */
static double beside_heap(const struct record_go_state *state)
{
	double used = (double)state->committed_bytes - (double)state->released_bytes -
		      (double)state->in_heap_bytes;

	return fmax(0, used);
}

struct limit {
	double may_bytes; /* that the process may take */
	double bytes;	  /* GOMEMLIMIT */
	bool of_container;
	double need_bytes; /* goal, and what is beside the heap */
	bool is_near, is_raised;
};

static bool measure(const struct rule *rule, const struct view_process *process,
		    const struct go_pacing_facts *facts, struct limit *ret)
{
	double own = go_collector__own_limit_bytes(process);

	ret->of_container = own > 0;
	ret->may_bytes = own > 0 ? own : (double)process->host_bytes;
	ret->bytes = OF_LIMIT * ret->may_bytes;
	ret->need_bytes = facts->goal_bytes + beside_heap(&process->go->state);
	ret->is_near = ret->of_container && ret->need_bytes >= rule->floor.share * ret->bytes;
	ret->is_raised =
		facts->gogc >= RAISED && facts->goal_bytes - facts->live_bytes >= rule->floor.bytes;
	return ret->bytes > 0 && (ret->is_near || ret->is_raised);
}

/* The death spiral: no room between the live heap and the limit for collections to be apart. */
static bool is_safe(const struct view_process *process, const struct go_pacing *pacing,
		    const struct limit *limit)
{
	double heap = limit->bytes - beside_heap(&process->go->state);
	struct go_pacing_answer then = go_pacing__ask(pacing, pacing->facts.gogc, heap);
	double now = pacing->facts.cycle_cpu_s / pacing->facts.interval_s;
	double procs = process->go->state.procs ? process->go->state.procs : 1;

	if (pacing->facts.live_bytes > LIVE_MOST * heap)
		return false;
	return then.interval_s > 0 && then.gc_cores <= fmax(now, CPU_MOST * procs);
}

static void set_numbers(struct advice *advice, const struct go_pacing *pacing,
			const struct limit *limit, double heap, uint64_t cycles)
{
	const struct go_pacing_facts *now = &pacing->facts;
	struct go_pacing_answer then = go_pacing__ask(pacing, now->gogc, heap);
	struct figure interval = go_collector__predicted(then.interval_s, MODEL_ERROR, cycles);

	advice__set(advice, "gogc_now", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(now->gogc, cycles, BASIS_EXACT));
	advice__set(advice, "left_over", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(now->live_bytes, cycles, BASIS_EXACT));
	advice__set(advice, "goal", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(now->goal_bytes, cycles, BASIS_EXACT));
	advice__set(advice, limit->of_container ? "container" : "host", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(limit->may_bytes, 1, BASIS_EXACT));
	advice__set(advice, "memlimit", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(floor(limit->bytes / 1048576), 1, BASIS_EXACT));
	advice__set(advice, "limit", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(limit->bytes, 1, BASIS_EXACT));
	interval.low = then.low_s * (1 - MODEL_ERROR);
	interval.high = then.high_s * (1 + MODEL_ERROR);
	advice__set(advice, "interval_then", UNIT_SECONDS, ROLE_PREDICTION, interval);
	advice__set(advice, "live_most", UNIT_BYTES, ROLE_PREDICTION,
		    go_collector__predicted(heap / (1 + GOGC_THEN / 100.0), MODEL_ERROR, cycles));
}

enum verdict go_memlimit__check(const struct rule *rule, const struct view_process *process,
				const struct view_site *site, struct advice *advice,
				struct advice_note *note)
{
	const struct record_go_state *state = &process->go->state;
	struct go_pacing_facts facts;
	struct go_pacing pacing;
	struct limit limit;

	(void)site;
	(void)note;
	if (state->memory_limit_bytes != GO_LIMIT_NONE || !knows_limit(process->go->version) ||
	    go_collector__facts(process, &facts) || facts.cycle_cpu_s < 0 ||
	    process->go->cycles_rate.n < rule->floor.samples)
		return VERDICT_SILENT;
	if (!measure(rule, process, &facts, &limit) || go_pacing__fit(&facts, &pacing) ||
	    !is_safe(process, &pacing, &limit))
		return VERDICT_SILENT;
	set_numbers(advice, &pacing, &limit, limit.bytes - beside_heap(state),
		    process->go->cycles_rate.n);
	/* Of what it may take; a GOGC that was raised is no danger yet. */
	advice->weight = limit.need_bytes / limit.may_bytes;
	advice->severity = limit.of_container ? rule__severity(rule, advice->weight) : SEVERITY_LOW;
	return VERDICT_SPEAK;
}
