// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/thinning.h"

#include "base/banned.h"

bool thinning__take(struct thinning *thinning, size_t max, bool *ret_halve)
{
	*ret_halve = false;
	if (!thinning->stride)
		thinning->stride = 1;
	if (++thinning->seen % thinning->stride)
		return false;
	if (thinning->cnt == max) {
		*ret_halve = true;
		thinning->cnt = max / 2;
		thinning->stride *= 2;
		/* The offered point is out of the new step; the arrays are halved all the same. */
		if (thinning->seen % thinning->stride)
			return false;
	}
	thinning->cnt++;
	return true;
}

void thin__halve_double(double *points, size_t cnt)
{
	for (size_t i = 0; i < cnt / 2; i++)
		points[i] = points[2 * i + 1];
}

void thin__halve_float(float *points, size_t cnt)
{
	for (size_t i = 0; i < cnt / 2; i++)
		points[i] = points[2 * i + 1];
}
