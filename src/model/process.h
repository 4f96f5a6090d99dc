/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the model holds of one process image, and how records change it. Called by model.c with
 * records that are sound and belong to this image; read by snapshot.c.
 */
#ifndef HB_PROCESS_H
#define HB_PROCESS_H

#include "model/blocks.h"
#include "model/chains.h"
#include "model/early.h"
#include "model/go.h"
#include "model/peaks.h"
#include "model/stacks.h"
#include "model/thinning.h"
#include "model/threads.h"
#include "model/windows.h"

#define PROCESS_STACKS_MAX (16U << 10)
#define STACKS_MODEL_BYTES (64UL << 20) /* stacks of all processes */
#define VITALS_POINTS_MAX  512
#define LIVE_POINTS_MAX	   256

/* What all processes share. */
struct store {
	unsigned int follow; /* enum model_follow */
	struct model_filter filter;
	struct blocks blocks;
	struct early early;
	struct chain_store chains;
	size_t stack_bytes, stack_bytes_max;
};

/* RSS over time, and the first and last sight of the CPU clock. */
struct vitals {
	struct thinning thinning;
	double *t_s, *rss_bytes; /* VITALS_POINTS_MAX each; NULL until the first record */
	uint64_t first_ns, first_cpu_ns;
	struct record_vitals last;
	uint64_t cnt;
};

/* Live bytes at the ticks of COUNTERS; common to the series of the stacks. */
struct ticks {
	struct thinning thinning;
	double *t_s, *live_bytes; /* LIVE_POINTS_MAX each; NULL until the first tick */
};

struct process {
	uint32_t image;
	uint32_t tgid;
	uint64_t start_ticks;
	uint64_t exec_id;
	char *comm, *exe, *runtime, *allocator;
	char *hides, *refusal; /* NULL: absent */
	char *unit;	       /* likewise */
	uint64_t first_ns;
	uint64_t exit_ns;
	bool exited;
	enum exit_reason exit_reason;
	bool shed;	  /* ended, and holds no stacks, blocks and chains any more */
	uint32_t epoch;	  /* newest seen */
	uint64_t last_ns; /* of the last record that a window's end can be taken from */
	struct windows windows;
	struct stacks stacks;
	struct sample_sums *sums[2]; /* SIZE_CLASSES each, of heap and vm; NULL: no samples */
	struct chains chains;
	struct live_sums live; /* of the heap family; vm blocks are in their stacks alone */
	uint32_t first_block;
	struct vitals vitals;
	struct ticks ticks;
	struct record_memory memory; /* zeros: not said */
	struct record_loss loss;
	bool loss_known;
	uint64_t complete_n, sample_n;
	uint64_t dropped_samples;
	uint64_t untracked;	  /* births beyond the cap on live blocks */
	struct life_class *lives; /* LIFE_CLASSES, of heap blocks; NULL: none followed */
	double ended_sum_s;	  /* sum of lifetime/p over heap blocks whose end was seen */
	double freed_bytes;	  /* sum of size/p that frees and reallocs have given back */
	struct view_sums sums_so_far;
	struct live_sums peak;
	uint64_t peak_ns;	 /* 0: no tick yet */
	struct go *go;		 /* NULL: no GO record yet */
	struct peaks *peaks;	 /* NULL: not followed */
	struct threads *threads; /* likewise */
};

/* NULL with errno set; takes the strings of @record. */
struct process *process__new(const struct record_image *record);
void process__free(struct process *process, struct store *store);

/* Same image, other facts (a refusal, a changed comm). 0 or -ENOMEM with nothing changed. */
int process__describe(struct process *process, const struct record_image *record);

/* Bytes held, without the store's. */
size_t process__bytes(const struct process *process);

/* Give the stacks, chains and live blocks of a process that has ended back; its figures stay. */
void process__shed(struct process *process, struct store *store);
/* The chains alone. */
void process__shed_chains(struct process *process, struct store *store);
/* Whether less than an eighth is left for stacks or blocks. */
bool store__is_short(const struct store *store);

void process__exit(struct process *process, const struct record_exit *record);
/* Each: 0, or -ENOMEM. */
int process__plan(struct process *process, struct store *store, const struct record_plan *record);
int process__count(struct process *process, struct store *store,
		   const struct record_counters *record);
int process__sample(struct process *process, struct store *store,
		    const struct record_sample *record);
/* A call that gave no memory: its stack. */
int process__failure(struct process *process, struct store *store,
		     const struct record_sample *record);
int process__vitals(struct process *process, const struct record_vitals *record);
void process__loss(struct process *process, const struct record_loss *record);
/* A thread's name, where threads are followed. 0 or -ENOMEM. */
int process__thread(struct process *process, const struct store *store,
		    const struct record_thread *record);
/* @wall_offset: wall clock less CLOCK_BOOTTIME, ns; 0 unknown. */
int process__go(struct process *process, struct store *store, const struct record *record,
		int64_t wall_offset);

/* In one window without a gap so far, which is open or was closed no more than a minute ago. */
bool process__sees_frees(const struct process *process, uint64_t now_ns);

/* Facts of windows before @epoch join no more: forget live blocks if it is newer than all seen. */
void process__enter_epoch(struct process *process, struct store *store, uint32_t epoch);

#endif
