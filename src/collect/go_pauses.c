// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_pauses.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

#define ENDS_AT	     (8 + 8 * GO_PAUSES)
#define CYCLES_AT    (8 + 16 * GO_PAUSES)
#define FORCED_AT    (CYCLES_AT + 4)
#define FRACTION_AT  (CYCLES_AT + 8)
#define FIRST_WALL   1000000000000000000ULL /* 2001: wall times before are none */
#define CLOCK_SLACK  1000000000ULL
#define FORCE_PERIOD 120000000000ULL /* without a cycle, the runtime starts one by itself */

size_t go_pauses__bytes(const struct go_layout *layout)
{
	return (size_t)layout->pauses_to_time + 8;
}

/* The slot of cycle @number, counted from 1. */
static unsigned slot_of(uint64_t number)
{
	return (unsigned)((number - 1) % GO_PAUSES);
}

/* Cycles that are in the rings for certain: the oldest slot of full rings may be written just now. */
static uint64_t kept(const struct go_pauses *pauses)
{
	return pauses->cycles < GO_PAUSES ? pauses->cycles : GO_PAUSES - 1;
}

static bool is_plausible(const struct go_pauses *pauses, uint64_t now_wall_ns)
{
	uint64_t sum = 0;

	if (pauses->forced_cycles > pauses->cycles || !(pauses->cpu_fraction >= 0) ||
	    pauses->cpu_fraction > 1)
		return false;
	for (uint64_t i = 0; i < kept(pauses); i++) {
		unsigned slot = slot_of(pauses->cycles - i);

		sum += pauses->pause_ns[slot];
		if (pauses->end_wall_ns[slot] < FIRST_WALL ||
		    pauses->end_wall_ns[slot] > now_wall_ns + CLOCK_SLACK ||
		    pauses->pause_ns[slot] > pauses->total_ns)
			return false;
	}
	/* The total is added to before the number of cycles is: a cycle that ends now may differ. */
	return sum <= pauses->total_ns && (pauses->cycles || !pauses->total_ns);
}

int go_pauses__parse(const void *raw, const struct go_layout *layout, uint64_t now_wall_ns,
		     struct go_pauses *ret)
{
	const char *bytes = raw;
	struct go_pauses pauses;

	memcpy(&pauses.total_ns, bytes, 8);
	memcpy(pauses.pause_ns, bytes + 8, sizeof(pauses.pause_ns));
	memcpy(pauses.end_wall_ns, bytes + ENDS_AT, sizeof(pauses.end_wall_ns));
	memcpy(&pauses.cycles, bytes + CYCLES_AT, 4);
	memcpy(&pauses.forced_cycles, bytes + FORCED_AT, 4);
	memcpy(&pauses.cpu_fraction, bytes + FRACTION_AT, 8);
	memcpy(&pauses.last_ended_ns, bytes + layout->pauses_to_time, 8);
	if (!is_plausible(&pauses, now_wall_ns))
		return -EINVAL;
	*ret = pauses;
	return 0;
}

/* Why the cycles of a reading ran, of which so many were @forced: it is told for certain only of
 * all or none. */
static uint32_t cause_of(uint64_t since_last_ns, uint64_t forced, uint64_t cnt)
{
	if (forced >= cnt)
		return GO_CAUSE_FORCED;
	if (forced)
		return GO_CAUSE_UNKNOWN;
	return since_last_ns >= FORCE_PERIOD ? GO_CAUSE_TIME : GO_CAUSE_HEAP;
}

size_t go_pauses__cycles(const struct go_pauses *pauses, uint64_t seen, uint64_t forced_seen,
			 uint64_t mark_start_ns, struct record_go_cycle *ret)
{
	uint64_t cnt = pauses->cycles > seen ? pauses->cycles - seen : 0;
	uint64_t forced = pauses->forced_cycles - forced_seen, oldest;
	uint64_t told = cnt < kept(pauses) ? cnt : kept(pauses);

	oldest = pauses->cycles - told + 1;
	for (uint64_t i = 0; i < told; i++) {
		uint64_t number = oldest + i, since = 0;
		unsigned slot = slot_of(number);

		if (number > 1 && number + kept(pauses) > pauses->cycles + 1)
			since = pauses->end_wall_ns[slot] -
				pauses->end_wall_ns[slot_of(number - 1)];
		/* A clock that was set back is no two minutes. */
		if (since > INT64_MAX)
			since = 0;
		ret[i] = (struct record_go_cycle){
			.cause = cause_of(since, forced, cnt),
			.cycle = number,
			.ended_wall_ns = pauses->end_wall_ns[slot],
			.pause_ns = pauses->pause_ns[slot],
		};
	}
	/* While the next one runs, its start stands where that of the last one did. */
	if (told && mark_start_ns && mark_start_ns < pauses->last_ended_ns)
		ret[told - 1].mark_ns = pauses->last_ended_ns - mark_start_ns;
	return (size_t)told;
}
