/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only contract between the kernel side (bpf/) and user space (src/kernel, src/probe,
 * src/collect). Included by both compilers; sizes are asserted on both sides. Append-only: numbers
 * are explicit and never reused. __u32/__u64 fields only, units in names, no hidden padding.
 */
#ifndef HB_ABI_H
#define HB_ABI_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Observed functions. Aliases of one address (glibc: memalign = aligned_alloc) are one row. */
enum hb_func {
	HB_MALLOC = 0,
	HB_CALLOC = 1,
	HB_REALLOC = 2,
	HB_POSIX_MEMALIGN = 3,
	HB_ALIGNED_ALLOC = 4,
	HB_MEMALIGN = 5,
	HB_FREE = 6,
	HB_GO_ALLOC = 7, /* the Go runtime, for whatever language construct */
	HB_MMAP = 8,	 /* from here on: the vm family, shown beside the heap, never added to it */
	HB_MUNMAP = 9,
	HB_MREMAP = 10,
	HB_BRK = 11,
	HB_FUNC_MAX = 12,
};

#define HB_FIRST_VM HB_MMAP

/* Size class k holds the sizes [2^(k-1), 2^k); class 0 is size 0, class 64 has the top bit. */
#define HB_CLASS_MAX 65
/* Lifetime class k holds the lifetimes [2^(k-1), 2^k) ns. */
#define HB_LIFE_MAX 64

/*
 * Attach cookie of one probe: who (slot), what (function) and where its arguments are.
 *   bits 0-15 slot | 16-23 enum hb_func | 24-35 three registers (4 bits each, enum hb_reg)
 *   36-47 words (8 bytes) by which rsp has moved since the function's entry | 48-55 flags
 */
#define HB_COOKIE_FUNC_SHIFT  16
#define HB_COOKIE_REG_SHIFT   24
#define HB_COOKIE_SP_SHIFT    36
#define HB_COOKIE_FLAGS_SHIFT 48

enum hb_cookie_flag {
	HB_COOKIE_RESULT = 1,	 /* the probe lies after the syscall: rax holds the result */
	HB_COOKIE_NO_RETURN = 2, /* the return of this function is never hooked */
	HB_COOKIE_AT_CHECK = 4,	 /* Go: on the stack check; a hit with CF or ZF set comes again */
	HB_COOKIE_REASON = 8,	 /* Go: the low byte of rax says why the world stops (from 1.21) */
	HB_COOKIE_CAUSE = 16,	 /* Go: rdi says why the cycle starts (from 1.18) */
	HB_COOKIE_SLICE = 32,	 /* Go: growslice is told the old slice as a whole (up to 1.19) */
};

/* Registers in the order of struct hb_sample.regs (DWARF numbering of x86-64). */
enum hb_reg {
	HB_REG_AX = 0,
	HB_REG_DX = 1,
	HB_REG_CX = 2,
	HB_REG_BX = 3,
	HB_REG_SI = 4,
	HB_REG_DI = 5,
	HB_REG_BP = 6,
	HB_REG_SP = 7,
	HB_REG_R8 = 8, /* ... HB_REG_R15 = 15 */
	HB_REG_R10 = 10,
	HB_REG_R15 = 15,
	HB_REG_IP = 16,
	HB_REG_MAX = 17,
};

/* How a process image is observed; one array entry per slot, written by user space. */
enum hb_config_flag {
	HB_GATE_OPEN = 1, /* hits are counted; else they are cost only */
	HB_FULL = 2,	  /* hook every return, keep every block in the live map */
	HB_STACKS = 4,	  /* copy the stack into samples */
};

struct hb_config {
	__u32 tgid;
	__u32 image; /* number of the process image, unique in this session */
	__u64 exec_id;
	__u32 epoch;	      /* number of the window; facts about one object join only within it */
	__u32 flags;	      /* enum hb_config_flag */
	__u64 interval_bytes; /* mean bytes between samples; 1 samples every call; at most 2^31 */
	__u64 p_floor_q32;    /* least sampling probability, in units of 2^-32 */
	__u64 reserved[3];
};

/* Where a hit went: hits = sum over outcomes + (hooked - returned), exactly. */
enum hb_outcome {
	HB_CALLED = 0,	   /* an allocator or vm call, counted in by_class */
	HB_FAILED = 1,	   /* an allocator call that returned failure, counted in failures */
	HB_FREED = 2,	   /* free(p), p != NULL */
	HB_FREED_NULL = 3, /* free(NULL) */
	HB_NESTED = 4,	   /* made by an allocator function for its own caller */
	HB_SHUT = 5,	   /* outside the counted window: cost only */
	HB_FOREIGN = 6,	   /* another process image than the slot's */
	HB_OUTCOME_MAX = 8,
};

/* Why a sampled call left no record, and other losses. */
enum hb_lost {
	HB_LOST_RING_FULL = 0,	 /* sampled call */
	HB_LOST_FREE_RECORD = 1, /* FREE or STEP record of a sampled block, ring full */
	HB_LOST_STACK = 2,	 /* stack copy failed at its first page; the record was delivered */
	HB_LOST_TASK_STORAGE = 3, /* no task storage: call counted at entry, not followed */
	HB_LOST_UNPAIRED = 4,	  /* a return without a recorded entry */
	HB_LOST_MAX = 8,
};

enum hb_purged {
	HB_PURGED_EXEC = 0,
	HB_PURGED_EXIT = 1,
	HB_PURGED_WINDOW = 2,
	HB_PURGED_REUSED = 3,  /* an insert found its address taken */
	HB_PURGED_PUTBACK = 4, /* a failed realloc's block no longer fitted in */
	HB_PURGED_MAX = 8,
};

struct hb_class {
	__u64 calls;
	__u64 bytes;
};

struct hb_counters {
	__u64 hits;
	__u64 outcome[HB_OUTCOME_MAX];
	__u64 hooked;	/* entries whose return is hooked */
	__u64 returned; /* returns seen: each gave one outcome */
	__u64 sampled;	/* sampled calls that succeeded: one record each, or one loss */
	__u64 lost[HB_LOST_MAX];
	__u64 next_sample; /* numbers the samples; user space reads nothing into it */
	__u64 records;	   /* SAMPLE records submitted: sampled = records + lost[RING_FULL] */
	/* live map: tracked = inserted + table_full;
	 * inserted = freed + still live + purged; "still live" includes blocks held by a realloc */
	__u64 tracked;
	__u64 inserted;
	__u64 table_full;
	__u64 freed;
	__u64 purged[HB_PURGED_MAX]; /* EXEC, EXIT and WINDOW are added by user space */
	__u64 live_bytes;
	__u64 live_objects;
	__u64 freed_bytes;
	__u64 unmatched; /* frees and reallocs of blocks that the live map does not hold */
	__u64 failures[HB_FUNC_MAX];
	__u64 zero_reallocs; /* realloc(p, 0) that freed p */
	struct hb_class by_class[HB_FUNC_MAX][HB_CLASS_MAX];
	__u64 lifetimes[HB_LIFE_MAX];
};

/* Live map: 16-byte key, 32-byte value. */
struct hb_live_key {
	__u64 address;
	__u32 image;
	__u32 epoch;
};

struct hb_live {
	__u64 size_bytes;
	__u64 time_ns;	 /* CLOCK_BOOTTIME at birth; kept through reallocs */
	__u64 sample_id; /* 0: not sampled */
	__u32 steps;	 /* reallocs since birth */
	__u32 tid;
};

/* Ring buffer records. */
enum hb_event_type {
	HB_EVENT_SAMPLE = 1,	/* struct hb_sample, with or without a stack behind it */
	HB_EVENT_STEP = 2,	/* struct hb_block: realloc of a sampled block */
	HB_EVENT_FREE = 3,	/* struct hb_block: end of a sampled block */
	HB_EVENT_OOM = 4,	/* struct hb_event: process @tid dies, killed for memory */
	HB_EVENT_GO_SAMPLE = 5, /* struct hb_go_sample */
	HB_EVENT_GO_CYCLE = 6,	/* struct hb_go_cycle */
};

enum hb_sample_flag {
	HB_SAMPLE_TRACKED = 1,	/* a birth: the block is followed by sample_id until its free */
	HB_SAMPLE_AT_ENTRY = 2, /* taken inside the function (vm family): regs.ip is the probe */
	HB_SAMPLE_STACK = 4,	/* struct hb_stack follows */
	HB_SAMPLE_FAILED_CALL = 8,
};

struct hb_event {
	__u16 type; /* enum hb_event_type */
	__u16 slot;
	__u32 image;
	__u32 epoch;
	__u32 tid;
	__u64 time_ns; /* CLOCK_BOOTTIME */
	__u64 sample_id;
};

#define HB_FIX_MAX 4

/* A return address that a return probe has replaced by the trampoline: where, and what stood there. */
struct hb_fix {
	__u64 stack_address;
	__u64 return_address;
};

struct hb_sample {
	struct hb_event event;
	__u64 address; /* of the block */
	__u64 size_bytes;
	__u64 old_size_bytes;  /* realloc, where known */
	__u64 probability_q32; /* of being chosen, 2^32 = 1 */
	__u64 call_cfa;	       /* frame address of the call: return slot + 8 */
	__u64 return_slot;     /* address of the stack word that holds the return address */
	__u64 return_address;  /* into the caller */
	__u16 func;	       /* enum hb_func */
	__u16 flags;	       /* enum hb_sample_flag */
	__u32 fix_cnt;
	struct hb_fix fixes[HB_FIX_MAX];
	__u64 regs[HB_REG_MAX];
};

#define HB_STACK_BYTES 8192

/* Copied page by page from regs[HB_REG_SP] up; fixed slot, @bytes of it are valid. */
struct hb_stack {
	__u64 bytes;
	unsigned char data[HB_STACK_BYTES];
};

struct hb_block {
	struct hb_event event;
	__u64 address;	      /* STEP: the new one */
	__u64 size_bytes;     /* STEP: the new one; FREE: the last one */
	__u64 old_size_bytes; /* STEP only */
	__u64 born_ns;
	__u64 stack_address; /* of the freeing call's return slot */
	__u32 steps;
	__u32 birth_tid;
};

enum hb_task_flag {
	HB_TASK_ZOMBIE = 1, /* the leader has ended */
	HB_TASK_THREAD = 2, /* not a leader: of the rest only tgid and cpu_ns are set */
	HB_TASK_KERNEL = 4, /* a kernel thread */
};

/* One row of the task iterator's output. */
struct hb_task_row {
	__u32 tgid;
	__u32 flags; /* enum hb_task_flag */
	__u64 exec_id;
	__u64 start_boottime_ns;
	__u64 anon_pages;
	__u64 file_pages;
	__u64 shmem_pages;
	char comm[16];
	__u64 cpu_ns; /* of this thread; a leader's row adds what ended threads have used */
};

/*
 * Probed functions of a Go program's runtime; the numbers stand where enum hb_func does in cookies of
 * Go's own programs. Arguments are in Go's registers (rax, rbx, rcx, ...); r14 is the goroutine.
 */
enum hb_go_probe {
	HB_GO_PROFILE = 0,  /* profilealloc(mp, address, size): one per profile rate */
	HB_GO_REFILL = 1,   /* (*mcache).refill(c, span class): a P has used a span up */
	HB_GO_LARGE = 2,    /* (*mcache).allocLarge(c, size, ...) */
	HB_GO_GC_START = 3, /* gcStart(cause, ...): more often than there are cycles; 1.17 alone */
	HB_GO_START_CYCLE = 4,	    /* (*gcControllerState).startCycle, by the same goroutine */
	HB_GO_MARK_TERMINATION = 5, /* gcMarkTermination: marking has ended */
	HB_GO_STOP_WORLD = 6,	    /* stopTheWorldWithSema(reason, ...) */
	HB_GO_START_WORLD = 7,	    /* startTheWorldWithSema */
	HB_GO_PROBE_MAX = 8,
};

#define HB_GO_SAMPLED 3 /* the probes before this one take samples */

/* How a Go process is observed, one a slot. Apart from struct hb_config: windows of a program that
 * uses C as well do not touch what stands throughout. */
struct hb_go_config {
	__u32 tgid;
	__u32 image;
	__u64 exec_id;
	__u64 samples_per_s; /* bound of each sampled probe; 0: every hit is a sample */
	__u64 reserved[2];
};

/* hits = foreign + repeated + sum of counted; sampled = records + lost. */
struct hb_go_counters {
	__u64 hits;
	__u64 foreign;	/* another process image */
	__u64 repeated; /* on the stack check, before the stack grew: the call comes again */
	__u64 counted[HB_GO_PROBE_MAX];
	__u64 bytes[HB_GO_SAMPLED]; /* of all counted ones: sizes; refills have none */
	__u64 sampled[HB_GO_SAMPLED];
	__u64 records[HB_GO_SAMPLED];
	__u64 lost[HB_GO_SAMPLED]; /* the ring was full */
	__u64 stackless;	   /* records whose stack could not be read */
	__u64 cycles;		   /* ended ones */
	__u64 cycles_lost;	   /* of them: the ring was full */
};

#define HB_GO_FRAMES_MAX 64

enum hb_go_sample_flag {
	HB_GO_SAMPLE_AT_CHECK = 1, /* as the probe stood */
};

/* event.sample_id is 0: nothing follows a Go sample. */
struct hb_go_sample {
	struct hb_event event;
	__u32 probe;	       /* enum hb_go_probe, below HB_GO_SAMPLED */
	__u32 flags;	       /* enum hb_go_sample_flag */
	__u64 size_bytes;      /* refills: 0 */
	__u64 probability_q32; /* that this hit was taken, 2^32 = 1 */
	__u64 type;	       /* address of the type; 0 unknown */
	__u64 return_address;  /* the word that rsp points at */
	__u32 span_class;      /* refills: size class * 2 + 1 if without pointers */
	__u32 frame_cnt;
	__u64 frames[HB_GO_FRAMES_MAX]; /* the probe, then return addresses by frame pointers */
};

enum hb_go_cause {
	HB_GO_CAUSE_HEAP = 0,
	HB_GO_CAUSE_TIME = 1,
	HB_GO_CAUSE_FORCED = 2,
	HB_GO_CAUSE_UNKNOWN = 3, /* its start was not seen */
};

struct hb_go_cycle {
	struct hb_event event; /* time_ns: the world starts after mark termination */
	__u32 cause;	       /* enum hb_go_cause */
	__u32 stops;	       /* of the world, two as a rule */
	__u64 started_ns;      /* 0: not seen */
	__u64 mark_ns;	       /* from the start to the end of marking; 0 unknown */
	__u64 stopped_ns;      /* sum over the stops */
	__u64 longest_ns;      /* of one stop */
};

/*
 * What a look sees of a Go program: entries of its runtime at which it takes memory. The numbers stand
 * where enum hb_func does in cookies. Arguments are in Go's registers.
 */
enum hb_go_look_probe {
	HB_GO_LOOK_ALLOC = 0,	    /* mallocgc(size, type, zeroed) */
	HB_GO_LOOK_ALLOC_SIZED = 1, /* one for small sizes alone (1.27); mallocgc calls it, too */
	HB_GO_LOOK_GROW = 2,	    /* growslice; see HB_COOKIE_SLICE */
	HB_GO_LOOK_HASH_GROW = 3,   /* hashGrow(type, map): up to 1.23 */
	HB_GO_LOOK_TO_TABLE = 4,    /* (*Map).growToTable(map, type): more than eight entries */
	HB_GO_LOOK_TABLE_GROW = 5,  /* (*table).grow(table, type, map, capacity) */
	HB_GO_LOOK_TABLE_SPLIT = 6, /* (*table).split(table, type, map): two in place of one */
	HB_GO_LOOK_CONCAT = 7,	    /* concatstrings(buffer, strings, count) */
	HB_GO_LOOK_PROBE_MAX = 8,
};

/* What a call is counted as: enum go_call_kind of the record. */
enum hb_go_call_kind {
	HB_GO_CALL_ALLOC = 0,
	HB_GO_CALL_GROW = 1,
	HB_GO_CALL_MAP_GROW = 2,
	HB_GO_CALL_CONCAT = 3,
	HB_GO_CALL_KINDS = 4,
};

#define HB_GO_BOUNDS   127 /* binary search in seven steps */
#define HB_GO_NO_BOUND (1ULL << 62)

/* The look at one Go process, one a slot. */
struct hb_go_look {
	__u32 tgid;
	__u32 image;
	__u64 exec_id;
	__u32 open; /* hits are counted; else they are cost only */
	__u32 reserved;
	__u64 malloc_from, malloc_to; /* the code of mallocgc */
	/* Sorted, in pairs: where code of the runtime begins and ends; the rest is HB_GO_NO_BOUND. */
	__u64 bounds[HB_GO_BOUNDS];
	__u64 pad;
};

/* hits = foreign + shut + repeated + passed + sum of counted; of those, dropped are in no row. */
struct hb_go_look_counters {
	__u64 hits;
	__u64 foreign;
	__u64 shut;
	__u64 repeated; /* as in struct hb_go_counters */
	__u64 passed;	/* take no memory, or are counted at another probe */
	__u64 counted[HB_GO_CALL_KINDS];
	__u64 dropped[HB_GO_CALL_KINDS];
};

/* Calls of one kind, place, type and size: see struct view_go_call. */
struct hb_go_call_key {
	__u64 site; /* the first return address that is not the runtime's */
	__u64 type; /* address; 0 none */
	__u64 size; /* rounded up, see go_look.bpf.c */
	__u64 old;
	__u32 image;
	__u32 kind; /* enum hb_go_call_kind */
};

struct hb_go_call {
	__u64 n;
	__u64 bytes; /* exact */
};

#define HB_ASSERT_SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
HB_ASSERT_SIZE(struct hb_config, 64);
HB_ASSERT_SIZE(struct hb_live_key, 16);
HB_ASSERT_SIZE(struct hb_live, 32);
HB_ASSERT_SIZE(struct hb_event, 32);
HB_ASSERT_SIZE(struct hb_sample, 32 + 8 * 8 + 16 * HB_FIX_MAX + 8 * HB_REG_MAX);
HB_ASSERT_SIZE(struct hb_stack, 8 + HB_STACK_BYTES);
HB_ASSERT_SIZE(struct hb_block, 80);
HB_ASSERT_SIZE(struct hb_task_row, 72);
HB_ASSERT_SIZE(struct hb_go_config, 40);
HB_ASSERT_SIZE(struct hb_go_counters, 8 * (6 + HB_GO_PROBE_MAX + 4 * HB_GO_SAMPLED));
HB_ASSERT_SIZE(struct hb_go_sample, 32 + 48 + 8 * HB_GO_FRAMES_MAX);
HB_ASSERT_SIZE(struct hb_go_cycle, 72);
HB_ASSERT_SIZE(struct hb_go_look, 40 + 8 * (HB_GO_BOUNDS + 1));
HB_ASSERT_SIZE(struct hb_go_look_counters, 8 * (5 + 2 * HB_GO_CALL_KINDS));
HB_ASSERT_SIZE(struct hb_go_call_key, 40);
HB_ASSERT_SIZE(struct hb_go_call, 16);
HB_ASSERT_SIZE(struct hb_counters, 8 * (1 + HB_OUTCOME_MAX + 3 + HB_LOST_MAX + 2 + 4 +
					HB_PURGED_MAX + 4 + HB_FUNC_MAX + 1) +
					   16 * HB_FUNC_MAX * HB_CLASS_MAX + 8 * HB_LIFE_MAX);

#endif
