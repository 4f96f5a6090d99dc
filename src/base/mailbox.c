// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

struct mailbox {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	int fd;
	bool closed;
	size_t cap, cnt, head;
	void *letters[];
};

struct mailbox *mailbox__new(size_t cap)
{
	struct mailbox *mailbox;
	pthread_condattr_t attr;

	if (!cap || cap > (SIZE_MAX - sizeof(*mailbox)) / sizeof(void *)) {
		errno = EINVAL;
		return NULL;
	}
	mailbox = calloc(1, sizeof(*mailbox) + cap * sizeof(void *));
	if (!mailbox)
		return NULL;
	mailbox->cap = cap;
	mailbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (mailbox->fd < 0) {
		int err = errno;

		free(mailbox);
		errno = err;
		return NULL;
	}
	pthread_mutex_init(&mailbox->lock, NULL);
	/* A wait must not end early or late because somebody set the wall clock. */
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&mailbox->filled, &attr);
	pthread_condattr_destroy(&attr);
	return mailbox;
}

void mailbox__free(struct mailbox *mailbox)
{
	if (!mailbox)
		return;
	close(mailbox->fd);
	pthread_cond_destroy(&mailbox->filled);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

int mailbox__put(struct mailbox *mailbox, void *letter)
{
	int err = 0;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->closed) {
		err = -EPIPE;
	} else if (mailbox->cnt == mailbox->cap) {
		err = -EAGAIN;
	} else {
		mailbox->letters[(mailbox->head + mailbox->cnt) % mailbox->cap] = letter;
		/* Only the edges touch the eventfd: a full burst is one write and one read. */
		if (mailbox->cnt++ == 0)
			eventfd_write(mailbox->fd, 1);
		pthread_cond_signal(&mailbox->filled);
	}
	pthread_mutex_unlock(&mailbox->lock);
	return err;
}

static void *take_locked(struct mailbox *mailbox)
{
	eventfd_t drained;
	void *letter;

	if (!mailbox->cnt)
		return NULL;
	letter = mailbox->letters[mailbox->head];
	mailbox->head = (mailbox->head + 1) % mailbox->cap;
	if (--mailbox->cnt == 0)
		eventfd_read(mailbox->fd, &drained);
	return letter;
}

void *mailbox__take(struct mailbox *mailbox)
{
	void *letter;

	pthread_mutex_lock(&mailbox->lock);
	letter = take_locked(mailbox);
	pthread_mutex_unlock(&mailbox->lock);
	return letter;
}

static struct timespec deadline_after(int timeout_ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += timeout_ms / 1000;
	at.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

void *mailbox__wait(struct mailbox *mailbox, int timeout_ms)
{
	struct timespec deadline = deadline_after(timeout_ms < 0 ? 0 : timeout_ms);
	void *letter;
	int err = 0;

	pthread_mutex_lock(&mailbox->lock);
	while (!mailbox->cnt && !mailbox->closed && err != ETIMEDOUT) {
		if (timeout_ms < 0)
			pthread_cond_wait(&mailbox->filled, &mailbox->lock);
		else
			err = pthread_cond_timedwait(&mailbox->filled, &mailbox->lock, &deadline);
	}
	letter = take_locked(mailbox);
	pthread_mutex_unlock(&mailbox->lock);
	return letter;
}

void mailbox__close(struct mailbox *mailbox)
{
	pthread_mutex_lock(&mailbox->lock);
	mailbox->closed = true;
	pthread_cond_broadcast(&mailbox->filled);
	pthread_mutex_unlock(&mailbox->lock);
}

bool mailbox__is_closed(struct mailbox *mailbox)
{
	bool closed;

	pthread_mutex_lock(&mailbox->lock);
	closed = mailbox->closed;
	pthread_mutex_unlock(&mailbox->lock);
	return closed;
}

int mailbox__fd(const struct mailbox *mailbox)
{
	return mailbox->fd;
}
