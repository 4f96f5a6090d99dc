/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon knows of its host at one tick, beside the view of the processes that it has looked
 * at: every process's vitals (struct host_process, from the sweep), the groups that metrics are
 * labelled by, and the observer itself. Plain data; filled by daemon/ and model/groups, read by
 * export/.
 */
#ifndef HB_HOST_H
#define HB_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "model/view.h"
#include "target/target_state.h"

/* One process that the sweep has seen alive at this tick. Strings are borrowed from the roster. */
struct host_process {
	uint32_t tgid;
	uint64_t start_ticks;
	uint64_t exec_id;
	uint32_t image;	     /* number of its image in the view; 0: never observed */
	const char *comm;    /* fixed when the image was first seen; any bytes */
	const char *exe;     /* basename */
	const char *unit;    /* leaf cgroup, systemd unit or container id; "" at the root */
	const char *runtime; /* "" while it has not been looked into */
	const char *allocator;
	bool by_pid; /* named by PID: its group is its own and carries the label pid */
	uint64_t rss_bytes, anon_bytes;
	uint64_t cpu_ns;  /* since its start */
	double cpu_ratio; /* cores, over the last seconds */
	enum target_state state;
	uint32_t group; /* index into host.groups; set by groups__update */
};

/* Cumulative counters of a group: never fall, keep what dead members had. */
enum group_counter {
	GROUP_ALLOCATIONS,
	GROUP_FREES,
	GROUP_ALLOCATED_BYTES,
	GROUP_FREED_BYTES,
	GROUP_FAILURES,
	GROUP_VM_MAPPED_BYTES,
	GROUP_VM_UNMAPPED_BYTES,
	GROUP_VM_MMAP_CALLS,
	GROUP_VM_MUNMAP_CALLS,
	GROUP_VM_MREMAP_CALLS,
	GROUP_VM_BRK_CALLS,
	GROUP_OBSERVED_SECONDS, /* time that gates were open, summed over members */
	GROUP_CHARGED_SECONDS,	/* CPU charged to observation */
	GROUP_CPU_SECONDS,	/* CPU of all members since each was first seen */
	GROUP_READ_SECONDS,	/* time of members whose runtime counts for itself and is read */
	GROUP_COUNTERS,
};

/* How much of a group is published; less than all once the cap on series is reached. */
enum group_detail {
	GROUP_ALL,
	GROUP_BRIEF, /* no histograms, no hotspots */
	GROUP_HIDDEN,
};

enum group_growth { GROWTH_LIVE, GROWTH_RESIDENT, GROUP_GROWTHS };

/* Whether the growth of any member is significant. */
enum group_trend { TREND_UNKNOWN, TREND_FLAT, TREND_GROWING };

struct group_hotspot {
	const char *function;
	double allocated_bytes; /* cumulative */
};

#define GROUP_HOTSPOTS_MAX 20
#define GROUP_BUCKETS	   VIEW_BUCKETS /* powers of four; the last is +Inf */

/* A histogram with its cumulative sums; @known false: no series. The buckets are those of struct
 * histogram: size_bucket__bound(), life_bucket__bound_s(). */
struct group_histogram {
	bool known;
	double counts[GROUP_BUCKETS]; /* per bucket, not cumulative over buckets */
	double sum;
};

/* Cumulative counters of a group's Go programs: never fall, keep what dead members had. */
enum group_go_counter {
	GROUP_GO_CYCLES,
	GROUP_GO_FORCED_CYCLES, /* of these: the program asked for them */
	GROUP_GO_PAUSE_SECONDS,
	GROUP_GO_COUNTERS,
};

#define GROUP_GO_CLASSES_MAX 10
#define GROUP_FUNCTIONS_MAX  10

/* A gauge by function, the heaviest first. */
struct group_functions {
	struct group_function {
		const char *function;
		double value;
	} items[GROUP_FUNCTIONS_MAX];
	size_t cnt;
};

/* One of Go's size classes; cumulative. */
struct group_go_class {
	uint64_t size_bytes; /* 0: large objects */
	char label[24];	     /* "48", "large" */
	double allocations, allocated_bytes;
};

/*
 * What the runtimes of a group's Go programs say. Gauges are sums over the living members; negative
 * where they are not known of every one that has had its turn.
 */
struct group_go {
	bool known;		      /* the runtime of some living member is read */
	const char *version;	      /* "go1.26.4"; "" unknown; "mixed" where members differ */
	const char *profile, *pacing; /* "on", "off", "mixed": the heap profile; GOGC */
	double live_heap_bytes, heap_goal_bytes, stack_bytes, goroutines;
	double memory_limit_bytes; /* known where every member has a limit */
	double gogc_ratio;	   /* known where it is a number, and the same, of all */
	double gc_cpu_ratio;	   /* mean, weighted by CPU */
	enum group_trend goroutines_growth;
	bool counter_known[GROUP_GO_COUNTERS];
	double counters[GROUP_GO_COUNTERS];
	struct group_histogram pauses;	/* one per cycle; buckets are those of lifetimes */
	struct group_functions started; /* goroutines by the function that started them */
	struct group_go_class classes[GROUP_GO_CLASSES_MAX]; /* the most bytes first */
	size_t class_cnt;
};

struct group {
	char id[9]; /* 8 hex digits: hash of (comm, exe, unit), with the pid where named by PID */
	const char *comm, *exe, *unit;
	uint32_t pid;	     /* label; 0: none */
	const char *runtime; /* of its members; "" unknown */
	const char *allocator;
	uint32_t member_cnt;   /* alive */
	uint32_t attached_cnt; /* of these: members of the observer now */
	double rss_bytes, anon_bytes;
	bool counter_known[GROUP_COUNTERS];
	double counters[GROUP_COUNTERS];
	struct figure live_bytes, live_objects; /* basis unknown: no series */
	struct figure peak_bytes;
	struct figure bytes_rate; /* summed over members, for the relative error */
	struct figure calls_rate;
	double sampling_ratio; /* sampled calls per call seen, negative: unknown */
	/* charged CPU per CPU, 95th percentile of the members' last 10 s intervals; of the CPU that
	 * the least budget is meant for where a member used less; negative: unknown */
	double cost_ratio;
	double coverage_ratio; /* share of the members' last minute that was seen; negative: unknown */
	double age_s;	       /* since the last moment that was seen; negative: never */
	struct group_histogram sizes, lifetimes;
	struct group_hotspot hotspots[GROUP_HOTSPOTS_MAX];
	size_t hotspot_cnt;
	uint32_t charge_intervals,
		charge_kept; /* 10 s intervals: all, and those within the budget */
	enum group_trend growth[GROUP_GROWTHS];
	enum group_detail detail;
	struct group_functions live; /* live bytes; none where live bytes are unknown */
	struct group_go go;
};

/* The sides of the three identities: hit = counted, at rest; sampled = delivered + lost{ringbuf_full};
 * tracked = inserted + lost{map_full}; inserted = freed + still live + purged. */
enum self_stage {
	STAGE_HIT,
	STAGE_SAMPLED,
	STAGE_DELIVERED,
	STAGE_TRACKED,
	STAGE_COUNTED,
	STAGE_INSERTED,
	STAGE_FREED,
	STAGE_PURGED,
	SELF_STAGES,
};

enum self_loss {
	LOSS_RINGBUF_FULL,
	LOSS_MAP_FULL,
	LOSS_STACK_FAULT,
	LOSS_STALE_PID,
	LOSS_QUEUE_FULL,
	LOSS_RATE_LIMITED,
	LOSS_FREE_RECORD,  /* the end of a sampled block */
	LOSS_TASK_STORAGE, /* counted at entry, not followed */
	LOSS_UNPAIRED,	   /* a return without its entry */
	SELF_LOSSES,
};

enum self_probe { PROBE_LINKED, PROBE_UNUSABLE, SELF_PROBES };

/* Why an attach failed. */
enum self_attach_failure {
	ATTACH_GONE,
	ATTACH_REFUSED,
	ATTACH_PERMISSION,
	ATTACH_NO_ROOM,
	ATTACH_OTHER,
	SELF_ATTACH_FAILURES,
};

#define SELF_MAPS_MAX	    16
#define SELF_PROGRAMS_MAX   16
#define SELF_COLLECTORS_MAX 8
#define SELF_RUNTIMES_MAX   8

struct self_map {
	char name[32];
	double entries; /* negative: not counted */
	double capacity, memory_bytes, update_errors;
};

struct self_program {
	char name[32];
	double runs, run_s, recursion_misses; /* runs negative: run statistics are off */
	double memory_bytes;
};

/* The parts of a tick, as collectors: sweep, drain, counters, analysis ... */
struct self_collector {
	const char *name; /* static */
	double duration_s;
	bool success;
};

struct self_stats {
	uint64_t stages[SELF_STAGES];
	uint64_t losses[SELF_LOSSES];
	uint64_t probes[SELF_PROBES];
	uint64_t attach_failures[SELF_ATTACH_FAILURES];
	uint32_t targets[SELF_RUNTIMES_MAX][TARGET_STATES]; /* by index of runtimes[] */
	const char *runtimes[SELF_RUNTIMES_MAX]; /* static names; NULL ends; "" = not looked into */
	struct self_map maps[SELF_MAPS_MAX];
	size_t map_cnt;
	struct self_program programs[SELF_PROGRAMS_MAX];
	size_t program_cnt;
	struct self_collector collectors[SELF_COLLECTORS_MAX];
	size_t collector_cnt;
	double cpu_s, start_time_s; /* start: seconds since the epoch */
	uint64_t rss_bytes, vsz_bytes, bpf_bytes;
	uint32_t fds, max_fds;
	bool reload_ok;
	double reload_at_s;	 /* of the last successful one, seconds since the epoch */
	uint64_t attach_backlog; /* wanted processes that have never been attached */
	uint64_t attached_total, released_total;
	double hit_ns, return_ns, sample_ns; /* calibrated prices */
	const char *link;		     /* "session", ... static */
	char kernel[128], libbpf[32];
	uint64_t series_dropped; /* groups folded into _other times their series */
	bool ready;		 /* programs loaded, first sweep done */
};

struct host {
	uint64_t at_ns; /* CLOCK_BOOTTIME of the tick */
	uint64_t wall_ns;
	const char *name;     /* of the machine */
	struct group *groups; /* in a stable order: by id */
	size_t group_cnt;
	struct host_process *processes; /* by tgid; strings owned by the host's memory */
	size_t process_cnt;
	struct self_stats self;
	void *memory; /* owner of the pointers above */
};

/* Empty, or NULL with errno ENOMEM. */
struct host *host__new(void);
/* Free a host and all it points to; NULL is fine. */
void host__free(struct host *host);
/* Zeroed memory that lives as long as @host; NULL if out of memory. */
void *host__alloc(struct host *host, size_t bytes);
char *host__strdup(struct host *host, const char *s);

#endif
