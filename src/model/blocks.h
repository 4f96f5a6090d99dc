/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live sampled blocks of all processes: a pool of rows with a table by (image, epoch, sample
 * id), and a list per process through the rows, so that a process or a window is dropped in the time
 * its own blocks take.
 */
#ifndef HB_BLOCKS_H
#define HB_BLOCKS_H

#include <stdbool.h>

#include "base/table.h"

#define BLOCK_NONE UINT32_MAX
#define BLOCKS_MAX (512U << 10)

struct block {
	uint64_t key;
	uint64_t size_bytes;
	uint64_t born_ns;
	double probability;
	uint32_t steps;
	uint32_t stack;	     /* index in its process, STACK_NONE if that was dropped */
	uint32_t chain;	     /* index in its process, CHAIN_NONE */
	uint32_t prev, next; /* in the process's list */
	bool heap;	     /* else of the vm family */
	uint16_t thread;     /* index in its process, THREAD_NONE */
};

struct blocks {
	struct block *items;
	size_t cnt, cap; /* rows ever used */
	uint32_t free_head;
	size_t live, max;
	struct table by_key;
};

uint64_t block_key(uint32_t image, uint32_t epoch, uint64_t sample_id);

/* At most @max live ones. */
void blocks__init(struct blocks *blocks, size_t max);
void blocks__release(struct blocks *blocks);

/* The index of the block of @key, or BLOCK_NONE. */
uint32_t blocks__find(const struct blocks *blocks, uint64_t key);
/* Take a row for @key at the head of the list *@head. Its index, or BLOCK_NONE if all are taken
 * or memory is out. */
uint32_t blocks__add(struct blocks *blocks, uint64_t key, uint32_t *head);
/* Give row @index of list *@head back. */
void blocks__remove(struct blocks *blocks, uint32_t index, uint32_t *head);

size_t blocks__bytes(const struct blocks *blocks);

#endif
