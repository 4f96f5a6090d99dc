/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom to observe next: pure, view of the host's processes -> plan. Named processes first, then
 * busy ones that have waited for long, in turn, then by CPU and by how long they have waited, at
 * most so many at a time, so that everybody above 1 % CPU is looked at within a minute. How much
 * each may cost is scaled so that all that the plan leaves attached stay within the host's budget.
 * Called by daemon/ at each tick, once a second.
 */
#ifndef HB_PLAN_H
#define HB_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plan_process {
	double age_s;	  /* of the image */
	double cpu_ratio; /* cores */
	double waited_s;  /* attached: 0; else since it was released or first seen */
	double since_s;	  /* attached: for how long */
	bool named;	  /* by PID: always wanted, never released */
	bool wanted;	  /* a selector matches */
	bool barred;	  /* refused, or nothing in it can be probed */
	bool attached;
	bool served; /* attached: looked at since, or counted throughout */
	/* Attached and read without a probe, at no cost to it: takes no place and stays. */
	bool light;
	bool looked; /* looks are opened at a light one: it has its part of the host's budget */
};

struct plan_limits {
	size_t max_targets; /* attached at a time, the named included, the light not */
	size_t max_light;   /* light ones at a time; more take places like all others */
	double young_s;	    /* younger ones are left alone, unless named */
	double host_budget; /* of one core, all together */
	double budget_ratio, floor_ratio;
};

#define PLAN_CHANGES_MAX 4 /* a tick: an attach opens files, a detach waits for the kernel */
#define PLAN_BUSY_RATIO	 0.01
#define PLAN_REVISIT_S	 60.0

struct plan {
	size_t attach[PLAN_CHANGES_MAX]; /* indices */
	size_t attach_cnt;
	size_t release[PLAN_CHANGES_MAX];
	size_t release_cnt;
	double budget_scale; /* of every attached process's budget */
	double span_s;	     /* within which a busy process is looked at once */
	bool light_stay;     /* light ones are few enough to take no places */
	size_t backlog;	     /* wanted, old enough, not barred, not attached */
};

/* The plan for @processes, named ones beyond PLAN_CHANGES_MAX wait for the next tick. More than
 * max_targets stay attached only while they are named, or until further ticks have released them. */
void plan__make(const struct plan_process *processes, size_t cnt, const struct plan_limits *limits,
		struct plan *ret_plan);

#endif
