// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/go_pacing.h"

#include <errno.h>
#include <math.h>

#include "base/banned.h"

#define HEAP_LEAST_BYTES (4.0 * (1 << 20)) /* runtime.defaultHeapMinimum, at GOGC=100 */
#define GOGC_STEP	 50.0
#define SHORT_MOST	 0.3 /* 1 - runtime.minTriggerRatioDistance */
#define SHORT_SLACK	 0.1 /* what is allocated while it marks */

static double goal_without_limit(const struct go_pacing *pacing, double gogc)
{
	double live = pacing->facts.live_bytes;
	double goal = live + (live + pacing->scan_bytes) * gogc / 100;

	return fmax(goal, HEAP_LEAST_BYTES * gogc / 100);
}

struct go_pacing_answer go_pacing__ask(const struct go_pacing *pacing, double gogc,
				       double limit_bytes)
{
	const struct go_pacing_facts *facts = &pacing->facts;
	/* A goal at the live heap or below would have the collector run without end: the runtime
	 * bounds its CPU then, and no interval can be told. */
	double goal = fmin(gogc < 0 ? INFINITY : goal_without_limit(pacing, gogc), limit_bytes);
	double room = goal - facts->live_bytes, most = SHORT_MOST * room;
	struct go_pacing_answer answer = {.goal_bytes = goal, .gc_cores = -1};

	if (!(room > 0))
		return answer;
	answer.high_s = (room - fmin(pacing->short_bytes, most)) / facts->alloc_rate;
	answer.low_s = pacing->short_most ? (room - most) / facts->alloc_rate : answer.high_s;
	answer.interval_s = (answer.low_s + answer.high_s) / 2;
	if (facts->cycle_cpu_s >= 0)
		answer.gc_cores = facts->cycle_cpu_s / answer.interval_s;
	return answer;
}

int go_pacing__fit(const struct go_pacing_facts *facts, struct go_pacing *ret_pacing)
{
	double room = facts->goal_bytes - facts->live_bytes, way;
	struct go_pacing pacing = {.facts = *facts};

	if (!(facts->live_bytes > 0) || !(room > 0) || !(facts->alloc_rate > 0) ||
	    !(facts->interval_s > 0) || !(facts->gogc > 0))
		return -ENODATA;
	/* Where the least heap or a limit sets the goal, it says nothing of stacks and globals. */
	if (facts->goal_bytes > HEAP_LEAST_BYTES * facts->gogc / 100 &&
	    facts->goal_bytes < facts->limit_bytes)
		pacing.scan_bytes = fmax(0, room * 100 / facts->gogc - facts->live_bytes);
	way = facts->interval_s * facts->alloc_rate / room;
	pacing.error = fmax(0, fmax(way - 1, (1 - SHORT_MOST) / way - 1));
	if (pacing.error > GO_PACING_ERROR_MOST)
		return -EDOM;
	pacing.short_bytes = fmax(0, (1 - way) * room);
	pacing.short_most = way < 1 - SHORT_MOST + SHORT_SLACK;
	*ret_pacing = pacing;
	return 0;
}

int go_pacing__choose(const struct go_pacing *pacing, double cores_most, double heap_most_bytes,
		      double *ret_gogc)
{
	double first = GOGC_STEP * (floor(pacing->facts.gogc / GOGC_STEP) + 1);

	for (double gogc = first; gogc <= GO_GOGC_MOST; gogc += GOGC_STEP) {
		struct go_pacing_answer answer =
			go_pacing__ask(pacing, gogc, pacing->facts.limit_bytes);

		if (answer.goal_bytes > heap_most_bytes)
			return -ERANGE;
		if (answer.gc_cores >= 0 && answer.gc_cores <= cores_most) {
			*ret_gogc = gogc;
			return 0;
		}
	}
	return -ERANGE;
}
