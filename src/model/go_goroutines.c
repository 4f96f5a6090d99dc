// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_goroutines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/go_counter.h"

#include "base/banned.h"

#define COLLISIONS_MAX 4

static void drop_items(struct go_goroutines *goroutines)
{
	for (size_t i = 0; i < goroutines->cnt; i++)
		free(goroutines->items[i].points);
	free(goroutines->items);
	table__release(&goroutines->index);
}

void go_goroutines__release(struct go_goroutines *goroutines)
{
	drop_items(goroutines);
	free(goroutines->t_s);
	free(goroutines->totals);
	*goroutines = (struct go_goroutines){0};
}

static uint64_t key_of(const struct go_goroutine_row *row)
{
	uint64_t hash = hash__bytes(HASH_SEED, &row->created, sizeof(row->created));

	return hash__bytes(hash, &row->entry, sizeof(row->entry));
}

static bool same_place(const struct go_goroutine_row *a, const struct go_goroutine_row *b)
{
	return !memcmp(&a->created, &b->created, sizeof(a->created)) &&
	       !memcmp(&a->entry, &b->entry, sizeof(a->entry));
}

/* The place that has been empty for the longest; NULL if none is. */
static struct go_place *emptiest(struct go_goroutines *goroutines)
{
	struct go_place *found = NULL;

	for (size_t i = 0; i < goroutines->cnt; i++) {
		struct go_place *place = &goroutines->items[i];

		if (!place->row.cnt && (!found || place->seen_ns < found->seen_ns))
			found = place;
	}
	return found;
}

static struct go_place *take_over(struct go_goroutines *goroutines, uint64_t key)
{
	struct go_place *place = emptiest(goroutines);
	size_t at;

	if (!place)
		return NULL;
	at = (size_t)(place - goroutines->items);
	for (uint64_t old = key_of(&place->row), i = 0; i < COLLISIONS_MAX; i++) {
		uint64_t found;

		if (table__get(&goroutines->index, old + i, &found) && found == at)
			table__remove(&goroutines->index, old + i, NULL);
	}
	if (table__put(&goroutines->index, key, at))
		return NULL;
	memset(place->points, 0, GO_GOROUTINE_POINTS * sizeof(*place->points));
	return place;
}

static struct go_place *add_place(struct go_goroutines *goroutines, uint64_t key)
{
	struct go_place place = {.points = calloc(GO_GOROUTINE_POINTS, sizeof(*place.points))};

	if (!place.points || vec__add(goroutines, place)) {
		free(place.points);
		return NULL;
	}
	if (table__put(&goroutines->index, key, goroutines->cnt - 1)) {
		goroutines->cnt--;
		free(place.points);
		return NULL;
	}
	return &goroutines->items[goroutines->cnt - 1];
}

/* The place of @row, made if new; NULL if there is no room. */
static struct go_place *find_place(struct go_goroutines *goroutines,
				   const struct go_goroutine_row *row, bool may_grow)
{
	uint64_t key = key_of(row), found;

	for (int i = 0; i < COLLISIONS_MAX; i++, key++) {
		if (!table__get(&goroutines->index, key, &found))
			break;
		if (same_place(&goroutines->items[found].row, row))
			return &goroutines->items[found];
	}
	if (may_grow && goroutines->cnt < GO_SITES_MAX)
		return add_place(goroutines, key);
	return take_over(goroutines, key);
}

static int prepare(struct go_goroutines *goroutines)
{
	if (!goroutines->t_s)
		goroutines->t_s = calloc(GO_GOROUTINE_POINTS, sizeof(double));
	if (!goroutines->totals)
		goroutines->totals = calloc(GO_GOROUTINE_POINTS, sizeof(double));
	return goroutines->t_s && goroutines->totals ? 0 : -ENOMEM;
}

static void tick(struct go_goroutines *goroutines, double at_s)
{
	bool halve, take = thinning__take(&goroutines->thinning, GO_GOROUTINE_POINTS, &halve);
	size_t at;

	if (halve) {
		thin__halve_double(goroutines->t_s, GO_GOROUTINE_POINTS);
		thin__halve_double(goroutines->totals, GO_GOROUTINE_POINTS);
		for (size_t i = 0; i < goroutines->cnt; i++)
			thin__halve_float(goroutines->items[i].points, GO_GOROUTINE_POINTS);
	}
	if (!take)
		return;
	at = goroutines->thinning.cnt - 1;
	goroutines->t_s[at] = at_s;
	goroutines->totals[at] = (double)goroutines->total;
	for (size_t i = 0; i < goroutines->cnt; i++)
		goroutines->items[i].points[at] = (float)goroutines->items[i].row.cnt;
}

int go_goroutines__read(struct go_goroutines *goroutines, const struct record_go_goroutines *record,
			double at_s, bool may_grow)
{
	const struct go_goroutine_row *rows = (const struct go_goroutine_row *)(record + 1);

	if (prepare(goroutines))
		return -ENOMEM;
	if (goroutines->read_ns && record->head.time_ns <= goroutines->read_ns)
		return 0;
	goroutines->read_ns = record->head.time_ns;
	goroutines->total = record->total;
	goroutines->dropped = record->dropped;
	for (size_t i = 0; i < goroutines->cnt; i++)
		goroutines->items[i].row.cnt = 0;
	for (uint32_t i = 0; i < record->row_cnt; i++) {
		struct go_place *place = find_place(goroutines, &rows[i], may_grow);

		if (!place) {
			goroutines->dropped = go_counter__add(goroutines->dropped, rows[i].cnt);
			continue;
		}
		place->row = rows[i];
		if (rows[i].cnt)
			place->seen_ns = record->head.time_ns;
	}
	tick(goroutines, at_s);
	return 0;
}

size_t go_goroutines__bytes(const struct go_goroutines *goroutines)
{
	return goroutines->cap * sizeof(*goroutines->items) + table__bytes(&goroutines->index) +
	       goroutines->cnt * GO_GOROUTINE_POINTS * sizeof(float) +
	       (goroutines->t_s ? 2 * GO_GOROUTINE_POINTS * sizeof(double) : 0);
}
