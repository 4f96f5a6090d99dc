/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is it growing, and how fast? Theil-Sen slope with the interval of Kendall's rank test, over any
 * series of points. Pure.
 *
 * Kendall's test takes points as independent; a sawtooth's are not, and rising slowly and falling
 * at once it even looks like growth. So the interval is widened by what the series has been seen to
 * give back: twice its largest fall, after block minima have taken short teeth and noise out, over
 * the span. A leak under teeth is believed as soon as it has risen by more than that.
 *
 * It counts as growing only where two tests agree: that interval lies above 0, and so do most
 * differences between the minima of the second half and those of the first (a sign test at 5 %;
 * where there are too few pairs for it, all of them).
 */
#ifndef HB_GROWTH_H
#define HB_GROWTH_H

#include "model/view.h"

#define GROWTH_POINTS_MAX 512 /* more are refused */
#define GROWTH_POINTS_MIN 6

struct growth {
	double slope;	   /* per second */
	double low, high;  /* 95 % interval of the slope, widened as said above */
	double stderr_abs; /* from Kendall's interval alone */
	double z;	   /* Mann-Kendall statistic, standardised; |z| > 1.96 is a trend */
	double fall, rise; /* largest fall and rise between block minima */
	size_t points;
	double sign; /* Cox and Stuart: chance of so many later minima above earlier ones by luck */
	bool growing;
};

/*
 * Fit @cnt points; @t in seconds, not decreasing. 0, -ERANGE if there are fewer than
 * GROWTH_POINTS_MIN or more than GROWTH_POINTS_MAX or all at one time.
 */
int growth__fit(const double *t, const double *y, size_t cnt, struct growth *ret_growth);

/* The slope as a figure (BASIS_SAMPLED), or BASIS_UNKNOWN where growth__fit gives none; whether it is
 * a growth in *ret_growing (may be NULL). */
struct figure growth__figure(const double *t, const double *y, size_t cnt, bool *ret_growing);

#endif
