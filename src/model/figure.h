/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arithmetic on published numbers that keeps their intervals honest. Pure; used by model/ and symbol/. */
#ifndef HB_FIGURE_H
#define HB_FIGURE_H

#include "model/view.h"

/* A sum of counters as a whole number, at most UINT64_MAX: a broken capture can hold anything. */
static inline uint64_t figure__count(double sum)
{
	return sum < 0x1p64 ? (uint64_t)sum : UINT64_MAX;
}

/* A counted number: no error. */
struct figure figure__exact(double value, uint64_t n);

/*
 * An estimate @value with variance @variance, of which @certain is known without error, never
 * negative: the interval is a score interval on the effective count (value - certain)^2 / variance.
 * It is skewed as the estimate is when few samples stand behind it, and the usual +-1.96 standard
 * errors when many do. Variance 0 gives an exact figure.
 */
struct figure figure__estimate(double value, double certain, double variance, uint64_t n);

/* @figure times a constant known without error. */
struct figure figure__scale(struct figure figure, double factor);

/*
 * @part * @rate / @whole: a share of @whole carried over to @rate (a site's calls -> its calls per
 * second). The errors of part and rate are taken as independent; the basis is the weaker one, and a
 * lower bound stays one. BASIS_UNKNOWN if any of them is, or @whole is 0.
 */
struct figure figure__carry(const struct figure *part, const struct figure *whole,
			    const struct figure *rate);

#endif
