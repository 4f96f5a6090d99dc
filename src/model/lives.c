// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/lives.h"

#include <math.h>

#include "base/stats.h"

#include "base/banned.h"

/* The curve at the upper bounds of the classes. */
struct curve {
	double survival[LIFE_CLASSES + 1]; /* [k]: at the lower bound of class k; [0] = 1 */
	double error[LIFE_CLASSES + 1];
	size_t reached; /* classes below this one had blocks at risk */
};

uint32_t life_class__of(uint64_t lifetime_ns)
{
	uint32_t k = lifetime_ns ? 64 - (uint32_t)__builtin_clzll(lifetime_ns) : 0;

	return k < LIFE_CLASSES ? k : LIFE_CLASSES - 1;
}

void life_class__end(struct life_class *row, double weight)
{
	row->ended_n++;
	row->ended += weight;
	row->ended_sq += weight * weight;
}

void life_class__censor(struct life_class *row, double weight)
{
	row->censored_n++;
	row->censored += weight;
	row->censored_sq += weight * weight;
}

void life_class__merge(struct life_class *row, const struct life_class *from)
{
	row->ended_n += from->ended_n;
	row->censored_n += from->censored_n;
	row->ended += from->ended;
	row->ended_sq += from->ended_sq;
	row->censored += from->censored;
	row->censored_sq += from->censored_sq;
}

static void fit_curve(const struct life_class *rows, struct curve *curve)
{
	double at_risk = 0, squares = 0, sum = 0;

	*curve = (struct curve){.survival[0] = 1};
	for (size_t k = 0; k < LIFE_CLASSES; k++) {
		at_risk += rows[k].ended + rows[k].censored;
		squares += rows[k].ended_sq + rows[k].censored_sq;
	}
	for (size_t k = 0; k < LIFE_CLASSES; k++) {
		double exposed = at_risk - rows[k].censored / 2, hazard;

		/* What rounding leaves behind is nobody. */
		if (!(exposed > 1e-9 * (rows[k].ended + 1)))
			break;
		hazard = rows[k].ended / exposed;
		hazard = hazard > 1 - 1e-9 ? 1 : hazard;
		curve->survival[k + 1] = curve->survival[k] * (1 - hazard);
		if (hazard < 1)
			sum += hazard / (exposed * (1 - hazard)) * (squares / at_risk);
		curve->error[k + 1] = curve->survival[k + 1] * sqrt(sum);
		at_risk -= rows[k].ended + rows[k].censored;
		/* Where the last ones are cut off, nobody has been followed to the class's end. */
		if (!(rows[k].censored > 0) || at_risk > 1e-9 * rows[k].censored)
			curve->reached = k + 1;
		squares -= rows[k].ended_sq + rows[k].censored_sq;
	}
}

static double bound_s(size_t k)
{
	return k ? ldexp(1e-9, (int)k) : 0;
}

/*
 * The lifetime at which the curve, @shift standard errors away, has fallen to @share: log-linear in
 * time within its class. NAN if it never gets there.
 */
static double crossing(const struct curve *curve, double share, double shift)
{
	double before = 1, after;

	for (size_t k = 0; k < curve->reached; k++, before = after) {
		double from = k ? bound_s(k - 1) : 0, to = bound_s(k), part;

		after = fmin(before, curve->survival[k + 1] + shift * curve->error[k + 1]);
		if (after > share)
			continue;
		part = before > after ? (before - share) / (before - after) : 1;
		return from > 0 ? from * pow(to / from, part) : to * part;
	}
	return NAN;
}

static struct figure quantile(const struct curve *curve, double share, uint64_t n)
{
	struct figure figure = {
		.value = crossing(curve, 1 - share, 0),
		.low = crossing(curve, 1 - share, -STATS_Z95),
		.high = crossing(curve, 1 - share, STATS_Z95),
		.n = n,
		.basis = BASIS_SAMPLED,
	};

	if (isnan(figure.value))
		return (struct figure){0};
	figure.low = fmin(figure.low, figure.value);
	figure.stderr_abs = (figure.high - figure.low) / (2 * STATS_Z95);
	return figure;
}

/* Area under the curve up to its end: the mean, of lives cut at that time. */
static double restricted_mean(const struct curve *curve)
{
	double mean = 0;

	for (size_t k = 0; k < curve->reached; k++) {
		double from = k ? bound_s(k - 1) : 0, to = bound_s(k);
		double died = curve->survival[k] - curve->survival[k + 1];
		/* evenly in log time between the bounds: (to - from) / ln(to / from) */
		double at = from > 0 ? (to - from) / M_LN2 : to / 2;

		mean += died * at;
	}
	if (curve->reached)
		mean += curve->survival[curve->reached] * bound_s(curve->reached - 1);
	return mean;
}

void lifetimes__fit(const struct life_class *rows, struct lifetimes *ret)
{
	struct curve curve;

	*ret = (struct lifetimes){0};
	fit_curve(rows, &curve);
	for (size_t k = 0; k < LIFE_CLASSES; k++) {
		ret->ended_n += rows[k].ended_n;
		ret->censored_n += rows[k].censored_n;
	}
	for (size_t b = 0; b + 1 < VIEW_BUCKETS; b++) {
		size_t k = 2 * b + LIFE_BUCKET_SHIFT + 1;

		if (k > curve.reached && !(curve.reached && curve.survival[curve.reached] <= 0))
			break;
		ret->survival[b] = k > curve.reached ? 0 : curve.survival[k];
		ret->survival_error[b] = k > curve.reached ? 0 : curve.error[k];
		ret->bound_cnt = b + 1;
	}
	if (!curve.reached)
		return;
	ret->reached_s = bound_s(curve.reached - 1);
	ret->left = curve.survival[curve.reached];
	ret->left_error = curve.error[curve.reached];
	ret->mean_s = restricted_mean(&curve);
	ret->median_s = quantile(&curve, 0.5, ret->ended_n);
	ret->p99_s = quantile(&curve, 0.99, ret->ended_n);
}

void lifetimes__count(const struct life_class *rows, double sum_s, struct histogram *ret_ended)
{
	*ret_ended = (struct histogram){.sum = sum_s, .basis = BASIS_SAMPLED};
	for (size_t k = 0; k < LIFE_CLASSES; k++) {
		size_t b = k <= LIFE_BUCKET_SHIFT ? 0 : (k - LIFE_BUCKET_SHIFT + 1) / 2;

		ret_ended->counts[b < VIEW_BUCKETS ? b : VIEW_BUCKETS - 1] += rows[k].ended;
	}
}
