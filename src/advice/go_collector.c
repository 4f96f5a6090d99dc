// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/go_collector.h"

#include <errno.h>
#include <math.h>

#include "base/banned.h"

#define FORCED_MOST  0.1 /* of the cycles: those do not follow GOGC */
#define LIMIT_ROOM   0.5
#define HOST_ROOM    0.25
#define UNKNOWN_ROOM 512e6

/* CPU seconds of the collector per cycle of the span; negative: unknown. Where it began before the
 * collector had run, its share was none. */
static double cycle_cpu_s(const struct view_go *go)
{
	return go->gc_cpu_s < 0 || !go->cycles_rate.n ? -1
						      : go->gc_cpu_s / (double)go->cycles_rate.n;
}

/* Mean time between the ends of the cycles of the span: their number by the clock says less, where
 * there are few. */
static double interval_s(const struct view_go *go)
{
	size_t seen = (size_t)fmin((double)go->cycles_rate.n, (double)go->cycle_cnt - 1);
	const struct view_go_cycle *last, *first;

	if (go->cycle_cnt < 2 || seen < 1)
		return 1 / go->cycles_rate.value;
	last = &go->cycles[go->cycle_cnt - 1];
	first = last - seen;
	if (last->cycle - first->cycle != seen || last->ended_wall_ns <= first->ended_wall_ns)
		return 1 / go->cycles_rate.value;
	return (double)(last->ended_wall_ns - first->ended_wall_ns) / 1e9 / (double)seen;
}

/* The last cycle's live heap may be an odd one: take the mean over the span, unless it grows. */
static double live_bytes(const struct view_go *go)
{
	double sum = 0;

	if (go->growing || !go->point_cnt || !go->live_points)
		return (double)go->state.heap_marked_bytes;
	for (size_t i = 0; i < go->point_cnt; i++)
		sum += go->live_points[i];
	return sum > 0 ? sum / (double)go->point_cnt : (double)go->state.heap_marked_bytes;
}

int go_collector__facts(const struct view_process *process, struct go_pacing_facts *ret_facts)
{
	const struct view_go *go = process->go;
	const struct record_go_state *state = &go->state;
	double live = live_bytes(go), marked = (double)state->heap_marked_bytes;

	if (go->cycles_rate.basis == BASIS_UNKNOWN || !(go->cycles_rate.value > 0) ||
	    go->bytes_rate.basis == BASIS_UNKNOWN || !state->heap_goal_bytes ||
	    state->gogc == GO_GOGC_OFF ||
	    (double)state->forced_cycles > FORCED_MOST * (double)state->cycles)
		return -ENODATA;
	*ret_facts = (struct go_pacing_facts){
		.live_bytes = live,
		.goal_bytes = (double)state->heap_goal_bytes,
		.alloc_rate = go->bytes_rate.value,
		.interval_s = interval_s(go),
		.cycle_cpu_s = cycle_cpu_s(go),
		.gogc = state->gogc,
		.limit_bytes = state->memory_limit_bytes == GO_LIMIT_NONE
				       ? INFINITY
				       : (double)state->memory_limit_bytes,
	};
	/* Stacks and globals have the same share of the mean cycle's goal. */
	if (ret_facts->goal_bytes < ret_facts->limit_bytes && marked > 0)
		ret_facts->goal_bytes += (live - marked) * (1 + ret_facts->gogc / 100);
	return 0;
}

double go_collector__own_limit_bytes(const struct view_process *process)
{
	double others = (double)process->memory_used_bytes - (double)process->rss_bytes;

	if (!process->memory_limit_bytes)
		return 0;
	return fmax(0, (double)process->memory_limit_bytes - fmax(0, others));
}

double go_collector__room_bytes(const struct view_process *process)
{
	double left = (double)process->memory_limit_bytes - (double)process->memory_used_bytes;
	double room = INFINITY;

	if (process->memory_limit_bytes)
		room = LIMIT_ROOM * fmax(0, left);
	if (process->host_available_bytes)
		room = fmin(room, HOST_ROOM * (double)process->host_available_bytes);
	return room < INFINITY ? room : UNKNOWN_ROOM;
}

struct figure go_collector__predicted(double value, double error, uint64_t n)
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
