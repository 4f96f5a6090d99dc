/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event stream between collect/ and model/: what a capture (.hb) holds and what a replay feeds.
 * Little-endian, 8-byte aligned records, each {bytes, type, flags, time}; type numbers are explicit
 * and append-only; readers skip types they do not know. No record refers forward. This is not
 * abi.h: the kernel side knows nothing of it.
 *
 * Strings in a record are NUL-terminated, at the given byte offset within the record (0 = absent),
 * behind the fixed part. record__string() checks them.
 */
#ifndef HB_RECORD_H
#define HB_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_MAGIC	 "HBEATCAP"
#define CAPTURE_MAJOR	 1
#define CAPTURE_MINOR	 0
#define RECORD_MAX_BYTES (1U << 20)
#define FRAMES_MAX	 96 /* frames kept per stack */

struct capture_header {
	char magic[8];
	uint16_t major;
	uint16_t minor;
	uint32_t header_bytes;
	uint64_t boottime_ns;
	uint64_t wall_ns;
};

enum record_type {
	RECORD_HOST = 1,
	RECORD_IMAGE = 2,
	RECORD_MODULE = 3,
	RECORD_EXIT = 4,
	RECORD_PLAN = 5,
	RECORD_COUNTERS = 6,
	RECORD_SAMPLE = 7,
	RECORD_STEP = 8,
	RECORD_FREE = 9,
	RECORD_LOSS = 10,
	RECORD_VITALS = 11,
	RECORD_GO_PROGRAM = 12,
	RECORD_GO_STATE = 13,
	RECORD_GO_CLASSES = 14,
	RECORD_GO_BUCKET = 15,
	RECORD_GO_COUNTS = 16,
	RECORD_GO_GOROUTINES = 17,
	RECORD_GO_SAMPLE = 18,
	RECORD_GO_CYCLE = 19,
	RECORD_SYMBOL = 20,
	RECORD_END = 21,
	RECORD_READY = 22, /* on a socket only: the targets are attached */
	RECORD_GO_SITE = 23,
	RECORD_GO_LOOK = 24,
	RECORD_GO_CALLS = 25,
	RECORD_THREAD = 26,
	RECORD_FAILURE = 27, /* a struct record_sample: a call that gave no memory */
	RECORD_MEMORY = 28,
	RECORD_UNIT = 29,
};

struct record {
	uint32_t bytes; /* with this head, a multiple of 8 */
	uint16_t type;	/* enum record_type */
	uint16_t flags;
	uint64_t time_ns; /* CLOCK_BOOTTIME */
};

struct record_host {
	struct record head;
	uint32_t kernel;  /* string: uname release */
	uint32_t host;	  /* string */
	uint32_t version; /* string: heapbeat's */
	uint32_t cpu_cnt;
};

/* A process image: (tgid, start, exec generation). exec makes a new one. */
struct record_image {
	struct record head;
	uint32_t image; /* number, unique in the capture, from 1 */
	uint32_t tgid;
	uint64_t start_ticks; /* /proc/PID/stat field 22 */
	uint64_t exec_id;
	uint32_t comm;	    /* string, as the kernel has it: may hold any byte */
	uint32_t exe;	    /* string: path */
	uint32_t runtime;   /* string: native, go, ... */
	uint32_t allocator; /* string: glibc, jemalloc, ...; "" if none is observed */
	uint32_t hides;	    /* string: what hides from view, "; "-separated, or absent */
	uint32_t refusal;   /* string: why it is not probed, or absent */
};

#define BUILD_ID_MAX 20

/* A file that frames point into. Offsets in frames are link-time addresses (pc - bias). */
struct record_module {
	struct record head;
	uint32_t module; /* number, unique in the capture, from 1 */
	uint32_t build_id_bytes;
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t path; /* string */
};

struct record_exit {
	struct record head;
	uint32_t image;
	uint32_t reason; /* enum exit_reason */
};

enum exit_reason {
	EXIT_REASON_EXIT = 0,
	EXIT_REASON_EXEC = 1,
	EXIT_REASON_LOST = 2,
	EXIT_REASON_OOM = 3,	  /* killed for memory */
	EXIT_REASON_RELEASED = 4, /* it lives on, unobserved */
};

enum plan_mode {
	PLAN_REST = 0,	/* not attached */
	PLAN_LOOK = 1,	/* a window under the budget */
	PLAN_EXACT = 2, /* attached throughout, exact counters, sampled stacks */
	PLAN_FULL = 3,	/* every return hooked, every block followed */
};

/* Written when a window opens (closed_ns 0) and again when it closes. Key: (image, epoch). */
struct record_plan {
	struct record head;
	uint32_t image;
	uint32_t epoch;
	uint32_t mode; /* enum plan_mode */
	uint32_t link; /* enum link_kind of kernel/: 1 perf, 2 multi, 3 session */
	uint64_t interval_bytes;
	uint64_t opened_ns;
	uint64_t closed_ns;
	uint64_t observed_ns; /* wall time that the gate was open */
	uint64_t cpu_ns;      /* CPU time of the process within it */
	uint64_t
		charged_ns; /* CPU charged to this epoch: hits before its gate and in its close, too */
	uint64_t stolen_ns; /* of that: by hits inside the gate, which slowed the window */
};

/* Cumulative over one (image, epoch) while the gate is open: exact. Rows follow the fixed part. */
struct record_counters {
	struct record head;
	uint32_t image;
	uint32_t epoch;
	uint64_t failures;
	uint64_t frees; /* free(p), p != NULL */
	uint64_t free_nulls;
	uint64_t nested;
	uint64_t freed_bytes;  /* full mode */
	uint64_t live_bytes;   /* full mode */
	uint64_t live_objects; /* full mode */
	uint64_t table_full;
	uint64_t unmatched; /* full mode: frees of blocks born before the window */
	uint32_t row_cnt;
	uint32_t reserved;
};

struct counters_row {
	uint16_t func; /* enum hb_func */
	uint16_t size_class;
	uint32_t reserved;
	uint64_t calls;
	uint64_t bytes;
};

struct frame {
	uint32_t module; /* 0: unknown, offset is the raw address */
	uint32_t flags;	 /* enum frame_flag */
	uint64_t
		offset; /* link-time address of the *return address*; look names up at offset - 1 */
};

enum frame_flag {
	FRAME_EXACT_PC = 1, /* offset is where execution stood: look up at offset itself */
	/* Of the names at offset only the innermost is meant: what it is inlined into follows as
	 * frames of their own (stacks of Go's heap profile before 1.23). */
	FRAME_INNERMOST = 2,
};

enum record_sample_flag {
	SAMPLE_TRACKED = 1,  /* STEP and FREE records with this id may follow */
	SAMPLE_COMPLETE = 2, /* the unwinder reached the outermost frame */
	SAMPLE_NO_STACK = 4, /* no stack was copied: one frame, the caller */
};

struct record_sample {
	struct record head; /* time: when the call returned */
	uint32_t image;
	uint32_t epoch;
	uint64_t sample_id;
	uint64_t address;
	uint64_t size_bytes;
	uint64_t old_size_bytes;
	uint64_t probability_q32; /* 2^32 = certain */
	uint64_t call_cfa;	  /* design of the escape analysis: frame of the call ... */
	uint64_t return_slot;	  /* ... the word that holds its return address */
	uint64_t return_address;
	uint64_t caller_cfa; /* frame of the caller, from the unwinder; 0 unknown */
	uint32_t tid;
	uint16_t func;	/* enum hb_func */
	uint16_t flags; /* enum record_sample_flag */
	uint32_t frame_cnt;
	uint32_t reserved;
	/* struct frame frames[frame_cnt], innermost (allocator's caller) first */
};

/* STEP: size_bytes is the new size. FREE: size_bytes is the last size. */
struct record_block {
	struct record head;
	uint32_t image;
	uint32_t epoch;
	uint64_t sample_id;
	uint64_t address;
	uint64_t size_bytes;
	uint64_t old_size_bytes;
	uint64_t born_ns;
	uint64_t stack_address;
	uint32_t steps;
	uint32_t tid;
	uint32_t birth_tid;
	uint32_t reserved;
};

/* Cumulative losses of one image over all its epochs, and the sides of the three identities. */
struct record_loss {
	struct record head;
	uint32_t image;
	uint32_t reserved;
	uint64_t hits;
	uint64_t counted;   /* sum over outcomes */
	uint64_t in_flight; /* hooked - returned */
	uint64_t sampled;
	uint64_t delivered;
	uint64_t lost_ring_full;
	uint64_t lost_free_records;
	uint64_t lost_stacks;
	uint64_t lost_unpaired;
	uint64_t tracked;
	uint64_t inserted;
	uint64_t table_full;
	uint64_t freed;
	uint64_t still_live;
	uint64_t purged_exec, purged_exit, purged_window, purged_reused, purged_putback;
	uint64_t foreign, shut;
	uint64_t lost_queue_full; /* between the ring and the unwinder */
};

struct record_vitals {
	struct record head;
	uint32_t image;
	uint32_t reserved;
	uint64_t rss_bytes;
	uint64_t anon_bytes;
	uint64_t cpu_ns; /* of the process, since its start */
};

/* What an image may take of memory, as it was when the image was first seen. */
struct record_memory {
	struct record head;
	uint32_t image;
	uint32_t reserved;
	uint64_t
		limit_bytes; /* of the cgroup at or above it that is nearest to its limit; 0: none */
	uint64_t used_bytes;			   /* of that cgroup, everybody's */
	uint64_t host_bytes, host_available_bytes; /* 0: unknown */
};

/* One (module, offset, depth): depth 0 is the function whose code it is, 1.. the inlined frames
 * outwards-in are numbered from the innermost: depth 0 = innermost inlined frame. */
struct record_symbol {
	struct record head;
	uint32_t module;
	uint32_t depth;
	uint64_t offset;   /* the looked-up address (frame.offset - 1 unless FRAME_EXACT_PC) */
	uint32_t function; /* string: demangled */
	uint32_t file;	   /* string or absent */
	uint32_t line;
	uint32_t flags; /* enum symbol_flag */
};

enum symbol_flag {
	SYMBOL_INLINED = 1, /* this depth is inlined into the next one */
	SYMBOL_NO_NAME = 2, /* outside every symbol's extent: function is "module+0x..." */
};

/* Which parts of a Go program's state can be read; what is missing has its reason in coverage. */
enum go_part {
	GO_PART_STATE = 1,	/* heap statistics and GC state */
	GO_PART_CLASSES = 2,	/* mallocs and frees by size class */
	GO_PART_BUCKETS = 4,	/* the heap profile */
	GO_PART_GOROUTINES = 8, /* by creation site */
	GO_PART_CYCLES = 16,	/* pause and interval rings */
	GO_PART_SAMPLES = 32,	/* profilealloc */
	GO_PART_REFILLS = 64,	/* (*mcache).refill stands in for the buckets: profiling is off */
	GO_PART_TYPES = 128,	/* type names */
};

/* A Go program, once per image before other GO_* records, and again when a part is lost or found. */
struct record_go_program {
	struct record head;
	uint32_t image;
	uint32_t parts;	   /* enum go_part, those that work */
	uint32_t module;   /* number of its executable, which frames point into */
	uint32_t version;  /* string: go1.26.4 */
	uint32_t coverage; /* string: what cannot be read and why, "; "-separated, or absent */
	uint32_t reserved;
	uint64_t profile_rate_bytes; /* MemProfileRate; 0: profiling is off */
};

#define GO_FRAMES_MAX	  128  /* kept per bucket: as deep as Go's own profile is by default */
#define GO_CLASSES_MAX	  128  /* rows; the runtime has 68 classes, and large objects */
#define GO_SITES_MAX	  1024 /* rows of a GOROUTINES record */
#define GO_COUNT_ROWS_MAX 32000

#define GO_LIMIT_NONE UINT64_MAX
#define GO_GOGC_OFF   (-1)

/* The runtime's own figures at one reading. Cumulative ones since the program's start. Where the
 * allocator's caches have not been flushed, class counts lag by at most one span per class and P. */
struct record_go_state {
	struct record head;
	uint32_t image;
	int32_t gogc;		     /* percent; GO_GOGC_OFF */
	uint64_t memory_limit_bytes; /* GO_LIMIT_NONE; before 1.19 there is none */
	uint64_t heap_live_bytes;    /* as the pacer counts: marked, and allocated since */
	uint64_t heap_marked_bytes;
	uint64_t heap_goal_bytes; /* 0: unknown */
	uint64_t cycles, forced_cycles;
	uint64_t pause_total_ns;
	uint64_t gc_cpu_ppm;	 /* share of available CPU since the start, UINT64_MAX: unknown */
	uint64_t mallocs, frees; /* objects, tiny ones included, as runtime.MemStats counts */
	uint64_t allocated_bytes, freed_bytes;
	uint64_t in_heap_bytes, in_stacks_bytes, committed_bytes, released_bytes;
	uint64_t goroutines;
	uint32_t procs; /* GOMAXPROCS, 0 unknown */
	uint32_t reserved;
	uint64_t
		charged_ns; /* CPU charged to it for probes in its runtime, since it was first seen */
};

/* Cumulative counts by the runtime's size class: only classes that were ever used. The last row of
 * size 0 is large objects, with their bytes. */
struct go_class_row {
	uint64_t size_bytes;
	uint64_t mallocs, frees;
	uint64_t allocated_bytes, freed_bytes;
};

struct record_go_classes {
	struct record head;
	uint32_t image;
	uint32_t row_cnt;
	/* struct go_class_row rows[row_cnt] */
};

/* One bucket of the heap profile: a stack and a size. Said once, before its first count. */
struct record_go_bucket {
	struct record head;
	uint32_t image;
	uint32_t bucket; /* number, unique in its image, from 1 */
	uint64_t size_bytes;
	uint32_t frame_cnt;
	uint32_t reserved;
	/* struct frame frames[frame_cnt], innermost first, the runtime's own frames kept */
};

/* Raw counts of the profile's samples, not scaled: each stands for 1 / (1 - exp(-size/rate)). */
struct go_count_row {
	uint32_t bucket;
	uint32_t reserved;
	uint64_t allocs, frees;	 /* published by the last GC, as the program's own profile shows */
	uint64_t pending_allocs; /* since then, not yet published */
};

/* In head.flags of a COUNTS record: more of the same reading follow. */
enum record_go_counts_flag {
	GO_COUNTS_MORE = 1,
};

/* Cumulative; only the buckets whose counts have changed since the record before. A reading has at
 * least one such record, without rows where nothing has changed. */
struct record_go_counts {
	struct record head;
	uint32_t image;
	uint32_t row_cnt;
	uint64_t profile_rate_bytes;
	/* struct go_count_row rows[row_cnt] */
};

enum go_status {
	GO_STATUS_RUNNING = 0, /* or runnable */
	GO_STATUS_SYSCALL = 1,
	GO_STATUS_WAITING = 2,
	GO_STATUSES = 4,
};

/* Goroutines that were created at one place: all of them, each time. The heaviest sites first. */
struct go_goroutine_row {
	struct frame created; /* the go statement's return address; module 0: none (main) */
	struct frame entry;   /* its function's first instruction, FRAME_EXACT_PC */
	uint64_t cnt;
	uint64_t by_status[GO_STATUSES];
	uint64_t longest_wait_ns; /* 0: unknown, or none has waited since a GC */
};

struct record_go_goroutines {
	struct record head;
	uint32_t image;
	uint32_t row_cnt;
	uint64_t total;	  /* of the user's own, as runtime.NumGoroutine counts */
	uint64_t dropped; /* of sites beyond the rows */
			  /* struct go_goroutine_row rows[row_cnt] */
};

enum go_sample_kind {
	GO_SAMPLE_PROFILE = 0, /* runtime.profilealloc: one per profile_rate bytes */
	GO_SAMPLE_REFILL = 1,  /* a span of one size class was taken */
	GO_SAMPLE_LARGE = 2,   /* a large object */
};

/* One sampled allocation, with the runtime's frames. Shares of a site, never added to its bucket. */
struct record_go_sample {
	struct record head;
	uint32_t image;
	uint32_t kind; /* enum go_sample_kind */
	uint64_t size_bytes;
	uint64_t weight_bytes; /* that it stands for */
	uint64_t type;	       /* link-time address of the type; 0 unknown */
	uint32_t tid;
	uint32_t frame_cnt;
	/* struct frame frames[frame_cnt], innermost first */
};

enum go_cause {
	GO_CAUSE_HEAP = 0,
	GO_CAUSE_TIME = 1, /* two minutes without one */
	GO_CAUSE_FORCED = 2,
	GO_CAUSE_UNKNOWN = 3,
};

/* One GC cycle that has ended. */
struct record_go_cycle {
	struct record head;
	uint32_t image;
	uint32_t cause; /* enum go_cause */
	uint64_t cycle;
	uint64_t ended_wall_ns; /* of its last pause, as the runtime has noted it */
	uint64_t pause_ns;	/* stop-the-world, all pauses of the cycle */
	uint64_t mark_ns;	/* 0 unknown */
};

/* What a Go program's code at one call into its runtime shows of it: the type that it hands over. Said
 * once for a frame, as SYMBOL is. */
struct record_go_site {
	struct record head;
	uint32_t module;
	uint32_t type;	 /* string, or absent */
	uint64_t offset; /* the looked-up address, as in SYMBOL */
	uint64_t type_bytes;
	uint32_t callee; /* string: the function called next that is not the runtime's, or absent */
	uint32_t call;	 /* string: the runtime's function that is called there, or absent */
};

enum go_call_kind {
	GO_CALL_ALLOC = 0,    /* mallocgc and its variants, each object once */
	GO_CALL_GROW = 1,     /* growslice */
	GO_CALL_MAP_GROW = 2, /* a map takes a larger table */
	GO_CALL_CONCAT = 3,   /* the result of string + */
	GO_CALL_KINDS,
};

/* A look at the runtime's entries: written when it closes. Sums of all looks of the image. */
struct record_go_look {
	struct record head;
	uint32_t image;
	uint32_t looks;
	uint64_t observed_ns, cpu_ns, charged_ns;
	uint64_t calls[GO_CALL_KINDS]; /* exact within observed_ns */
	uint64_t dropped;	       /* of these: without a row */
};

/* Sums over all looks of the image, rows that have changed since the record before. */
struct go_call_row {
	struct frame site;
	uint32_t kind; /* enum go_call_kind */
	uint32_t type; /* string in this record, or 0 */
	uint64_t type_bytes;
	uint64_t size, old; /* see struct view_go_call */
	uint64_t n, bytes;
};

struct record_go_calls {
	struct record head;
	uint32_t image;
	uint32_t row_cnt;
	/* struct go_call_row rows[row_cnt], then strings */
};

/* What an image belongs to: a systemd unit, a container's id or the leaf of its control group. */
struct record_unit {
	struct record head;
	uint32_t image;
	uint32_t unit; /* string */
};

/* A thread of an image, once, when it is first seen to allocate. */
struct record_thread {
	struct record head;
	uint32_t image;
	uint32_t tid;
	uint32_t comm; /* string: any bytes */
	uint32_t reserved;
};

struct record_end {
	struct record head;
	uint32_t reason; /* 0 duration over, 1 interrupted, 2 targets gone */
	uint32_t reserved;
};

/* The string at @offset in @record, or "" if absent; never reads beyond the record. */
const char *record__string(const struct record *record, uint32_t offset);

/*
 * Whether fixed part, rows, frames and strings of @record lie within its bytes and its numbers
 * index what they should. The caller has made sure that record->bytes are readable at @record.
 * 0, -EBADMSG (broken), or -ENOTSUP (a type that this version does not know: skip it).
 */
int record__validate(const struct record *record);

#endif
