// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/early.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

void early__release(struct early *early)
{
	free(early->ring);
	table__release(&early->by_key);
	*early = (struct early){.max = early->max};
}

static size_t rows_max(const struct early *early)
{
	return early->max ? early->max : EARLY_MAX;
}

/* The row of @key, a new one if need be; NULL if out of memory. */
static struct early_block *early__row(struct early *early, uint64_t key)
{
	struct early_block *row;
	uint64_t index;

	if (table__get(&early->by_key, key, &index))
		return &early->ring[index];
	/* Pages of the ring are touched one by one as it fills. */
	if (!early->ring)
		early->ring = calloc(rows_max(early), sizeof(*early->ring));
	if (!early->ring || table__put(&early->by_key, key, early->next))
		return NULL;
	row = &early->ring[early->next];
	early->next = (early->next + 1) % rows_max(early);
	if (row->used) {
		table__remove(&early->by_key, row->key, NULL);
		early->evicted++;
	}
	*row = (struct early_block){.key = key, .used = 1};
	return row;
}

int early__add(struct early *early, uint64_t key, const struct record_block *record)
{
	struct early_block *row = early__row(early, key);

	if (!row)
		return -ENOMEM;
	row->born_ns = record->born_ns;
	if (record->size_bytes > row->largest_bytes)
		row->largest_bytes = record->size_bytes;
	if (record->head.type == RECORD_STEP)
		row->moved_bytes += record->old_size_bytes;
	if (record->steps >= row->steps) {
		row->steps = record->steps;
		row->size_bytes = record->size_bytes;
	}
	row->tid = record->tid;
	row->birth_tid = record->birth_tid;
	if (record->head.type == RECORD_FREE)
		row->freed_ns = record->head.time_ns ? record->head.time_ns : 1;
	return 0;
}

bool early__take(struct early *early, uint64_t key, struct early_block *ret_block)
{
	uint64_t index;

	if (!table__remove(&early->by_key, key, &index))
		return false;
	*ret_block = early->ring[index];
	early->ring[index].used = 0;
	return true;
}

size_t early__bytes(const struct early *early)
{
	return (early->ring ? rows_max(early) * sizeof(*early->ring) : 0) +
	       table__bytes(&early->by_key);
}
