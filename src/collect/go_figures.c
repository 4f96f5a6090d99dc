// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_figures.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"

#include "base/banned.h"

#define ATTEMPTS 4 /* a reader of the runtime is done within microseconds */
#define PPM	 1e6

/* Copies of the variables, with room for the largest of any version. */
struct raw {
	uint32_t gen;
	uint32_t procs;
	uint64_t rate;
	_Alignas(8) uint8_t totals[GO_TOTALS_MAX_BYTES];
	_Alignas(8) uint8_t pacer[GO_PACER_MAX_BYTES];
	_Alignas(8) uint8_t pauses[GO_PAUSES_MAX_BYTES];
};

enum raw_range {
	RANGE_GEN,
	RANGE_TOTALS,
	RANGE_PACER,
	RANGE_PAUSES,
	RANGE_PROCS,
	RANGE_RATE,
	RANGES
};

/* Ranges of what has an address; gen comes first, so that it is read before what it is about. */
static void plan(const struct go_process *process, struct raw *raw, struct memory_range *ranges)
{
	const struct go_addresses *at = &process->at;
	size_t totals_bytes = go_totals__bytes(process->layout->stats_words);

	memset(ranges, 0, RANGES * sizeof(*ranges));
	if (at->stats) {
		ranges[RANGE_GEN] = (struct memory_range){at->stats + totals_bytes - 8, &raw->gen,
							  sizeof(raw->gen), false};
		ranges[RANGE_TOTALS] =
			(struct memory_range){at->stats, raw->totals, totals_bytes - 4, false};
	}
	if (at->controller && at->live_at)
		ranges[RANGE_PACER] = (struct memory_range){at->controller, raw->pacer,
							    go_pacer__bytes(at->live_at), false};
	if (at->pause_cnt)
		ranges[RANGE_PAUSES] = (struct memory_range){
			at->pauses[0], raw->pauses, go_pauses__bytes(process->layout), false};
	if (at->procs)
		ranges[RANGE_PROCS] =
			(struct memory_range){at->procs, &raw->procs, sizeof(raw->procs), false};
	if (at->profile_rate)
		ranges[RANGE_RATE] = (struct memory_range){at->profile_rate, &raw->rate,
							   sizeof(raw->rate), false};
}

static bool was_read(const struct memory_range *range)
{
	return range->bytes && !range->failed;
}

/* 0, or -EAGAIN: something was caught while it changed. */
static int parse(const struct go_process *process, const struct raw *raw,
		 const struct memory_range *ranges, struct go_figures *ret)
{
	const struct go_layout *layout = process->layout;
	bool again = false;

	memset(ret, 0, sizeof(*ret));
	if (was_read(&ranges[RANGE_TOTALS]) && was_read(&ranges[RANGE_GEN])) {
		ret->has_totals =
			!go_totals__sum(raw->totals, layout->stats_words, raw->gen, &ret->totals);
		again |= !ret->has_totals;
	}
	if (was_read(&ranges[RANGE_PAUSES])) {
		ret->has_pauses =
			!go_pauses__parse(raw->pauses, layout, clock__wall_ns(), &ret->pauses);
		again |= !ret->has_pauses;
	}
	if (was_read(&ranges[RANGE_PACER])) {
		go_pacer__parse(raw->pacer, layout, process->at.live_at, process->at.marked_at,
				&ret->pacer);
		ret->has_pacer = true;
	}
	ret->procs = was_read(&ranges[RANGE_PROCS]) ? raw->procs : 0;
	ret->profile_rate_bytes = was_read(&ranges[RANGE_RATE]) ? raw->rate : 0;
	return again ? -EAGAIN : 0;
}

int go_figures__read(const struct go_process *process, struct go_figures *ret)
{
	struct memory_range ranges[RANGES];
	struct raw raw = {0};

	plan(process, &raw, ranges);
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		int err = memory__read_many(process->memory, ranges, RANGES);

		if (err)
			return err;
		if (!parse(process, &raw, ranges, ret))
			break;
	}
	return 0;
}

void go_figures__state(const struct go_figures *figures, const struct go_layout *layout,
		       struct record_go_state *ret)
{
	*ret = (struct record_go_state){
		.gogc = GO_GOGC_OFF,
		.memory_limit_bytes = GO_LIMIT_NONE,
		.gc_cpu_ppm = UINT64_MAX,
		.procs = figures->procs,
	};
	if (figures->has_totals)
		go_totals__state(&figures->totals, ret);
	if (figures->has_pacer) {
		const struct go_pacer *pacer = &figures->pacer;
		uint64_t goal = go_pacer__goal(pacer, layout->headroom_percent);

		ret->gogc = pacer->gogc < 0 ? GO_GOGC_OFF : pacer->gogc;
		if (pacer->has_limit && pacer->limit < INT64_MAX)
			ret->memory_limit_bytes = pacer->limit;
		ret->heap_live_bytes = pacer->live;
		ret->heap_marked_bytes = pacer->marked;
		ret->heap_goal_bytes = goal == GO_GOAL_NONE ? 0 : goal;
	}
	if (figures->has_pauses) {
		ret->cycles = figures->pauses.cycles;
		ret->forced_cycles = figures->pauses.forced_cycles;
		ret->pause_total_ns = figures->pauses.total_ns;
		ret->gc_cpu_ppm = (uint64_t)(figures->pauses.cpu_fraction * PPM + 0.5);
	}
}
