// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/chains.h"

#include <stdlib.h>

#include "base/vec.h"
#include "model/blocks.h"

#include "base/banned.h"

bool chain_store__is_full(const struct chain_store *store)
{
	return store->rows >= (store->max ? store->max : CHAINS_MODEL_MAX);
}

void chains__release(struct chains *chains, struct chain_store *store)
{
	store->rows -= chains->cnt;
	free(chains->items);
	*chains = (struct chains){0};
}

uint32_t chains__add(struct chains *chains, struct chain_store *store, const struct chain_row *row,
		     uint32_t *ret_evicted_block)
{
	uint64_t place;

	*ret_evicted_block = BLOCK_NONE;
	chains->seen++;
	if (!chains->full && chains->cnt < CHAINS_MAX && !chain_store__is_full(store) &&
	    !vec__add(chains, *row)) {
		store->rows++;
		return (uint32_t)chains->cnt - 1;
	}
	/* Once a birth was turned away the size must stay, or later ones would be favoured. */
	chains->full = true;
	place = random__below(&store->random, chains->seen);
	if (place >= chains->cnt)
		return CHAIN_NONE;
	*ret_evicted_block = chains->items[place].block;
	chains->items[place] = *row;
	return (uint32_t)place;
}

double chains__weight(const struct chains *chains)
{
	return chains->cnt ? (double)chains->seen / (double)chains->cnt : 0;
}
