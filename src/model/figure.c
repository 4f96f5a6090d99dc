// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/figure.h"

#include <math.h>

#include "base/stats.h"

#include "base/banned.h"

struct figure figure__exact(double value, uint64_t n)
{
	return (struct figure){
		.value = value, .low = value, .high = value, .n = n, .basis = BASIS_EXACT};
}

struct figure figure__estimate(double value, double certain, double variance, uint64_t n)
{
	double random = value - certain, low, high, unit;

	if (!(variance > 0) || !(random > 0))
		return figure__exact(value, n);
	unit = variance / random; /* what one effective sample stands for */
	stats__score_interval(random / unit, &low, &high);
	return (struct figure){
		.value = value,
		.stderr_abs = sqrt(variance),
		.low = certain + low * unit,
		.high = certain + high * unit,
		.n = n,
		.basis = BASIS_SAMPLED,
	};
}

struct figure figure__scale(struct figure figure, double factor)
{
	figure.value *= factor;
	figure.stderr_abs *= factor;
	figure.low *= factor;
	figure.high *= factor;
	return figure;
}

static double relative(double difference, double value)
{
	return value > 0 ? difference / value : 0;
}

struct figure figure__carry(const struct figure *part, const struct figure *whole,
			    const struct figure *rate)
{
	struct figure f = {0};

	if (!part->basis || !whole->basis || !rate->basis || !(whole->value > 0))
		return f;
	f.value = part->value * rate->value / whole->value;
	f.stderr_abs = f.value * hypot(relative(part->stderr_abs, part->value),
				       relative(rate->stderr_abs, rate->value));
	f.low = f.value * (1 - hypot(relative(part->value - part->low, part->value),
				     relative(rate->value - rate->low, rate->value)));
	f.high = f.value * (1 + hypot(relative(part->high - part->value, part->value),
				      relative(rate->high - rate->value, rate->value)));
	f.low = fmax(0, f.low);
	f.n = part->n;
	f.basis = part->basis > rate->basis ? part->basis : rate->basis;
	f.lower_bound = part->lower_bound || rate->lower_bound;
	return f;
}
