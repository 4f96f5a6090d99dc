// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/go_counter.h"

#include "base/banned.h"

#define COLLISIONS_MAX 4

static void drop_items(struct go_places *places)
{
	for (size_t i = 0; i < places->cnt; i++)
		free(places->items[i].points);
	free(places->items);
	table__release(&places->index);
}

void go_places__release(struct go_places *places)
{
	drop_items(places);
	free(places->t_s);
	free(places->totals);
	*places = (struct go_places){0};
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
static struct go_place *emptiest(struct go_places *places)
{
	struct go_place *found = NULL;

	for (size_t i = 0; i < places->cnt; i++) {
		struct go_place *place = &places->items[i];

		if (!place->row.cnt && (!found || place->seen_ns < found->seen_ns))
			found = place;
	}
	return found;
}

static struct go_place *take_over(struct go_places *places, uint64_t key)
{
	struct go_place *place = emptiest(places);
	size_t at;

	if (!place)
		return NULL;
	at = (size_t)(place - places->items);
	for (uint64_t old = key_of(&place->row), i = 0; i < COLLISIONS_MAX; i++) {
		uint64_t found;

		if (table__get(&places->index, old + i, &found) && found == at)
			table__remove(&places->index, old + i, NULL);
	}
	if (table__put(&places->index, key, at))
		return NULL;
	memset(place->points, 0, GO_GOROUTINE_POINTS * sizeof(*place->points));
	return place;
}

static struct go_place *add_place(struct go_places *places, uint64_t key)
{
	struct go_place place = {.points = calloc(GO_GOROUTINE_POINTS, sizeof(*place.points))};

	if (!place.points || vec__add(places, place)) {
		free(place.points);
		return NULL;
	}
	if (table__put(&places->index, key, places->cnt - 1)) {
		places->cnt--;
		free(place.points);
		return NULL;
	}
	return &places->items[places->cnt - 1];
}

/* The place of @row, made if new; NULL if there is no room. */
static struct go_place *find_place(struct go_places *places, const struct go_goroutine_row *row,
				   bool may_grow)
{
	uint64_t key = key_of(row), found;

	for (int i = 0; i < COLLISIONS_MAX; i++, key++) {
		if (!table__get(&places->index, key, &found))
			break;
		if (same_place(&places->items[found].row, row))
			return &places->items[found];
	}
	if (may_grow && places->cnt < GO_SITES_MAX)
		return add_place(places, key);
	return take_over(places, key);
}

static int prepare(struct go_places *places)
{
	if (!places->t_s)
		places->t_s = calloc(GO_GOROUTINE_POINTS, sizeof(double));
	if (!places->totals)
		places->totals = calloc(GO_GOROUTINE_POINTS, sizeof(double));
	return places->t_s && places->totals ? 0 : -ENOMEM;
}

static void tick(struct go_places *places, double at_s)
{
	bool halve, take = thinning__take(&places->thinning, GO_GOROUTINE_POINTS, &halve);
	size_t at;

	if (halve) {
		thin__halve_double(places->t_s, GO_GOROUTINE_POINTS);
		thin__halve_double(places->totals, GO_GOROUTINE_POINTS);
		for (size_t i = 0; i < places->cnt; i++)
			thin__halve_float(places->items[i].points, GO_GOROUTINE_POINTS);
	}
	if (!take)
		return;
	at = places->thinning.cnt - 1;
	places->t_s[at] = at_s;
	places->totals[at] = (double)places->total;
	for (size_t i = 0; i < places->cnt; i++)
		places->items[i].points[at] = (float)places->items[i].row.cnt;
}

int go_places__read(struct go_places *places, const struct record_go_goroutines *record,
		    double at_s, bool may_grow)
{
	const struct go_goroutine_row *rows = (const struct go_goroutine_row *)(record + 1);

	if (prepare(places))
		return -ENOMEM;
	if (places->read_ns && record->head.time_ns <= places->read_ns)
		return 0;
	places->read_ns = record->head.time_ns;
	places->total = record->total;
	places->dropped = record->dropped;
	for (size_t i = 0; i < places->cnt; i++)
		places->items[i].row.cnt = 0;
	for (uint32_t i = 0; i < record->row_cnt; i++) {
		struct go_place *place = find_place(places, &rows[i], may_grow);

		if (!place) {
			places->dropped = go_counter__add(places->dropped, rows[i].cnt);
			continue;
		}
		place->row = rows[i];
		if (rows[i].cnt)
			place->seen_ns = record->head.time_ns;
	}
	tick(places, at_s);
	return 0;
}

size_t go_places__bytes(const struct go_places *places)
{
	return places->cap * sizeof(*places->items) + table__bytes(&places->index) +
	       places->cnt * GO_GOROUTINE_POINTS * sizeof(float) +
	       (places->t_s ? 2 * GO_GOROUTINE_POINTS * sizeof(double) : 0);
}
