// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_floor.h"

#include <errno.h>
#include <stdlib.h>

#include "export/pprof_share.h"

#include "base/banned.h"

void pprof_floor__release(struct pprof_floor *floor)
{
	free(floor->items);
	*floor = (struct pprof_floor){0};
}

size_t pprof_floor__bytes(const struct pprof_floor *floor)
{
	return floor->cnt * sizeof(*floor->items);
}

static void add(struct pprof_floor *floor, const struct pprof_row *row, uint64_t owner)
{
	if (!row->values[PPROF_ALLOC_OBJECTS] && !row->values[PPROF_ALLOC_SPACE])
		return;
	floor->items[floor->cnt++] = (struct pprof_held){
		.key = row->key,
		.owner = owner,
		.values = {row->values[PPROF_ALLOC_OBJECTS], row->values[PPROF_ALLOC_SPACE]},
	};
}

int pprof_floor__update(struct pprof_floor *floor, const struct pprof_rows *rows)
{
	struct pprof_floor next = {
		.items = calloc(rows->cnt + rows->owners.cnt + 1, sizeof(*next.items))};

	if (!next.items)
		return -ENOMEM;
	for (size_t i = 0; i < rows->owners.cnt; i++)
		add(&next, &rows->owners.items[i].other, rows->owners.items[i].other.key);
	for (size_t i = 0; i < rows->cnt; i++)
		add(&next, &rows->items[i], rows->owners.items[rows->items[i].owner].other.key);
	free(floor->items);
	*floor = next;
	return 0;
}

int pprof_floor__of(struct pprof_floor *floor, const struct pprof_source *source)
{
	struct pprof_rows rows = {0};
	int err = pprof_rows__collect(&rows, source, NULL);

	if (!err)
		err = pprof_share__fill(&rows);
	if (!err)
		err = pprof_floor__update(floor, &rows);
	pprof_rows__release(&rows);
	return err;
}
