// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmap-churn: glibc's malloc maps a large block and unmaps it at its free, over and over. Its
 * threshold rises by itself to the size of a mapped block that is freed, up to 32 MB; so this happens
 * where the threshold was set (mallopt, a tunable) or where blocks are larger than that.
 *
 * Which mappings are malloc's is told by size: a block of malloc comes out as a mapping of the same
 * size class, or of the next one, since a header and whole pages are added. What the program maps
 * itself has no block beside it. Setting the threshold ends its own adjusting and leaves the trim
 * threshold at 128 kB: then every free of such a block gives the top of the heap back by brk, so both
 * are named.
 */
#include "advice/rule.h"

#include <math.h>
#include <string.h>

#include "advice/numbers.h"
#include "bpf/abi.h"
#include "model/figure.h"

#include "base/banned.h"

#define LEAST_CLASS  13 /* 4 kB: nobody sets the threshold below a page */
#define MOST_CLASS   32 /* larger blocks are not to be kept in the heap */
#define COVERED	     0.95
#define UNMAPPED     0.5 /* of mappings: fewer are unmapped where blocks stay */
#define HEADER_BYTES 4096

struct churn {
	double mapped[SIZE_CLASSES]; /* mappings that malloc made, by class of the block */
	double calls, bytes;
	double unmaps;
};

static void explain(const struct view_process *process, struct churn *churn)
{
	double left[SIZE_CLASSES];

	*churn = (struct churn){0};
	for (size_t k = 0; k < SIZE_CLASSES; k++)
		left[k] = k < LEAST_CLASS ? 0 : (double)process->heap_class[k].calls;
	for (size_t k = LEAST_CLASS; k < SIZE_CLASSES; k++) {
		double maps = (double)process->vm_class[k].calls;

		for (size_t from = k + 1; from-- > k - 1;) {
			double own = fmin(maps, left[from]);

			churn->mapped[from] += own;
			left[from] -= own;
			maps -= own;
		}
	}
	for (size_t k = 0; k < SIZE_CLASSES; k++) {
		const struct view_class *class = &process->heap_class[k];

		churn->calls += churn->mapped[k];
		if (class->calls)
			churn->bytes +=
				churn->mapped[k] * (double)class->bytes / (double)class->calls;
	}
	churn->unmaps = fmin(churn->calls, (double)process->by_func[HB_MUNMAP].calls);
}

/* The class that 95 % of the mapped blocks do not pass. */
static size_t covering_class(const struct churn *churn, double *ret_calls)
{
	size_t k = 0;

	*ret_calls = 0;
	for (; k < SIZE_CLASSES - 1; k++) {
		*ret_calls += churn->mapped[k];
		if (*ret_calls >= COVERED * churn->calls)
			break;
	}
	return k;
}

static const struct view_site *heaviest_vm_site(const struct view_process *process)
{
	for (size_t i = 0; i < process->site_cnt; i++)
		if (process->sites[i].vm && process->sites[i].func == HB_MMAP)
			return &process->sites[i];
	return NULL;
}

static void set_numbers(struct advice *advice, const struct churn *churn,
			const struct figure *per_call, size_t class, double covered)
{
	double threshold = ldexp(1, (int)class) + HEADER_BYTES;
	struct figure all = figure__scale(*per_call, churn->calls + churn->unmaps);
	struct figure blocks = figure__scale(*per_call, churn->calls);
	uint64_t n = figure__count(churn->calls);
	double share = covered / churn->calls;

	advice__set(advice, "churn_rate", UNIT_PER_S, ROLE_EVIDENCE, all);
	advice__set(advice, "blocks_rate", UNIT_PER_S, ROLE_EVIDENCE, blocks);
	advice__set(advice, "mean_bytes", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(churn->bytes / churn->calls, n, BASIS_EXACT));
	advice__set(advice, "threshold", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(threshold, n, BASIS_EXACT));
	advice__set(advice, "trim", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(2 * threshold, n, BASIS_EXACT));
	/* the heap grows to its new size first, and a block under another one's top may be trimmed */
	advice__set(advice, "calls_avoided", UNIT_PER_S, ROLE_PREDICTION,
		    share_figure(&all, 0.975 * share, COVERED * share, 1));
	advice__set(advice, "kept", UNIT_BYTES, ROLE_COST,
		    plain_figure(2 * threshold, n, BASIS_EXACT));
}

enum verdict mmap_churn__check(const struct rule *rule, const struct view_process *process,
			       const struct view_site *site, struct advice *advice,
			       struct advice_note *note)
{
	const struct thresholds *floor = &rule->floor;
	const struct figure *rate = &process->vm_calls_rate;
	struct figure per_call;
	struct churn churn;
	double covered;
	size_t class;

	(void)site;
	if (strcmp(process->allocator, "glibc") || rate->basis == BASIS_UNKNOWN ||
	    !(process->vm_calls.value > 0))
		return VERDICT_SILENT;
	explain(process, &churn);
	per_call = figure__scale(*rate, 1 / process->vm_calls.value);
	if (!(churn.calls > 0) || churn.unmaps < UNMAPPED * churn.calls ||
	    (churn.calls + churn.unmaps) * per_call.value < floor->calls_per_s)
		return VERDICT_SILENT;
	class = covering_class(&churn, &covered);
	if (class > MOST_CLASS)
		return VERDICT_SILENT;
	if (churn.calls < (double)floor->samples) {
		note->lack = LACK_SAMPLES;
		note->have = churn.calls;
		note->need = (double)floor->samples;
		return VERDICT_LACKS;
	}
	advice->site = heaviest_vm_site(process);
	set_numbers(advice, &churn, &per_call, class, covered);
	advice->weight = (churn.calls + churn.unmaps) * per_call.value;
	advice->severity = rule__severity(rule, advice->weight);
	return VERDICT_SPEAK;
}
