// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

/* Finaliser of splitmix64: spreads consecutive keys over the slots. */
static uint64_t mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

void table__release(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

/* The slot of @key, or the free slot where it belongs. The table is never full. */
static struct table_slot *table__find(const struct table *table, uint64_t key)
{
	size_t mask = table->cap - 1;

	for (size_t i = mix(key) & mask;; i = (i + 1) & mask)
		if (!table->slots[i].used || table->slots[i].key == key)
			return &table->slots[i];
}

bool table__get(const struct table *table, uint64_t key, uint64_t *ret_value)
{
	struct table_slot *slot;

	if (!table->cap)
		return false;
	slot = table__find(table, key);
	if (slot->used && ret_value)
		*ret_value = slot->value;
	return slot->used;
}

static int table__grow(struct table *table)
{
	struct table bigger = {.cap = table->cap ? table->cap * 2 : 64, .cnt = table->cnt};

	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->cap; i++)
		if (table->slots[i].used)
			*table__find(&bigger, table->slots[i].key) = table->slots[i];
	free(table->slots);
	*table = bigger;
	return 0;
}

int table__put(struct table *table, uint64_t key, uint64_t value)
{
	struct table_slot *slot;

	if (table->cnt * 4 >= table->cap * 3) {
		int err = table__grow(table);

		if (err)
			return err;
	}
	slot = table__find(table, key);
	table->cnt += !slot->used;
	*slot = (struct table_slot){.key = key, .value = value, .used = 1};
	return 0;
}

bool table__remove(struct table *table, uint64_t key, uint64_t *ret_value)
{
	size_t mask = table->cap - 1, hole, i;
	struct table_slot *slot;

	if (!table->cap)
		return false;
	slot = table__find(table, key);
	if (!slot->used)
		return false;
	if (ret_value)
		*ret_value = slot->value;
	/* Close the gap: move back every later entry of the run that may stand here. */
	hole = (size_t)(slot - table->slots);
	for (i = (hole + 1) & mask; table->slots[i].used; i = (i + 1) & mask) {
		size_t home = mix(table->slots[i].key) & mask;

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			table->slots[hole] = table->slots[i];
			hole = i;
		}
	}
	table->slots[hole].used = 0;
	table->cnt--;
	return true;
}

size_t table__bytes(const struct table *table)
{
	return table->cap * sizeof(*table->slots);
}

const struct table_slot *table__next(const struct table *table, const struct table_slot *slot)
{
	size_t i = slot ? (size_t)(slot - table->slots) + 1 : 0;

	for (; i < table->cap; i++)
		if (table->slots[i].used)
			return &table->slots[i];
	return NULL;
}

uint64_t hash__bytes(uint64_t seed, const void *bytes, size_t len)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++)
		seed = (seed ^ b[i]) * 0x100000001b3ULL;
	return seed;
}
