// SPDX-License-Identifier: GPL-2.0-or-later
#include "crew.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

#include "base/banned.h"

static pthread_barrier_t begin, end;
static void (*crew_work)(int index);

static void *member(void *arg)
{
	pthread_barrier_wait(&begin);
	crew_work((int)(intptr_t)arg);
	pthread_barrier_wait(&end);
	for (;;)
		pause();
	return NULL;
}

int crew__start(int cnt, void (*work)(int index))
{
	pthread_t thread;
	int err;

	if (cnt < 1 || cnt > CREW_MAX)
		return -EINVAL;
	crew_work = work;
	pthread_barrier_init(&begin, NULL, (unsigned int)cnt + 1);
	pthread_barrier_init(&end, NULL, (unsigned int)cnt + 1);
	for (int i = 0; i < cnt; i++) {
		err = pthread_create(&thread, NULL, member, (void *)(intptr_t)i);
		if (err)
			return -err;
	}
	return 0;
}

void crew__run(void)
{
	pthread_barrier_wait(&begin);
	pthread_barrier_wait(&end);
}
