// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics_table.h"

#include "base/banned.h"

#ifndef HEAPBEAT_REVISION
#define HEAPBEAT_REVISION "unknown"
#endif

#define CNT(array) (sizeof(array) / sizeof(*(array)))

/* The observer's figures, or NULL before the first tick. */
static const struct self_stats *self(const struct metric_source *source)
{
	const struct publication *publication = source->publication;

	return publication && publication->host ? &publication->host->self : NULL;
}

/* A family of one series, there once a host is. */
#define SELF_GETTER(NAME, KNOWN, VALUE)                                                     \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		const struct self_stats *stats = self(source);                              \
                                                                                            \
		if (index || !stats)                                                        \
			return METRIC_END;                                                  \
		ret->value = (double)(VALUE);                                               \
		return (KNOWN) ? METRIC_VALUE : METRIC_ABSENT;                              \
	}

SELF_GETTER(attach_backlog, true, stats->attach_backlog)
SELF_GETTER(attaches, true, stats->attached_total)
SELF_GETTER(bpf_memory, stats->bpf_bytes, stats->bpf_bytes)
SELF_GETTER(reload_timestamp, stats->reload_at_s > 0, stats->reload_at_s)
SELF_GETTER(reload_successful, true, stats->reload_ok)
SELF_GETTER(ready, true, stats->ready)
SELF_GETTER(releases, true, stats->released_total)
SELF_GETTER(series_dropped, true, stats->series_dropped)
SELF_GETTER(process_cpu, true, stats->cpu_s)
SELF_GETTER(process_max_fds, stats->max_fds, stats->max_fds)
SELF_GETTER(process_open_fds, stats->fds, stats->fds)
SELF_GETTER(process_resident, stats->rss_bytes, stats->rss_bytes)
SELF_GETTER(process_start, stats->start_time_s > 0, stats->start_time_s)
SELF_GETTER(process_virtual, stats->vsz_bytes, stats->vsz_bytes)

/* A family of one series per element of an array of named things; a negative value is unknown. */
#define ARRAY_GETTER(NAME, ARRAY, COUNT, FIELD)                                             \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		const struct self_stats *stats = self(source);                              \
                                                                                            \
		if (!stats || index >= stats->COUNT || index >= CNT(stats->ARRAY))          \
			return METRIC_END;                                                  \
		ret->labels[0] = stats->ARRAY[index].name;                                  \
		ret->value = (double)stats->ARRAY[index].FIELD;                             \
		return ret->value >= 0 ? METRIC_VALUE : METRIC_ABSENT;                      \
	}

ARRAY_GETTER(collector_duration, collectors, collector_cnt, duration_s)
ARRAY_GETTER(collector_success, collectors, collector_cnt, success)
ARRAY_GETTER(map_capacity, maps, map_cnt, capacity)
ARRAY_GETTER(map_entries, maps, map_cnt, entries)
ARRAY_GETTER(map_memory, maps, map_cnt, memory_bytes)
ARRAY_GETTER(map_update_errors, maps, map_cnt, update_errors)
ARRAY_GETTER(program_recursion, programs, program_cnt, recursion_misses)
ARRAY_GETTER(program_runs, programs, program_cnt, runs)

enum metric_answer metric__program_run_seconds(const struct metric_source *source, size_t index,
					       struct metric_value *ret)
{
	enum metric_answer answer = metric__program_runs(source, index, ret);

	/* The kernel counts runs and their time together or not at all. */
	if (answer == METRIC_VALUE)
		ret->value = self(source)->programs[index].run_s;
	return answer;
}

/* A family of one series per value of an enum. */
#define ENUM_GETTER(NAME, FIELD, ...)                                                       \
	enum metric_answer metric__##NAME(const struct metric_source *source, size_t index, \
					  struct metric_value *ret)                         \
	{                                                                                   \
		static const char *const names[] = {__VA_ARGS__};                           \
		const struct self_stats *stats = self(source);                              \
                                                                                            \
		_Static_assert(CNT(names) == CNT(((struct self_stats *)0)->FIELD),          \
			       "a name for each value");                                    \
		if (!stats || index >= CNT(names))                                          \
			return METRIC_END;                                                  \
		ret->labels[0] = names[index];                                              \
		ret->value = (double)stats->FIELD[index];                                   \
		return METRIC_VALUE;                                                        \
	}

ENUM_GETTER(
	events, stages, [STAGE_HIT] = "hit", [STAGE_SAMPLED] = "sampled",
	[STAGE_DELIVERED] = "delivered", [STAGE_TRACKED] = "tracked", [STAGE_COUNTED] = "counted",
	[STAGE_INSERTED] = "inserted", [STAGE_FREED] = "freed", [STAGE_PURGED] = "purged")
ENUM_GETTER(events_lost, losses, [LOSS_RINGBUF_FULL] = "ringbuf_full", [LOSS_MAP_FULL] = "map_full",
	    [LOSS_STACK_FAULT] = "stack_fault", [LOSS_STALE_PID] = "stale_pid",
	    [LOSS_QUEUE_FULL] = "queue_full", [LOSS_RATE_LIMITED] = "rate_limited",
	    [LOSS_FREE_RECORD] = "free_record", [LOSS_TASK_STORAGE] = "task_storage",
	    [LOSS_UNPAIRED] = "unpaired")
ENUM_GETTER(probes, probes, [PROBE_LINKED] = "linked", [PROBE_UNUSABLE] = "unusable")
ENUM_GETTER(
	probe_attach_failures,
	attach_failures, [ATTACH_GONE] = "gone", [ATTACH_REFUSED] = "refused",
	[ATTACH_PERMISSION] = "permission", [ATTACH_NO_ROOM] = "no_room", [ATTACH_OTHER] = "other")

enum metric_answer metric__targets(const struct metric_source *source, size_t index,
				   struct metric_value *ret)
{
	static const char *const states[TARGET_STATES] = {
		[TARGET_YOUNG] = "young",     [TARGET_UNWANTED] = "unwanted",
		[TARGET_WAITING] = "waiting", [TARGET_ATTACHED] = "attached",
		[TARGET_REFUSED] = "refused", [TARGET_UNPROBED] = "unprobed",
		[TARGET_SKIPPED] = "skipped",
	};
	const struct self_stats *stats = self(source);
	size_t runtime = index / TARGET_STATES, state = index % TARGET_STATES;

	if (!stats || runtime >= SELF_RUNTIMES_MAX || !stats->runtimes[runtime])
		return METRIC_END;
	ret->labels[0] = stats->runtimes[runtime];
	ret->labels[1] = states[state];
	ret->value = stats->targets[runtime][state];
	return METRIC_VALUE;
}

enum metric_answer metric__probe_cost(const struct metric_source *source, size_t index,
				      struct metric_value *ret)
{
	static const char *const parts[] = {"hit", "return", "sample"};
	const struct self_stats *stats = self(source);

	if (!stats || index >= CNT(parts))
		return METRIC_END;
	ret->labels[0] = stats->link;
	ret->labels[1] = parts[index];
	ret->value = (double[]){stats->hit_ns, stats->return_ns, stats->sample_ns}[index] / 1e9;
	return ret->value > 0 ? METRIC_VALUE : METRIC_ABSENT;
}

/* Known before the first tick too. */
enum metric_answer metric__build_info(const struct metric_source *source, size_t index,
				      struct metric_value *ret)
{
	const struct self_stats *stats = self(source);

	if (index)
		return METRIC_END;
	ret->labels[0] = HEAPBEAT_VERSION;
	ret->labels[1] = HEAPBEAT_REVISION;
	if (stats) {
		ret->labels[2] = stats->libbpf;
		ret->labels[3] = stats->kernel;
	}
	ret->value = 1;
	return METRIC_VALUE;
}
