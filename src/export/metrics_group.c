// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics_table.h"

#include "advice/rule.h"

#include "base/banned.h"

/* The names of the mechanisms that there are: probes (probe/mechanism.h), and reading what a runtime
 * counts for itself. */
#define MECHANISM      "uprobe"
#define MECHANISM_READ "read"

enum metric_answer metric__single(bool known, double value, size_t index, struct metric_value *ret)
{
	if (index)
		return METRIC_END;
	ret->value = value;
	return known ? METRIC_VALUE : METRIC_ABSENT;
}

static enum metric_answer counter(const struct metric_source *source, enum group_counter which,
				  size_t index, struct metric_value *ret)
{
	return metric__single(source->group->counter_known[which], source->group->counters[which],
			      index, ret);
}

static enum metric_answer figure(const struct figure *figure, size_t index,
				 struct metric_value *ret)
{
	return metric__single(figure->basis != BASIS_UNKNOWN, figure->value, index, ret);
}

#define COUNTER_GETTER(NAME, WHICH)                                                         \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		return counter(source, WHICH, index, ret);                                  \
	}

COUNTER_GETTER(allocated_bytes, GROUP_ALLOCATED_BYTES)
COUNTER_GETTER(allocation_failures, GROUP_FAILURES)
COUNTER_GETTER(allocations, GROUP_ALLOCATIONS)
COUNTER_GETTER(freed_bytes, GROUP_FREED_BYTES)
COUNTER_GETTER(frees, GROUP_FREES)
COUNTER_GETTER(target_cpu, GROUP_CPU_SECONDS)
COUNTER_GETTER(vm_mapped, GROUP_VM_MAPPED_BYTES)
COUNTER_GETTER(vm_unmapped, GROUP_VM_UNMAPPED_BYTES)

#define FIGURE_GETTER(NAME, FIELD)                                                          \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		return figure(&source->group->FIELD, index, ret);                           \
	}

FIGURE_GETTER(heap_live_bytes, live_bytes)
FIGURE_GETTER(heap_live_objects, live_objects)
FIGURE_GETTER(heap_peak_bytes, peak_bytes)

/* Gauges for which a negative number says unknown. */
#define GAUGE_GETTER(NAME, FIELD)                                                           \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		double value = (double)source->group->FIELD;                                \
                                                                                            \
		return metric__single(value >= 0, value, index, ret);                       \
	}

GAUGE_GETTER(group_attached, attached_cnt)
GAUGE_GETTER(group_processes, member_cnt)
GAUGE_GETTER(observation_age, age_s)
GAUGE_GETTER(sampling_ratio, sampling_ratio)

enum metric_answer metric__coverage(const struct metric_source *source, size_t index,
				    struct metric_value *ret)
{
	ret->labels[0] =
		source->group->counter_known[GROUP_READ_SECONDS] ? MECHANISM_READ : MECHANISM;
	return metric__single(source->group->coverage_ratio >= 0, source->group->coverage_ratio,
			      index, ret);
}

enum metric_answer metric__observation_cost(const struct metric_source *source, size_t index,
					    struct metric_value *ret)
{
	ret->labels[0] = MECHANISM;
	return metric__single(source->group->cost_ratio >= 0, source->group->cost_ratio, index,
			      ret);
}

enum metric_answer metric__observation_cpu(const struct metric_source *source, size_t index,
					   struct metric_value *ret)
{
	ret->labels[0] = MECHANISM;
	return counter(source, GROUP_CHARGED_SECONDS, index, ret);
}

enum metric_answer metric__observed_seconds(const struct metric_source *source, size_t index,
					    struct metric_value *ret)
{
	static const struct {
		enum group_counter counter;
		const char *mechanism;
	} rows[] = {
		{GROUP_READ_SECONDS, MECHANISM_READ},
		{GROUP_OBSERVED_SECONDS, MECHANISM},
	};

	if (index >= sizeof(rows) / sizeof(*rows))
		return METRIC_END;
	ret->labels[0] = rows[index].mechanism;
	return counter(source, rows[index].counter, 0, ret);
}

/* A group without living processes has none resident: its memory is unknown no more, it is gone. */
enum metric_answer metric__target_resident(const struct metric_source *source, size_t index,
					   struct metric_value *ret)
{
	return metric__single(source->group->member_cnt > 0, source->group->rss_bytes, index, ret);
}

enum metric_answer metric__target_anonymous(const struct metric_source *source, size_t index,
					    struct metric_value *ret)
{
	return metric__single(source->group->member_cnt > 0, source->group->anon_bytes, index, ret);
}

static enum metric_answer histogram(const struct group_histogram *histogram, size_t index,
				    struct metric_value *ret)
{
	ret->histogram = histogram;
	return metric__single(histogram->known, 0, index, ret);
}

enum metric_answer metric__allocation_size(const struct metric_source *source, size_t index,
					   struct metric_value *ret)
{
	return histogram(&source->group->sizes, index, ret);
}

enum metric_answer metric__allocation_lifetime(const struct metric_source *source, size_t index,
					       struct metric_value *ret)
{
	return histogram(&source->group->lifetimes, index, ret);
}

double metric__bucket_end(enum metric metric, size_t bucket)
{
	if (metric == METRIC_ALLOCATION_SIZE)
		return (double)size_bucket__bound(bucket);
	return life_bucket__bound_s(bucket);
}

enum metric_answer metric__group_info(const struct metric_source *source, size_t index,
				      struct metric_value *ret)
{
	ret->labels[0] = source->group->id;
	return metric__single(true, 1, index, ret);
}

enum metric_answer metric__heap_growing(const struct metric_source *source, size_t index,
					struct metric_value *ret)
{
	static const char *const names[GROUP_GROWTHS] = {
		[GROWTH_LIVE] = "live",
		[GROWTH_RESIDENT] = "resident",
	};

	if (index >= GROUP_GROWTHS)
		return METRIC_END;
	ret->labels[0] = names[index];
	ret->value = source->group->growth[index] == TREND_GROWING;
	return source->group->growth[index] == TREND_UNKNOWN ? METRIC_ABSENT : METRIC_VALUE;
}

enum metric_answer metric__hotspot(const struct metric_source *source, size_t index,
				   struct metric_value *ret)
{
	const struct group *group = source->group;

	if (index >= group->hotspot_cnt)
		return METRIC_END;
	ret->labels[0] = group->hotspots[index].function;
	ret->value = group->hotspots[index].allocated_bytes;
	return METRIC_VALUE;
}

enum metric_answer metric__hotspot_live(const struct metric_source *source, size_t index,
					struct metric_value *ret)
{
	const struct group_functions *live = &source->group->live;

	if (index >= live->cnt)
		return METRIC_END;
	ret->labels[0] = live->items[index].function;
	ret->value = live->items[index].value;
	return METRIC_VALUE;
}

enum metric_answer metric__observation_intervals(const struct metric_source *source, size_t index,
						 struct metric_value *ret)
{
	const struct group *group = source->group;

	if (index > 1)
		return METRIC_END;
	ret->labels[0] = index ? "false" : "true";
	ret->value = index ? group->charge_intervals - group->charge_kept : group->charge_kept;
	return group->charge_intervals ? METRIC_VALUE : METRIC_ABSENT;
}

enum metric_answer metric__relative_error(const struct metric_source *source, size_t index,
					  struct metric_value *ret)
{
	const struct group *group = source->group;
	const struct {
		const char *name;
		const struct figure *figure;
	} rows[] = {
		{"allocated_bytes", &group->bytes_rate},
		{"allocations", &group->calls_rate},
		{"live_bytes", &group->live_bytes},
	};
	const struct figure *of;

	if (index >= sizeof(rows) / sizeof(*rows))
		return METRIC_END;
	of = rows[index].figure;
	ret->labels[0] = rows[index].name;
	/* A share of nothing is no number, but what was counted is certain. */
	if (of->basis == BASIS_UNKNOWN || !(of->stderr_abs >= 0) ||
	    (of->stderr_abs > 0 && !(of->value > 0)))
		return METRIC_ABSENT;
	ret->value = of->stderr_abs > 0 ? of->stderr_abs / of->value : 0;
	return METRIC_VALUE;
}

enum metric_answer metric__vm_calls(const struct metric_source *source, size_t index,
				    struct metric_value *ret)
{
	static const struct {
		enum group_counter counter;
		const char *name;
	} rows[] = {
		{GROUP_VM_BRK_CALLS, "brk"},
		{GROUP_VM_MMAP_CALLS, "mmap"},
		{GROUP_VM_MREMAP_CALLS, "mremap"},
		{GROUP_VM_MUNMAP_CALLS, "munmap"},
	};

	if (index >= sizeof(rows) / sizeof(*rows))
		return METRIC_END;
	ret->labels[0] = rows[index].name;
	return counter(source, rows[index].counter, 0, ret);
}

#define SEVERITIES (SEVERITY_HIGH + 1)
#define STATES	   8 /* room for those to come */

size_t advised__cnt(void)
{
	return rule_cnt * SEVERITIES * STATES;
}

size_t advised__index(const struct advice *advice)
{
	return (rule__index(advice->rule) * SEVERITIES + advice->severity) * STATES +
	       (advice->state < STATES ? advice->state : STATES - 1);
}

enum metric_answer metric__recommendations(const struct metric_source *source, size_t index,
					   struct metric_value *ret)
{
	if (!source->advised || index >= advised__cnt())
		return METRIC_END;
	if (!source->advised[index])
		return METRIC_ABSENT;
	ret->labels[0] = rules[index / STATES / SEVERITIES]->id;
	ret->labels[1] = severity__name((enum severity)(index / STATES % SEVERITIES));
	ret->labels[2] = advice_state__name((enum advice_state)(index % STATES));
	ret->value = source->advised[index];
	return METRIC_VALUE;
}
