// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/tracking.h"

#include <errno.h>
#include <stdlib.h>

#include "bpf/abi.h"
#include "model/lives.h"

#include "base/banned.h"

static struct stack *stack_of(struct process *process, const struct block *block)
{
	return block->stack == STACK_NONE ? NULL : &process->stacks.items[block->stack];
}

static struct chain *chain_of(struct process *process, const struct block *block)
{
	return block->chain == CHAIN_NONE ? NULL : &process->chains.items[block->chain].chain;
}

/* Blocks of the vm family lie under heap blocks: the process's sum has each byte once. */
static bool is_heap(const struct record_sample *sample)
{
	return sample->func < HB_FIRST_VM;
}

/* The same at its time, for the peak. Out of memory it is not followed further. */
static void move_peak(struct process *process, const struct store *store, const struct block *block,
		      uint64_t time_ns, int sign)
{
	struct peak_event event = {.time_ns = time_ns,
				   .size_bytes = (double)block->size_bytes,
				   .probability = block->probability,
				   .stack = block->stack,
				   .sign = sign};

	if (!block->heap || !(store->follow & FOLLOW_PEAK) || process->shed)
		return;
	if (!process->peaks)
		process->peaks = peaks__new();
	if (process->peaks && peaks__add(process->peaks, &event)) {
		peaks__free(process->peaks);
		process->peaks = NULL;
	}
}

static struct thread_row *thread_of(struct process *process, const struct block *block)
{
	return process->threads && block->thread != THREAD_NONE
		       ? &process->threads->items[block->thread]
		       : NULL;
}

static void move_live(struct process *process, const struct block *block, int sign)
{
	struct stack *stack = stack_of(process, block);
	struct thread_row *thread = thread_of(process, block);

	if (thread)
		live_sums__move(&thread->live, (double)block->size_bytes, block->probability, sign);

	if (stack)
		live_sums__move(&stack->live, (double)block->size_bytes, block->probability, sign);
	if (block->heap)
		live_sums__move(&process->live, (double)block->size_bytes, block->probability,
				sign);
}

uint32_t block__age_class(const struct block *block, uint64_t until_ns)
{
	return life_class__of(until_ns > block->born_ns ? until_ns - block->born_ns : 0);
}

/* Count the life of @block into its stack's and its process's classes. */
static void count_life(struct process *process, struct store *store, const struct block *block,
		       uint64_t until_ns, uint64_t born_ns,
		       void (*count)(struct life_class *row, double weight))
{
	uint32_t class = life_class__of(until_ns > born_ns ? until_ns - born_ns : 0);
	size_t before = stacks__bytes(&process->stacks);
	struct life_class *row = NULL;

	if (block->stack != STACK_NONE)
		row = stacks__life(&process->stacks, block->stack, class);
	store->stack_bytes += stacks__bytes(&process->stacks) - before;
	if (row)
		count(row, 1 / block->probability);
	if (!block->heap)
		return;
	if (!process->lives)
		process->lives = calloc(LIFE_CLASSES, sizeof(*process->lives));
	if (process->lives)
		count(&process->lives[class], 1 / block->probability);
}

void tracking__censor(struct process *process, struct store *store, uint64_t until_ns)
{
	for (uint32_t i = process->first_block; i != BLOCK_NONE; i = store->blocks.items[i].next) {
		const struct block *block = &store->blocks.items[i];

		count_life(process, store, block, until_ns, block->born_ns, life_class__censor);
	}
}

/* What a free or a realloc has taken from the heap. */
static void give_back(struct process *process, const struct block *block, uint64_t bytes)
{
	if (block->heap)
		process->freed_bytes += (double)bytes / block->probability;
}

static void resize(struct process *process, const struct store *store, struct block *block,
		   uint64_t size_bytes, uint64_t time_ns)
{
	if (size_bytes == block->size_bytes)
		return;
	move_live(process, block, -1);
	move_peak(process, store, block, time_ns, -1);
	block->size_bytes = size_bytes;
	move_live(process, block, 1);
	move_peak(process, store, block, time_ns, 1);
}

static void lengthen(struct chain *chain, uint64_t size_bytes, uint64_t moved_bytes, uint32_t steps)
{
	if (!chain)
		return;
	if (size_bytes > chain->final_bytes)
		chain->final_bytes = size_bytes;
	chain->moved_bytes += moved_bytes;
	if (steps > chain->steps)
		chain->steps = steps;
}

/* When and where a block ended. */
struct ending {
	uint64_t born_ns, freed_ns;
	uint32_t tid, birth_tid;
};

static void end_in_thread(struct process *process, const struct block *block,
			  const struct ending *ending)
{
	struct thread_row *thread = thread_of(process, block);

	if (!thread)
		return;
	thread->freed_n++;
	thread->freed += 1 / block->probability;
	if (ending->tid != ending->birth_tid)
		thread->elsewhere += 1 / block->probability;
}

static void end_block(struct process *process, struct store *store, uint32_t index,
		      const struct ending *ending)
{
	uint64_t born_ns = ending->born_ns, freed_ns = ending->freed_ns;
	struct block *block = &store->blocks.items[index];
	struct stack *stack = stack_of(process, block);
	struct chain *chain = chain_of(process, block);

	if (stack) {
		double weight = 1 / block->probability;
		double lifetime_s = freed_ns > born_ns ? (double)(freed_ns - born_ns) / 1e9 : 0;

		stack->freed_n++;
		stack->freed_objects += weight;
		stack->lifetime_sum_s += lifetime_s * weight;
		stack->lifetime_sq_s2 += lifetime_s * lifetime_s * weight;
	}
	count_life(process, store, block, freed_ns, born_ns, life_class__end);
	give_back(process, block, block->size_bytes);
	if (block->heap && freed_ns > born_ns)
		process->ended_sum_s += (double)(freed_ns - born_ns) / 1e9 / block->probability;
	if (chain) {
		chain->closed = true;
		chain->ended_ns = freed_ns;
		process->chains.items[block->chain].block = BLOCK_NONE;
	}
	end_in_thread(process, block, ending);
	move_live(process, block, -1);
	move_peak(process, store, block, freed_ns, -1);
	blocks__remove(&store->blocks, index, &process->first_block);
}

static void start_chain(struct process *process, struct store *store, uint32_t index)
{
	struct block *block = &store->blocks.items[index];
	struct chain_row row = {
		.chain = {.weight = 1 / block->probability,
			  .final_bytes = block->size_bytes,
			  .born_ns = block->born_ns},
		.stack = block->stack,
		.block = index,
	};
	uint32_t evicted;

	block->chain = chains__add(&process->chains, &store->chains, &row, &evicted);
	if (evicted != BLOCK_NONE)
		store->blocks.items[evicted].chain = CHAIN_NONE;
}

int tracking__birth(struct process *process, struct store *store,
		    const struct record_sample *sample, uint32_t stack)
{
	uint64_t key = block_key(sample->image, sample->epoch, sample->sample_id);
	struct early_block early;
	struct block *block;
	uint32_t index;

	/* A sample id lives once; a second SAMPLE of it is a damaged or repeated record. */
	if (blocks__find(&store->blocks, key) != BLOCK_NONE)
		return 0;
	index = blocks__add(&store->blocks, key, &process->first_block);
	if (index == BLOCK_NONE) {
		process->untracked++;
		early__take(&store->early, key, &early);
		return 0;
	}
	block = &store->blocks.items[index];
	block->size_bytes = sample->size_bytes;
	block->born_ns = sample->head.time_ns;
	block->probability = (double)sample->probability_q32 * 0x1p-32;
	block->heap = is_heap(sample);
	block->stack = stack;
	block->thread = THREAD_NONE;
	if (process->threads && block->heap)
		block->thread = threads__index(process->threads, sample->tid);
	start_chain(process, store, index);
	move_live(process, block, 1);
	move_peak(process, store, block, block->born_ns, 1);
	if (stack != STACK_NONE) {
		process->stacks.items[stack].tracked_n++;
		process->stacks.items[stack].tracked_objects += 1 / block->probability;
	}
	if (!early__take(&store->early, key, &early))
		return 0;
	lengthen(chain_of(process, block), early.largest_bytes, early.moved_bytes, early.steps);
	block->steps = early.steps;
	resize(process, store, block, early.size_bytes, block->born_ns);
	give_back(process, block, early.moved_bytes);
	if (early.freed_ns)
		end_block(process, store, index,
			  &(struct ending){early.born_ns, early.freed_ns, early.tid,
					   early.birth_tid});
	return 0;
}

int tracking__apply(struct process *process, struct store *store, const struct record_block *record)
{
	uint64_t key = block_key(record->image, record->epoch, record->sample_id);
	bool step = record->head.type == RECORD_STEP;
	struct block *block;
	uint32_t index;

	if (record->epoch < process->epoch)
		return 0;
	process__enter_epoch(process, store, record->epoch);
	index = blocks__find(&store->blocks, key);
	if (index == BLOCK_NONE)
		return early__add(&store->early, key, record);
	block = &store->blocks.items[index];
	if (step)
		give_back(process, block, record->old_size_bytes);
	lengthen(chain_of(process, block), record->size_bytes, step ? record->old_size_bytes : 0,
		 record->steps);
	/* An overtaken step does not bring an older size back. */
	if (record->steps >= block->steps) {
		block->steps = record->steps;
		resize(process, store, block, record->size_bytes, record->head.time_ns);
	}
	if (!step)
		end_block(process, store, index,
			  &(struct ending){record->born_ns, record->head.time_ns, record->tid,
					   record->birth_tid});
	return 0;
}
