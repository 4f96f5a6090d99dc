// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-escape: small variables that the compiler has moved to the heap at a hot place and that nobody
 * keeps. Which change ends it is in the compiler's own reason; so this is what is said where no other
 * rule of uses knows better.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/go_weight.h"
#include "advice/numbers.h"

#include "base/banned.h"

#define SIZE_MOST    256.0 /* bytes: larger values are not returned by value for nothing */
#define LIVES_CYCLES 2.0   /* mean life, in collections: what is kept has to be on the heap */
#define LIFE_LEAST_S 0.05  /* what is marked while it is in use looks that old */
#define KEPT_MOST    0.15  /* of the objects: some paths may go on needing them */

/* Does another rule of uses speak of @site? It is asked, as it will be. */
static bool is_covered(const struct rule *own, const struct view_process *process,
		       const struct view_site *site)
{
	for (size_t i = 0; i < rule_cnt; i++) {
		const struct rule *rule = rules[i];
		struct advice advice = {.rule = rule, .process = process, .site = site};
		struct advice_note note = {.rule = rule, .process = process, .site = site};

		if (rule == own || rule->scope != SCOPE_GO_USE)
			continue;
		if (rule->check(rule, process, site, &advice, &note) == VERDICT_SPEAK)
			return true;
	}
	return false;
}

/* By Little's law, of what the last collection found in use. */
static bool is_short_lived(const struct go_weight *use, double *ret_life_s)
{
	const struct figure *rate = &use->go->cycles_rate;
	double cycle_s = rate->basis != BASIS_UNKNOWN && rate->value > 0 ? 1 / rate->value : 0;

	*ret_life_s = go_weight__mean_life_s(use);
	return *ret_life_s <= fmax(LIVES_CYCLES * cycle_s, LIFE_LEAST_S);
}

enum verdict go_escape__check(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct advice *advice,
			      struct advice_note *note)
{
	enum verdict verdict;
	struct go_weight use;
	double size, life_s;

	if (!go_weight__is(site, GO_BY_NEW) || site->trait->through)
		return VERDICT_SILENT;
	verdict = go_weight__weigh(rule, process, site, &use, note);
	if (verdict != VERDICT_SPEAK)
		return verdict;
	size = use.calls.value > 0 ? use.bytes.value / use.calls.value : INFINITY;
	if (size > SIZE_MOST || !is_short_lived(&use, &life_s) || is_covered(rule, process, site))
		return VERDICT_SILENT;
	go_weight__set_evidence(advice, &use);
	advice__set(advice, "size", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(size, use.bytes.n, BASIS_BUCKET));
	if (life_s >= 0.001)
		advice__set(advice, "life", UNIT_SECONDS, ROLE_EVIDENCE,
			    plain_figure(life_s, site->live_bytes.n, BASIS_BUCKET));
	go_weight__set_savings(advice, &use, share_figure(&use.calls, 1, 1 - KEPT_MOST, 1),
			       share_figure(&use.bytes, 1, 1 - KEPT_MOST, 1));
	return VERDICT_SPEAK;
}
