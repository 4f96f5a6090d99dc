// SPDX-License-Identifier: GPL-2.0-or-later
/* Getters of what the Go programs of a group say. */
#include "export/metrics_table.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/banned.h"

/* Negative: unknown. */
static enum metric_answer gauge(const struct metric_source *source, double value, size_t index,
				struct metric_value *ret)
{
	return metric__single(source->group->go.known && value >= 0, value, index, ret);
}

#define GAUGE_GETTER(NAME, FIELD)                                                           \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		return gauge(source, source->group->go.FIELD, index, ret);                  \
	}

GAUGE_GETTER(gc_heap_goal, heap_goal_bytes)
GAUGE_GETTER(go_gc_cpu, gc_cpu_ratio)
GAUGE_GETTER(go_gogc, gogc_ratio)
GAUGE_GETTER(go_goroutines, goroutines)
GAUGE_GETTER(go_live_heap, live_heap_bytes)
GAUGE_GETTER(go_memory_limit, memory_limit_bytes)
GAUGE_GETTER(go_stack_bytes, stack_bytes)

#define COUNTER_GETTER(NAME, WHICH)                                                               \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index,       \
					  struct metric_value *ret)                               \
	{                                                                                         \
		const struct group_go *go = &source->group->go;                                   \
                                                                                                  \
		return metric__single(go->counter_known[WHICH], go->counters[WHICH], index, ret); \
	}

COUNTER_GETTER(gc_cycles, GROUP_GO_CYCLES)
COUNTER_GETTER(gc_forced_cycles, GROUP_GO_FORCED_CYCLES)
COUNTER_GETTER(gc_pause_seconds, GROUP_GO_PAUSE_SECONDS)

enum metric_answer metric__gc_pause_duration(const struct metric_source *source, size_t index,
					     struct metric_value *ret)
{
	ret->histogram = &source->group->go.pauses;
	return metric__single(ret->histogram->known, 0, index, ret);
}

enum metric_answer metric__go_info(const struct metric_source *source, size_t index,
				   struct metric_value *ret)
{
	const struct group_go *go = &source->group->go;

	ret->labels[0] = go->version;
	ret->labels[1] = go->profile;
	ret->labels[2] = go->pacing;
	return metric__single(go->known, 1, index, ret);
}

enum metric_answer metric__go_goroutines_growing(const struct metric_source *source, size_t index,
						 struct metric_value *ret)
{
	enum group_trend trend = source->group->go.goroutines_growth;

	return gauge(source, trend == TREND_UNKNOWN ? -1 : trend == TREND_GROWING, index, ret);
}

enum metric_answer metric__go_goroutines_by_site(const struct metric_source *source, size_t index,
						 struct metric_value *ret)
{
	const struct group_go *go = &source->group->go;

	if (index >= go->started.cnt)
		return METRIC_END;
	ret->labels[0] = go->started.items[index].function;
	ret->value = go->started.items[index].value;
	return METRIC_VALUE;
}

static const struct group_go_class *size_class(const struct metric_source *source, size_t index,
					       struct metric_value *ret)
{
	const struct group_go *go = &source->group->go;

	if (index >= go->class_cnt)
		return NULL;
	ret->labels[0] = go->classes[index].label;
	return &go->classes[index];
}

enum metric_answer metric__go_class_bytes(const struct metric_source *source, size_t index,
					  struct metric_value *ret)
{
	const struct group_go_class *class = size_class(source, index, ret);

	ret->value = class ? class->allocated_bytes : 0;
	return class ? METRIC_VALUE : METRIC_END;
}

enum metric_answer metric__go_class_allocations(const struct metric_source *source, size_t index,
						struct metric_value *ret)
{
	const struct group_go_class *class = size_class(source, index, ret);

	ret->value = class ? class->allocations : 0;
	return class ? METRIC_VALUE : METRIC_END;
}
