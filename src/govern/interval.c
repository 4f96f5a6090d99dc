// SPDX-License-Identifier: GPL-2.0-or-later
#include "govern/interval.h"

#include "base/banned.h"

static double expected_samples(const struct interval_class *classes, size_t cnt, uint64_t interval)
{
	double expected = 0;

	for (size_t i = 0; i < cnt; i++) {
		double mean, p;

		if (!classes[i].calls)
			continue;
		mean = (double)classes[i].bytes / (double)classes[i].calls;
		p = mean / (double)interval;
		expected += (double)classes[i].calls * (p < 1 ? p : 1);
	}
	return expected;
}

uint64_t interval__choose(const struct interval_class *classes, size_t cnt, double samples_max)
{
	uint64_t interval = INTERVAL_DEFAULT_BYTES;

	while (interval > 1 && expected_samples(classes, cnt, interval / 2) <= samples_max)
		interval /= 2;
	return interval;
}
