// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-string-builder, of two kinds. A string that + makes longer in a loop is copied at each step, and all but the
 * last copy are garbage. Such a place makes strings of many sizes, evenly from short to long; a place
 * that joins a few parts once makes sizes around one.
 *
 * After m steps of equal length the last string is 2 / (m + 1) of the bytes. m is not counted, but it
 * is no less than the number of sizes, of which size classes (and samples) show some.
 *
 * Where many strings are joined once and die young, a buffer that is kept serves as well, if what they
 * are handed to takes bytes: that is for the reader to judge, so it is said with low severity.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/go_weight.h"
#include "advice/ladder.h"
#include "advice/numbers.h"

#include "base/banned.h"

#define SIZES_LEAST  8	/* steps that can be told apart */
#define SIZES_SURE   16 /* of these high severity may be */
#define SPREAD_LEAST 4	/* from the smallest to the largest */
#define MIDDLE_MOST \
	0.75 /* of the largest: where half of the strings are longer, they are not steps */
#define JOINED		0.9 /* of what is joined once, a kept buffer saves; at the least: */
#define JOINED_LEAST	0.5
#define LONGEST_IGNORED 0.01 /* of the bytes: single longer strings */

struct steps {
	double sizes;	       /* told apart */
	double first, longest; /* bytes */
	double middle;	       /* median size of the strings */
};

/* Results of looks have their exact length, those of samples their class. 0 or -ENOMEM. */
static int read_strings(struct ladder *ladder, const struct go_weight *use, uint64_t least)
{
	const struct view_go_trait *trait = use->trait;
	uint64_t n = 0;
	int err = 0;

	for (size_t i = 0; i < trait->call_cnt && !err; i++) {
		const struct view_go_call *call = trait->calls[i];

		if (call->kind != GO_CALL_CONCAT)
			continue;
		n += call->n;
		err = ladder__add(ladder, &(struct rung){.bytes = (double)call->size,
							 .rate = (double)call->n,
							 .n = call->n});
	}
	if (!err && n >= least) {
		ladder__sort(ladder);
		return 0;
	}
	ladder->cnt = 0;
	return err ? err : ladder__read(ladder, use);
}

static struct steps steps_of(const struct ladder *ladder)
{
	struct steps steps = {.middle = ladder__quantile(ladder, 0.5, false),
			      .longest = ladder__quantile(ladder, 1 - LONGEST_IGNORED, true)};

	for (size_t i = 0; i < ladder->cnt; i++) {
		const struct rung *rung = &ladder->items[i];

		if (!(rung->rate > 0) || rung->bytes > steps.longest)
			continue;
		if (!steps.sizes++)
			steps.first = rung->bytes;
	}
	return steps;
}

static void set_joined(struct advice *advice, const struct go_weight *use,
		       const struct steps *steps)
{
	go_weight__set_evidence(advice, use);
	advice__set(advice, "joined_rate", UNIT_PER_S, ROLE_EVIDENCE, use->calls);
	advice__set(advice, "longest", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(steps->longest, use->bytes.n, BASIS_BUCKET));
	go_weight__set_savings(advice, use, share_figure(&use->calls, JOINED, JOINED_LEAST, 1),
			       share_figure(&use->bytes, JOINED, JOINED_LEAST, 1));
	advice->severity = SEVERITY_LOW;
}

static void set_steps(struct advice *advice, const struct go_weight *use, const struct steps *steps)
{
	double last = 2 / (steps->sizes + 1);
	uint64_t n = use->bytes.n;

	go_weight__set_evidence(advice, use);
	advice__set(advice, "sizes", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure(steps->sizes, n, BASIS_BUCKET));
	advice__set(advice, "first", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(steps->first, n, BASIS_BUCKET));
	advice__set(advice, "longest", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(steps->longest, n, BASIS_BUCKET));
	go_weight__set_savings(
		advice, use,
		share_figure(&use->calls, 1 - 0.5 / steps->sizes, 1 - 1 / steps->sizes, 1),
		share_figure(&use->bytes, 1 - last / 2, 1 - last, 1));
	/* Strings that each stand for themselves may happen to be of as many sizes. */
	if (advice->severity == SEVERITY_HIGH && steps->sizes < SIZES_SURE)
		advice->severity = SEVERITY_MEDIUM;
}

enum verdict go_string_builder__check(const struct rule *rule, const struct view_process *process,
				      const struct view_site *site, struct advice *advice,
				      struct advice_note *note)
{
	struct ladder strings = {0};
	enum verdict verdict;
	struct steps steps;
	struct go_weight use;
	int err;

	if (!go_weight__is(site, GO_BY_CONCAT))
		return VERDICT_SILENT;
	verdict = go_weight__weigh(rule, process, site, &use, note);
	if (verdict != VERDICT_SPEAK)
		return verdict;
	err = read_strings(&strings, &use, rule->floor.samples);
	steps = steps_of(&strings);
	ladder__release(&strings);
	if (err)
		return VERDICT_NO_MEMORY;
	if (steps.sizes >= SIZES_LEAST && steps.longest >= SPREAD_LEAST * steps.first &&
	    steps.middle <= MIDDLE_MOST * steps.longest)
		set_steps(advice, &use, &steps);
	else if (go_weight__mean_life_s(&use) <= rule->floor.life_s)
		set_joined(advice, &use, &steps);
	else
		return VERDICT_SILENT;
	return VERDICT_SPEAK;
}
