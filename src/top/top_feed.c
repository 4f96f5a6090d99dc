// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_feed.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define PATIENCE_S 1

struct top_feed {
	const struct top_source *source;
	pthread_t thread;
	int fd;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t asked_for;
	bool asked, ending, ready;
	uint32_t pid;
	struct top_news news;
};

/* Waits until something is wanted. False: the end. */
static bool await(struct top_feed *feed, uint32_t *ret_pid)
{
	bool go_on;

	pthread_mutex_lock(&feed->lock);
	while (!feed->asked && !feed->ending)
		pthread_cond_wait(&feed->asked_for, &feed->lock);
	go_on = !feed->ending;
	feed->asked = false;
	*ret_pid = feed->pid;
	pthread_mutex_unlock(&feed->lock);
	return go_on;
}

static void publish(struct top_feed *feed, const struct top_news *news)
{
	uint64_t one = 1;

	pthread_mutex_lock(&feed->lock);
	top_news__release(&feed->news);
	feed->news = *news;
	feed->ready = true;
	pthread_mutex_unlock(&feed->lock);
	(void)!write(feed->fd, &one, sizeof(one));
}

static void *work(void *ctx)
{
	struct top_feed *feed = ctx;
	struct top_news news;
	uint32_t pid;

	while (await(feed, &pid)) {
		top_news__fetch(&news, feed->source, pid);
		publish(feed, &news);
	}
	return NULL;
}

/* Signals are for the thread that draws. */
static int start(struct top_feed *feed)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&feed->thread, NULL, work, feed);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

struct top_feed *top_feed__new(const struct top_source *source)
{
	struct top_feed *feed = calloc(1, sizeof(*feed));
	int err;

	if (!feed)
		return NULL;
	feed->source = source;
	pthread_mutex_init(&feed->lock, NULL);
	pthread_cond_init(&feed->asked_for, NULL);
	feed->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = feed->fd < 0 ? -errno : start(feed);
	if (!err)
		return feed;
	if (feed->fd >= 0)
		close(feed->fd);
	free(feed);
	errno = -err;
	return NULL;
}

void top_feed__free(struct top_feed *feed)
{
	struct timespec until;

	if (!feed)
		return;
	pthread_mutex_lock(&feed->lock);
	feed->ending = true;
	pthread_cond_signal(&feed->asked_for);
	pthread_mutex_unlock(&feed->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	if (pthread_timedjoin_np(feed->thread, NULL, &until)) {
		pthread_detach(feed->thread);
		return;
	}
	top_news__release(&feed->news);
	close(feed->fd);
	free(feed);
}

void top_feed__ask(struct top_feed *feed, uint32_t pid)
{
	pthread_mutex_lock(&feed->lock);
	feed->asked = true;
	feed->pid = pid;
	pthread_cond_signal(&feed->asked_for);
	pthread_mutex_unlock(&feed->lock);
}

int top_feed__fd(const struct top_feed *feed)
{
	return feed->fd;
}

bool top_feed__take(struct top_feed *feed, struct top_news *ret_news)
{
	uint64_t cnt;
	bool ready;

	(void)!read(feed->fd, &cnt, sizeof(cnt));
	pthread_mutex_lock(&feed->lock);
	ready = feed->ready;
	if (ready) {
		*ret_news = feed->news;
		feed->news = (struct top_news){0};
		feed->ready = false;
	}
	pthread_mutex_unlock(&feed->lock);
	return ready;
}
