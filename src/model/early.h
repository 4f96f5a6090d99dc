/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STEP and FREE records that came before their SAMPLE: records of several CPUs overtake each other,
 * and a SAMPLE waits for the unwinder. Kept for a while by block key; the oldest make room, since
 * those of a lost SAMPLE wait for ever.
 */
#ifndef HB_EARLY_H
#define HB_EARLY_H

#include "base/table.h"
#include "collect/record.h"

#define EARLY_MAX (64U << 10)

struct early_block {
	uint64_t key;
	uint64_t size_bytes; /* of the latest step or the free */
	uint64_t largest_bytes;
	uint64_t moved_bytes;
	uint64_t freed_ns; /* 0: only steps so far */
	uint64_t born_ns;
	uint32_t steps;
	uint32_t used;
	uint32_t tid, birth_tid; /* of the free */
};

struct early {
	struct early_block *ring; /* NULL until the first is needed */
	size_t max;		  /* rows; 0: EARLY_MAX */
	size_t next;
	uint64_t evicted; /* made room without having met their SAMPLE */
	struct table by_key;
};

/* Zero-initialise to begin with. */
void early__release(struct early *early);
/* Remember @record (STEP or FREE) for @key. 0 or -ENOMEM. */
int early__add(struct early *early, uint64_t key, const struct record_block *record);
/* Take out what is known of @key. */
bool early__take(struct early *early, uint64_t key, struct early_block *ret_block);
size_t early__bytes(const struct early *early);

#endif
