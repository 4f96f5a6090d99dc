// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-prealloc: slices that append makes grow. What a slice has outgrown is what it would not have
 * allocated with room from the start. Looks tell the old capacity of each growth; without them the
 * sizes do, where they are those of doubling from one beginning (see ladder.h): appends that copy whole
 * slices once have sizes of all kinds, and nothing to save.
 *
 * Two remedies bound the saving: the exact length, where it is known beforehand, and one capacity for
 * all, the p95, which is too large for the others and is outgrown by the rest.
 */
#include "advice/rule.h"

#include <errno.h>
#include <math.h>

#include "advice/go_weight.h"
#include "advice/ladder.h"
#include "advice/numbers.h"
#include "base/stats.h"

#include "base/banned.h"

#define CROWDED_RATIO 1.2 /* append grows by a quarter at least */
#define CROWDED_MOST  0.2 /* of the bytes: then these are not steps of one ladder */
#define LEAST_BYTES   8	  /* of a first capacity */
#define DOUBLES_UPTO  256 /* elements; beyond it append grows by less and less, to a quarter */

struct growth {
	struct ladder ladder;
	struct ladder_sums sums;
	double outgrown, error; /* share of the bytes, its standard error */
	double capacity;	/* bytes; 0: no one capacity fits */
};

/* Bytes of the capacity that append gives to a slice that needs @needed and has @old. */
static double grown(double needed, double old, double elem)
{
	double cap = old / elem, need = needed / elem;

	if (need > 2 * cap)
		return needed;
	if (cap < DOUBLES_UPTO)
		return 2 * old;
	while (cap < need)
		cap += floor((cap + 3 * DOUBLES_UPTO) / 4);
	return cap * elem;
}

static double capacity_of(const struct go_weight *use, const struct view_go_call *call)
{
	double elem = (double)(call->type_bytes ? call->type_bytes : 1);

	return go_weight__class_bytes(use->go, grown((double)call->size, (double)call->old, elem));
}

/* Growths as looks saw them. 0, -ENODATA if they saw fewer than @least, or -ENOMEM. */
static int read_looks(struct growth *growth, const struct go_weight *use, uint64_t least)
{
	const struct view_go_trait *trait = use->trait;
	double looked_s = use->go->looked_s, old = 0, bytes = 0;
	uint64_t n = 0;

	for (size_t i = 0; i < trait->call_cnt && looked_s > 0; i++) {
		const struct view_go_call *call = trait->calls[i];
		double count = (double)call->n;
		struct rung rung = {.rate = count / looked_s,
				    .var = count / (looked_s * looked_s),
				    .most = INFINITY,
				    .n = call->n};

		if (call->kind != GO_CALL_GROW)
			continue;
		rung.bytes = capacity_of(use, call);
		old += count * (double)call->old;
		bytes += count * rung.bytes;
		n += call->n;
		if (ladder__add(&growth->ladder, &rung))
			return -ENOMEM;
	}
	if (n < least || !(bytes > 0)) {
		growth->ladder.cnt = 0;
		return -ENODATA;
	}
	ladder__sort(&growth->ladder);
	growth->outgrown = old / bytes;
	growth->error = growth->outgrown / sqrt((double)n);
	return 0;
}

/* Slices that reach each size: those that grow past it from below. 0 or -ENOMEM. */
static int reach_of_looks(struct growth *growth, const struct go_weight *use)
{
	struct ladder reach = {0};
	struct ladder_sums sums;
	int err = 0;

	for (size_t i = 0; i < growth->ladder.cnt && !err; i++) {
		struct rung rung = growth->ladder.items[i];

		rung.rate = 0;
		for (size_t j = 0; j < use->trait->call_cnt; j++) {
			const struct view_go_call *call = use->trait->calls[j];

			if (call->kind == GO_CALL_GROW && (double)call->old < rung.bytes &&
			    rung.bytes <= capacity_of(use, call))
				rung.rate += (double)call->n / use->go->looked_s;
		}
		rung.var = rung.rate / use->go->looked_s;
		err = ladder__add(&reach, &rung);
	}
	ladder__smooth(&reach);
	sums = ladder__sum(&reach);
	growth->sums = ladder__sum(&growth->ladder);
	growth->sums.chains = sums.chains;
	growth->sums.chains_most = sums.chains_most;
	growth->sums.room = sums.room;
	growth->sums.p50 = sums.p50;
	growth->sums.p95 = sums.p95;
	ladder__release(&reach);
	return err;
}

static int read_samples(struct growth *growth, const struct go_weight *use)
{
	double least = fmax(LEAST_BYTES, (double)use->trait->type_bytes);
	int err = ladder__read(&growth->ladder, use);

	if (err)
		return err;
	if (ladder__crowded_share(&growth->ladder, CROWDED_RATIO) > CROWDED_MOST)
		return -ENODATA;
	ladder__smooth(&growth->ladder);
	err = ladder__fill(&growth->ladder, use->go, least);
	growth->sums = ladder__sum(&growth->ladder);
	if (growth->sums.bytes > 0) {
		growth->outgrown = growth->sums.outgrown / growth->sums.bytes;
		growth->error = ladder__outgrown_error(&growth->ladder, &growth->sums);
	}
	return err;
}

/* 0; -ENODATA if the sizes do not tell; -ENOMEM. */
static int read_growth(struct growth *growth, const struct rule *rule, const struct go_weight *use)
{
	int err = read_looks(growth, use, rule->floor.samples);

	if (err == -ENODATA)
		return read_samples(growth, use);
	return err ? err : reach_of_looks(growth, use);
}

/* Bytes saved per byte allocated now, if all began with @capacity. */
static double fixed_share(const struct growth *growth, double chains, double capacity)
{
	double bytes, calls;

	ladder__with_room(&growth->ladder, chains, capacity, &bytes, &calls);
	return (growth->sums.bytes + (chains - growth->sums.chains) * growth->ladder.items->bytes -
		bytes) /
	       growth->sums.bytes;
}

static struct figure bytes_saved(const struct growth *growth, const struct go_weight *use)
{
	double room = growth->sums.room / growth->sums.bytes, error = STATS_Z95 * growth->error;
	double low = growth->outgrown - error, high = growth->outgrown + room + error;

	if (growth->capacity > 0)
		low = fmin(low, fixed_share(growth, growth->sums.chains_most, growth->capacity));
	return share_figure(&use->bytes, growth->outgrown + room / 2, low, high);
}

static struct figure calls_saved(const struct growth *growth, const struct go_weight *use)
{
	const struct ladder_sums *sums = &growth->sums;
	double by = use->bytes.value / sums->bytes, most = sums->calls_high - sums->chains;

	return (struct figure){
		.value = by * (sums->calls - sums->chains),
		.low = by * fmax(0, sums->calls_low - sums->chains),
		.high = by * most,
		.stderr_abs = by * (most - fmax(0, sums->calls_low - sums->chains)) / 4,
	};
}

static void set_numbers(struct advice *advice, const struct growth *growth,
			const struct go_weight *use)
{
	const struct ladder_sums *sums = &growth->sums;
	double elem = (double)use->trait->type_bytes;
	uint64_t n = use->bytes.n;

	go_weight__set_evidence(advice, use);
	advice__set(advice, "steps", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(use->calls.value * sums->bytes / (use->bytes.value * sums->chains),
				 n, BASIS_BUCKET));
	advice__set(advice, "outgrown", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure(growth->outgrown, n, BASIS_BUCKET));
	advice__set(advice, "p50", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(sums->p50, n, BASIS_BUCKET));
	advice__set(advice, "p95", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(sums->p95, n, BASIS_BUCKET));
	if (growth->capacity > 0 && elem > 0)
		advice__set(advice, "elements", UNIT_COUNT, ROLE_EVIDENCE,
			    plain_figure(floor(growth->capacity / elem), n, BASIS_BUCKET));
	go_weight__set_savings(advice, use, calls_saved(growth, use), bytes_saved(growth, use));
	if (growth->capacity > sums->p50)
		advice__set(advice, "slack_per_slice", UNIT_BYTES, ROLE_COST,
			    plain_figure(growth->capacity - sums->p50, n, BASIS_BUCKET));
}

static enum verdict judge(struct growth *growth, const struct rule *rule,
			  const struct go_weight *use, struct advice *advice)
{
	const struct ladder_sums *sums = &growth->sums;

	if (!growth->ladder.cnt || !(sums->bytes > 0))
		return VERDICT_SILENT;
	if (sums->p95 <= rule->floor.spread * sums->p50 &&
	    fixed_share(growth, sums->chains_most, sums->p95) > 0)
		growth->capacity = sums->p95;
	/* Most of what grows once keeps all that it has allocated. */
	if (growth->outgrown - STATS_Z95 * growth->error < rule->floor.growing)
		return VERDICT_SILENT;
	set_numbers(advice, growth, use);
	return VERDICT_SPEAK;
}

enum verdict go_prealloc__check(const struct rule *rule, const struct view_process *process,
				const struct view_site *site, struct advice *advice,
				struct advice_note *note)
{
	struct growth growth = {0};
	enum verdict verdict;
	struct go_weight use;
	int err;

	if (!go_weight__is(site, GO_BY_APPEND))
		return VERDICT_SILENT;
	verdict = go_weight__weigh(rule, process, site, &use, note);
	if (verdict != VERDICT_SPEAK)
		return verdict;
	err = read_growth(&growth, rule, &use);
	if (!err) {
		verdict = judge(&growth, rule, &use, advice);
	} else if (err == -ENODATA) {
		note->lack = LACK_LOOKS;
		verdict = VERDICT_LACKS;
	} else {
		verdict = VERDICT_NO_MEMORY;
	}
	ladder__release(&growth.ladder);
	return verdict;
}
