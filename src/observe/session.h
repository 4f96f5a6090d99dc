/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A short observation of some processes or of a command: an observer with one subscriber, run until
 * its time is up, its targets are gone or somebody interrupts. Used by record, report -p and
 * advise -p where no daemon runs.
 */
#ifndef HB_SESSION_H
#define HB_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "observe/observer.h"

#define SESSION_PIDS_MAX 64

struct session_options {
	pid_t pids[SESSION_PIDS_MAX];
	size_t pid_cnt;
	char **command;	   /* NULL, or argv of a program to start and observe */
	double duration_s; /* 0: until interrupted or the targets are gone */
	bool full;
	bool unlimited; /* --budget off */
	double budget_ratio;
	uint64_t interval_bytes; /* 0: chosen by the governor; full mode: the default interval */
	bool allow_stepped;
	bool no_stacks;
	bool no_follow; /* do not observe children of the targets */
	enum link_kind link;
	size_t ring_bytes;
	size_t live_entries;
	bool progress; /* a line on stderr each second */
};

/* The defaults of every verb. */
void session_options__init(struct session_options *options);
/* What a subscriber of these options asks for, beginning at @now_ns. */
struct observe_terms session_options__terms(const struct session_options *options, uint64_t now_ns);

struct session_result {
	uint32_t end_reason; /* of RECORD_END */
	int command_exit;    /* exit code of the command, -1 without one */
	uint64_t sampled, lost;
};

/*
 * Run it. 0, or -errno with @error filled (refused target, no permission, another observer, a sink
 * that failed). SIGINT and SIGTERM end it cleanly.
 */
int session__run(const struct session_options *options, const struct record_sink *sink,
		 struct session_result *ret_result, struct error *error);

#endif
