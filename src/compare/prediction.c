// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A prediction is per second under the load of the first capture. What was measured is brought to the
 * same: the change per unit (a CPU second, or an operation), times the units of the first capture in a
 * second.
 *
 * Of a site it is the net change of its whole function (and caller, in native code): the change that is
 * advised puts another construct in the place of the old one. Where other advice was followed in that
 * function, too, only what its own library function, or else its own construct, allocated is taken.
 */
#include "compare/prediction.h"

#include <math.h>
#include <string.h>

#include "advice/rule.h"
#include "base/stats.h"
#include "bpf/abi.h"

#include "base/banned.h"

struct context {
	const struct comparison *comparison;
	const struct compare_program *program;
	const struct compare_advice *item;
};

/* 0: *ret filled; else *ret_why says why it is not. */
typedef bool measure_fn(const struct context *context, struct figure *ret, const char **ret_why);

static const struct advice *advice_of(const struct compare_advice *item)
{
	return item->sides[BEFORE];
}

static double per_second(const struct compare_part *part)
{
	return part->span_s > 0 ? part->units / part->span_s : 0;
}

static struct figure measured(double value, double error, enum basis basis)
{
	return (struct figure){
		.value = value,
		.stderr_abs = error,
		.low = value - STATS_Z95 * error,
		.high = value + STATS_Z95 * error,
		.basis = basis,
	};
}

enum level { LEVEL_PLACE, LEVEL_VIA, LEVEL_KEY };

static bool is_use(const struct advice *advice)
{
	return advice->rule->scope == SCOPE_GO_USE;
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static const char *via_of(const struct view_site *site)
{
	return site->trait ? site->trait->via : NULL;
}

/* Is @site (a use, if @use) within @level of the site of @advice? */
static bool is_within(const struct advice *advice, const struct view_site *site, bool use,
		      enum level level)
{
	if (site_key__place(site, use) != site_key__place(advice->site, is_use(advice)))
		return false;
	if (level == LEVEL_VIA)
		return same(via_of(site), via_of(advice->site));
	return level == LEVEL_PLACE ||
	       site_key__of(site, use) == site_key__of(advice->site, is_use(advice));
}

/* Whether other advice that is gone stands within @level. */
static bool is_shared(const struct context *context, enum level level)
{
	for (size_t i = 0; i < context->program->advice_cnt; i++) {
		const struct compare_advice *other = &context->program->advice[i];

		if (other == context->item || !other->sides[BEFORE] ||
		    other->outcome == OUTCOME_OPEN || !other->sides[BEFORE]->site)
			continue;
		if (is_within(advice_of(context->item), other->sides[BEFORE]->site,
			      is_use(other->sides[BEFORE]), level))
			return true;
	}
	return false;
}

static const struct view_site *any_site(const struct compare_site *site)
{
	return site->sites[BEFORE] ?: site->sites[AFTER];
}

static bool site_change(const struct context *context, bool bytes, struct figure *ret,
			const char **ret_why)
{
	const struct advice *advice = advice_of(context->item);
	enum level level = LEVEL_PLACE;
	double change = 0, var = 0;
	size_t cnt = 0;

	*ret_why = "it names no site";
	if (!advice->site)
		return false;
	while (level < LEVEL_KEY && is_shared(context, level))
		level++;
	for (size_t i = 0; i < context->program->site_cnt; i++) {
		const struct compare_site *site = &context->program->sites[i];
		const struct movement *movement = bytes ? &site->bytes : &site->calls;
		bool use = is_use(advice);

		if (!is_within(advice, any_site(site), use, level) || isnan(movement->change))
			continue;
		change -= movement->change;
		var += movement->stderr_abs * movement->stderr_abs;
		cnt++;
	}
	*ret_why = "its site is not among those compared";
	*ret = measured(change, sqrt(var), BASIS_SAMPLED);
	return cnt > 0;
}

static void scale(struct figure *figure, double by)
{
	figure->value *= by;
	figure->stderr_abs *= by;
	figure->low *= by;
	figure->high *= by;
}

static bool measure_calls(const struct context *context, struct figure *ret, const char **ret_why)
{
	if (!site_change(context, false, ret, ret_why))
		return false;
	scale(ret, per_second(&context->program->parts[BEFORE]));
	return true;
}

static bool measure_bytes(const struct context *context, struct figure *ret, const char **ret_why)
{
	if (!site_change(context, true, ret, ret_why))
		return false;
	scale(ret, per_second(&context->program->parts[BEFORE]));
	return true;
}

static bool measure_share(const struct context *context, struct figure *ret, const char **ret_why)
{
	const struct advice *advice = advice_of(context->item);
	enum compare_family family = advice->site ? site_key__family(advice->site) : COMPARE_MALLOC;
	const struct figure *all = &context->program->totals[family].bytes.before;

	if (!site_change(context, true, ret, ret_why))
		return false;
	*ret_why = "the total before is not known";
	if (all->basis == BASIS_UNKNOWN || !(all->value > 0))
		return false;
	scale(ret, 1 / all->value);
	return true;
}

/* Calls for pages of all kinds, those that give back as well, per unit; in *ret_var its variance by
 * chance arrivals. Negative: no process was seen. */
static double page_calls(const struct compare_part *part, double *ret_var)
{
	double calls = -1;

	*ret_var = 0;
	for (size_t i = 0; i < part->process_cnt; i++) {
		const struct view_process *process = part->processes[i];
		double seen = 0, seconds = compare__seconds(process);
		double by = seconds / process->observed_s;

		if (!(process->observed_s > 0))
			continue;
		for (size_t func = HB_FIRST_VM; func <= HB_BRK; func++)
			seen += (double)process->by_func[func].calls;
		/* of looks the rate is corrected for what they cost */
		if (process->vm_calls_rate.basis != BASIS_UNKNOWN && process->vm_calls.value > 0)
			by = process->vm_calls_rate.value / process->vm_calls.value * seconds;
		calls = fmax(calls, 0) + by * seen;
		*ret_var += by * by * seen;
	}
	*ret_var /= part->units * part->units;
	return calls / part->units;
}

static bool measure_page_calls(const struct context *context, struct figure *ret,
			       const char **ret_why)
{
	const struct compare_program *program = context->program;
	double before_var, after_var;
	double before = page_calls(&program->parts[BEFORE], &before_var);
	double after = page_calls(&program->parts[AFTER], &after_var);

	*ret_why = "no calls for pages were seen";
	if (before < 0 || after < 0)
		return false;
	*ret = measured(before - after, sqrt(before_var + after_var), BASIS_SAMPLED);
	scale(ret, per_second(&program->parts[BEFORE]));
	return true;
}

static const struct view_go *go_of(const struct context *context, int side)
{
	const struct compare_part *part = &context->program->parts[side];

	return part->process_cnt ? part->processes[0]->go : NULL;
}

/* Both with cycles and bytes, and at which pace the second ran by the first's. */
static bool find_go(const struct context *context, const struct view_go *go[COMPARE_SIDES],
		    const char **ret_why)
{
	*ret_why = "its collector was not read in both captures";
	for (int side = 0; side < COMPARE_SIDES; side++) {
		go[side] = go_of(context, side);
		if (!go[side] || !go[side]->state_known ||
		    go[side]->cycles_rate.basis == BASIS_UNKNOWN ||
		    go[side]->bytes_rate.basis == BASIS_UNKNOWN)
			return false;
	}
	return true;
}

static bool is_set_as_advised(const struct context *context, const struct view_go *after)
{
	const struct advice_number *gogc = advice__number(advice_of(context->item), "gogc");

	return gogc && (double)after->state.gogc == gogc->figure.value;
}

/* The interval at the first capture's rate of allocation: it is as long as that takes to the goal. */
static bool measure_interval(const struct context *context, struct figure *ret,
			     const char **ret_why)
{
	const struct view_go *go[COMPARE_SIDES];
	double interval, cycles;

	if (!find_go(context, go, ret_why))
		return false;
	*ret_why = "GOGC is not what was advised";
	if (!is_set_as_advised(context, go[AFTER]))
		return false;
	*ret_why = "no collection was seen after";
	if (!(go[AFTER]->cycles_rate.value > 0) || !(go[BEFORE]->bytes_rate.value > 0))
		return false;
	cycles = go[AFTER]->cycles_rate.value * go[AFTER]->span_s;
	interval = 1 / go[AFTER]->cycles_rate.value * go[AFTER]->bytes_rate.value /
		   go[BEFORE]->bytes_rate.value;
	*ret = measured(interval, interval / fmax(cycles, 1), BASIS_SAMPLED);
	return true;
}

/* Seconds of the second capture that do as much as one of the first. */
static double pace(const struct context *context)
{
	double before = per_second(&context->program->parts[BEFORE]);
	double after = per_second(&context->program->parts[AFTER]);

	return after > 0 ? before / after : NAN;
}

static bool measure_cycles(const struct context *context, struct figure *ret, const char **ret_why)
{
	const struct view_go *go[COMPARE_SIDES];
	double by = pace(context);

	if (!find_go(context, go, ret_why))
		return false;
	*ret_why = "GOGC or the memory limit has changed";
	if (go[BEFORE]->state.gogc != go[AFTER]->state.gogc ||
	    go[BEFORE]->state.memory_limit_bytes != go[AFTER]->state.memory_limit_bytes)
		return false;
	*ret_why = "other advice was followed, too";
	for (size_t i = 0; i < context->program->advice_cnt; i++)
		if (&context->program->advice[i] != context->item &&
		    context->program->advice[i].outcome >= OUTCOME_UNKNOWN)
			return false;
	*ret_why = "the pace is not known";
	if (!isfinite(by))
		return false;
	*ret = measured(go[BEFORE]->cycles_rate.value - by * go[AFTER]->cycles_rate.value,
			hypot(1 / fmax(go[BEFORE]->span_s, 1), by / fmax(go[AFTER]->span_s, 1)),
			BASIS_SAMPLED);
	return true;
}

/* What the runtime says of its collector since the program's start. */
static bool measure_gc_cores(const struct context *context, struct figure *ret,
			     const char **ret_why)
{
	const struct view_go *go[COMPARE_SIDES];
	double cores[COMPARE_SIDES], by = pace(context);

	if (!find_go(context, go, ret_why))
		return false;
	*ret_why = "GOGC is not what was advised";
	if (!is_set_as_advised(context, go[AFTER]))
		return false;
	*ret_why = "the CPU of its collector is not known";
	for (int side = 0; side < COMPARE_SIDES; side++) {
		if (!(go[side]->gc_cpu_ratio >= 0) || !isfinite(by))
			return false;
		cores[side] = go[side]->gc_cpu_ratio * go[side]->state.procs;
	}
	*ret = measured(cores[BEFORE] - by * cores[AFTER], 0, BASIS_SAMPLED);
	return true;
}

static bool measure_nothing(const struct context *context, struct figure *ret, const char **ret_why)
{
	(void)context;
	(void)ret;
	*ret_why = "a capture has no figure for it";
	return false;
}

/* By rule, where it is one's own, and key of the number. */
static measure_fn *measure_of(const struct advice *advice, const char *key)
{
	static const struct {
		const char *rule, *key;
		measure_fn *measure;
	} rows[] = {
		{"mmap-churn", "calls_avoided", measure_page_calls},
		{NULL, "calls_avoided", measure_calls},
		{NULL, "reallocs_avoided", measure_calls},
		{NULL, "bytes_avoided", measure_bytes},
		{NULL, "bytes_avoided_share", measure_share},
		{NULL, "interval_then", measure_interval},
		{NULL, "cycles_avoided", measure_cycles},
		{NULL, "cpu_saved", measure_gc_cores},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(rows[i].key, key) &&
		    (!rows[i].rule || !strcmp(rows[i].rule, advice->rule->id)))
			return rows[i].measure;
	return measure_nothing;
}

static bool is_rate(enum advice_unit unit)
{
	return unit == UNIT_PER_S || unit == UNIT_BYTES_PER_S;
}

/* The number of the heaviest process; rates of the others are added. */
static struct figure predicted(const struct context *context, const struct advice_number *number)
{
	const struct advice *heaviest = advice_of(context->item);
	const struct advice_list *list = context->comparison->lists[BEFORE];
	struct figure sum = number->figure;

	if (!is_rate(number->unit))
		return sum;
	for (size_t i = 0; i < list->cnt; i++) {
		const struct advice *advice = &list->items[i];
		const struct advice_number *more;

		if (advice == heaviest || strcmp(advice->id, heaviest->id))
			continue;
		more = advice__number(advice, number->key);
		if (!more || more->figure.basis == BASIS_UNKNOWN)
			continue;
		sum.value += more->figure.value;
		sum.low += more->figure.low;
		sum.high += more->figure.high;
		sum.n += more->figure.n;
	}
	return sum;
}

static enum prediction_fit fit(const struct figure *said, const struct figure *seen)
{
	if (!isfinite(said->low) || !isfinite(said->high))
		return FIT_UNKNOWN;
	if (seen->value >= said->low && seen->value <= said->high)
		return FIT_INSIDE;
	return seen->high >= said->low && seen->low <= said->high ? FIT_NEAR : FIT_OUTSIDE;
}

/* What is still drawn at a place where nothing has moved was not followed: nothing is to be measured. */
static bool is_untouched(const struct context *context)
{
	const struct advice *advice = advice_of(context->item);

	if (context->item->outcome != OUTCOME_OPEN || !advice->site ||
	    advice->rule->scope == SCOPE_PROCESS || advice->rule->scope == SCOPE_GO_PROCESS)
		return false;
	for (size_t i = 0; i < context->program->site_cnt; i++) {
		const struct compare_site *site = &context->program->sites[i];

		if ((site->bytes.moved || site->calls.moved) &&
		    is_within(advice, any_site(site), is_use(advice), LEVEL_PLACE))
			return false;
	}
	return true;
}

void prediction__hold(const struct comparison *comparison, const struct compare_program *program,
		      struct compare_advice *item)
{
	const struct context context = {comparison, program, item};
	const struct advice *advice = advice_of(item);
	bool untouched = advice && is_untouched(&context);

	for (size_t i = 0; advice && i < advice->number_cnt; i++) {
		const struct advice_number *number = &advice->numbers[i];
		struct compare_prediction *to = &item->predictions[item->prediction_cnt];

		if (number->role != ROLE_PREDICTION || number->figure.basis == BASIS_UNKNOWN ||
		    item->prediction_cnt == COMPARE_PREDICTIONS)
			continue;
		*to = (struct compare_prediction){
			.key = number->key,
			.unit = number->unit,
			.predicted = predicted(&context, number),
		};
		item->prediction_cnt++;
		if (!(program->parts[BEFORE].units > 0 && program->parts[AFTER].units > 0))
			to->why = "the CPU time of a capture is not known: use --per-op";
		else if (untouched)
			to->why = "nothing has moved at its place";
		else if (measure_of(advice, number->key)(&context, &to->measured, &to->why))
			to->fit = fit(&to->predicted, &to->measured);
		if (to->fit == FIT_UNKNOWN)
			to->measured.basis = BASIS_UNKNOWN;
		else
			to->why = NULL;
		if (to->fit == FIT_UNKNOWN && !to->why)
			to->why = "it was said without an interval";
	}
}
