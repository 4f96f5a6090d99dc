/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Series of bounded length over unbounded time: when full, every other point is dropped and from
 * then on only every other one is taken, so points stay evenly spaced. One struct thinning may steer
 * several arrays of equal length.
 */
#ifndef HB_THINNING_H
#define HB_THINNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct thinning {
	size_t cnt;	 /* points kept */
	uint64_t seen;	 /* points offered */
	uint64_t stride; /* 0 (= 1) to begin with */
};

/* Offer one more point. True if it is to be stored at index thinning->cnt - 1; before that, if
 * *ret_halve (possible with either answer), call thin__halve_* on each array with count @max. */
bool thinning__take(struct thinning *thinning, size_t max, bool *ret_halve);

/* Keep the second of each two points. */
void thin__halve_double(double *points, size_t cnt);
void thin__halve_float(float *points, size_t cnt);

#endif
