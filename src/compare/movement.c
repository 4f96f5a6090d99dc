// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/movement.h"

#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

static double variance(const struct figure *figure, double calls, double spread)
{
	double known = figure->stderr_abs > 0 ? figure->stderr_abs * figure->stderr_abs : 0;

	return known + (calls > 0 ? spread * figure->value * figure->value / calls : 0);
}

static bool is_known(const struct figure *figure)
{
	return figure->basis != BASIS_UNKNOWN && isfinite(figure->value);
}

void movement__test(struct movement *movement, double calls_before, double calls_after,
		    double spread)
{
	const struct figure *before = &movement->before, *after = &movement->after;

	movement->change = movement->stderr_abs = movement->p = NAN;
	movement->moved = false;
	if (!is_known(before) || !is_known(after))
		return;
	movement->change = after->value - before->value;
	movement->stderr_abs =
		sqrt(variance(before, calls_before, spread) + variance(after, calls_after, spread));
	if (before->basis > BASIS_EXACT && after->basis > BASIS_EXACT &&
	    before->n + after->n < MOVEMENT_SAMPLES)
		return;
	/* counted without an error and without arrivals: any difference is one */
	movement->p = movement->stderr_abs > 0
			      ? erfc(fabs(movement->change) / movement->stderr_abs / sqrt(2))
			      : movement->change == 0;
}

bool movement__matters(const struct movement *movement, double total)
{
	double larger = fmax(fabs(movement->before.value), fabs(movement->after.value));

	return fabs(movement->change) >= MOVEMENT_SHARE * larger &&
	       fabs(movement->change) >= MOVEMENT_TOTAL_SHARE * total;
}

static int by_p(const void *a, const void *b)
{
	const struct movement *x = *(struct movement *const *)a, *y = *(struct movement *const *)b;

	return (x->p > y->p) - (x->p < y->p);
}

size_t movement__correct(struct movement **movements, size_t cnt)
{
	size_t tested = 0;

	for (size_t i = 0; i < cnt; i++)
		if (!isnan(movements[i]->p))
			movements[tested++] = movements[i];
	if (!tested)
		return 0;
	qsort(movements, tested, sizeof(*movements), by_p);
	for (size_t i = 0; i < tested; i++) {
		if (movements[i]->p > MOVEMENT_ALPHA / (double)(tested - i))
			break;
		movements[i]->moved = true;
	}
	return tested;
}
