/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the model knows at one moment: plain data, read-only for everybody after it is built.
 * model/ fills processes and their stacks (struct view with sites empty), symbol/ folds stacks into
 * named sites, advice/ and export/ read. Unknown is not zero: a figure with basis BASIS_UNKNOWN is
 * absent and must not be printed as a number.
 */
#ifndef HB_VIEW_H
#define HB_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/record.h"

enum basis {
	BASIS_UNKNOWN = 0,
	BASIS_EXACT = 1,   /* counted, every one */
	BASIS_SAMPLED = 2, /* estimated from weighted samples */
	BASIS_WINDOW = 3,  /* estimated from windows (and, within them, samples) */
	BASIS_BUCKET = 4,  /* estimated from the heap profile that the program keeps itself */
};

/* One published number. @low and @high bound its 95 % interval. */
struct figure {
	double value;
	double stderr_abs;
	double low;
	double high;
	uint64_t n; /* samples behind it, or calls where exact */
	enum basis basis;
	bool lower_bound; /* the truth is at least this (windows above 200,000 calls/s; full table) */
};

/* Additive statistics of sampled calls: of a stack, a site, a class. x = bytes of the call,
 * p = its sampling probability. All sums run over samples. */
struct sample_sums {
	uint64_t n;
	double calls;	  /* sum 1/p */
	double bytes;	  /* sum x/p */
	double calls_var; /* sum (1-p)/p^2 */
	double bytes_var; /* sum x^2 (1-p)/p^2 */
};

#define SIZE_CLASSES 65

/* Sums of one size class: sparse, since a stack knows few of them. */
struct class_sums {
	uint64_t size_class;
	struct sample_sums sums;
};

/*
 * Buckets of sizes and lifetimes: powers of four, the last one without an upper bound. Bounds are
 * those of size and lifetime classes, so that bucket counts are sums and nothing is split: a size
 * bucket holds the sizes up to 4^k - 1.
 */
#define VIEW_BUCKETS	  12
#define SIZE_BUCKET_SHIFT 4  /* first upper bound 2^4 - 1 bytes: 15, 63, ... 16777215 */
#define LIFE_BUCKET_SHIFT 12 /* first upper bound 2^12 ns: 4.1 us, 16.4 us, ... 4.3 s */

/* Largest size in bucket @b < VIEW_BUCKETS - 1, bytes. */
static inline uint64_t size_bucket__bound(size_t b)
{
	return (1ULL << (2 * b + SIZE_BUCKET_SHIFT)) - 1;
}

/* Bucket of size class @k. */
static inline size_t size_bucket__of(size_t k)
{
	size_t b = k <= SIZE_BUCKET_SHIFT ? 0 : (k - SIZE_BUCKET_SHIFT + 1) / 2;

	return b < VIEW_BUCKETS ? b : VIEW_BUCKETS - 1;
}

/* Upper bound of the lifetimes in bucket @b < VIEW_BUCKETS - 1, seconds. */
static inline double life_bucket__bound_s(size_t b)
{
	return (double)(1ULL << (2 * b + LIFE_BUCKET_SHIFT)) / 1e9;
}

/* Weights of calls or blocks, not cumulative over buckets. */
struct histogram {
	enum basis basis;
	double counts[VIEW_BUCKETS];
	double sum; /* bytes or seconds */
};

#define LIFE_CLASSES 64

/* Followed blocks by lifetime: [2^(k-1), 2^k) ns. Weights 1/p and their squares. */
struct life_class {
	uint32_t life_class;
	uint32_t ended_n, censored_n; /* blocks: end seen; cut off at this age */
	uint32_t reserved;
	double ended, ended_sq;
	double censored, censored_sq;
};

/* Kaplan and Meier's estimate of how long blocks live, over all windows: see lives.h. */
struct lifetimes {
	uint64_t ended_n, censored_n;
	double survival[VIEW_BUCKETS - 1]; /* share that outlives life_bucket__bound_s() */
	double survival_error[VIEW_BUCKETS - 1];
	size_t bound_cnt;		    /* bounds up to which blocks were followed */
	double reached_s, left, left_error; /* followed up to here; share that outlives it */
	double mean_s;			    /* of lives cut at reached_s */
	struct figure median_s, p99_s;	    /* unknown where the curve does not get there */
};

/* Chains of reallocs of sampled births: one entry per block born at this stack. */
struct chain {
	double weight;	      /* 1/p of the birth */
	uint64_t final_bytes; /* largest size reached so far */
	uint64_t moved_bytes; /* sum of old sizes at each step: what was copied at most */
	uint32_t steps;
	bool closed;		    /* freed: final_bytes is final */
	uint64_t born_ns, ended_ns; /* ended_ns 0: live, or cut off */
};

/* Live estimate over time of one stack or site, at common points (struct view_process.at_s). */
struct series {
	double *points; /* bytes */
	size_t cnt;
};

/* Objects of one size at a Go site: exact sizes, as its heap profile keeps them. */
struct view_go_size {
	uint64_t size_bytes;
	struct sample_sums sums;
	double live_objects;
};

/* What costs more than a daemon wants to pay, and reports ask for. */
enum model_follow {
	FOLLOW_PEAK = 1,    /* what was live of each stack at the peak */
	FOLLOW_THREADS = 2, /* calls by thread */
	FOLLOW_GROWTH = 4,  /* a slope for each site */
};

/* Which calls and blocks of a process have a stack; its totals are of all. 0: no bound. */
struct model_filter {
	uint64_t min_bytes, max_bytes; /* of the call */
	uint64_t older_ns;	       /* live blocks: at least this old */
};

/* A stack with its statistics; key of the model. */
struct view_stack {
	uint64_t id; /* hash of function, completeness and frames; unique in its process */
	struct frame *frames;
	uint32_t frame_cnt;
	uint16_t func; /* enum hb_func */
	bool complete;
	uint32_t class_cnt;
	struct class_sums *classes; /* those that occur, each once, in no order */
	/* blocks born here and followed; only where every free is seen */
	double live_bytes, live_objects;	 /* sum over live samples of size/p, 1/p */
	double live_bytes_var, live_objects_var; /* sum size^2 (1-p)/p^2, (1-p)/p^2 */
	uint64_t live_n;
	struct series live;
	/* freed blocks: weights by log2 lifetime class, and their number */
	double freed_objects;
	double lifetime_sum_s; /* sum over freed samples of lifetime/p */
	uint64_t freed_n;
	struct chain *chains;
	size_t chain_cnt;
	double lifetime_sq_s2;	/* sum over freed samples of lifetime^2/p */
	double tracked_objects; /* sum of 1/p over births followed: freed, live or censored */
	uint64_t tracked_n;
	struct life_class *lives; /* by class; those that occur, blocks live now are cut off now */
	uint32_t life_cnt;
	/* Of Go's buckets: since the program's start, what its own profile shows, as it rounds.
	 * Classes and live, as above, are of the same counts: since the first reading, and now. */
	struct go_profile_sums {
		uint64_t alloc_objects, alloc_bytes, inuse_objects, inuse_bytes;
	} profile;
	/* What a profile shows, as Go's own does without the runtime's innermost and outermost frames;
	 * set by symbol/. shown_cnt 0: all frames. */
	uint32_t shown_from, shown_cnt;
	struct view_go_size *sizes; /* of Go's buckets: one each, in no order */
	uint32_t size_cnt;
	/* live when most of the process's heap was; peak_known of the process says whether it is */
	double peak_bytes, peak_objects, peak_bytes_var, peak_objects_var;
	uint64_t peak_n;
	struct sample_sums failed; /* calls that gave no memory */
};

/* The frames of @stack that profiles and flame graphs show, and in *ret_cnt their number. */
static inline const struct frame *view_stack__shown(const struct view_stack *stack,
						    uint32_t *ret_cnt)
{
	*ret_cnt = stack->shown_cnt ? stack->shown_cnt : stack->frame_cnt;
	return stack->shown_cnt ? stack->frames + stack->shown_from : stack->frames;
}

/* A name of one frame: innermost inlined function first. */
struct view_name {
	const char *function; /* never NULL after symbol/ */
	const char *file;     /* NULL unknown */
	uint32_t line;
	bool inlined;
};

/* The construct of Go for which memory was taken, told by the runtime's function that the program's
 * code called: symbol/go_construct.h. */
enum go_construct {
	GO_BY_UNKNOWN = 0, /* no runtime frame, or one that the table does not know */
	GO_BY_NEW,	   /* newobject: a variable moved to the heap, &T{}, new(T), a closure */
	GO_BY_MAKE_SLICE,
	GO_BY_APPEND,	  /* growslice */
	GO_BY_INTERFACE,  /* convT*: boxing */
	GO_BY_CONCAT,	  /* string + */
	GO_BY_TO_STRING,  /* []byte or []rune -> string, rune -> string */
	GO_BY_TO_BYTES,	  /* string -> []byte or []rune */
	GO_BY_MAP_INSERT, /* an insert that made a bucket, or made the map grow */
	GO_BY_MAKE_MAP,
	GO_BY_MAKE_CHAN,
	GO_BY_GOROUTINE, /* the go statement: its g, its stack */
	GO_BY_DEFER,
	GO_BY_REFLECT,
	GO_BY_RUNTIME, /* the runtime for itself */
	GO_CONSTRUCTS,
};

/* One row of what looks at the runtime's entries saw: calls of one kind, place, type and size. */
struct view_go_call {
	enum go_call_kind kind;
	struct frame site; /* return address in the first code that is not the runtime's */
	const char *type;  /* NULL: unknown, or none (bytes, strings) */
	uint64_t type_bytes;
	/* by kind: ALLOC bytes of the object, 0; GROW bytes needed, bytes of the old capacity;
	 * MAP_GROW new capacity, old capacity in entries; CONCAT bytes of the result, strings */
	uint64_t size, old;
	uint64_t n, bytes;	     /* exact within view_go.looked_s */
	const char *function, *file; /* of the site; set by symbol/, NULL unknown */
	uint32_t line;
};

/* What a site of Go has beyond others. */
struct view_go_trait {
	enum go_construct construct;
	/* Function of the standard library that the program's own code called and that allocated,
	 * NULL: that code allocates itself. Of entries of view_go.uses alone. */
	const char *via;
	const char *type; /* as the source writes it: "main.User", "[]*main.User"; NULL unknown */
	uint64_t type_bytes; /* of APPEND and MAKE_SLICE an element's; 0 unknown */
	const char *callee;  /* of INTERFACE: the function called next with it; NULL unknown */
	struct view_go_size *sizes; /* ascending */
	size_t size_cnt;
	/* rows of view_go.look_calls at this site, NULL where it was not seen in a look */
	const struct view_go_call **calls;
	size_t call_cnt;
	/* The decoder that made values of interface type here out of a text, "encoding/json": of entries
	 * of view_go.uses, whose stacks all run through it; NULL: none. */
	const char *through;
};

struct view_site {
	uint64_t id; /* hash of (build-id, offset of return address - 1) */
	struct frame frame;
	const char *function; /* name of the site's function (innermost inlined one) */
	const char *caller;   /* function of the next frame, or NULL */
	const char *file;     /* NULL unknown */
	uint32_t line;
	const char *module;		      /* path of the file */
	uint16_t func;			      /* enum hb_func of the heaviest stack */
	struct figure calls, bytes;	      /* within the observed time */
	struct figure calls_rate, bytes_rate; /* per second */
	struct figure bytes_share;	      /* of the process's (family's) bytes, 0..1 */
	struct figure live_bytes, live_objects;
	struct figure mean_lifetime_s; /* of freed samples; BASIS_UNKNOWN if none was freed */
	struct histogram sizes;	       /* of calls, sampled */
	struct lifetimes lifetimes;
	double share_freed; /* weighted share of tracked births seen freed; negative if unknown */
	struct series live;
	struct chain *chains;
	size_t chain_cnt;
	uint32_t *stacks; /* indices into view_process.stacks, heaviest first */
	size_t stack_cnt;
	bool vm; /* of the vm family: beside the heap, never added to it */
	bool go; /* of the heap of Go; in a program with cgo there is another one beside it */
	const struct view_go_trait *trait; /* of Go's sites and uses; else NULL */
	struct figure temporary;	   /* calls whose block was freed within TEMPORARY_NS */
	double temporary_share;		   /* of its followed births; negative if unknown */
	struct figure gained_bytes; /* live bytes now, less those at the first point of the span */
	struct figure live_growth;  /* bytes/s, Theil-Sen, over its series */
	bool growing;
	struct figure peak_bytes, peak_objects; /* live when most of the process's heap was */
	struct figure failures, failed_bytes;	/* calls that gave no memory; unknown: none seen */
};

/* A temporary allocation: one whose block is freed by then. A lifetime class ends here, so that they
 * are counted, not interpolated. */
#define TEMPORARY_CLASS 20
#define TEMPORARY_NS	(1ULL << TEMPORARY_CLASS)

/* What one thread has allocated from the heap. */
struct view_thread {
	uint32_t tid;
	const char *comm; /* "" unknown */
	struct figure calls, bytes, calls_rate, bytes_rate, bytes_share;
	struct figure live_bytes, live_objects; /* allocated by it; unknown: frees are not seen */
	double freed_elsewhere; /* share of its freed blocks that another thread freed; negative:
				 * none was freed */
};

struct view_class {
	uint64_t calls, bytes; /* exact */
};

/* Exact sums over the windows of an image. They never fall while it lives, even where a later record
 * says less than an earlier one. */
struct view_sums {
	uint64_t calls, bytes, frees, failures; /* heap */
	double freed_bytes;			/* with what reallocs gave back */
	enum basis freed_basis;			/* exact in full mode, sampled in exact mode */
	struct {
		uint64_t calls, bytes;
	} vm[4]; /* mmap, munmap, mremap, brk */
	double observed_s, charged_s;
};

/* Go's own size class, cumulative since the program's start. The one of size 0: large objects. */
struct view_go_class {
	uint64_t size_bytes;
	uint64_t mallocs, frees, allocated_bytes, freed_bytes;
	double mallocs_rate, bytes_rate; /* per second over the span; negative: unknown */
};

/* Goroutines by the place that created them. */
struct view_go_site {
	struct frame created, entry;
	const char
		*function; /* that holds the go statement; set by symbol/, as are the next ones */
	const char *file;
	uint32_t line;
	const char *entry_function; /* what they run */
	uint64_t cnt;
	uint64_t by_status[GO_STATUSES];
	double longest_wait_s; /* negative: unknown */
	struct figure growth;  /* goroutines per second, Theil-Sen over the readings */
	bool growing;	       /* slope and sign test agree */
};

struct view_go_cycle {
	uint64_t cycle, ended_wall_ns, pause_ns, mark_ns;
	enum go_cause cause;
};

#define VIEW_GO_CYCLES 256

/* What the runtime of a Go program says of itself. Its allocation sites are sites of the process like
 * all others, with BASIS_BUCKET; totals of the process come from the size classes and are exact. */
struct view_go {
	const char *version, *coverage; /* never NULL; "" nothing is missing */
	uint32_t parts;			/* enum go_part that work */
	uint64_t profile_rate_bytes;	/* 0: the program keeps no heap profile */
	bool state_known;
	struct record_go_state state; /* the last reading */
	uint64_t read_ns;	      /* CLOCK_BOOTTIME of it */
	/* over the span; basis unknown: not enough readings */
	struct figure cycles_rate;	   /* per second */
	struct figure interval_s, pause_s; /* medians of the cycles seen */
	struct figure interval_p99_s, pause_p99_s;
	double gc_cpu_ratio; /* share of the CPU available to it since its start; negative: unknown */
	double gc_cpu_s; /* of the collector, within the span of cycles_rate; negative: unknown */
	struct view_go_class *classes;
	size_t class_cnt;
	struct view_go_cycle *cycles; /* the last ones, oldest first */
	size_t cycle_cnt;
	struct view_go_site *goroutines; /* the heaviest first */
	size_t goroutine_site_cnt;
	uint64_t goroutines_dropped;
	struct figure goroutine_growth; /* all of them */
	bool goroutines_growing;
	uint64_t sample_n; /* sampled allocations by probes */

	/* The heap of Go, exact by its size classes. It is the heap of the process (then the same
	 * figures stand there, too) unless malloc is observed beside it: cgo. The two are never added. */
	bool primary;
	double span_s; /* from the first to the last reading: what counts and rates are of */
	struct figure calls, bytes, frees;
	struct figure calls_rate, bytes_rate, frees_rate;
	struct figure recent_calls_rate, recent_bytes_rate, recent_frees_rate; /* last 8 spans */
	struct figure live_bytes, live_objects; /* allocated and not swept yet, since its start */
	struct figure peak_bytes;		/* highest of these at a reading */
	uint64_t peak_ns;
	struct figure live_growth; /* of what each GC has left over: live bytes are a sawtooth */
	bool growing;
	struct view_sums sums; /* never fall */
	struct view_class heap_class[SIZE_CLASSES];

	/* Its sites: BASIS_BUCKET, or sampled by probes where the program keeps no profile; unknown:
	 * there are none. Not rescaled to the totals above, so that they equal its own profile. */
	enum basis site_basis;
	double site_span_s;	       /* what calls and bytes of sites are of */
	double site_calls, site_bytes; /* of all sites */
	uint64_t dropped_buckets;      /* without a place: they are in no site */
	/* Sites again, but at the first code that is not the standard library's either, apart by
	 * construct and by the library's function that it called (trait->via): where a change can be
	 * made. Heaviest bytes first; filled by symbol/, as are their figures. */
	struct view_site *uses;
	size_t use_cnt;
	/* Looks: what entries of the runtime saw while they were open. */
	struct view_go_call *look_calls; /* most bytes first */
	const struct view_go_call *
		*look_by_site; /* the same by module and offset; set by symbol/ */
	size_t look_call_cnt;
	double looked_s, look_cpu_s;   /* wall time open; CPU of the process within it */
	uint64_t looks, dropped_calls; /* calls that found no room in the table: in no row */
	double look_charged_s;	       /* CPU charged to it for looks, of what observing costs it */
	double *at_s, *live_points;    /* a point per GC: common times of every live series of a
					 * site of Go; bytes that the GC has left over */
	size_t point_cnt;
};

struct view_process {
	uint32_t image;
	uint32_t tgid;
	uint64_t start_ticks;
	uint64_t exec_id;
	const char *comm, *exe, *runtime, *allocator; /* never NULL */
	const char *hides, *refusal;		      /* NULL: nothing hides, not refused */
	bool exited;
	enum exit_reason exit_reason;

	/* coverage */
	enum plan_mode mode; /* of the last window */
	uint32_t link;
	uint64_t interval_bytes; /* of the last window */
	double span_s;		 /* from first sight to the end */
	double observed_s;	 /* gate open */
	double window_cpu_s;	 /* CPU of the process in windows */
	double cpu_s;		 /* CPU of the process over the span */
	double charged_s;	 /* CPU charged */
	double charged_ratio;	 /* of cpu_s */
	uint32_t window_cnt;
	bool frees_seen; /* attached without a gap from the first window: live is known */
	uint64_t complete_n, sample_n; /* stacks complete, of all samples */
	uint64_t last_seen_ns; /* CLOCK_BOOTTIME: last moment that a gate was open; 0 never */
	bool shed;	       /* ended, and has given up stacks, chains and blocks to others */
	struct view_sums sums;

	/* exact within the observed time, per function (enum hb_func) */
	struct {
		uint64_t calls, bytes;
	} by_func[16];
	struct view_class heap_class[SIZE_CLASSES]; /* of the heap family */
	struct view_class vm_class[SIZE_CLASSES];   /* munmap is in by_func alone */
	uint64_t failures, frees, free_nulls, nested, unmatched, table_full;
	uint64_t exact_freed_bytes, exact_live_bytes, exact_live_objects; /* full mode */

	struct figure calls, bytes, frees_fig; /* heap family within the observed time */
	struct figure calls_rate, bytes_rate, frees_rate;
	struct figure vm_calls, vm_bytes, vm_calls_rate, vm_bytes_rate;
	struct figure live_bytes, live_objects; /* since attach */
	/* of the last windows only (at most 8); the same where one window has been open throughout */
	struct figure recent_calls_rate, recent_bytes_rate, recent_frees_rate;
	struct figure recent_vm_calls_rate, recent_vm_bytes_rate;
	struct figure peak_bytes;   /* highest live bytes at a tick, where known */
	uint64_t peak_ns;	    /* CLOCK_BOOTTIME of it */
	struct figure rss_growth;   /* bytes/s, Theil-Sen */
	struct figure live_growth;  /* bytes/s, Theil-Sen, where live is known */
	bool growing, rss_growing;  /* slope and sign test agree that it rises */
	struct histogram sizes;	    /* of heap calls, exact */
	struct histogram ended;	    /* lifetimes seen, of heap blocks, sampled */
	struct lifetimes lifetimes; /* of heap blocks */
	uint64_t rss_bytes, anon_bytes;

	double *at_s;	     /* common points of every live series, seconds since span start */
	double *live_points; /* process live bytes at these points */
	size_t point_cnt;

	struct record_loss loss;
	bool loss_known;

	struct view_stack *stacks;
	size_t stack_cnt;
	struct view_site *sites; /* filled by symbol/, heaviest bytes first */
	size_t site_cnt;
	uint64_t dropped_samples; /* beyond the caps on stacks */
	uint64_t dropped_blocks;  /* births not followed: too many live sampled blocks */
	/* of all samples, by class, those of dropped stacks too: what a site's share is taken of;
	 * SIZE_CLASSES each, NULL: no samples of the family, or a light view */
	struct sample_sums *heap_sums, *vm_sums;
	struct view_go *go; /* NULL: no Go program, or nothing has been read of it */

	/* Memory that it may take, when it was first seen; 0: unknown, and of the limit: none. */
	uint64_t memory_limit_bytes; /* of its cgroup, or of one above: the nearest to its use */
	uint64_t memory_used_bytes;  /* of that cgroup, everybody's */
	uint64_t host_bytes, host_available_bytes;
	unsigned int follow;	     /* enum model_follow: what was asked for */
	bool peak_known;	     /* of its stacks */
	double peak_at_s;	     /* of peak_ns, since the span began; negative unknown */
	struct view_thread *threads; /* likewise; heaviest bytes first */
	size_t thread_cnt;
	uint64_t dropped_thread_calls; /* sampled calls of threads without a row */
	const char *unit; /* systemd unit, container id or leaf cgroup; NULL unknown, "" root */
};

struct view_module {
	uint32_t module;
	const char *path;
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t build_id_bytes;
};

struct view {
	const char *host, *kernel, *version;
	uint64_t wall_ns; /* wall time of the last record */
	double span_s;
	bool truncated; /* the capture had no END */
	struct view_process *processes;
	size_t process_cnt;
	struct view_module *modules;
	size_t module_cnt;
	uint64_t dropped_processes; /* beyond the cap: refused, or ended and made room */
	uint64_t dropped_modules;
	void *memory;	    /* owner of every pointer above: view__free */
	void *chain_memory; /* but for the chains */
};

/* An empty view, or NULL if out of memory. */
struct view *view__new(void);

/* Free a view and all it points to; NULL is fine. */
void view__free(struct view *view);

/* Memory that lives as long as the view; NULL if out of memory. Zeroed. */
void *view__alloc(struct view *view, size_t bytes);
char *view__strdup(struct view *view, const char *s);

/* The same for chains: until view__drop_chains. */
struct chain *view__alloc_chains(struct view *view, size_t cnt);
/* Stacks and sites without chains, which are most of a view and of use to advice/ alone. */
void view__drop_chains(struct view *view);

#endif
