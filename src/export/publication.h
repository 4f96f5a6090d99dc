/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon has published last, for every reader: the loop thread puts a new publication at
 * each tick, readers (the HTTP thread) take a reference and render from it for as long as they like.
 * Publications are immutable and reference-counted; a scrape never waits for the loop, nor the loop
 * for a scrape.
 *
 * The host's figures are new at each tick; the analysis (view with sites, advice) is dearer to make
 * and shared by the publications until the next one.
 */
#ifndef HB_PUBLICATION_H
#define HB_PUBLICATION_H

#include <stdint.h>

#include "advice/advice.h"
#include "model/host.h"
#include "model/view.h"
#include "symbol/name_source.h"

/* View with sites folded and the advice on it. */
struct analysis {
	struct view *view;
	struct advice_list *advice;
	struct name_source names; /* may be asked from any thread */
	uint64_t at_ns;		  /* CLOCK_BOOTTIME when it was made */
	uint64_t number;	  /* 1, 2, ... */
	unsigned int refs;	  /* of publications; publication.c's own */
};

struct publication {
	struct host *host;
	struct analysis *analysis;
	unsigned int refs; /* publication.c's own */
};

/* Takes @view and @advice over; NULL (and both freed) if out of memory. */
struct analysis *analysis__new(struct view *view, struct advice_list *advice,
			       struct name_source names, uint64_t at_ns, uint64_t number);
struct analysis *analysis__ref(struct analysis *analysis);
void analysis__unref(struct analysis *analysis);

/* Takes @host over and a reference on @analysis; NULL (and @host freed) if out of memory. */
struct publication *publication__new(struct host *host, struct analysis *analysis);
void publication__unref(struct publication *publication);

struct publisher;

/* NULL with errno set. Free it when no reader is left. */
struct publisher *publisher__new(void);
void publisher__free(struct publisher *publisher);

/* Make @publication (taken over) the latest one. Loop thread. */
void publisher__put(struct publisher *publisher, struct publication *publication);
/* A reference on the latest one, or NULL before the first. Any thread; publication__unref it. */
struct publication *publisher__get(struct publisher *publisher);

/* Ask for an analysis made from now on; its number will be at least what is returned. Any thread. */
uint64_t publisher__want_analysis(struct publisher *publisher);
/* Whether somebody waits for an analysis of a number above @made. Loop thread. */
bool publisher__is_wanted(struct publisher *publisher, uint64_t made);

#endif
