/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A seeded generator (splitmix64) where equal input must give equal output. Not for secrets. */
#ifndef HB_RANDOM_H
#define HB_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state; /* any value is a seed */
};

static inline uint64_t random__next(struct random *random)
{
	uint64_t x = random->state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* Uniform in [0, 1). */
static inline double random__unit(struct random *random)
{
	return (double)(random__next(random) >> 11) * 0x1p-53;
}

/* Uniform in [0, @bound), @bound > 0. */
static inline uint64_t random__below(struct random *random, uint64_t bound)
{
	return (uint64_t)((unsigned __int128)random__next(random) * bound >> 64);
}

#endif
