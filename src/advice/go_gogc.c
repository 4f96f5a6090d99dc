// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-gogc: a collector that runs often and takes much CPU although the heap could be larger. The
 * setting is chosen by the pacing model, which must first give today's interval.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/go_collector.h"
#include "advice/numbers.h"
#include "base/banned.h"

#define CORES_MOST_SHARE 0.3  /* of what the collector takes now is left */
#define LIMIT_SHARE	 0.8  /* of GOMEMLIMIT: above it the limit paces, not GOGC */
#define OF_CGROUP	 0.9  /* of a cgroup's limit, as GOMEMLIMIT */
#define MODEL_ERROR	 0.15 /* of predicted intervals */
#define CPU_ERROR	 0.25

static void set_numbers(struct advice *advice, const struct go_pacing *pacing,
			const struct go_pacing_answer *then, double gogc, uint64_t cycles)
{
	const struct go_pacing_facts *now = &pacing->facts;
	double cores = now->cycle_cpu_s / now->interval_s;
	struct figure interval = go_collector__predicted(then->interval_s, MODEL_ERROR, cycles);

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
		    go_collector__predicted(cores - then->gc_cores, CPU_ERROR, cycles));
	advice__set(advice, "heap_then", UNIT_BYTES, ROLE_COST,
		    go_collector__predicted(then->goal_bytes, MODEL_ERROR, cycles));
	advice__set(
		advice, "heap_more", UNIT_BYTES, ROLE_COST,
		go_collector__predicted(then->goal_bytes - now->goal_bytes, MODEL_ERROR, cycles));
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
	if (go_collector__facts(process, &facts) || facts.cycle_cpu_s < 0)
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
	most = fmin(facts.goal_bytes + go_collector__room_bytes(process),
		    LIMIT_SHARE * facts.limit_bytes);
	if (go_pacing__choose(&pacing, CORES_MOST_SHARE * cores, most, &gogc))
		return VERDICT_SILENT;
	then = go_pacing__ask(&pacing, gogc, facts.limit_bytes);
	set_numbers(advice, &pacing, &then, gogc, cycles);
	if (process->memory_limit_bytes)
		advice__set(advice, "memlimit", UNIT_BYTES, ROLE_EVIDENCE,
			    plain_figure(OF_CGROUP * go_collector__own_limit_bytes(process), cycles,
					 BASIS_EXACT));
	advice->weight = cores - then.gc_cores;
	advice->severity = rule__severity(rule, advice->weight);
	return VERDICT_SPEAK;
}
