// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_name_index.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/banned.h"

#define NONE UINT32_MAX

void go_name_index__release(struct go_name_index *index)
{
	free(index->keys);
	*index = (struct go_name_index){0};
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Name of function @number. Its length, or -ENOENT. */
static int name_of(const struct go_pclntab *tab, uint32_t number, char name[GO_NAME_MAX],
		   struct go_function_row *ret_row)
{
	int err = go_pclntab__row(tab, number, ret_row);

	return err ? err : go_pclntab__name(tab, ret_row->name, name);
}

static int build(struct go_name_index *index, const struct go_pclntab *tab)
{
	struct go_function_row row;
	char name[GO_NAME_MAX];

	index->keys = malloc(tab->function_cnt * sizeof(*index->keys));
	if (!index->keys)
		return -ENOMEM;
	for (uint32_t i = 0; i < tab->function_cnt; i++) {
		int len = name_of(tab, i, name, &row);

		if (len > 0)
			index->keys[index->cnt++] =
				hash__bytes(HASH_SEED, name, (size_t)len) << 32 | i;
	}
	qsort(index->keys, index->cnt, sizeof(*index->keys), by_value);
	return 0;
}

/* Function @number stands for @name: better than @best? */
static bool is_better(const struct go_pclntab *tab, uint32_t number, const char *name,
		      uint32_t *best)
{
	struct go_function_row row;
	char found[GO_NAME_MAX];

	if (name_of(tab, number, found, &row) <= 0 || strcmp(found, name))
		return false;
	if (*best == NONE || row.func_id != tab->layout->wrapper_id)
		*best = number;
	return row.func_id != tab->layout->wrapper_id;
}

/* In order of number, so of address; equal hashes are neighbours. */
static void find_indexed(const struct go_name_index *index, const struct go_pclntab *tab,
			 const char *name, uint32_t *best)
{
	uint64_t key = hash__bytes(HASH_SEED, name, strlen(name)) << 32;
	size_t low = 0, high = index->cnt;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (index->keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < index->cnt && index->keys[low] >> 32 == key >> 32; low++)
		if (is_better(tab, (uint32_t)index->keys[low], name, best))
			return;
}

int go_name_index__find(struct go_name_index *index, const struct go_pclntab *tab, const char *name,
			uint32_t *ret_number)
{
	uint32_t best = NONE;
	int err;

	if (!index->keys && tab->function_cnt <= GO_INDEX_MAX) {
		err = build(index, tab);
		if (err)
			return err;
	}
	if (index->keys)
		find_indexed(index, tab, name, &best);
	else
		for (uint32_t i = 0; i < tab->function_cnt; i++)
			if (is_better(tab, i, name, &best))
				break;
	if (best == NONE)
		return -ENOENT;
	*ret_number = best;
	return 0;
}
