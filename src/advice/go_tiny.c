// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/go_tiny.h"

#include <math.h>

#include "base/banned.h"

#define BLOCK_BYTES 16

/* Objects per second beyond those that the size classes count, per block of 16 bytes. */
static double more_per_block(const struct view_go *go)
{
	double counted = 0, blocks = 0;

	for (size_t i = 0; i < go->class_cnt; i++) {
		if (go->classes[i].mallocs_rate < 0)
			return 0;
		counted += go->classes[i].mallocs_rate;
		if (go->classes[i].size_bytes == BLOCK_BYTES)
			blocks = go->classes[i].mallocs_rate;
	}
	if (!(blocks > 0) || go->calls_rate.basis == BASIS_UNKNOWN)
		return 0;
	return fmax(0, go->calls_rate.value - counted) / blocks;
}

void go_tiny__count(struct go_weight *use)
{
	double all = 0, blocks = 0, more;

	for (size_t i = 0; i < use->trait->size_cnt; i++) {
		const struct view_go_size *size = &use->trait->sizes[i];

		all += size->sums.calls;
		blocks += size->size_bytes == BLOCK_BYTES ? size->sums.calls : 0;
	}
	if (!(all > 0))
		return;
	more = use->calls.value * blocks / all * more_per_block(use->go);
	use->calls.value += more;
	use->calls.high += 2 * more;
	use->calls.stderr_abs = hypot(use->calls.stderr_abs, more / 2);
}
