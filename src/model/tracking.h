/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows sampled blocks from birth (SAMPLE) through reallocs (STEP) to their end (FREE), joined by
 * sample id within one window; feeds live bytes, lifetimes and chains of the stack of the birth.
 */
#ifndef HB_TRACKING_H
#define HB_TRACKING_H

#include "model/process.h"

/* A birth at stack @stack (or STACK_NONE). Applies what came early. 0 or -ENOMEM. */
int tracking__birth(struct process *process, struct store *store,
		    const struct record_sample *sample, uint32_t stack);
/* STEP or FREE. A record of an earlier window is ignored. 0 or -ENOMEM. */
int tracking__apply(struct process *process, struct store *store,
		    const struct record_block *record);

/* Lifetime class of a block that is cut off at @until_ns. */
uint32_t block__age_class(const struct block *block, uint64_t until_ns);

/* Count every live block of @process as cut off at @until_ns. They stay. */
void tracking__censor(struct process *process, struct store *store, uint64_t until_ns);

#endif
