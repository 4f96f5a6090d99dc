// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of an observer: the probes of all its processes come off side by side. */
#include "observe/state.h"

#include <pthread.h>

#include "base/banned.h"

/* Fewer than what a service may have tasks. */
#define THREADS 16

struct part {
	struct observer *observer;
	size_t first; /* and every THREADS-th after it */
	pthread_t thread;
	bool runs;
};

static void *take_off(void *arg)
{
	const struct part *part = arg;
	struct observer *observer = part->observer;

	for (size_t slot = part->first; slot < observer->slot_cnt; slot += THREADS)
		if (observer->members[slot]) {
			watch__detach(&observer->members[slot]->watch);
			go_look__unlink(&observer->members[slot]->go.looks.look);
		}
	return NULL;
}

/* Each link waits some 35 ms for a grace period of the kernel, which several can share. Perf links
 * wait for each other. Without a thread its share is taken off in observer__free. */
void observer__part(struct observer *observer)
{
	struct part parts[THREADS];

	if (!observer->object || object__link(observer->object) == LINK_PERF)
		return;
	for (size_t i = 0; i < THREADS; i++) {
		parts[i] = (struct part){.observer = observer, .first = i};
		parts[i].runs = !pthread_create(&parts[i].thread, NULL, take_off, &parts[i]);
	}
	for (size_t i = 0; i < THREADS; i++)
		if (parts[i].runs)
			pthread_join(parts[i].thread, NULL);
}
