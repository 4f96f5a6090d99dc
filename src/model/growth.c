// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/growth.h"

#include <errno.h>
#include <math.h>

#include "base/stats.h"

#include "base/banned.h"

/* Pairs grow with the square of points, and a daemon fits hundreds of processes a tick: longer
 * series are folded into means of neighbours first (2016 pairs: some 20 us a fit). */
#define FOLDED_POINTS 64
#define PAIRS_MAX     (FOLDED_POINTS * (FOLDED_POINTS - 1) / 2)
#define MINIMA	      24
#define SIGN_CHANCE   0.05
#define SIGN_PAIRS    5 /* fewer cannot reach SIGN_CHANCE */

struct folded {
	double t[FOLDED_POINTS];
	double y[FOLDED_POINTS];
	size_t cnt;
};

struct pairs {
	double slopes[PAIRS_MAX];
	size_t cnt;
	double score; /* Mann-Kendall S */
};

static void fold(const double *t, const double *y, size_t cnt, struct folded *folded)
{
	folded->cnt = cnt < FOLDED_POINTS ? cnt : FOLDED_POINTS;
	for (size_t i = 0; i < folded->cnt; i++) {
		size_t from = i * cnt / folded->cnt, to = (i + 1) * cnt / folded->cnt;
		double t_sum = 0, y_sum = 0;

		for (size_t k = from; k < to; k++) {
			t_sum += t[k];
			y_sum += y[k];
		}
		folded->t[i] = t_sum / (double)(to - from);
		folded->y[i] = y_sum / (double)(to - from);
	}
}

static void compare_pairs(const struct folded *f, struct pairs *pairs)
{
	pairs->cnt = 0;
	pairs->score = 0;
	for (size_t i = 0; i < f->cnt; i++) {
		for (size_t j = i + 1; j < f->cnt; j++) {
			if (!(f->t[j] > f->t[i]))
				continue;
			pairs->slopes[pairs->cnt++] = (f->y[j] - f->y[i]) / (f->t[j] - f->t[i]);
			pairs->score += (f->y[j] > f->y[i]) - (f->y[j] < f->y[i]);
		}
	}
}

/* Standard deviation of S under no trend; runs of equal values tell less. */
static double score_deviation(const struct folded *f)
{
	double n = (double)f->cnt, variance = n * (n - 1) * (2 * n + 5);

	for (size_t i = 0; i < f->cnt; i++) {
		size_t equal = 0, before = 0;

		for (size_t j = 0; j < f->cnt; j++) {
			equal += f->y[j] == f->y[i];
			before += j < i && f->y[j] == f->y[i];
		}
		if (!before) {
			double e = (double)equal;

			variance -= e * (e - 1) * (2 * e + 5);
		}
	}
	return sqrt(fmax(0, variance) / 18);
}

/* Minima of up to MINIMA equal blocks; their number. */
static size_t block_minima(const double *y, size_t cnt, double minima[MINIMA])
{
	size_t blocks = cnt < MINIMA ? cnt : MINIMA;

	for (size_t i = 0; i < blocks; i++) {
		minima[i] = INFINITY;
		for (size_t k = i * cnt / blocks; k < (i + 1) * cnt / blocks; k++)
			minima[i] = fmin(minima[i], y[k]);
	}
	return blocks;
}

/* The largest fall and rise among @minima. */
static void measure_swings(const double *minima, size_t cnt, double *ret_fall, double *ret_rise)
{
	double top = -INFINITY, bottom = INFINITY, fall = 0, rise = 0;

	for (size_t i = 0; i < cnt; i++) {
		top = fmax(top, minima[i]);
		bottom = fmin(bottom, minima[i]);
		fall = fmax(fall, top - minima[i]);
		rise = fmax(rise, minima[i] - bottom);
	}
	*ret_fall = fall;
	*ret_rise = rise;
}

/* Chance that at least @above of @pairs fair coins fall one way. */
static double binomial_tail(size_t above, size_t pairs)
{
	double term = ldexp(1, -(int)pairs), sum = 0;

	for (size_t k = 0; k <= pairs; k++) {
		sum += k >= above ? term : 0;
		term *= (double)(pairs - k) / (double)(k + 1);
	}
	return sum;
}

/* Cox and Stuart's test of @minima; true if it takes them for rising. */
static bool sign_test(const double *minima, size_t cnt, double *ret_chance)
{
	size_t half = cnt / 2, above = 0, pairs = 0;

	for (size_t i = 0; i < half; i++) {
		double later = minima[cnt - half + i];

		above += later > minima[i];
		pairs += later != minima[i];
	}
	*ret_chance = binomial_tail(above, pairs);
	if (pairs < SIGN_PAIRS)
		return pairs && above == pairs && pairs == half;
	return *ret_chance <= SIGN_CHANCE;
}

/* Kendall's interval: the slopes whose ranks lie 1.96 deviations of S from the middle. */
static void rank_interval(struct pairs *pairs, double deviation, struct growth *growth)
{
	double reach = STATS_Z95 * deviation, cnt = (double)pairs->cnt;
	double low = floor((cnt - reach) / 2) - 1, high = ceil((cnt + reach) / 2);

	growth->low = stats__select(pairs->slopes, pairs->cnt, low > 0 ? (size_t)low : 0);
	growth->high = stats__select(pairs->slopes, pairs->cnt,
				     high < cnt ? (size_t)high : pairs->cnt - 1);
	growth->slope = stats__median(pairs->slopes, pairs->cnt);
}

int growth__fit(const double *t, const double *y, size_t cnt, struct growth *ret_growth)
{
	struct growth growth = {.points = cnt};
	struct folded folded;
	struct pairs pairs;
	double deviation, span, minima[MINIMA];
	size_t blocks;

	if (cnt < GROWTH_POINTS_MIN || cnt > GROWTH_POINTS_MAX || !(t[cnt - 1] > t[0]))
		return -ERANGE;
	fold(t, y, cnt, &folded);
	compare_pairs(&folded, &pairs);
	if (!pairs.cnt)
		return -ERANGE;
	deviation = score_deviation(&folded);
	if (deviation > 0)
		growth.z = (pairs.score - (pairs.score > 0) + (pairs.score < 0)) / deviation;
	rank_interval(&pairs, deviation, &growth);
	growth.stderr_abs = (growth.high - growth.low) / (2 * STATS_Z95);
	blocks = block_minima(y, cnt, minima);
	measure_swings(minima, blocks, &growth.fall, &growth.rise);
	span = t[cnt - 1] - t[0];
	if (growth.slope > 0)
		growth.low -= 2 * growth.fall / span;
	if (growth.slope < 0)
		growth.high += 2 * growth.rise / span;
	growth.growing =
		sign_test(minima, blocks, &growth.sign) && growth.low > 0 && growth.z > STATS_Z95;
	*ret_growth = growth;
	return 0;
}

struct figure growth__figure(const double *t, const double *y, size_t cnt, bool *ret_growing)
{
	struct growth growth;
	int err = growth__fit(t, y, cnt, &growth);

	if (ret_growing)
		*ret_growing = !err && growth.growing;
	if (err)
		return (struct figure){0};
	return (struct figure){
		.value = growth.slope,
		.stderr_abs = growth.stderr_abs,
		.low = growth.low,
		.high = growth.high,
		.n = growth.points,
		.basis = BASIS_SAMPLED,
	};
}
