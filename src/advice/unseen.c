// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/unseen.h"

#include <math.h>

#include "base/stats.h"

#include "base/banned.h"

#define LEAST_BYTES 16.0 /* allocators round what is smaller up to this */
#define NONE_SEEN   3.0	 /* -ln 0.05: were more expected, one would have been seen */

/* Blocks around one size: how many were born, from what was sampled. */
struct octave {
	double seen, low, high;
};

/*
 * How likely a block of @bytes was to be sampled here: on average over the blocks, each of which tells
 * how densely was sampled at its birth. What was certain to be sampled tells only that it was no less.
 */
static double chance(const struct chain *chains, size_t cnt, double bytes)
{
	double weight = 0, sampled = 0;

	for (size_t i = 0; i < cnt; i++) {
		double larger = bytes / fmax(1, (double)chains[i].final_bytes);

		weight += chains[i].weight;
		sampled += fmin(chains[i].weight, larger);
	}
	return sampled / weight;
}

/* Of sizes above @above, up to @upto. */
static struct octave octave_of(const struct chain *chains, size_t cnt, double above, double upto)
{
	struct octave octave = {0};
	double squares = 0, each;

	for (size_t i = 0; i < cnt; i++) {
		double bytes = (double)chains[i].final_bytes;

		if (bytes <= above || bytes > upto)
			continue;
		octave.seen += chains[i].weight;
		squares += chains[i].weight * chains[i].weight;
	}
	if (octave.seen > 0) {
		each = squares / octave.seen;
		stats__score_interval(octave.seen / each, &octave.low, &octave.high);
		octave.low *= each;
		octave.high *= each;
	}
	return octave;
}

double unseen__small_share(const struct chain *chains, size_t cnt, double top_bytes, double spread)
{
	double most = 0, cap = INFINITY, small = 0, rest = 0, upto = INFINITY;

	for (double bytes = top_bytes; cnt && upto > LEAST_BYTES; bytes /= 2) {
		double above = bytes * M_SQRT1_2;
		struct octave octave =
			octave_of(chains, cnt, above < LEAST_BYTES ? -1 : above, upto);

		if (!(octave.seen > 0))
			octave.high = NONE_SEEN / chance(chains, cnt, fmax(bytes, LEAST_BYTES));
		if (octave.high < most)
			cap = fmin(cap, octave.high);
		most = fmax(most, octave.low);
		if (bytes * spread > top_bytes)
			rest += octave.seen;
		else
			small += fmax(octave.seen, fmin(octave.high, cap));
		upto = above;
	}
	return small + rest > 0 ? small / (small + rest) : 0;
}
