/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The windows of one process image, from PLAN and COUNTERS records. The last few are kept whole,
 * since their records still change; older ones are folded into sums, so memory does not grow with
 * time.
 */
#ifndef HB_WINDOWS_H
#define HB_WINDOWS_H

#include "model/rate.h"
#include "model/view.h"

#define WINDOWS_KEPT 8
#define FUNCS	     16

struct window {
	uint32_t epoch;
	uint32_t mode; /* enum plan_mode; PLAN_REST until its PLAN is seen */
	uint32_t link;
	uint64_t interval_bytes;
	uint64_t opened_ns, closed_ns;
	uint64_t observed_ns, cpu_ns, charged_ns, stolen_ns;
	struct record_counters counters; /* fixed part of the last one */
	struct counters_row *rows;
	/* What it had counted by the time that the present span began; NULL: it is all of this span. */
	struct window_base {
		uint64_t time_ns, observed_ns, cpu_ns, charged_ns, stolen_ns;
		struct record_counters counters;
		uint32_t row_cnt;
		struct counters_row rows[];
	} * base;
};

struct window_totals {
	size_t windows;
	size_t counted; /* of these: with counters; the others have an observed time only */
	bool vm_seen;	/* a vm function was counted: the family is probed */
	double observed_s, cpu_s, charged_s;
	struct {
		uint64_t calls, bytes;
	} by_func[FUNCS];
	struct view_class heap_class[SIZE_CLASSES];
	struct view_class vm_class[SIZE_CLASSES]; /* munmap left out: it allocates nothing */
	uint64_t failures, frees, free_nulls, nested, unmatched, table_full;
	uint64_t freed_bytes;
	struct rate_sums rates;
};

struct windows {
	struct window kept[WINDOWS_KEPT];
	size_t cnt;
	struct window_totals *folded; /* NULL until the first is folded */
	size_t forgotten;	      /* of spans before this one */
};

/* Zero-initialise to begin with. */
void windows__release(struct windows *windows);

/* The window of @epoch, made if it is newer than all others. NULL with errno ESTALE (older than
 * those kept) or ENOMEM. Valid until the next call. */
struct window *windows__get(struct windows *windows, uint32_t epoch);
/* The newest window, or NULL. */
const struct window *windows__last(const struct windows *windows);
/* Windows ever seen. */
size_t windows__cnt(const struct windows *windows);

/* Take over what a record says of @window. 0 or -ENOMEM with the window unchanged. */
void window__plan(struct window *window, const struct record_plan *plan);
int window__count(struct window *window, const struct record_counters *counters);

/* Begin a new span: closed windows are forgotten, an open one counts from @now_ns on. 0 or -ENOMEM. */
int windows__restart(struct windows *windows, uint64_t now_ns);

/* Sums over all windows; an open one ends at @now_ns. @cpu_ratio (CPU seconds per second of the
 * process) stands in for the CPU time of a window that has not been closed. */
void windows__sum(const struct windows *windows, uint64_t now_ns, double cpu_ratio,
		  struct window_totals *ret_totals);
/* The same over those kept whole alone. */
void windows__sum_recent(const struct windows *windows, uint64_t now_ns, double cpu_ratio,
			 struct window_totals *ret_totals);

/* Bytes held, sizeof(*windows) not included. */
size_t windows__bytes(const struct windows *windows);

#endif
