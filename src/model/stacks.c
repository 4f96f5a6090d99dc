// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/estimate.h"
#include "model/thinning.h"

#include "base/banned.h"

/* Two stacks of one 64-bit hash are kept apart by looking at the next few keys. */
#define COLLISIONS_MAX 4

void live_sums__move(struct live_sums *sums, double size_bytes, double probability, int sign)
{
	double weight = sign / probability, spread = weight * (1 - probability) / probability;

	sums->n += (uint64_t)sign;
	/* Nothing left: take away what rounding left, too. */
	if (!sums->n) {
		*sums = (struct live_sums){0};
		return;
	}
	sums->bytes += size_bytes * weight;
	sums->objects += weight;
	sums->bytes_var += size_bytes * size_bytes * spread;
	sums->objects_var += spread;
}

void stacks__release(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->cnt; i++) {
		free(stacks->items[i].frames);
		free(stacks->items[i].classes);
		free(stacks->items[i].points);
		free(stacks->items[i].lives);
	}
	free(stacks->items);
	table__release(&stacks->index);
	*stacks = (struct stacks){0};
}

/* Word by word: stacks are hashed once a sample and have up to 192 words. */
static uint64_t hash_words(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, at + i, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 29;
	}
	return hash;
}

static bool stack__equals(const struct stack *stack, const struct stack_key *key)
{
	return stack->func == key->func && stack->frame_cnt == key->frame_cnt &&
	       stack->complete == key->complete &&
	       !memcmp(stack->frames, key->frames, stack->frame_cnt * sizeof(*stack->frames));
}

static uint32_t stacks__add(struct stacks *stacks, const struct stack_key *key, uint64_t id)
{
	size_t bytes = key->frame_cnt * sizeof(struct frame);
	struct stack stack = {
		.id = id,
		.frames = malloc(bytes ? bytes : 1),
		.frame_cnt = key->frame_cnt,
		.func = key->func,
		.complete = key->complete,
	};

	if (!stack.frames)
		return STACK_NONE;
	memcpy(stack.frames, key->frames, bytes);
	if (vec__add(stacks, stack) || table__put(&stacks->index, id, stacks->cnt - 1)) {
		/* Without its table entry the vector's last item does not exist. */
		if (stacks->cnt && stacks->items[stacks->cnt - 1].frames == stack.frames)
			stacks->cnt--;
		free(stack.frames);
		return STACK_NONE;
	}
	stacks->bytes += bytes;
	return (uint32_t)stacks->cnt - 1;
}

uint32_t stacks__intern_key(struct stacks *stacks, const struct stack_key *key, size_t max,
			    bool may_grow)
{
	uint64_t id = HASH_SEED ^ key->func << 1 ^ key->complete;
	uint64_t index;

	id = hash_words(id, key->frames, key->frame_cnt * sizeof(struct frame));
	for (int i = 0; i < COLLISIONS_MAX; i++, id++) {
		if (!table__get(&stacks->index, id, &index))
			break;
		if (stack__equals(&stacks->items[index], key))
			return (uint32_t)index;
	}
	if (!may_grow || stacks->cnt >= max)
		return STACK_NONE;
	return stacks__add(stacks, key, id);
}

uint32_t stacks__intern(struct stacks *stacks, const struct record_sample *sample, size_t max,
			bool may_grow)
{
	struct stack_key key = {
		.frames = (const struct frame *)(sample + 1),
		.frame_cnt = sample->frame_cnt,
		.func = sample->func,
		.complete = sample->flags & SAMPLE_COMPLETE,
	};

	return stacks__intern_key(stacks, &key, max, may_grow);
}

int stacks__count(struct stacks *stacks, uint32_t index, uint32_t size_class, double size_bytes,
		  double probability)
{
	struct stack *stack = &stacks->items[index];
	struct class_sums *classes;
	uint32_t i = 0;

	while (i < stack->class_cnt && stack->classes[i].size_class != size_class)
		i++;
	if (i == stack->class_cnt) {
		classes = reallocarray(stack->classes, i + 1, sizeof(*classes));
		if (!classes)
			return -ENOMEM;
		classes[i] = (struct class_sums){.size_class = size_class};
		stack->classes = classes;
		stack->class_cnt++;
		stacks->bytes += sizeof(*classes);
	}
	sample_sums__add(&stack->classes[i].sums, size_bytes, probability);
	return 0;
}

struct life_class *stacks__life(struct stacks *stacks, uint32_t index, uint32_t class)
{
	struct stack *stack = &stacks->items[index];
	struct life_class *lives;

	for (uint32_t i = 0; i < stack->life_cnt; i++)
		if (stack->lives[i].life_class == class)
			return &stack->lives[i];
	lives = reallocarray(stack->lives, stack->life_cnt + 1, sizeof(*lives));
	if (!lives)
		return NULL;
	stack->lives = lives;
	lives[stack->life_cnt] = (struct life_class){.life_class = class};
	stacks->bytes += sizeof(*lives);
	return &lives[stack->life_cnt++];
}

void stacks__tick(struct stacks *stacks, size_t at, size_t max)
{
	for (size_t i = 0; i < stacks->cnt; i++) {
		struct stack *stack = &stacks->items[i];

		if (!stack->points && stack->live.n) {
			stack->points = calloc(max, sizeof(*stack->points));
			stacks->bytes += stack->points ? max * sizeof(*stack->points) : 0;
		}
		if (stack->points)
			stack->points[at] = (float)stack->live.bytes;
	}
}

void stacks__halve_points(struct stacks *stacks, size_t cnt)
{
	for (size_t i = 0; i < stacks->cnt; i++)
		if (stacks->items[i].points)
			thin__halve_float(stacks->items[i].points, cnt);
}

void stacks__drop_points(struct stacks *stacks, size_t max)
{
	for (size_t i = 0; i < stacks->cnt; i++) {
		struct stack *stack = &stacks->items[i];

		stacks->bytes -= stack->points ? max * sizeof(*stack->points) : 0;
		free(stack->points);
		stack->points = NULL;
	}
}

void stacks__drop_live(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->cnt; i++)
		stacks->items[i].live = (struct live_sums){0};
}

size_t stacks__bytes(const struct stacks *stacks)
{
	return stacks->bytes + stacks->cap * sizeof(*stacks->items) + table__bytes(&stacks->index);
}
