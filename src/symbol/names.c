// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/names.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CHUNK_BYTES (64U << 10)

struct names_chunk {
	struct names_chunk *next;
	size_t used, bytes;
	alignas(max_align_t) char data[];
};

void names__release(struct names *names)
{
	while (names->chunks) {
		struct names_chunk *next = names->chunks->next;

		free(names->chunks);
		names->chunks = next;
	}
	table__release(&names->strings);
	*names = (struct names){0};
}

void *names__alloc(struct names *names, size_t bytes)
{
	struct names_chunk *chunk = names->chunks;
	size_t step = alignof(max_align_t);

	bytes = (bytes + step - 1) / step * step;
	if (!chunk || chunk->bytes - chunk->used < bytes) {
		size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk)
			return NULL;
		chunk->bytes = room;
		chunk->next = names->chunks;
		names->chunks = chunk;
		names->bytes += sizeof(*chunk) + room;
	}
	chunk->used += bytes;
	return chunk->data + chunk->used - bytes;
}

const char *names__intern(struct names *names, const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	uint64_t hash = hash__bytes(HASH_SEED, s, len), found;
	char *copy;

	if (table__get(&names->strings, hash, &found)) {
		const char *known = (const char *)(uintptr_t)found;

		if (!strncmp(known, s, len) && !known[len])
			return known;
	}
	copy = names__alloc(names, len + 1);
	if (!copy)
		return NULL;
	memcpy(copy, s, len);
	/* Without a place in the table it is only not shared. */
	table__put(&names->strings, hash, (uintptr_t)copy);
	return copy;
}
