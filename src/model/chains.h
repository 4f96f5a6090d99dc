/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of sampled births through realloc: one chain a birth, at most CHAINS_MAX a process.
 *
 * Beyond that the chains are a reservoir (algorithm R): every birth seen has the same chance
 * cnt / seen to be kept, and chains__weight() multiplies each birth's weight by seen / cnt, so sums
 * over chains stay unbiased. A process that finds the model's common store of rows exhausted stays
 * at the number it has by then, by the same rule.
 *
 * Where memory is to be level, each process takes a share of the store at once: the busy ones leave some
 * for those that come later, and what is held follows the number of processes, not time.
 */
#ifndef HB_CHAINS_H
#define HB_CHAINS_H

#include "base/random.h"
#include "model/view.h"

#define CHAIN_NONE	 UINT32_MAX
#define CHAINS_MAX	 (64U << 10)
#define CHAINS_MODEL_MAX (1U << 20) /* rows of all processes: 56 MB */

struct chain_row {
	struct chain chain;
	uint32_t stack;
	uint32_t block; /* live block that it follows, or BLOCK_NONE */
};

struct chains {
	struct chain_row *items;
	size_t cnt, cap;
	uint64_t seen;
	bool full; /* no more rows: the reservoir's size is cnt */
};

/* Rows and random numbers that all processes share. */
struct chain_store {
	size_t rows, max; /* max 0: CHAINS_MODEL_MAX */
	size_t each;	  /* rows that a process takes, all at its first; 0: as many as it needs */
	struct random random;
};

bool chain_store__is_full(const struct chain_store *store);

/* Zero-initialise to begin with. */
void chains__release(struct chains *chains, struct chain_store *store);

/*
 * Offer @row. Its index, or CHAIN_NONE if the draw went against it. *ret_evicted_block is the live
 * block whose chain made room (it has none any more), or BLOCK_NONE.
 */
uint32_t chains__add(struct chains *chains, struct chain_store *store, const struct chain_row *row,
		     uint32_t *ret_evicted_block);

/* What one kept chain's own weight has to be multiplied by. */
double chains__weight(const struct chains *chains);

#endif
