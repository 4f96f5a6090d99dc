/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open-addressing hash table from a 64-bit key to a 64-bit value (an index or a pointer). Keys are
 * hashed again inside, so plain numbers are fine. Its bytes are exactly table__bytes().
 */
#ifndef HB_TABLE_H
#define HB_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_slot {
	uint64_t key;
	uint64_t value;
	uint64_t used; /* 0 free, 1 used */
};

struct table {
	struct table_slot *slots;
	size_t cnt;
	size_t cap; /* 0 or a power of two */
};

/* Zero-initialise to begin with. */
void table__release(struct table *table);
/* True and *ret_value (may be NULL) if @key is there. */
bool table__get(const struct table *table, uint64_t key, uint64_t *ret_value);
/* Insert or overwrite. 0, or -ENOMEM with the table unchanged. */
int table__put(struct table *table, uint64_t key, uint64_t value);
/* True and *ret_value (may be NULL) if @key was there. */
bool table__remove(struct table *table, uint64_t key, uint64_t *ret_value);
size_t table__bytes(const struct table *table);

/* for (const struct table_slot *s = NULL; (s = table__next(t, s));) in no particular order; the
 * table must not change meanwhile. */
const struct table_slot *table__next(const struct table *table, const struct table_slot *slot);

/* FNV-1a over @len bytes, chained from @seed (HASH_SEED to begin with). Stable across hosts. */
#define HASH_SEED 0xcbf29ce484222325ULL
uint64_t hash__bytes(uint64_t seed, const void *bytes, size_t len);

#endif
