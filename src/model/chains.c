// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/chains.h"

#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "model/blocks.h"

#include "base/banned.h"

bool chain_store__is_full(const struct chain_store *store)
{
	return store->rows + (store->each ? store->each : 1) >
	       (store->max ? store->max : CHAINS_MODEL_MAX);
}

void chains__release(struct chains *chains, struct chain_store *store)
{
	store->rows -= store->each ? chains->cap : chains->cnt;
	free(chains->items);
	*chains = (struct chains){0};
}

/* A process's whole share of the store. Each row is written to, so that its memory is there from now on
 * and not bit by bit. */
static int take_share(struct chains *chains, struct chain_store *store)
{
	if (chain_store__is_full(store))
		return -ENOMEM;
	chains->items = reallocarray(NULL, store->each, sizeof(*chains->items));
	if (!chains->items)
		return -ENOMEM;
	for (size_t i = 0; i < store->each; i++)
		chains->items[i] = (struct chain_row){.block = BLOCK_NONE};
	chains->cap = store->each;
	store->rows += store->each;
	return 0;
}

/* Add @row at the end. 0, or -ENOMEM if there is to be no more. */
static int append(struct chains *chains, struct chain_store *store, const struct chain_row *row)
{
	if (!store->each) {
		if (chains->cnt >= CHAINS_MAX || chain_store__is_full(store) ||
		    vec__add(chains, *row))
			return -ENOMEM;
		store->rows++;
		return 0;
	}
	if (!chains->items && take_share(chains, store))
		return -ENOMEM;
	if (chains->cnt >= chains->cap)
		return -ENOMEM;
	chains->items[chains->cnt++] = *row;
	return 0;
}

uint32_t chains__add(struct chains *chains, struct chain_store *store, const struct chain_row *row,
		     uint32_t *ret_evicted_block)
{
	uint64_t place;

	*ret_evicted_block = BLOCK_NONE;
	chains->seen++;
	if (!chains->full && !append(chains, store, row))
		return (uint32_t)chains->cnt - 1;
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
