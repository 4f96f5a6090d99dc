/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is shown, and what a key changes of it: no terminal, no clock, no source. Fed with keys and
 * news by top_run.c, drawn by top_frame.c.
 */
#ifndef HB_TOP_STATE_H
#define HB_TOP_STATE_H

#include <sys/types.h>

#include "top/top_filter.h"
#include "top/top_fleet.h"
#include "top/top_grid.h"
#include "top/top_processes.h"
#include "top/top_sites.h"
#include "top/top_source.h"

/* Keys: characters are themselves. */
enum top_key {
	TOP_KEY_UP = 0x200000,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_ENTER,
	TOP_KEY_BACK, /* Backspace, or left */
	TOP_KEY_ESCAPE,
	TOP_KEY_HELP,
};

enum top_action {
	TOP_NOTHING, /* but draw */
	TOP_QUIT,
	TOP_ASK, /* something is to be shown that has not been fetched */
};

enum top_view { VIEW_PROCESSES, VIEW_SITES, VIEW_SITE, VIEW_ADVICE, VIEW_HELP };
enum top_prompt { PROMPT_NONE, PROMPT_FILTER, PROMPT_DELAY };

#define TOP_DELAY_LEAST_S 0.1
#define TOP_DELAY_MOST_S  3600

/* A table with what was chosen in it. */
struct top_list {
	struct grid grid;
	size_t sort;
	bool reverse;
	char selected[GRID_KEY_BYTES]; /* "": whatever is first */
	size_t at;		       /* its row, when it was last drawn */
	size_t first;		       /* row at the top */
	struct top_filter filter;
};

struct top_state {
	enum top_view view, below; /* below: where the help was opened */
	struct top_list processes, sites;
	size_t scroll; /* of pages of text */
	size_t rows;   /* that the last frame had for the table or page */
	bool paused, change, observed;
	enum processes_column change_of; /* the number sorted by last */
	double delay_s;
	enum top_prompt prompt;
	char typed[FILTER_BYTES];
	char change_title[16]; /* above the changes: of what they are */

	const pid_t *pids; /* of -p */
	size_t pid_cnt;
	bool own; /* as of struct top_source */

	struct top_fleet fleet;
	struct top_sites details; /* of the process that is open */
	json_t *advice;
	uint32_t pid;		 /* of the process that is open; 0 none */
	char id[GRID_KEY_BYTES]; /* and of its image */
	char comm[64];
	char site[GRID_KEY_BYTES];	/* key of the site that is open */
	char problem[ERROR_TEXT_BYTES]; /* why there is nothing new; "" */
};

/* As it begins; @sort is a column of the processes. */
void top_state__init(struct top_state *state, size_t sort);
void top_state__release(struct top_state *state);
/* What a key does. */
enum top_action top_state__key(struct top_state *state, uint32_t key);
/* Take what was fetched, and leave @news empty. While it is paused nothing is taken, but
 * the details of a process that has been opened since. */
void top_state__take(struct top_state *state, struct top_news *news);
/* Whose details are to be fetched: 0 none. */
uint32_t top_state__wants(const struct top_state *state);
/* The table that is shown, or was before a page of text. */
struct top_list *top_state__list(struct top_state *state);
/* Columns of the table of processes that are not shown. */
uint32_t top_state__hidden(const struct top_state *state);
/* Fill, sort, and find what is selected. 0 or -ENOMEM. */
int top_state__fill(struct top_state *state);

#endif
