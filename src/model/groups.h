/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups of like processes, kept from tick to tick: what metrics are labelled by. Called by daemon/
 * once a tick with the processes alive and the view; fills host->groups. Pure but for memory.
 *
 * A process image belongs to the group of (comm, exe, unit) as they were when it was first seen,
 * with its pid where it was named by PID or pids are asked for. Counters of a group never fall and
 * keep what dead members had. A group without a living member goes after ten minutes.
 *
 * Bounded: groups by the series that they have (beyond the cap new ones are counted in the group
 * "_other", and the newest publish less), images by GROUPS_IMAGES_MAX, names by length.
 */
#ifndef HB_GROUPS_H
#define HB_GROUPS_H

#include "model/host.h"

#define GROUPS_IMAGES_MAX (64U << 10)

struct groups_options {
	size_t max_series;
	bool labels_pid;     /* every group is of one pid */
	double budget_ratio; /* of a process's CPU; negative: no budget */
	double floor_ratio;  /* of one core: the least budget */
	/* How many series a group has: metrics__group_series(). */
	size_t (*series)(const struct group *group);
};

struct groups;

/* NULL with errno set. */
struct groups *groups__new(const struct groups_options *options);
void groups__free(struct groups *groups);

/* The budget has changed (reload). */
void groups__set_budget(struct groups *groups, double budget_ratio, double floor_ratio);

/*
 * One tick. @host has its time and processes (by tgid); groups, each process's group, and
 * self.series_dropped are filled in. @view: as of now, light or full; NULL: none yet. @analysed: a
 * folded view, for shares of functions and trends; looked at when @analysis_number is a new one;
 * NULL: none. 0 or -ENOMEM: what is missing is made up for by the next tick.
 */
int groups__update(struct groups *groups, struct host *host, const struct view *view,
		   const struct view *analysed, uint64_t analysis_number);

/* Bytes held, the host's not included. */
size_t groups__bytes(const struct groups *groups);

#endif
