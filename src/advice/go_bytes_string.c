// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-bytes-string: copies between []byte and string. Each conversion that the compiler cannot leave out
 * allocates what it copies; one form throughout needs none.
 */
#include "advice/rule.h"

#include "advice/go_weight.h"
#include "advice/numbers.h"

#include "base/banned.h"

#define SAVED_LEAST 0.9 /* now and then a copy is needed after all */
#define KEPT_S	    1.0 /* a mean life beyond it: copies are kept, as keys or in a cache */

enum verdict go_bytes_string__check(const struct rule *rule, const struct view_process *process,
				    const struct view_site *site, struct advice *advice,
				    struct advice_note *note)
{
	bool to_string = go_weight__is(site, GO_BY_TO_STRING);
	enum verdict verdict;
	struct go_weight use;
	uint64_t n;

	if (!to_string && !go_weight__is(site, GO_BY_TO_BYTES))
		return VERDICT_SILENT;
	verdict = go_weight__weigh(rule, process, site, &use, note);
	if (verdict != VERDICT_SPEAK)
		return verdict;
	n = use.bytes.n;
	go_weight__set_evidence(advice, &use);
	advice__set(advice, "mean_size", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(use.bytes.value / use.calls.value, n, BASIS_BUCKET));
	/* which of the sentences is shown */
	advice__set(advice, to_string ? "to_string_rate" : "to_bytes_rate", UNIT_PER_S,
		    ROLE_EVIDENCE, use.calls);
	if (go_weight__mean_life_s(&use) > KEPT_S)
		advice__set(advice, "kept_bytes", UNIT_BYTES, ROLE_EVIDENCE, use.site->live_bytes);
	go_weight__set_savings(advice, &use, share_figure(&use.calls, 1, SAVED_LEAST, 1),
			       share_figure(&use.bytes, 1, SAVED_LEAST, 1));
	return VERDICT_SPEAK;
}
