// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-gogc: a collector that runs often and takes much CPU although the heap could be larger. The
 * setting is chosen by the pacing model, which must first give today's interval.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/go_pacing.h"
#include "advice/numbers.h"
#include "base/banned.h"

#define CORES_MOST_SHARE 0.3	 /* of what the collector takes now is left */
#define HEAP_MORE_BYTES	 (512e6) /* a host's room is not known here: no more than this */
#define LIMIT_SHARE	 0.8	 /* of GOMEMLIMIT: above it the limit paces, not GOGC */
#define FORCED_MOST	 0.1	 /* of the cycles: those do not follow GOGC */
#define TICKS_PER_S	 100.0	 /* USER_HZ, of start times */
#define MODEL_ERROR	 0.15	 /* of predicted intervals */
#define CPU_ERROR	 0.25

/* CPU seconds of the collector per cycle, since the program's start; negative: unknown. */
static double cycle_cpu_s(const struct view_process *process)
{
	const struct record_go_state *state = &process->go->state;
	double age_s =
		(double)process->go->read_ns / 1e9 - (double)process->start_ticks / TICKS_PER_S;

	if (state->gc_cpu_ppm > 1000000 || !state->cycles || !state->procs || !(age_s > 0))
		return -1;
	return (double)state->gc_cpu_ppm / 1e6 * age_s * state->procs / (double)state->cycles;
}

static bool gather(const struct view_process *process, struct go_pacing_facts *facts)
{
	const struct view_go *go = process->go;
	const struct record_go_state *state = &go->state;

	if (go->cycles_rate.basis == BASIS_UNKNOWN || !(go->cycles_rate.value > 0) ||
	    go->bytes_rate.basis == BASIS_UNKNOWN || !state->heap_goal_bytes ||
	    state->gogc == GO_GOGC_OFF)
		return false;
	if ((double)state->forced_cycles > FORCED_MOST * (double)state->cycles)
		return false;
	*facts = (struct go_pacing_facts){
		.live_bytes = (double)state->heap_marked_bytes,
		.goal_bytes = (double)state->heap_goal_bytes,
		.alloc_rate = go->bytes_rate.value,
		.interval_s = 1 / go->cycles_rate.value,
		.cycle_cpu_s = cycle_cpu_s(process),
		.gogc = state->gogc,
		.limit_bytes = state->memory_limit_bytes == GO_LIMIT_NONE
				       ? INFINITY
				       : (double)state->memory_limit_bytes,
	};
	return facts->cycle_cpu_s >= 0;
}

static struct figure predicted(double value, double error, uint64_t n)
{
	return (struct figure){
		.value = value,
		.stderr_abs = value * error / 2,
		.low = value * (1 - error),
		.high = value * (1 + error),
		.n = n,
		.basis = BASIS_SAMPLED,
	};
}

static void set_numbers(struct advice *advice, const struct go_pacing *pacing,
			const struct go_pacing_answer *then, double gogc, uint64_t cycles)
{
	const struct go_pacing_facts *now = &pacing->facts;
	double cores = now->cycle_cpu_s / now->interval_s;
	struct figure interval = predicted(then->interval_s, MODEL_ERROR, cycles);

	advice__set(advice, "gogc_now", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(now->gogc, cycles, BASIS_EXACT));
	advice__set(advice, "gogc", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(gogc, cycles, BASIS_EXACT));
	advice__set(advice, "interval", UNIT_SECONDS, ROLE_EVIDENCE,
		    plain_figure(now->interval_s, cycles, BASIS_EXACT));
	advice__set(advice, "gc_cpu", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure(cores, cycles, BASIS_EXACT));
	advice__set(advice, "left_over", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(now->live_bytes, cycles, BASIS_EXACT));
	advice__set(advice, "alloc_rate", UNIT_BYTES_PER_S, ROLE_EVIDENCE,
		    plain_figure(now->alloc_rate, cycles, BASIS_EXACT));
	interval.low = then->low_s * (1 - MODEL_ERROR);
	interval.high = then->high_s * (1 + MODEL_ERROR);
	advice__set(advice, "interval_then", UNIT_SECONDS, ROLE_PREDICTION, interval);
	advice__set(advice, "cpu_saved", UNIT_RATIO, ROLE_PREDICTION,
		    predicted(cores - then->gc_cores, CPU_ERROR, cycles));
	advice__set(advice, "heap_then", UNIT_BYTES, ROLE_COST,
		    predicted(then->goal_bytes, MODEL_ERROR, cycles));
	advice__set(advice, "heap_more", UNIT_BYTES, ROLE_COST,
		    predicted(then->goal_bytes - now->goal_bytes, MODEL_ERROR, cycles));
}

enum verdict go_gogc__check(const struct rule *rule, const struct view_process *process,
			    const struct view_site *site, struct advice *advice,
			    struct advice_note *note)
{
	const struct view_go *go = process->go;
	const struct thresholds *floor = &rule->floor;
	struct go_pacing_facts facts;
	struct go_pacing_answer then;
	struct go_pacing pacing;
	uint64_t cycles;
	double cores, most, gogc;

	(void)site;
	if (!gather(process, &facts))
		return VERDICT_SILENT;
	cores = facts.cycle_cpu_s / facts.interval_s;
	cycles = (uint64_t)(go->span_s / facts.interval_s);
	if (go->cycles_rate.value < floor->calls_per_s || cores < floor->share)
		return VERDICT_SILENT;
	if (cycles < floor->samples) {
		note->lack = LACK_SAMPLES;
		note->have = (double)cycles;
		note->need = (double)floor->samples;
		return VERDICT_LACKS;
	}
	/* A model that misses today's interval is not asked for another one. */
	if (go_pacing__fit(&facts, &pacing))
		return VERDICT_SILENT;
	most = fmin(facts.goal_bytes + HEAP_MORE_BYTES, LIMIT_SHARE * facts.limit_bytes);
	if (go_pacing__choose(&pacing, CORES_MOST_SHARE * cores, most, &gogc))
		return VERDICT_SILENT;
	then = go_pacing__ask(&pacing, gogc, facts.limit_bytes);
	set_numbers(advice, &pacing, &then, gogc, cycles);
	advice->weight = cores - then.gc_cores;
	advice->severity = rule__severity(rule, advice->weight);
	return VERDICT_SPEAK;
}
