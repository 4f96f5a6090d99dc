/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top itself: on a terminal, or line by line. Called by cmd/top.c, once a process: both take SIGINT,
 * SIGTERM, SIGHUP and SIGWINCH over. */
#ifndef HB_TOP_RUN_H
#define HB_TOP_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "top/top_source.h"

struct top_options {
	const pid_t *pids; /* these alone; none: all */
	size_t pid_cnt;
	size_t sort; /* enum processes_column */
	double delay_s;
	size_t iterations; /* 0: until told to end */
	bool json;	   /* documents, a line each; top_batch alone */
};

/* Whether top_run__screen() has a terminal. 0, or -errno with @error filled. */
int top_run__check(struct error *error);
/* On the terminal, until q. 0, or -errno with @error filled. */
int top_run__screen(const struct top_options *options, const struct top_source *source,
		    struct error *error);
/* Tables or documents to stdout. As above; also if stdout cannot be written. */
int top_run__batch(const struct top_options *options, const struct top_source *source,
		   struct error *error);

/* A descriptor that tells of those signals, or -errno. */
int top_run__signals(void);

#endif
