// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-goroutine-leak: goroutines of one go statement whose number rises steadily while nearly all of
 * them wait. A pool that fills up, or a load that rises and falls, gives some back within the span.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/numbers.h"
#include "base/banned.h"

#define HOUR_S	      3600.0
#define WAITING_LEAST 0.9

static struct figure times(const struct figure *figure, double by)
{
	return (struct figure){
		.value = by * figure->value,
		.stderr_abs = by * figure->stderr_abs,
		.low = by * figure->low,
		.high = by * figure->high,
		.n = figure->n,
		.basis = figure->basis,
	};
}

static void set_numbers(struct advice *advice, const struct view_go *go,
			const struct view_go_site *place)
{
	double each = go->state.goroutines
			      ? (double)go->state.in_stacks_bytes / (double)go->state.goroutines
			      : 0;

	advice__set(advice, "growth", UNIT_PER_S, ROLE_EVIDENCE, place->growth);
	advice__set(advice, "count", UNIT_COUNT, ROLE_EVIDENCE,
		    plain_figure((double)place->cnt, place->cnt, BASIS_EXACT));
	advice__set(advice, "waiting", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure((double)place->by_status[GO_STATUS_WAITING] / (double)place->cnt,
				 place->cnt, BASIS_EXACT));
	if (place->longest_wait_s > 0)
		advice__set(advice, "longest", UNIT_SECONDS, ROLE_EVIDENCE,
			    plain_figure(place->longest_wait_s, place->cnt, BASIS_EXACT));
	advice__set(advice, "span", UNIT_SECONDS, ROLE_EVIDENCE,
		    plain_figure(go->span_s, place->growth.n, BASIS_EXACT));
	advice__set(advice, "growth_stopped", UNIT_PER_S, ROLE_PREDICTION, place->growth);
	if (each > 0)
		advice__set(advice, "stacks_stopped", UNIT_BYTES_PER_HOUR, ROLE_PREDICTION,
			    times(&place->growth, each * HOUR_S));
}

enum verdict go_goroutine_leak__check(const struct rule *rule, const struct view_process *process,
				      const struct view_site *site, struct advice *advice,
				      struct advice_note *note)
{
	const struct view_go_site *place = advice->place;
	const struct figure *growth = &place->growth;

	(void)site;
	(void)note;
	if (!place->growing || growth->basis == BASIS_UNKNOWN || !(growth->low > 0) ||
	    growth->value * process->go->span_s < (double)rule->floor.samples ||
	    (double)place->by_status[GO_STATUS_WAITING] < WAITING_LEAST * (double)place->cnt)
		return VERDICT_SILENT;
	set_numbers(advice, process->go, place);
	advice->weight = growth->value * HOUR_S / fmax((double)process->go->state.goroutines, 1);
	advice->severity = rule__severity(rule, growth->value * HOUR_S);
	return VERDICT_SPEAK;
}
