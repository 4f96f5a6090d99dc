/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events in, views out. The model consumes the records of collect/record.h, live or from a capture,
 * and builds what is known of every process at the last record's time. Pure: no clock, no I/O, and
 * equal records give equal views. One thread owns it; a built view shares nothing with it.
 *
 * Bounded: 4096 processes (ended ones make room, the oldest first), 16384 modules, 16384 stacks a
 * process and 64 MB in all, 524288 live sampled blocks, 65536 chains a process and a million in all.
 * What does not fit is counted in the view. Where stacks, blocks or chains run out, processes that
 * have ended give up theirs, the oldest first; their figures stay until they are evicted.
 */
#ifndef HB_MODEL_H
#define HB_MODEL_H

#include "collect/record.h"
#include "model/view.h"

#define MODEL_PROCESSES_MAX 4096
#define MODEL_MODULES_MAX   (16U << 10)

struct model;

/* What a model may hold at most; 0 stands for the default. */
struct model_limits {
	size_t stack_bytes; /* of the stacks of all processes */
	size_t processes;
	size_t modules;
	size_t live_blocks; /* and an eighth as many STEP and FREE records that wait for their SAMPLE */
	size_t chains;
	size_t chains_each; /* what a process takes of them at once; 0: what it needs, up to 65536 */
};

/* NULL with errno set. */
struct model *model__new(void);
struct model *model__new_limited(const struct model_limits *limits);
void model__free(struct model *model);

/* One moment on both clocks (a capture's header): gives the view its wall time. */
void model__set_clock(struct model *model, uint64_t boottime_ns, uint64_t wall_ns);

/* Before the first record: enum model_follow; which calls and blocks have a stack. */
void model__follow(struct model *model, unsigned int follow);
void model__filter(struct model *model, const struct model_filter *filter);

/*
 * Begin a new span: figures are of what comes from now on. Live blocks stay, and processes that have
 * ended go. 0 or -ENOMEM.
 */
int model__restart(struct model *model, uint64_t now_ns);
/* No record earlier than what has come will come: to be said before a build that shows peaks. 0 or
 * -ENOMEM. */
int model__settle(struct model *model);

/*
 * Take one record. 0, also for types and images that are not known; -EBADMSG if it is broken
 * (nothing changed); -ENOMEM (it may be counted in part).
 */
int model__apply(struct model *model, const struct record *record);

/*
 * What is known now; sites are empty until symbol/ folds them. view->truncated is set unless END
 * was applied: a live caller clears it. NULL with errno set; free with view__free.
 */
struct view *model__build(const struct model *model);

/*
 * The same without stacks, modules, points, trends (live_growth, rss_growth) and survival: some
 * microseconds a process, for every second. NULL with errno set; free with view__free.
 */
struct view *model__build_light(const struct model *model);

/* Bytes held, the view's not included. */
size_t model__bytes(const struct model *model);

#endif
