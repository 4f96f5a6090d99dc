// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_classes.h"

#include <stdlib.h>

#include "base/vec.h"

#include "base/banned.h"

void go_classes__release(struct go_classes *classes)
{
	free(classes->items);
	*classes = (struct go_classes){0};
}

static size_t power_of(uint64_t size_bytes)
{
	return size_bytes ? 64 - (size_t)__builtin_clzll(size_bytes) : 0;
}

/* The class of @size_bytes, made if new; NULL if out of memory or too many. */
static struct go_class *find(struct go_classes *classes, uint64_t size_bytes)
{
	struct go_class class = {.size_bytes = size_bytes};

	for (size_t i = 0; i < classes->cnt; i++)
		if (classes->items[i].size_bytes == size_bytes)
			return &classes->items[i];
	if (classes->cnt >= GO_CLASSES_MAX)
		return NULL;
	/* What was not there at the first reading has begun since. */
	for (int i = 0; i < GO_TOTALS && classes->first_ns; i++)
		go_counter__start(&class.counts[i], 0);
	return vec__add(classes, class) ? NULL : &classes->items[classes->cnt - 1];
}

static void add_large(struct go_classes *classes, uint64_t calls, uint64_t bytes)
{
	struct view_class *class;

	if (!calls)
		return;
	class = &classes->large[power_of(bytes / calls)];
	class->calls = go_counter__add(class->calls, calls);
	class->bytes = go_counter__add(class->bytes, bytes);
}

static void values_of(const struct go_class_row *row, uint64_t ret[GO_TOTALS])
{
	ret[GO_MALLOCS] = row->mallocs;
	ret[GO_FREES] = row->frees;
	ret[GO_ALLOCATED] = row->allocated_bytes;
	ret[GO_FREED] = row->freed_bytes;
}

static int read_row(struct go_classes *classes, const struct go_class_row *row)
{
	uint64_t values[GO_TOTALS], before[GO_TOTALS];
	struct go_class *class;

	if (row->frees > row->mallocs || row->freed_bytes > row->allocated_bytes)
		return 0;
	class = find(classes, row->size_bytes);
	if (!class)
		return classes->cnt < GO_CLASSES_MAX ? -ENOMEM : 0;
	values_of(row, values);
	for (int i = 0; i < GO_TOTALS; i++) {
		before[i] = go_counter__since(&class->counts[i]);
		go_counter__read(&class->counts[i], values[i]);
	}
	if (!row->size_bytes &&
	    go_counter__since(&class->counts[GO_MALLOCS]) > before[GO_MALLOCS] &&
	    go_counter__since(&class->counts[GO_ALLOCATED]) >= before[GO_ALLOCATED])
		add_large(classes,
			  go_counter__since(&class->counts[GO_MALLOCS]) - before[GO_MALLOCS],
			  go_counter__since(&class->counts[GO_ALLOCATED]) - before[GO_ALLOCATED]);
	return 0;
}

int go_classes__read(struct go_classes *classes, const struct record_go_classes *record)
{
	const struct go_class_row *rows = (const struct go_class_row *)(record + 1);
	int err = 0;

	for (uint32_t i = 0; i < record->row_cnt && !err; i++)
		err = read_row(classes, &rows[i]);
	if (!classes->first_ns)
		classes->first_ns = record->head.time_ns;
	if (record->head.time_ns > classes->last_ns)
		classes->last_ns = record->head.time_ns;
	return err;
}

void go_classes__sum(const struct record_go_classes *record, uint64_t ret_totals[GO_TOTALS])
{
	const struct go_class_row *rows = (const struct go_class_row *)(record + 1);

	for (int i = 0; i < GO_TOTALS; i++)
		ret_totals[i] = 0;
	for (uint32_t r = 0; r < record->row_cnt; r++) {
		uint64_t values[GO_TOTALS];

		values_of(&rows[r], values);
		for (int i = 0; i < GO_TOTALS; i++)
			ret_totals[i] = go_counter__add(ret_totals[i], values[i]);
	}
}

void go_classes__by_power(const struct go_classes *classes, struct view_class *ret)
{
	for (size_t i = 0; i < classes->cnt; i++) {
		const struct go_class *class = &classes->items[i];
		struct view_class *to = &ret[power_of(class->size_bytes)];

		if (!class->size_bytes)
			continue;
		to->calls =
			go_counter__add(to->calls, go_counter__since(&class->counts[GO_MALLOCS]));
		to->bytes =
			go_counter__add(to->bytes, go_counter__since(&class->counts[GO_ALLOCATED]));
	}
	for (size_t k = 0; k < SIZE_CLASSES; k++) {
		ret[k].calls = go_counter__add(ret[k].calls, classes->large[k].calls);
		ret[k].bytes = go_counter__add(ret[k].bytes, classes->large[k].bytes);
	}
}

size_t go_classes__bytes(const struct go_classes *classes)
{
	return classes->cap * sizeof(*classes->items);
}
