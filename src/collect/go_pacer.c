// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_pacer.h"

#include <string.h>

#include "base/banned.h"

/* Fields by their distance from heapLive: the same since the memory limit came. */
enum pacer_field {
	GOGC_GOAL = -32,
	SWEEP_TRIGGER = -24,
	TRIGGERED = -16,
	HEAP_GOAL = -16, /* before */
	MARK_START = 120,
	MARK_START_17 = 72,
	IN_USE = 168,
	RELEASED = 176,
	FREE = 184,
	ALLOCATED = 192,
	FREED = 200,
	READY = 208,
	FIELDS_END = 216,
};

#define LIMIT_AT     8
#define NOT_RUNNING  UINT64_MAX	  /* of `triggered` */
#define MIN_RUNWAY   (64U << 10)  /* goal beyond the point where a cycle was started */
#define MIN_HEADROOM (1ULL << 20) /* below the limit */

static uint64_t word_at(const void *raw, int64_t at)
{
	uint64_t word;

	memcpy(&word, (const char *)raw + at, sizeof(word));
	return word;
}

size_t go_pacer__bytes(uint32_t live_at)
{
	return live_at + FIELDS_END;
}

void go_pacer__parse(const void *raw, const struct go_layout *layout, uint32_t live_at,
		     uint32_t marked_at, struct go_pacer *ret)
{
	int64_t live = live_at;

	memset(ret, 0, sizeof(*ret));
	memcpy(&ret->gogc, raw, sizeof(ret->gogc));
	ret->live = word_at(raw, live);
	ret->marked = word_at(raw, marked_at);
	ret->mark_start_ns = word_at(raw, live + (layout->live_at ? MARK_START_17 : MARK_START));
	if (layout->goal_kept) {
		ret->heap_goal = word_at(raw, live + HEAP_GOAL);
		return;
	}
	ret->has_limit = true;
	ret->limit = word_at(raw, LIMIT_AT);
	ret->gogc_goal = word_at(raw, live + GOGC_GOAL);
	ret->sweep_trigger = word_at(raw, live + SWEEP_TRIGGER);
	ret->triggered = word_at(raw, live + TRIGGERED);
	ret->in_use = word_at(raw, live + IN_USE);
	ret->released = word_at(raw, live + RELEASED);
	ret->free = word_at(raw, live + FREE);
	ret->allocated = word_at(raw, live + ALLOCATED);
	ret->freed = word_at(raw, live + FREED);
	ret->ready = word_at(raw, live + READY);
}

/* What the limit leaves to the heap: all but what is mapped for other things or already too much. */
static uint64_t limit_goal(const struct go_pacer *pacer, unsigned headroom_percent)
{
	uint64_t heap = pacer->free + pacer->allocated - pacer->freed;
	uint64_t others = pacer->ready > heap ? pacer->ready - heap : 0;
	uint64_t excess = pacer->ready > pacer->limit ? pacer->ready - pacer->limit : 0;
	uint64_t goal, headroom;

	if (others + excess >= pacer->limit)
		return pacer->marked;
	goal = pacer->limit - (others + excess);
	headroom = goal / 100 * headroom_percent;
	if (headroom < MIN_HEADROOM)
		headroom = MIN_HEADROOM;
	goal = goal < 2 * headroom ? headroom : goal - headroom;
	return goal < pacer->marked ? pacer->marked : goal;
}

uint64_t go_pacer__goal(const struct go_pacer *pacer, unsigned headroom_percent)
{
	uint64_t goal = pacer->gogc_goal, limited;

	if (!pacer->has_limit)
		return pacer->heap_goal;
	limited = limit_goal(pacer, headroom_percent);
	/* Without a limit it is INT64_MAX, and that is nobody's goal. */
	if (limited < goal && pacer->limit != INT64_MAX)
		return limited;
	if (pacer->sweep_trigger > goal)
		goal = pacer->sweep_trigger;
	if (pacer->triggered != NOT_RUNNING && goal < pacer->triggered + MIN_RUNWAY)
		goal = pacer->triggered + MIN_RUNWAY;
	return goal;
}
