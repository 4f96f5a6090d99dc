/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readers of live Go programs in a thread of their own: opening one decodes code and walks tables,
 * reading one may wait for the target's memory map, and a loop that shuts windows can wait for
 * neither. Spoken to by messages only. Called by observe/.
 */
#ifndef HB_COLLECT_GO_WORKER_H
#define HB_COLLECT_GO_WORKER_H

#include "collect/go_calls.h"
#include "collect/go_reading.h"
#include "probe/go_look.h"
#include "probe/go_watch.h"

enum go_news_kind {
	GO_NEWS_OPENED,
	GO_NEWS_FAILED, /* nothing can be read of it, now */
	GO_NEWS_READING,
	GO_NEWS_GONE,  /* the process has ended */
	GO_NEWS_CALLS, /* what a look has seen, named */
};

struct go_news {
	uint32_t image;
	enum go_news_kind kind;
	/* GO_NEWS_OPENED */
	uint32_t parts; /* enum go_part */
	char version[32];
	char *coverage;
	uint8_t build_id[BUILD_ID_MAX];
	uint64_t bias;	       /* of live addresses over link-time ones */
	uint64_t text, etext;  /* link-time */
	struct go_watch watch; /* where its probes may go; released with the news unless taken */
	struct go_look look;   /* and those of looks; as above */
	/* GO_NEWS_READING */
	struct go_reading *reading;
	/* GO_NEWS_CALLS; failed: rows is NULL */
	struct go_calls_news calls;
	struct record_go_look sums; /* as they were asked with */
	/* GO_NEWS_FAILED */
	struct error error;
};

void go_news__free(struct go_news *news);

struct go_worker;

/* Starts the thread. NULL with errno set. */
struct go_worker *go_worker__new(void);
/* Ends the thread; news not taken are freed. NULL is fine. */
void go_worker__free(struct go_worker *worker);

/* Open a reader of @image, process @pid, whose executable is @fd (duplicated): OPENED or FAILED
 * follows. 0, -EAGAIN (too much is asked already), -ENOMEM. */
int go_worker__open(struct go_worker *worker, uint32_t image, pid_t pid, int fd);
/* Read @parts (enum go_part) of an opened @image: READING or GONE follows. As above. */
int go_worker__read(struct go_worker *worker, uint32_t image, uint32_t parts);
/* Close the reader of @image; nothing follows. As above. */
int go_worker__forget(struct go_worker *worker, uint32_t image);

/* Sum up and name @cnt @rows of a look, which are taken over, at the end of the look if it is @over:
 * CALLS follows, also of a process that has ended. As above. */
int go_worker__sum(struct go_worker *worker, const struct record_go_look *sums,
		   struct go_calls_row *rows, size_t cnt, bool over);

/* The next news, or NULL. go_news__free it. */
struct go_news *go_worker__take(struct go_worker *worker);

#endif
