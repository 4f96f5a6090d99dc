/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cumulative counter of a running program, read without stopping it: now and then a reading is
 * wrong. One that falls is left out at first; if it stays so low, the high one before it was wrong,
 * and is taken back. Only a fall below where counting began is a counter that has begun anew.
 */
#ifndef HB_MODEL_GO_COUNTER_H
#define HB_MODEL_GO_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise: nothing read yet. */
struct go_counter {
	uint64_t base, last;
	uint64_t gone;	/* counted before it began anew */
	uint32_t lower; /* readings in a row below @last */
	bool known;
};

#define GO_COUNTER_LOWER 3 /* readings in a row that prove a higher one before them wrong */

static inline uint64_t go_counter__add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* Count from @base on, whatever is read first. */
static inline void go_counter__start(struct go_counter *counter, uint64_t base)
{
	*counter = (struct go_counter){.base = base, .last = base, .known = true};
}

static inline void go_counter__read(struct go_counter *counter, uint64_t value)
{
	if (!counter->known)
		go_counter__start(counter, value);
	if (value < counter->last && ++counter->lower < GO_COUNTER_LOWER)
		return;
	if (value < counter->base) {
		counter->gone = go_counter__add(counter->gone, counter->last - counter->base);
		counter->base = value;
	}
	counter->last = value;
	counter->lower = 0;
}

/* What has come since counting began. */
static inline uint64_t go_counter__since(const struct go_counter *counter)
{
	return go_counter__add(counter->gone, counter->last - counter->base);
}

#endif
