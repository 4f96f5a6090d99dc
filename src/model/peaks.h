/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was live, stack by stack, at the moment when most of a process's heap was: one pass, exact to
 * the event. Births, resizes and ends of sampled blocks come out of order, since a birth waits for its
 * stack to be unwound and an end does not: they wait here for those that may still come before them.
 * Called by tracking.c where a report has asked for it; read by snapshot.c.
 *
 * A stack's sums are kept as they were at the peak only when it changes after it, so a new peak costs
 * nothing but its number.
 */
#ifndef HB_PEAKS_H
#define HB_PEAKS_H

#include "model/stacks.h"

#define PEAK_EVENTS_MAX (1U << 20) /* waiting: 32 MB; beyond, the earliest is taken at once */
#define PEAK_WAIT_NS	3000000000ULL

struct peak_event {
	uint64_t time_ns;
	double size_bytes, probability;
	uint32_t stack; /* STACK_NONE: of the process alone */
	int32_t sign;
};

struct peak_stack {
	struct live_sums now, at_peak;
	uint64_t number; /* of the peak that at_peak is of */
};

struct peaks {
	struct peak_event *heap; /* the earliest first */
	size_t cnt, cap;
	uint64_t newest_ns;
	uint64_t hurried; /* events taken before their turn */
	struct peak_stack *stacks;
	size_t stack_cap;
	struct live_sums now, peak;
	uint64_t peak_ns; /* 0: nothing was live yet */
	uint64_t number;
};

struct peaks *peaks__new(void);
void peaks__free(struct peaks *peaks);

/* A block of @size_bytes, sampled with @probability, begins (@sign 1) or ends (-1) at @time_ns. 0 or
 * -ENOMEM. */
int peaks__add(struct peaks *peaks, const struct peak_event *event);
/* Take in all that waits: nothing more will come before it. 0 or -ENOMEM. */
int peaks__settle(struct peaks *peaks);
/* Forget everything (the window is over). */
void peaks__clear(struct peaks *peaks);
/* The search for a peak begins anew with what is live now. Settled before. */
void peaks__restart(struct peaks *peaks, uint64_t now_ns);

/* What was live of stack @index at the peak. */
struct live_sums peaks__of_stack(const struct peaks *peaks, uint32_t index);
size_t peaks__bytes(const struct peaks *peaks);

#endif
