/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which sampling interval the budget pays for: pure. Smaller intervals mean more samples; weights
 * travel in the records, so the interval may change at any time.
 */
#ifndef HB_INTERVAL_H
#define HB_INTERVAL_H

#include <stddef.h>
#include <stdint.h>

#define INTERVAL_DEFAULT_BYTES (512U << 10)

/* Calls and bytes of one size class. */
struct interval_class {
	uint64_t calls;
	uint64_t bytes;
};

/* The smallest power-of-two interval (1 .. INTERVAL_DEFAULT_BYTES) at which at most
 * @samples_max of the calls in @classes are expected to be sampled. */
uint64_t interval__choose(const struct interval_class *classes, size_t cnt, double samples_max);

#endif
