/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process as the document of processes tells it: plain numbers, NAN where something is not
 * known. Read anew with each document by top_fleet.c. Pure; nothing in a document is trusted to be
 * there or of its type.
 */
#ifndef HB_TOP_PROCESS_H
#define HB_TOP_PROCESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "top/top_grid.h"

enum top_value {
	TOP_CALLS,    /* allocations per second, of late */
	TOP_BYTES,    /* bytes per second, of late */
	TOP_LIVE,     /* bytes */
	TOP_GROWTH,   /* bytes per hour: of live bytes where they are known, else of RSS */
	TOP_RSS,      /* bytes */
	TOP_GC,	      /* seconds between collections */
	TOP_INTERVAL, /* mean bytes between samples */
	TOP_COST,     /* charged, of its CPU time */
	TOP_SEEN,     /* share of the time since it was attached */
	TOP_CPU,      /* cores */
	TOP_VALUES,
};

/* Sums over windows; negative observed_s: not known. */
struct top_counted {
	double calls, bytes, observed_s;
};

struct top_process {
	char id[GRID_KEY_BYTES]; /* pid, start, exec: of this image alone */
	uint32_t pid;
	const char *comm, *exe, *unit, *runtime, *state, *how; /* never NULL; of the document */
	double values[TOP_VALUES];
	bool at_least[TOP_VALUES]; /* the truth is not below it */
	bool steady; /* the interval of its growth includes none: what its value is then, too */
	bool growing, attached, throughout; /* seen without a gap */
	struct top_counted counted;
};

/* Read @item. False if it is not that of a process; strings live as long as @item. */
bool top_process__read(struct top_process *process, const json_t *item);

/* A number of a document's object, NAN if it is none; of a figure, its value. */
double top_json__number(const json_t *object, const char *key);
double top_json__figure(const json_t *object, const char *key);
/* "" if it is none. */
const char *top_json__string(const json_t *object, const char *key);

#endif
