// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/numbers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/stats.h"

#include "base/banned.h"

struct figure plain_figure(double value, uint64_t n, enum basis basis)
{
	return (struct figure){
		.value = value, .stderr_abs = NAN, .low = NAN, .high = NAN, .n = n, .basis = basis};
}

struct figure share_figure(const struct figure *rate, double value, double low, double high)
{
	struct figure figure = *rate;

	figure.value = rate->value * value;
	figure.low = rate->low * low;
	figure.high = rate->high * high;
	figure.stderr_abs = hypot(value * (rate->stderr_abs > 0 ? rate->stderr_abs : 0),
				  rate->value * (high - low) / (2 * STATS_Z95));
	if (figure.basis == BASIS_EXACT && high > low)
		figure.basis = BASIS_SAMPLED;
	return figure;
}

static int by_final(const void *a, const void *b)
{
	const struct chain *x = a, *y = b;

	return x->final_bytes < y->final_bytes ? -1 : x->final_bytes > y->final_bytes;
}

/* Smallest size that at least @share of the weight of @chains (sorted) does not pass. */
static double quantile(const struct chain *chains, size_t cnt, double weight, double share)
{
	double below = 0;

	for (size_t i = 0; i < cnt; i++) {
		below += chains[i].weight;
		if (below >= share * weight)
			return (double)chains[i].final_bytes;
	}
	return cnt ? (double)chains[cnt - 1].final_bytes : 0;
}

/* Quantile with the interval of its rank over the effective number of samples. */
static struct figure quantile_figure(const struct chain *chains, size_t cnt, double share,
				     enum basis basis)
{
	double weight = 0, squares = 0, half;
	struct figure figure = {.n = cnt, .basis = basis};

	for (size_t i = 0; i < cnt; i++) {
		weight += chains[i].weight;
		squares += chains[i].weight * chains[i].weight;
	}
	half = STATS_Z95 * sqrt(share * (1 - share) * squares) / weight;
	figure.value = quantile(chains, cnt, weight, share);
	figure.low = quantile(chains, cnt, weight, share - half);
	figure.high = quantile(chains, cnt, weight, fmin(1, share + half));
	figure.stderr_abs = (figure.high - figure.low) / (2 * STATS_Z95);
	return figure;
}

int size_quantiles(const struct chain *chains, size_t chain_cnt, bool closed_only, enum basis basis,
		   struct figure *ret_p50, struct figure *ret_p95)
{
	struct chain *sorted = malloc((chain_cnt ? chain_cnt : 1) * sizeof(*sorted));
	size_t cnt = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < chain_cnt; i++)
		if (chains[i].closed || !closed_only)
			sorted[cnt++] = chains[i];
	qsort(sorted, cnt, sizeof(*sorted), by_final);
	*ret_p50 = quantile_figure(sorted, cnt, 0.5, basis);
	*ret_p95 = quantile_figure(sorted, cnt, 0.95, basis);
	free(sorted);
	return 0;
}
