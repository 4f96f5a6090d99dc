// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CHUNK_BYTES (64UL << 10)
#define ALIGNMENT   16UL

/* Memory of a view: chunks, the newest first, filled from the front. */
struct chunk {
	struct chunk *next;
	size_t used, cap;
	_Alignas(16) unsigned char data[];
};

struct view *view__new(void)
{
	return calloc(1, sizeof(struct view));
}

void view__free(struct view *view)
{
	struct chunk *next;

	if (!view)
		return;
	for (struct chunk *chunk = view->memory; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(view);
}

void *view__alloc(struct view *view, size_t bytes)
{
	struct chunk *chunk = view->memory;
	void *memory;

	if (bytes > SIZE_MAX - CHUNK_BYTES)
		return NULL;
	bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!chunk || chunk->cap - chunk->used < bytes) {
		size_t cap = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;

		chunk = calloc(1, sizeof(*chunk) + cap);
		if (!chunk)
			return NULL;
		chunk->cap = cap;
		chunk->next = view->memory;
		view->memory = chunk;
	}
	memory = chunk->data + chunk->used;
	chunk->used += bytes;
	return memory;
}

char *view__strdup(struct view *view, const char *s)
{
	size_t bytes = strlen(s) + 1;
	char *copy = view__alloc(view, bytes);

	return copy ? memcpy(copy, s, bytes) : NULL;
}
