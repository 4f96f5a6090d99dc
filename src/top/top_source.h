/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where documents come from: a daemon that runs, or one of top's own. Made by cmd/top_source.c; asked
 * by top_feed.c and top_batch.c, from one thread at a time. */
#ifndef HB_TOP_SOURCE_H
#define HB_TOP_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct top_source {
	void *ctx;
	bool own; /* an observer of top's own, which ends with it */
	/* The document @name ("processes", "hotspots", "recommendations"), of process @pid alone if
	 * it is not 0. NULL with @error filled: with code EXIT_OK it may come later (the daemon is
	 * gone, nothing is published yet), any other is final. */
	json_t *(*fetch)(void *ctx, const char *name, uint32_t pid, struct error *error);
};

/* What was fetched at one time. */
struct top_news {
	json_t *processes;		    /* NULL: see error */
	json_t *hotspots, *recommendations; /* of process pid; NULL: not asked for, or none yet */
	uint32_t pid;
	struct error error;
};

/* Fetch the processes and, if @pid is not 0, what is known of one. */
void top_news__fetch(struct top_news *news, const struct top_source *source, uint32_t pid);
void top_news__release(struct top_news *news);

#endif
