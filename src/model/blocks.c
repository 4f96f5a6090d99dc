// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/blocks.h"

#include <stdlib.h>

#include "base/vec.h"

#include "base/banned.h"

uint64_t block_key(uint32_t image, uint32_t epoch, uint64_t sample_id)
{
	uint64_t words[2] = {sample_id, (uint64_t)image << 32 | epoch};

	return hash__bytes(HASH_SEED, words, sizeof(words));
}

void blocks__init(struct blocks *blocks, size_t max)
{
	*blocks = (struct blocks){.free_head = BLOCK_NONE, .max = max};
}

void blocks__release(struct blocks *blocks)
{
	free(blocks->items);
	table__release(&blocks->by_key);
	blocks__init(blocks, blocks->max);
}

uint32_t blocks__find(const struct blocks *blocks, uint64_t key)
{
	uint64_t index;

	return table__get(&blocks->by_key, key, &index) ? (uint32_t)index : BLOCK_NONE;
}

static uint32_t take_row(struct blocks *blocks)
{
	uint32_t index = blocks->free_head;

	if (index != BLOCK_NONE) {
		blocks->free_head = blocks->items[index].next;
		return index;
	}
	if (vec__add(blocks, (struct block){0}))
		return BLOCK_NONE;
	return (uint32_t)blocks->cnt - 1;
}

static void give_row(struct blocks *blocks, uint32_t index)
{
	blocks->items[index].next = blocks->free_head;
	blocks->free_head = index;
}

uint32_t blocks__add(struct blocks *blocks, uint64_t key, uint32_t *head)
{
	uint32_t index;

	if (blocks->live >= blocks->max)
		return BLOCK_NONE;
	index = take_row(blocks);
	if (index == BLOCK_NONE)
		return BLOCK_NONE;
	if (table__put(&blocks->by_key, key, index)) {
		give_row(blocks, index);
		return BLOCK_NONE;
	}
	blocks->items[index] = (struct block){.key = key, .prev = BLOCK_NONE, .next = *head};
	if (*head != BLOCK_NONE)
		blocks->items[*head].prev = index;
	*head = index;
	blocks->live++;
	return index;
}

void blocks__remove(struct blocks *blocks, uint32_t index, uint32_t *head)
{
	struct block *block = &blocks->items[index];

	table__remove(&blocks->by_key, block->key, NULL);
	if (block->prev != BLOCK_NONE)
		blocks->items[block->prev].next = block->next;
	else
		*head = block->next;
	if (block->next != BLOCK_NONE)
		blocks->items[block->next].prev = block->prev;
	give_row(blocks, index);
	blocks->live--;
}

size_t blocks__bytes(const struct blocks *blocks)
{
	return blocks->cap * sizeof(*blocks->items) + table__bytes(&blocks->by_key);
}
