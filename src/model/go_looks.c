// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_looks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#include "base/banned.h"

void go_looks__release(struct go_looks_sums *looks)
{
	for (size_t i = 0; i < looks->types.cnt; i++)
		free(looks->types.items[i]);
	free(looks->types.items);
	free(looks->rows.items);
	table__release(&looks->index);
	table__release(&looks->by_name);
	*looks = (struct go_looks_sums){0};
}

void go_looks__shed(struct go_looks_sums *looks)
{
	struct go_looks_sums kept = {.known = looks->known, .sums = looks->sums};

	kept.dropped = looks->dropped;
	for (size_t i = 0; i < looks->rows.cnt; i++)
		kept.dropped += looks->rows.items[i].n;
	go_looks__release(looks);
	*looks = kept;
}

void go_looks__sum(struct go_looks_sums *looks, const struct record_go_look *record)
{
	if (looks->known && record->observed_ns < looks->sums.observed_ns)
		return;
	looks->known = true;
	looks->sums = *record;
}

/* The number of a type's name, from 1; 0: it has none, or there is no room. -ENOMEM. */
static int intern_type(struct go_looks_sums *looks, const char *name, uint32_t *ret_type)
{
	size_t bytes = strnlen(name, GO_LOOK_TYPE_BYTES - 1);
	uint64_t key = hash__bytes(HASH_SEED, name, bytes), index;
	char *copy;
	int err;

	*ret_type = 0;
	if (!bytes)
		return 0;
	if (table__get(&looks->by_name, key, &index)) {
		*ret_type = (uint32_t)index + 1;
		return 0;
	}
	if (looks->types.cnt == GO_LOOK_TYPES_MAX)
		return 0;
	copy = strndup(name, bytes);
	if (!copy)
		return -ENOMEM;
	err = vec__add(&looks->types, copy);
	if (err) {
		free(copy);
		return err;
	}
	looks->name_bytes += bytes + 1;
	*ret_type = (uint32_t)looks->types.cnt;
	return table__put(&looks->by_name, key, looks->types.cnt - 1);
}

/* What tells one row from another. */
static uint64_t key_of(const struct go_call_row *row)
{
	uint64_t words[] = {row->site.module, row->site.flags, row->site.offset, row->kind,
			    row->type,	      row->type_bytes, row->size,	 row->old};

	return hash__bytes(HASH_SEED, words, sizeof(words));
}

static int count_row(struct go_looks_sums *looks, struct go_call_row row, bool may_grow)
{
	uint64_t key = key_of(&row), index;
	int err;

	if (table__get(&looks->index, key, &index)) {
		struct go_call_row *known = &looks->rows.items[index];

		/* Sums of one program never fall. */
		if (row.n >= known->n) {
			known->n = row.n;
			known->bytes = row.bytes;
		}
		return 0;
	}
	if (!may_grow || looks->rows.cnt == GO_LOOK_ROWS_MAX) {
		looks->dropped += row.n;
		return 0;
	}
	err = vec__add(&looks->rows, row);
	return err ? err : table__put(&looks->index, key, looks->rows.cnt - 1);
}

int go_looks__count(struct go_looks_sums *looks, const struct record_go_calls *record,
		    bool may_grow)
{
	const struct go_call_row *rows = (const struct go_call_row *)(record + 1);
	int err = 0;

	for (uint32_t i = 0; i < record->row_cnt && !err; i++) {
		struct go_call_row row = rows[i];

		err = intern_type(looks, record__string(&record->head, row.type), &row.type);
		err = err ?: count_row(looks, row, may_grow);
	}
	return err;
}

static int heaviest_first(const void *a, const void *b)
{
	const struct view_go_call *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->n != y->n)
		return x->n < y->n ? 1 : -1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->site.offset != y->site.offset)
		return x->site.offset < y->site.offset ? -1 : 1;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	if (x->old != y->old)
		return x->old < y->old ? -1 : 1;
	return strcmp(x->type ? x->type : "", y->type ? y->type : "");
}

static int fill_rows(struct view *view, struct view_go *to, const struct go_looks_sums *looks)
{
	const char **names = view__alloc(view, (looks->types.cnt + 1) * sizeof(*names));

	to->look_calls = view__alloc(view, (looks->rows.cnt + 1) * sizeof(*to->look_calls));
	if (!names || !to->look_calls)
		return -ENOMEM;
	for (size_t i = 0; i < looks->types.cnt; i++) {
		names[i] = view__strdup(view, looks->types.items[i]);
		if (!names[i])
			return -ENOMEM;
	}
	for (size_t i = 0; i < looks->rows.cnt; i++) {
		const struct go_call_row *row = &looks->rows.items[i];

		to->look_calls[i] = (struct view_go_call){
			.kind = (enum go_call_kind)row->kind,
			.site = row->site,
			.type = row->type ? names[row->type - 1] : NULL,
			.type_bytes = row->type_bytes,
			.size = row->size,
			.old = row->old,
			.n = row->n,
			.bytes = row->bytes,
		};
	}
	to->look_call_cnt = looks->rows.cnt;
	qsort(to->look_calls, to->look_call_cnt, sizeof(*to->look_calls), heaviest_first);
	return 0;
}

int go_looks__fill(struct view *view, struct view_go *to, const struct go_looks_sums *looks,
		   bool rows)
{
	to->looks = looks->sums.looks;
	to->looked_s = (double)looks->sums.observed_ns / 1e9;
	to->look_cpu_s = (double)looks->sums.cpu_ns / 1e9;
	to->look_charged_s = (double)looks->sums.charged_ns / 1e9;
	to->dropped_calls = looks->sums.dropped + looks->dropped;
	return rows && looks->rows.cnt ? fill_rows(view, to, looks) : 0;
}

size_t go_looks__bytes(const struct go_looks_sums *looks)
{
	return looks->rows.cap * sizeof(*looks->rows.items) +
	       looks->types.cap * sizeof(*looks->types.items) + looks->name_bytes +
	       table__bytes(&looks->index) + table__bytes(&looks->by_name);
}
