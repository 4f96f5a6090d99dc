// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/banned.h"

#define CHUNK_BYTES (64UL << 10)
#define ALIGNMENT   16UL
#define PAGE_BYTES  4096UL

/* Memory of a view: chunks, the newest first, filled from the front. They are mapped, not taken from
 * the heap: a daemon makes a view every second, among things that stay, and would keep holes of its
 * size. */
struct chunk {
	struct chunk *next;
	size_t used, cap, mapped;
	_Alignas(16) unsigned char data[];
};

struct view *view__new(void)
{
	return calloc(1, sizeof(struct view));
}

static void free_chunks(void **memory)
{
	struct chunk *next;

	for (struct chunk *chunk = *memory; chunk; chunk = next) {
		next = chunk->next;
		munmap(chunk, chunk->mapped);
	}
	*memory = NULL;
}

void view__free(struct view *view)
{
	if (!view)
		return;
	free_chunks(&view->memory);
	free_chunks(&view->chain_memory);
	free(view);
}

static struct chunk *add_chunk(void **memory, size_t bytes)
{
	size_t mapped = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *chunk;

	mapped = (mapped + sizeof(*chunk) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	chunk = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (chunk == MAP_FAILED)
		return NULL;
	chunk->cap = mapped - sizeof(*chunk);
	chunk->mapped = mapped;
	chunk->next = *memory;
	*memory = chunk;
	return chunk;
}

static void *take(void **memory, size_t bytes)
{
	struct chunk *chunk = *memory;
	void *taken;

	if (bytes > SIZE_MAX - 2 * CHUNK_BYTES)
		return NULL;
	bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!chunk || chunk->cap - chunk->used < bytes)
		chunk = add_chunk(memory, bytes);
	if (!chunk)
		return NULL;
	taken = chunk->data + chunk->used;
	chunk->used += bytes;
	return taken;
}

void *view__alloc(struct view *view, size_t bytes)
{
	return take(&view->memory, bytes);
}

struct chain *view__alloc_chains(struct view *view, size_t cnt)
{
	return take(&view->chain_memory, cnt * sizeof(struct chain));
}

void view__drop_chains(struct view *view)
{
	for (size_t i = 0; i < view->process_cnt; i++) {
		struct view_process *process = &view->processes[i];

		for (size_t k = 0; k < process->stack_cnt; k++) {
			process->stacks[k].chains = NULL;
			process->stacks[k].chain_cnt = 0;
		}
		for (size_t k = 0; k < process->site_cnt; k++) {
			process->sites[k].chains = NULL;
			process->sites[k].chain_cnt = 0;
		}
	}
	free_chunks(&view->chain_memory);
}

char *view__strdup(struct view *view, const char *s)
{
	size_t bytes = strlen(s) + 1;
	char *copy = view__alloc(view, bytes);

	return copy ? memcpy(copy, s, bytes) : NULL;
}
