// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define HOST_CHUNK_BYTES (32UL << 10)
#define HOST_ALIGNMENT	 16UL

/* Memory of a host: chunks, the newest first, filled from the front. */
struct host_chunk {
	struct host_chunk *next;
	size_t used, cap;
	_Alignas(16) unsigned char data[];
};

struct host *host__new(void)
{
	return calloc(1, sizeof(struct host));
}

void host__free(struct host *host)
{
	struct host_chunk *next;

	if (!host)
		return;
	for (struct host_chunk *chunk = host->memory; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(host);
}

/* A new chunk with room for @bytes. One that is too small for a big piece stays behind it, to be
 * filled further: a big piece must not leave the rest of it unused. */
static struct host_chunk *host__grow(struct host *host, size_t bytes)
{
	size_t cap = bytes > HOST_CHUNK_BYTES ? bytes : HOST_CHUNK_BYTES;
	struct host_chunk *first = host->memory, *chunk = calloc(1, sizeof(*chunk) + cap);

	if (!chunk)
		return NULL;
	chunk->cap = cap;
	if (first && bytes > HOST_CHUNK_BYTES) {
		chunk->next = first->next;
		first->next = chunk;
	} else {
		chunk->next = first;
		host->memory = chunk;
	}
	return chunk;
}

void *host__alloc(struct host *host, size_t bytes)
{
	struct host_chunk *chunk = host->memory;
	void *memory;

	if (bytes > SIZE_MAX - 2 * HOST_CHUNK_BYTES)
		return NULL;
	bytes = (bytes + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT;
	if (!chunk || chunk->cap - chunk->used < bytes)
		chunk = host__grow(host, bytes);
	if (!chunk)
		return NULL;
	memory = chunk->data + chunk->used;
	chunk->used += bytes;
	return memory;
}

char *host__strdup(struct host *host, const char *s)
{
	size_t bytes = strlen(s) + 1;
	char *copy = host__alloc(host, bytes);

	return copy ? memcpy(copy, s, bytes) : NULL;
}
