// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/floors.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "web/route.h"

#include "base/banned.h"

struct entry {
	char id[ROUTE_ID_BYTES];
	uint64_t used; /* 0: free */
	struct pprof_floor floor;
};

struct floors {
	pthread_mutex_t lock;
	uint64_t clock;
	struct entry entries[FLOORS_MAX];
};

struct floors *floors__new(void)
{
	struct floors *floors = calloc(1, sizeof(*floors));

	if (floors)
		pthread_mutex_init(&floors->lock, NULL);
	return floors;
}

void floors__free(struct floors *floors)
{
	if (!floors)
		return;
	for (size_t i = 0; i < FLOORS_MAX; i++)
		pprof_floor__release(&floors->entries[i].floor);
	pthread_mutex_destroy(&floors->lock);
	free(floors);
}

static void drop(struct entry *entry)
{
	pprof_floor__release(&entry->floor);
	*entry = (struct entry){0};
}

/* The entry used longest ago, free ones first. */
static struct entry *oldest(struct floors *floors)
{
	struct entry *found = &floors->entries[0];

	for (size_t i = 1; i < FLOORS_MAX; i++)
		if (floors->entries[i].used < found->used)
			found = &floors->entries[i];
	return found;
}

struct pprof_floor *floors__hold(struct floors *floors, const char *id)
{
	struct entry *entry = NULL;

	pthread_mutex_lock(&floors->lock);
	for (size_t i = 0; i < FLOORS_MAX && !entry; i++)
		if (floors->entries[i].used && !strcmp(floors->entries[i].id, id))
			entry = &floors->entries[i];
	if (!entry) {
		entry = oldest(floors);
		drop(entry);
		snprintf(entry->id, sizeof(entry->id), "%s", id);
	}
	entry->used = ++floors->clock;
	return &entry->floor;
}

static size_t count_bytes(const struct floors *floors)
{
	size_t bytes = 0;

	for (size_t i = 0; i < FLOORS_MAX; i++)
		if (floors->entries[i].used)
			bytes += pprof_floor__bytes(&floors->entries[i].floor);
	return bytes;
}

static struct entry *oldest_used(struct floors *floors)
{
	struct entry *found = NULL;

	for (size_t i = 0; i < FLOORS_MAX; i++)
		if (floors->entries[i].used && (!found || floors->entries[i].used < found->used))
			found = &floors->entries[i];
	return found;
}

void floors__release(struct floors *floors)
{
	while (count_bytes(floors) > FLOORS_BYTES_MAX)
		drop(oldest_used(floors));
	pthread_mutex_unlock(&floors->lock);
}
