/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of one process image and their statistics. A stack is its frames together with the
 * function that was called and whether the unwinder reached the outermost frame: a cut stack is
 * another thing than a whole one with the same frames.
 */
#ifndef HB_STACKS_H
#define HB_STACKS_H

#include "base/table.h"
#include "model/view.h"

#define STACK_NONE UINT32_MAX

/* Sums over the live sampled blocks of a stack or process. */
struct live_sums {
	double bytes, objects;
	double bytes_var, objects_var;
	uint64_t n;
};

struct stack {
	uint64_t id;
	struct frame *frames;
	uint32_t frame_cnt;
	uint16_t func;
	bool complete;
	uint32_t class_cnt;
	struct class_sums *classes; /* those that occur: few */
	struct live_sums live;
	float *points; /* live bytes at the process's ticks; NULL: always 0 so far */
	double tracked_objects;
	double freed_objects;
	double lifetime_sum_s, lifetime_sq_s2;
	uint64_t tracked_n, freed_n;
	uint32_t life_cnt;
	struct life_class *lives;  /* those that occur */
	struct sample_sums failed; /* calls that gave no memory */
};

struct stacks {
	struct stack *items;
	size_t cnt, cap;
	size_t bytes; /* of frames, classes and points */
	struct table index;
};

/* Count one block of @size_bytes, sampled with @probability, in (@sign 1) or out (-1). */
void live_sums__move(struct live_sums *sums, double size_bytes, double probability, int sign);

/* Zero-initialise to begin with. */
void stacks__release(struct stacks *stacks);

/* What tells a stack from others. */
struct stack_key {
	const struct frame *frames;
	uint32_t frame_cnt;
	uint16_t func;
	bool complete;
};

/*
 * The index of the stack of @key, made if new and @may_grow and fewer than @max are there; STACK_NONE
 * if it is not there and may not or cannot be made.
 */
uint32_t stacks__intern_key(struct stacks *stacks, const struct stack_key *key, size_t max,
			    bool may_grow);

/*
 * The index of the stack of @sample, made if new and @may_grow and fewer than @max are there;
 * STACK_NONE if it is not there and may not or cannot be made.
 */
uint32_t stacks__intern(struct stacks *stacks, const struct record_sample *sample, size_t max,
			bool may_grow);

/* Count one call into stack @index. 0 or -ENOMEM with nothing counted. */
int stacks__count(struct stacks *stacks, uint32_t index, uint32_t size_class, double size_bytes,
		  double probability);

/* The row of stack @index for lifetime class @class, made if need be; NULL if out of memory. Valid
 * until the next call. */
struct life_class *stacks__life(struct stacks *stacks, uint32_t index, uint32_t class);

/* Write the live bytes of each stack as point number @at of at most @max. */
void stacks__tick(struct stacks *stacks, size_t at, size_t max);
/* Drop every other of @cnt points; drop all of them. */
void stacks__halve_points(struct stacks *stacks, size_t cnt);
void stacks__drop_points(struct stacks *stacks, size_t max);
/* Forget every live block (the window is over). */
void stacks__drop_live(struct stacks *stacks);

/* Bytes held. */
size_t stacks__bytes(const struct stacks *stacks);

#endif
