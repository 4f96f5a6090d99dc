// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/stats.h"

#include <math.h>

#include "base/banned.h"

double stats__student95(size_t dof)
{
	static const double small[] = {0,     12.706, 4.303, 3.182, 2.776, 2.571,
				       2.447, 2.365,  2.306, 2.262, 2.228};
	const double z = STATS_Z95;
	double n = (double)dof;

	if (dof < 1)
		return INFINITY;
	if (dof < sizeof(small) / sizeof(*small))
		return small[dof];
	/* Cornish-Fisher expansion: within 0.001 from 10 degrees on. */
	return z + (pow(z, 3) + z) / (4 * n) +
	       (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * n * n);
}

void stats__score_interval(double count, double *ret_low, double *ret_high)
{
	const double z = STATS_Z95;
	double middle = count + z * z / 2;
	double half = z * sqrt(count + z * z / 4);

	*ret_low = fmax(0, middle - half);
	*ret_high = middle + half;
}

static void swap(double *a, double *b)
{
	double kept = *a;

	*a = *b;
	*b = kept;
}

/* Median of first, middle and last as pivot: sorted input is the usual one here. */
static double pick_pivot(const double *values, size_t low, size_t high)
{
	double a = values[low], b = values[low + (high - low) / 2], c = values[high];

	return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

double stats__select(double *values, size_t cnt, size_t rank)
{
	size_t low = 0, high = cnt - 1;

	while (low < high) {
		double pivot = pick_pivot(values, low, high);
		size_t i = low - 1, j = high + 1;

		/* Hoare's partition; stopping at equal values keeps runs of ties balanced. */
		for (;;) {
			while (values[++i] < pivot)
				;
			while (values[--j] > pivot)
				;
			if (i >= j)
				break;
			swap(&values[i], &values[j]);
		}
		/* The pivot is no lone maximum, so j < high and both sides are smaller. */
		if (rank <= j)
			high = j;
		else
			low = j + 1;
	}
	return values[rank];
}

double stats__median(double *values, size_t cnt)
{
	double upper = stats__select(values, cnt, cnt / 2);

	if (cnt % 2)
		return upper;
	return (upper + stats__select(values, cnt, cnt / 2 - 1)) / 2;
}
