// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics_table.h"

#include "base/banned.h"

#define FIELDS(NAME, TYPE, UNIT, SCOPE, GET, HELP, ...)                                \
	.name = (NAME), .type = METRIC_##TYPE, .unit = (UNIT), .scope = SCOPE_##SCOPE, \
	.labels = {__VA_ARGS__}, .get = metric__##GET, .help = (HELP)
#define ROW(...)                    \
	{                           \
		FIELDS(__VA_ARGS__) \
	}
#define DETAIL_ROW(...)                                \
	{                                              \
		FIELDS(__VA_ARGS__), .is_detail = true \
	}

const struct metric_row metric_rows[METRIC_MAX] = {
	[METRIC_ALLOCATED_BYTES] =
		ROW("heapbeat_allocated_bytes_total", COUNTER, "bytes", GROUP_ALLOCATOR,
		    allocated_bytes,
		    "Requested bytes of all allocator calls; counted while a process is attached "
		    "throughout, between looks the rate of the last ones goes on. Go counts in "
		    "whole size classes and misses nothing.",
		    NULL),
	[METRIC_ALLOCATION_FAILURES] =
		ROW("heapbeat_allocation_failures_total", COUNTER, "", GROUP, allocation_failures,
		    "Allocator calls that returned no memory.", NULL),
	[METRIC_ALLOCATION_LIFETIME] = DETAIL_ROW(
		"heapbeat_allocation_lifetime_seconds", HISTOGRAM, "seconds", GROUP,
		allocation_lifetime,
		"Time from allocation to free, of blocks seen freed; longer lives than the "
		"observed time are not in it.",
		NULL),
	[METRIC_ALLOCATION_SIZE] = DETAIL_ROW(
		"heapbeat_allocation_size_bytes", HISTOGRAM, "bytes", GROUP, allocation_size,
		"Requested bytes per allocator call. Sizes are counted by powers of two, so "
		"that a bucket ends one byte below a power of four.",
		NULL),
	[METRIC_ALLOCATIONS] =
		ROW("heapbeat_allocations_total", COUNTER, "", GROUP_ALLOCATOR, allocations,
		    "Allocator calls that return memory (malloc, calloc, realloc and the aligned "
		    "ones), and objects that a Go program allocates; docs/accounting.md says "
		    "what counts as one.",
		    NULL),
	[METRIC_ATTACH_BACKLOG] = ROW("heapbeat_attach_backlog", GAUGE, "", SELF, attach_backlog,
				      "Wanted processes that have never been attached yet.", NULL),
	[METRIC_ATTACHES] = ROW("heapbeat_attaches_total", COUNTER, "", SELF, attaches,
				"Processes attached since the start.", NULL),
	[METRIC_BPF_MEMORY] = ROW("heapbeat_bpf_memory_bytes", GAUGE, "bytes", SELF, bpf_memory,
				  "Kernel memory of heapbeat's BPF maps and programs.", NULL),
	[METRIC_BPF_PROGRAM_RECURSION_MISSES] = ROW(
		"heapbeat_bpf_program_recursion_misses_total", COUNTER, "", SELF, program_recursion,
		"Hits that the kernel left out because the program was already running.",
		"program"),
	[METRIC_BPF_PROGRAM_RUN_SECONDS] = ROW(
		"heapbeat_bpf_program_run_seconds_total", COUNTER, "seconds", SELF,
		program_run_seconds,
		"Time spent in a BPF program, the trap apart; with --bpf.stats only.", "program"),
	[METRIC_BPF_PROGRAM_RUNS] =
		ROW("heapbeat_bpf_program_runs_total", COUNTER, "", SELF, program_runs,
		    "Runs of a BPF program; with --bpf.stats only.", "program"),
	[METRIC_BUILD_INFO] =
		ROW("heapbeat_build_info", GAUGE, "", SELF, build_info,
		    "1, labelled with what runs.", "version", "revision", "libbpf", "kernel"),
	[METRIC_COLLECTOR_DURATION] =
		ROW("heapbeat_collector_duration_seconds", GAUGE, "seconds", SELF,
		    collector_duration, "How long a part of the last tick took.", "collector"),
	[METRIC_COLLECTOR_SUCCESS] =
		ROW("heapbeat_collector_success", GAUGE, "", SELF, collector_success,
		    "Whether a part of the last tick did what it should.", "collector"),
	[METRIC_CONFIG_RELOAD_TIMESTAMP] = ROW(
		"heapbeat_config_last_reload_success_timestamp_seconds", GAUGE, "seconds", SELF,
		reload_timestamp, "Time of the last successful reload of the configuration.", NULL),
	[METRIC_CONFIG_RELOAD_SUCCESSFUL] =
		ROW("heapbeat_config_last_reload_successful", GAUGE, "", SELF, reload_successful,
		    "Whether the last reload of the configuration succeeded.", NULL),
	[METRIC_COVERAGE] =
		ROW("heapbeat_coverage_ratio", GAUGE, "ratio", GROUP, coverage,
		    "Share of the processes' time in which their calls were seen, over the last "
		    "minute.",
		    "mechanism"),
	[METRIC_RELATIVE_ERROR] =
		ROW("heapbeat_estimate_relative_error_ratio", GAUGE, "ratio", GROUP, relative_error,
		    "Standard error of an estimate as a share of it; 0 where it is counted.",
		    "quantity"),
	[METRIC_EVENTS_LOST] =
		ROW("heapbeat_events_lost_total", COUNTER, "", SELF, events_lost,
		    "What was lost on its way, by reason; nothing is lost without being counted.",
		    "reason"),
	[METRIC_EVENTS] = ROW(
		"heapbeat_events_total", COUNTER, "", SELF, events,
		"Probe hits and what became of them. At rest hit = counted; sampled = delivered + "
		"lost ringbuf_full; tracked = inserted + lost map_full; inserted = freed + purged "
		"+ "
		"those still live.",
		"stage"),
	[METRIC_FREED_BYTES] = ROW(
		"heapbeat_freed_bytes_total", COUNTER, "bytes", GROUP_ALLOCATOR, freed_bytes,
		"Requested bytes given back by free and realloc, where every free is seen: counted "
		"in full mode, else estimated from the sampled blocks seen freed.",
		NULL),
	[METRIC_FREES] = ROW("heapbeat_frees_total", COUNTER, "", GROUP_ALLOCATOR, frees,
			     "Calls of free with a block.", NULL),
	[METRIC_GC_CYCLES] =
		ROW("heapbeat_gc_cycles_total", COUNTER, "", GROUP, gc_cycles,
		    "Garbage collections of Go programs; of one that ran before it was found, from "
		    "then on.",
		    NULL),
	[METRIC_GC_FORCED_CYCLES] =
		ROW("heapbeat_gc_forced_cycles_total", COUNTER, "", GROUP, gc_forced_cycles,
		    "Garbage collections that the Go program itself asked for (runtime.GC, "
		    "debug.FreeOSMemory).",
		    NULL),
	[METRIC_GC_HEAP_GOAL] =
		ROW("heapbeat_gc_heap_goal_bytes", GAUGE, "bytes", GROUP, gc_heap_goal,
		    "Heap size at which Go's pacer wants the running or next collection to end, "
		    "summed over processes.",
		    NULL),
	[METRIC_GC_PAUSE_DURATION] = DETAIL_ROW(
		"heapbeat_gc_pause_duration_seconds", HISTOGRAM, "seconds", GROUP,
		gc_pause_duration,
		"Time that a Go program stood still for one garbage collection, all pauses of the "
		"cycle together; of the cycles that the runtime still remembered when it was read.",
		NULL),
	[METRIC_GC_PAUSE_SECONDS] =
		ROW("heapbeat_gc_pause_seconds_total", COUNTER, "seconds", GROUP, gc_pause_seconds,
		    "Time that Go programs stood still for garbage collection, every cycle "
		    "counted.",
		    NULL),
	[METRIC_GO_GC_CPU] =
		ROW("heapbeat_go_gc_cpu_ratio", GAUGE, "ratio", GROUP, go_gc_cpu,
		    "Share of the CPU that Go programs have used since their start which went into "
		    "garbage collection.",
		    NULL),
	[METRIC_GO_GOGC] =
		ROW("heapbeat_go_gogc_ratio", GAUGE, "ratio", GROUP, go_gogc,
		    "GOGC as it is in force: how much the heap may grow over the live one before "
		    "it is collected, 1 for GOGC=100. Absent where it is off or processes differ.",
		    NULL),
	[METRIC_GO_GOROUTINES] =
		ROW("heapbeat_go_goroutines", GAUGE, "", GROUP, go_goroutines,
		    "Goroutines of Go programs, the runtime's own not counted, summed over "
		    "processes.",
		    NULL),
	[METRIC_GO_GOROUTINES_BY_SITE] = DETAIL_ROW(
		"heapbeat_go_goroutines_by_site", GAUGE, "", GROUP, go_goroutines_by_site,
		"Goroutines by the function that started them, for the 10 functions with most.",
		"function"),
	[METRIC_GO_GOROUTINES_GROWING] =
		ROW("heapbeat_go_goroutines_growing", GAUGE, "", GROUP, go_goroutines_growing,
		    "1 if the growth of a process's goroutines is significant; how fast: deriv() "
		    "of their number.",
		    NULL),
	[METRIC_GO_INFO] = ROW(
		"heapbeat_go_info", GAUGE, "", GROUP, go_info,
		"1, with the version of Go, whether the program keeps a heap profile (on, off) and "
		"whether GOGC is a number (on) or off; mixed where processes differ.",
		"version", "profile", "gogc"),
	[METRIC_GO_LIVE_HEAP] =
		ROW("heapbeat_go_live_heap_bytes", GAUGE, "bytes", GROUP, go_live_heap,
		    "Heap of Go programs as the pacer counts it: what the last collection kept, "
		    "and what was allocated since; summed over processes.",
		    NULL),
	[METRIC_GO_MEMORY_LIMIT] =
		ROW("heapbeat_go_memory_limit_bytes", GAUGE, "bytes", GROUP, go_memory_limit,
		    "GOMEMLIMIT as it is in force, summed over processes; absent unless every one "
		    "has a limit.",
		    NULL),
	[METRIC_GO_SIZE_CLASS_BYTES] = DETAIL_ROW(
		"heapbeat_go_size_class_allocated_bytes_total", COUNTER, "bytes", GROUP,
		go_class_bytes,
		"Bytes that Go programs have allocated, by the runtime's size class (its "
		"bytes, or large), for the 10 classes with most bytes.",
		"size"),
	[METRIC_GO_SIZE_CLASS_ALLOCATIONS] =
		DETAIL_ROW("heapbeat_go_size_class_allocations_total", COUNTER, "", GROUP,
			   go_class_allocations,
			   "Allocations of Go programs by the runtime's size class, for the 10 "
			   "classes with most bytes. Tiny objects share a block of 16 bytes.",
			   "size"),
	[METRIC_GO_STACK_BYTES] =
		ROW("heapbeat_go_stack_bytes", GAUGE, "bytes", GROUP, go_stack_bytes,
		    "Memory of goroutine stacks of Go programs, summed over processes.", NULL),
	[METRIC_GROUP_ATTACHED_PROCESSES] =
		ROW("heapbeat_group_attached_processes", GAUGE, "", GROUP, group_attached,
		    "Processes of the group that are attached: looked at, or counted throughout.",
		    NULL),
	[METRIC_GROUP_INFO] =
		ROW("heapbeat_group_info", GAUGE, "", GROUP_ALLOCATOR, group_info,
		    "1, with the group's id (as in the API) and what its processes are.", "group"),
	[METRIC_GROUP_PROCESSES] = ROW("heapbeat_group_processes", GAUGE, "", GROUP,
				       group_processes, "Living processes of the group.", NULL),
	[METRIC_HEAP_GROWING] =
		ROW("heapbeat_heap_growing", GAUGE, "", GROUP, heap_growing,
		    "1 if the growth of a process's live or resident bytes is significant, saw "
		    "teeth allowed for; how fast: deriv() of the bytes.",
		    "measure"),
	[METRIC_HEAP_LIVE_BYTES] =
		ROW("heapbeat_heap_live_bytes", GAUGE, "bytes", GROUP_ALLOCATOR, heap_live_bytes,
		    "Requested bytes allocated since attach and not freed, where every free is "
		    "seen; of Go programs since their start, until swept. Not RSS.",
		    NULL),
	[METRIC_HEAP_LIVE_OBJECTS] =
		ROW("heapbeat_heap_live_objects", GAUGE, "", GROUP_ALLOCATOR, heap_live_objects,
		    "Blocks allocated since attach and not freed, where every free is seen; of Go "
		    "programs since their start, until swept.",
		    NULL),
	[METRIC_HEAP_PEAK_BYTES] =
		ROW("heapbeat_heap_peak_bytes", GAUGE, "bytes", GROUP_ALLOCATOR, heap_peak_bytes,
		    "High-water mark of the live bytes since the group was first seen.", NULL),
	[METRIC_HOTSPOT_ALLOCATED_BYTES] = DETAIL_ROW(
		"heapbeat_hotspot_allocated_bytes_total", COUNTER, "bytes", GROUP, hotspot,
		"Requested bytes by the function that asked for them, for the heaviest 20 of a "
		"group.",
		"function"),
	[METRIC_HOTSPOT_LIVE_BYTES] =
		DETAIL_ROW("heapbeat_hotspot_live_bytes", GAUGE, "bytes", GROUP, hotspot_live,
			   "Live bytes by the function that allocated them, for the 10 functions "
			   "with most, where live bytes are known.",
			   "function"),
	[METRIC_MAP_CAPACITY] = ROW("heapbeat_map_capacity", GAUGE, "", SELF, map_capacity,
				    "Entries (of a ring: bytes) that a BPF map can hold.", "map"),
	[METRIC_MAP_ENTRIES] = ROW("heapbeat_map_entries", GAUGE, "", SELF, map_entries,
				   "Entries (of a ring: bytes) in a BPF map.", "map"),
	[METRIC_MAP_MEMORY] = ROW("heapbeat_map_memory_bytes", GAUGE, "bytes", SELF, map_memory,
				  "Kernel memory of a BPF map.", "map"),
	[METRIC_MAP_UPDATE_ERRORS] =
		ROW("heapbeat_map_update_errors_total", COUNTER, "", SELF, map_update_errors,
		    "Updates that a BPF map refused.", "map"),
	[METRIC_OBSERVATION_AGE] =
		ROW("heapbeat_observation_age_seconds", GAUGE, "seconds", GROUP, observation_age,
		    "Time since the group's calls were last seen.", NULL),
	[METRIC_OBSERVATION_COST] =
		ROW("heapbeat_observation_cost_ratio", GAUGE, "ratio", GROUP, observation_cost,
		    "Charged cost, hits x calibrated CPU per hit, as a share of the process's CPU: "
		    "95th percentile of the last 10 s intervals. Of a process below 5 % of a core, "
		    "a share of that.",
		    "mechanism"),
	[METRIC_OBSERVATION_CPU] =
		ROW("heapbeat_observation_cpu_seconds_total", COUNTER, "seconds", GROUP,
		    observation_cpu, "CPU charged to the observed processes by being observed.",
		    "mechanism"),
	[METRIC_OBSERVATION_INTERVALS] = ROW(
		"heapbeat_observation_intervals_total", COUNTER, "", GROUP, observation_intervals,
		"10 s intervals of observed processes, by whether the charged cost kept within "
		"the budget.",
		"within"),
	[METRIC_OBSERVED_SECONDS] =
		ROW("heapbeat_observed_seconds_total", COUNTER, "seconds", GROUP, observed_seconds,
		    "Time in which calls were seen, summed over processes; read: by what a Go "
		    "runtime counts for itself.",
		    "mechanism"),
	[METRIC_PROBE_ATTACH_FAILURES] =
		ROW("heapbeat_probe_attach_failures_total", COUNTER, "", SELF,
		    probe_attach_failures, "Attaches that failed.", "reason"),
	[METRIC_PROBE_COST] =
		ROW("heapbeat_probe_cost_seconds", GAUGE, "seconds", SELF, probe_cost,
		    "Calibrated CPU per hit, by what it does, on this machine.", "link", "part"),
	[METRIC_PROBES] = ROW("heapbeat_probes", GAUGE, "", SELF, probes,
			      "Probe points of the attached processes.", "state"),
	[METRIC_READY] = ROW("heapbeat_ready", GAUGE, "", SELF, ready,
			     "1 once programs are loaded and all processes were seen.", NULL),
	[METRIC_RECOMMENDATIONS] =
		ROW("heapbeat_recommendations", GAUGE, "", GROUP, recommendations,
		    "Recommendations for the group's processes; their text is in the API.", "rule",
		    "severity", "state"),
	[METRIC_RELEASES] = ROW("heapbeat_releases_total", COUNTER, "", SELF, releases,
				"Processes no longer attached, ended or let go.", NULL),
	[METRIC_SAMPLING_RATIO] =
		ROW("heapbeat_sampling_ratio", GAUGE, "ratio", GROUP, sampling_ratio,
		    "Sampled calls per call seen, since the processes were attached.", NULL),
	[METRIC_SERIES_DROPPED] =
		ROW("heapbeat_series_dropped_total", COUNTER, "", SELF, series_dropped,
		    "Series not published because of the cap: groups folded into comm _other, "
		    "details left out, hotspots replaced.",
		    NULL),
	[METRIC_TARGET_ANONYMOUS_MEMORY] =
		ROW("heapbeat_target_anonymous_memory_bytes", GAUGE, "bytes", GROUP,
		    target_anonymous, "Anonymous resident memory of the group's processes.", NULL),
	[METRIC_TARGET_CPU] =
		ROW("heapbeat_target_cpu_seconds_total", COUNTER, "seconds", GROUP, target_cpu,
		    "CPU time of the group's processes since heapbeat first saw them.", NULL),
	[METRIC_TARGET_RESIDENT_MEMORY] =
		ROW("heapbeat_target_resident_memory_bytes", GAUGE, "bytes", GROUP, target_resident,
		    "Resident memory (RSS) of the group's processes.", NULL),
	[METRIC_TARGETS] =
		ROW("heapbeat_targets", GAUGE, "", SELF, targets,
		    "Processes of the host, by runtime and where they stand with the observer.",
		    "runtime", "state"),
	[METRIC_VM_CALLS] =
		ROW("heapbeat_vm_calls_total", COUNTER, "", GROUP, vm_calls,
		    "Calls that map or unmap memory; beside the heap, not part of it.", "call"),
	[METRIC_VM_MAPPED_BYTES] = ROW("heapbeat_vm_mapped_bytes_total", COUNTER, "bytes", GROUP,
				       vm_mapped, "Bytes mapped by mmap, mremap and brk.", NULL),
	[METRIC_VM_UNMAPPED_BYTES] = ROW("heapbeat_vm_unmapped_bytes_total", COUNTER, "bytes",
					 GROUP, vm_unmapped, "Bytes unmapped by munmap.", NULL),
	[METRIC_PROCESS_CPU] = ROW("process_cpu_seconds_total", COUNTER, "seconds", SELF,
				   process_cpu, "User and system CPU time of heapbeat.", NULL),
	[METRIC_PROCESS_MAX_FDS] = ROW("process_max_fds", GAUGE, "", SELF, process_max_fds,
				       "Limit of open file descriptors.", NULL),
	[METRIC_PROCESS_OPEN_FDS] = ROW("process_open_fds", GAUGE, "", SELF, process_open_fds,
					"Open file descriptors.", NULL),
	[METRIC_PROCESS_RESIDENT_MEMORY] =
		ROW("process_resident_memory_bytes", GAUGE, "bytes", SELF, process_resident,
		    "Resident memory of heapbeat.", NULL),
	[METRIC_PROCESS_START_TIME] =
		ROW("process_start_time_seconds", GAUGE, "seconds", SELF, process_start,
		    "Start of heapbeat, seconds since the epoch.", NULL),
	[METRIC_PROCESS_VIRTUAL_MEMORY] = ROW("process_virtual_memory_bytes", GAUGE, "bytes", SELF,
					      process_virtual, "Virtual memory of heapbeat.", NULL),
};
