/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of metric families, in the order of their names. Adding one touches the enum, a row,
 * a getter where none fits, docs/metrics.md (make metrics-doc) and the list in the unit test.
 *
 * A family yields series 0, 1, ... until its getter says METRIC_END; METRIC_ABSENT skips one. For
 * families of groups this is done for each group.
 */
#ifndef HB_METRICS_TABLE_H
#define HB_METRICS_TABLE_H

#include "export/publication.h"

#define METRIC_OWN_LABELS 4

enum metric {
	METRIC_ALLOCATED_BYTES,
	METRIC_ALLOCATION_FAILURES,
	METRIC_ALLOCATION_LIFETIME,
	METRIC_ALLOCATION_SIZE,
	METRIC_ALLOCATIONS,
	METRIC_ATTACH_BACKLOG,
	METRIC_ATTACHES,
	METRIC_BPF_MEMORY,
	METRIC_BPF_PROGRAM_RECURSION_MISSES,
	METRIC_BPF_PROGRAM_RUN_SECONDS,
	METRIC_BPF_PROGRAM_RUNS,
	METRIC_BUILD_INFO,
	METRIC_COLLECTOR_DURATION,
	METRIC_COLLECTOR_SUCCESS,
	METRIC_CONFIG_RELOAD_TIMESTAMP,
	METRIC_CONFIG_RELOAD_SUCCESSFUL,
	METRIC_COVERAGE,
	METRIC_RELATIVE_ERROR,
	METRIC_EVENTS_LOST,
	METRIC_EVENTS,
	METRIC_FREED_BYTES,
	METRIC_FREES,
	METRIC_GC_CYCLES,
	METRIC_GC_FORCED_CYCLES,
	METRIC_GC_HEAP_GOAL,
	METRIC_GC_PAUSE_DURATION,
	METRIC_GC_PAUSE_SECONDS,
	METRIC_GO_GC_CPU,
	METRIC_GO_GOGC,
	METRIC_GO_GOROUTINES,
	METRIC_GO_GOROUTINES_BY_SITE,
	METRIC_GO_GOROUTINES_GROWING,
	METRIC_GO_INFO,
	METRIC_GO_LIVE_HEAP,
	METRIC_GO_MEMORY_LIMIT,
	METRIC_GO_SIZE_CLASS_BYTES,
	METRIC_GO_SIZE_CLASS_ALLOCATIONS,
	METRIC_GO_STACK_BYTES,
	METRIC_GROUP_ATTACHED_PROCESSES,
	METRIC_GROUP_INFO,
	METRIC_GROUP_PROCESSES,
	METRIC_HEAP_GROWING,
	METRIC_HEAP_LIVE_BYTES,
	METRIC_HEAP_LIVE_OBJECTS,
	METRIC_HEAP_PEAK_BYTES,
	METRIC_HOTSPOT_ALLOCATED_BYTES,
	METRIC_HOTSPOT_LIVE_BYTES,
	METRIC_MAP_CAPACITY,
	METRIC_MAP_ENTRIES,
	METRIC_MAP_MEMORY,
	METRIC_MAP_UPDATE_ERRORS,
	METRIC_OBSERVATION_AGE,
	METRIC_OBSERVATION_COST,
	METRIC_OBSERVATION_CPU,
	METRIC_OBSERVATION_INTERVALS,
	METRIC_OBSERVED_SECONDS,
	METRIC_PROBE_ATTACH_FAILURES,
	METRIC_PROBE_COST,
	METRIC_PROBES,
	METRIC_READY,
	METRIC_RECOMMENDATIONS,
	METRIC_RELEASES,
	METRIC_SAMPLING_RATIO,
	METRIC_SERIES_DROPPED,
	METRIC_TARGET_ANONYMOUS_MEMORY,
	METRIC_TARGET_CPU,
	METRIC_TARGET_RESIDENT_MEMORY,
	METRIC_TARGETS,
	METRIC_VM_CALLS,
	METRIC_VM_MAPPED_BYTES,
	METRIC_VM_UNMAPPED_BYTES,
	METRIC_PROCESS_CPU,
	METRIC_PROCESS_MAX_FDS,
	METRIC_PROCESS_OPEN_FDS,
	METRIC_PROCESS_RESIDENT_MEMORY,
	METRIC_PROCESS_START_TIME,
	METRIC_PROCESS_VIRTUAL_MEMORY,
	METRIC_MAX,
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* Which labels stand before a family's own ones. */
enum metric_scope {
	SCOPE_SELF,	       /* none */
	SCOPE_GROUP,	       /* comm, exe, unit, runtime; pid where the group has one */
	SCOPE_GROUP_ALLOCATOR, /* the same and allocator */
};

enum metric_answer { METRIC_VALUE, METRIC_ABSENT, METRIC_END };

/* What a getter reads. */
struct metric_source {
	const struct publication *publication; /* host is never NULL for a getter of a group */
	const struct group *group;	       /* NULL in SCOPE_SELF */
	const unsigned int *advised; /* of this group: counts by advised_index(); NULL: none */
};

struct metric_value {
	double value;
	const char *labels[METRIC_OWN_LABELS]; /* values of the row's own labels; NULL: left out */
	const struct group_histogram *histogram; /* METRIC_HISTOGRAM alone */
};

typedef enum metric_answer metric_getter(const struct metric_source *source, size_t index,
					 struct metric_value *ret);

struct metric_row {
	const char *name; /* of a counter with _total */
	enum metric_type type;
	const char *unit; /* "" or the base unit that the name ends in */
	enum metric_scope scope;
	const char *labels[METRIC_OWN_LABELS];
	metric_getter *get;
	const char *help;
	bool is_detail; /* left out first where the cap on series is reached */
};

extern const struct metric_row metric_rows[METRIC_MAX];

/* The upper bounds of a histogram's buckets but the last, by family; GROUP_BUCKETS - 1 of them. */
double metric__bucket_end(enum metric metric, size_t bucket);

/* Recommendations are counted by (rule, severity, state). */
size_t advised__cnt(void);
size_t advised__index(const struct advice *advice);

/* The answer of a family that has one series at most. */
enum metric_answer metric__single(bool known, double value, size_t index, struct metric_value *ret);

/* Getters, by the name of their row; of groups in metrics_group.c and metrics_go.c, the others in
 * metrics_self.c. */
metric_getter metric__allocated_bytes, metric__allocation_failures, metric__allocation_lifetime,
	metric__allocation_size, metric__allocations, metric__coverage, metric__relative_error,
	metric__freed_bytes, metric__frees, metric__group_attached, metric__group_info,
	metric__group_processes, metric__heap_growing, metric__heap_live_bytes,
	metric__heap_live_objects, metric__heap_peak_bytes, metric__hotspot, metric__hotspot_live,
	metric__observation_age, metric__observation_cost, metric__observation_cpu,
	metric__observation_intervals, metric__observed_seconds, metric__recommendations,
	metric__sampling_ratio, metric__target_anonymous, metric__target_cpu,
	metric__target_resident, metric__vm_calls, metric__vm_mapped, metric__vm_unmapped;
metric_getter metric__gc_cycles, metric__gc_forced_cycles, metric__gc_heap_goal,
	metric__gc_pause_duration, metric__gc_pause_seconds, metric__go_gc_cpu, metric__go_gogc,
	metric__go_goroutines, metric__go_goroutines_by_site, metric__go_goroutines_growing,
	metric__go_info, metric__go_live_heap, metric__go_memory_limit, metric__go_class_bytes,
	metric__go_class_allocations, metric__go_stack_bytes;
metric_getter metric__attach_backlog, metric__attaches, metric__bpf_memory,
	metric__program_recursion, metric__program_run_seconds, metric__program_runs,
	metric__build_info, metric__collector_duration, metric__collector_success,
	metric__reload_timestamp, metric__reload_successful, metric__events_lost, metric__events,
	metric__map_capacity, metric__map_entries, metric__map_memory, metric__map_update_errors,
	metric__probe_attach_failures, metric__probe_cost, metric__probes, metric__ready,
	metric__releases, metric__series_dropped, metric__targets, metric__process_cpu,
	metric__process_max_fds, metric__process_open_fds, metric__process_resident,
	metric__process_start, metric__process_virtual;

#endif
