/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long sampled blocks live: weights by power-of-two classes of the lifetime in ns, of blocks
 * whose end was seen and of blocks that were cut off at an age (the window closed, they are still
 * live). Kaplan and Meier's estimate over the classes; within one, a block that is cut off counts as
 * at risk for half of it (the actuarial correction: births fall evenly into a window). Pure; called
 * by tracking.c, snapshot.c and symbol/site.c.
 *
 * The variance is Greenwood's, times the mean weight at risk over the effective number of samples:
 * sum w^2 / sum w blocks stand behind each unit of weight.
 */
#ifndef HB_LIVES_H
#define HB_LIVES_H

#include "model/view.h"

/* The class of a lifetime: k for [2^(k-1), 2^k) ns, 0 for 0; at most LIFE_CLASSES - 1. */
uint32_t life_class__of(uint64_t lifetime_ns);

/* Count one block of weight 1/p. */
void life_class__end(struct life_class *row, double weight);
void life_class__censor(struct life_class *row, double weight);
void life_class__merge(struct life_class *row, const struct life_class *from);

/* Survival from @rows (LIFE_CLASSES, by class). Unknown (cnt 0, figures unknown) without a block. */
void lifetimes__fit(const struct life_class *rows, struct lifetimes *ret_lifetimes);

/* The ends alone, by bucket. @sum_s: of the lifetimes seen. */
void lifetimes__count(const struct life_class *rows, double sum_s, struct histogram *ret_ended);

#endif
