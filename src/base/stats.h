/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pure statistics without memory: quantiles, order statistics, the interval of a count. */
#ifndef HB_STATS_H
#define HB_STATS_H

#include <stddef.h>

#define STATS_Z95 1.959963984540054 /* 97.5 % quantile of the normal distribution */

/* The 97.5 % quantile of Student's t with @dof degrees of freedom, dof >= 1. */
double stats__student95(size_t dof);

/*
 * 95 % score interval of the mean of a Poisson variable of which @count was seen; @count need not
 * be whole (an effective count). count 0 gives [0, 3.84].
 */
void stats__score_interval(double count, double *ret_low, double *ret_high);

/* The @rank-th smallest (from 0) of @cnt values; reorders them. @rank < @cnt. No NaN. */
double stats__select(double *values, size_t cnt, size_t rank);

/* Median of @cnt > 0 values (mean of the middle two); reorders them. */
double stats__median(double *values, size_t cnt);

#endif
