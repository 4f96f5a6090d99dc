/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the daemon share; nobody else includes this. */
#ifndef HB_DAEMON_STATE_H
#define HB_DAEMON_STATE_H

#include "advice/history.h"
#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/names.h"
#include "export/metrics.h"
#include "export/publication.h"
#include "kernel/tasks.h"
#include "model/groups.h"
#include "model/model.h"
#include "observe/observer.h"
#include "target/roster.h"
#include "web/server.h"

enum daemon_part { PART_SWEEP, PART_OBSERVE, PART_MODEL, PART_ANALYSIS, PART_PUBLISH, PARTS };

/* How long a part of the tick took last, and whether it succeeded. */
struct part_stats {
	double duration_s;
	bool success;
};

struct daemon {
	struct daemon_options *options;
	const struct daemon_hooks *hooks;
	int lock_fd, signal_fd, stats_fd;

	struct observer *observer;
	struct subscriber *subscriber; /* the daemon's own */
	struct sweep *sweep;
	struct roster roster;
	uint64_t named_ns;	     /* the PIDs of the options are of processes that ran by then */
	double budget_scale, span_s; /* of the plan in force */
	size_t backlog;

	struct model *model;
	struct daemon_names *names;
	struct groups *groups;
	struct advice_history *history;
	struct analysis *analysis; /* the latest */
	uint64_t analysis_number, analysis_due_ns, wanted_due_ns;
	struct publisher *publisher;
	struct web_server *web;
	struct web_hooks hooks_web;
	struct control *control;

	struct part_stats parts[PARTS];
	uint64_t tick_ns, watchdog_ns, watched_ns, trimmed_ns;
	double start_time_s;
	bool ready;
	bool ending;
	bool knocked;		    /* somebody wants to connect */
	_Atomic bool reload_wanted; /* by HTTP, from its thread */
	bool reload_ok;
	double reload_at_s;
	uint64_t losses_told;
	struct error *error; /* why it ends, if not by a signal */
};

/* fleet.c: who is observed */
int fleet__sweep(struct daemon *daemon, uint64_t now_ns);
/* Selectors, plan, attaches and releases. */
void fleet__plan(struct daemon *daemon, uint64_t now_ns);
/* Name @pid as a target, at run time. 0 or -errno with @error filled. */
int fleet__attach(struct daemon *daemon, pid_t pid, struct error *error);
int fleet__detach(struct daemon *daemon, pid_t pid, struct error *error);

/* publish.c: what readers see */
int publish__sink(void *ctx, const struct record *record);
int publish__tick(struct daemon *daemon, uint64_t now_ns);

/* self.c: the daemon itself */
void self__fill(struct daemon *daemon, struct self_stats *self);

#endif
