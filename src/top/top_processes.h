/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of processes: its columns, and its rows from what is known of the fleet. Pure. */
#ifndef HB_TOP_PROCESSES_H
#define HB_TOP_PROCESSES_H

#include <sys/types.h>

#include "top/top_filter.h"
#include "top/top_fleet.h"
#include "top/top_grid.h"

enum processes_column {
	PROCESS_PID,
	PROCESS_RUNTIME,
	PROCESS_HOW,
	PROCESS_CALLS,
	PROCESS_BYTES,
	PROCESS_LIVE,
	PROCESS_GROWTH,
	PROCESS_CHANGE,
	PROCESS_RSS,
	PROCESS_GC,
	PROCESS_CPU,
	PROCESS_INTERVAL,
	PROCESS_COST,
	PROCESS_SEEN,
	PROCESS_UNIT,
	PROCESS_COMMAND,
	PROCESS_COLUMNS,
};

extern const struct grid_column process_columns[PROCESS_COLUMNS];

/* Which processes, and the change of what. */
struct processes_choice {
	const struct top_filter *filter; /* by command, file or unit */
	const pid_t *pids;		 /* these alone; none: all */
	size_t pid_cnt;
	bool observed; /* those alone of which something is known beside the vitals */
	enum processes_column change_of; /* what PROCESS_CHANGE is about */
};

/* Whether a change of @column can be told. */
bool processes__is_number(size_t column);
/* Fill @grid anew; strings are those of @fleet. 0 or -ENOMEM. */
int processes__fill(struct grid *grid, const struct top_fleet *fleet,
		    const struct processes_choice *choice);

#endif
