// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_cycles.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "model/figure.h"

#include "base/banned.h"

/* A probe at the end of a cycle and the runtime's own note of it lie closer together than this; of
 * several cycles the nearest is meant. */
#define JOIN_NS (10ULL * 1000 * 1000)

void go_cycles__release(struct go_cycles *cycles)
{
	free(cycles->items);
	*cycles = (struct go_cycles){0};
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Give what a probe has seen to the cycle that it was. */
static bool join(struct go_cycles *cycles, const struct view_go_cycle *seen)
{
	struct view_go_cycle *nearest = NULL;

	for (size_t i = cycles->cnt; i-- > 0;) {
		struct view_go_cycle *cycle = &cycles->items[i];
		uint64_t away = distance(cycle->ended_wall_ns, seen->ended_wall_ns);

		if (cycle->cycle && away <= JOIN_NS &&
		    (!nearest || away < distance(nearest->ended_wall_ns, seen->ended_wall_ns)))
			nearest = cycle;
	}
	if (!nearest)
		return false;
	nearest->cause = seen->cause;
	if (seen->mark_ns)
		nearest->mark_ns = seen->mark_ns;
	return true;
}

static void join_all(struct go_cycles *cycles)
{
	size_t kept = 0;

	for (size_t i = 0; i < cycles->unjoined_cnt; i++)
		if (!join(cycles, &cycles->unjoined[i]))
			cycles->unjoined[kept++] = cycles->unjoined[i];
	cycles->unjoined_cnt = kept;
}

static void keep_unjoined(struct go_cycles *cycles, const struct view_go_cycle *cycle)
{
	if (cycles->unjoined_cnt == GO_UNJOINED) {
		memmove(cycles->unjoined, cycles->unjoined + 1, (GO_UNJOINED - 1) * sizeof(*cycle));
		cycles->unjoined_cnt--;
	}
	cycles->unjoined[cycles->unjoined_cnt++] = *cycle;
}

/* Insert by the time of the end; the oldest makes room. A number that is there is not taken twice. */
static void insert(struct go_cycles *cycles, const struct view_go_cycle *cycle)
{
	size_t at = cycles->cnt;

	for (size_t i = cycles->cnt; cycle->cycle && i-- > 0;)
		if (cycles->items[i].cycle == cycle->cycle)
			return;
	while (at && cycles->items[at - 1].ended_wall_ns > cycle->ended_wall_ns)
		at--;
	if (cycles->cnt == VIEW_GO_CYCLES) {
		if (!at)
			return;
		memmove(cycles->items, cycles->items + 1, (at - 1) * sizeof(*cycle));
		cycles->items[at - 1] = *cycle;
	} else {
		memmove(cycles->items + at + 1, cycles->items + at,
			(cycles->cnt - at) * sizeof(*cycle));
		cycles->items[at] = *cycle;
		cycles->cnt++;
	}
	cycles->stale = true;
}

int go_cycles__add(struct go_cycles *cycles, const struct record_go_cycle *record,
		   uint64_t ended_wall_ns, bool ring)
{
	struct view_go_cycle cycle = {
		.cycle = record->cycle,
		.ended_wall_ns = record->ended_wall_ns ? record->ended_wall_ns : ended_wall_ns,
		.pause_ns = record->pause_ns,
		.mark_ns = record->mark_ns,
		.cause = record->cause,
	};

	if (!cycles->items)
		cycles->items = calloc(VIEW_GO_CYCLES, sizeof(*cycles->items));
	if (!cycles->items)
		return -ENOMEM;
	if (cycle.cycle || !ring) {
		insert(cycles, &cycle);
		join_all(cycles);
	} else if (!join(cycles, &cycle)) {
		keep_unjoined(cycles, &cycle);
	}
	return 0;
}

/* Median and 99th percentile of @cnt exact values. */
static void quantiles(double *values, size_t cnt, struct figure *ret_median, struct figure *ret_p99)
{
	*ret_median = *ret_p99 = (struct figure){0};
	if (!cnt)
		return;
	*ret_p99 = figure__exact(stats__select(values, cnt, (cnt * 99 + 99) / 100 - 1), cnt);
	*ret_median = figure__exact(stats__median(values, cnt), cnt);
}

void go_cycles__settle(struct go_cycles *cycles)
{
	double intervals[VIEW_GO_CYCLES], pauses[VIEW_GO_CYCLES];
	size_t interval_cnt = 0, pause_cnt = 0;

	if (!cycles->stale)
		return;
	for (size_t i = 0; i < cycles->cnt; i++) {
		const struct view_go_cycle *cycle = &cycles->items[i];
		const struct view_go_cycle *last = i ? cycle - 1 : cycle;

		if (cycle->pause_ns)
			pauses[pause_cnt++] = (double)cycle->pause_ns / 1e9;
		/* where one is missing between them it is no interval */
		if (i && cycle->ended_wall_ns > last->ended_wall_ns &&
		    (!cycle->cycle || cycle->cycle == last->cycle + 1))
			intervals[interval_cnt++] =
				(double)(cycle->ended_wall_ns - last->ended_wall_ns) / 1e9;
	}
	quantiles(intervals, interval_cnt, &cycles->interval_s, &cycles->interval_p99_s);
	quantiles(pauses, pause_cnt, &cycles->pause_s, &cycles->pause_p99_s);
	cycles->stale = false;
}

size_t go_cycles__bytes(const struct go_cycles *cycles)
{
	return cycles->items ? VIEW_GO_CYCLES * sizeof(*cycles->items) : 0;
}
