/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fetches news in a thread of its own, so that keys are answered while a daemon is slow or hangs.
 * Used by top_run.c.
 */
#ifndef HB_TOP_FEED_H
#define HB_TOP_FEED_H

#include "top/top_source.h"

struct top_feed;

/* Starts the thread; @source must outlive it. NULL with errno set. */
struct top_feed *top_feed__new(const struct top_source *source);
/* End it. A thread that still waits for an answer after a moment is left behind, with what it uses:
 * the process is about to end. NULL is fine. */
void top_feed__free(struct top_feed *feed);

/* Ask for news with the details of process @pid (0: without). Something that is under way goes on;
 * then the last thing that was asked for comes. */
void top_feed__ask(struct top_feed *feed, uint32_t pid);
/* Readable when there are news. */
int top_feed__fd(const struct top_feed *feed);
/* Take them. False: there are none. */
bool top_feed__take(struct top_feed *feed, struct top_news *ret_news);

#endif
