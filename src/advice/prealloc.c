// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * prealloc: blocks born at a site that reach their size by realloc. All sums run over the sampled
 * births of the site, weighted.
 *
 * The prediction is what malloc(P), P = p95 of the final sizes, would have done instead:
 *	final <= P	one call of P bytes, no realloc, nothing copied
 *	final >  P	P bytes, then some of the old steps; how many is not recorded. Point: steps
 *			spread evenly over the sizes; interval: from one step to all of them.
 * Sampling and chance arrivals give the rest of the interval: births are taken as a Poisson stream, so
 * a sum of w y has the variance sum of w^2 y^2, which also holds where every call was sampled.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/numbers.h"
#include "base/stats.h"

#include "base/banned.h"

#define OPEN_SAID     0.2 /* above this share of open blocks the sizes are called censored */
#define CLOSED_ENOUGH 20  /* closed blocks that quantiles may rest on */

/* Sum of w y and its variance; @low and @high from the bounds of y. */
struct sum {
	double value, low, high;
	double var, low_var, high_var;
};

struct totals {
	uint64_t n, growing_n, open_n, closed_n;
	double births, growing, growing_steps, open;
	struct sum steps, traffic, copied;
};

/* What one birth would have been saved. */
struct saving {
	struct sum steps, bytes, copied;
	double slack, births;
};

static void sum__add(struct sum *sum, double weight, double value, double low, double high)
{
	sum->value += weight * value;
	sum->low += weight * low;
	sum->high += weight * high;
	sum->var += weight * weight * value * value;
	sum->low_var += weight * weight * low * low;
	sum->high_var += weight * weight * high * high;
}

static void add_chain(struct totals *totals, const struct chain *chain)
{
	double moved = (double)chain->moved_bytes, traffic = moved + (double)chain->final_bytes;

	totals->n++;
	totals->births += chain->weight;
	if (chain->steps >= 2) {
		totals->growing_n++;
		totals->growing += chain->weight;
		totals->growing_steps += chain->weight * chain->steps;
	}
	totals->open += chain->closed ? 0 : chain->weight;
	totals->closed_n += chain->closed;
	totals->open_n += !chain->closed;
	sum__add(&totals->steps, chain->weight, chain->steps, chain->steps, chain->steps);
	sum__add(&totals->traffic, chain->weight, traffic, traffic, traffic);
	sum__add(&totals->copied, chain->weight, moved, moved, moved);
}

/* p50 and p95 of the final sizes: of closed blocks where there are enough. 0, or -ENOMEM. */
static int final_sizes(const struct view_site *site, const struct totals *totals, enum basis basis,
		       struct figure *ret_p50, struct figure *ret_p95)
{
	bool all = totals->closed_n < CLOSED_ENOUGH;
	int err = size_quantiles(site->chains, site->chain_cnt, !all, basis, ret_p50, ret_p95);

	ret_p50->lower_bound = ret_p95->lower_bound = all;
	return err;
}

static void add_saving(struct saving *saving, const struct chain *chain, double capacity)
{
	double final = (double)chain->final_bytes, moved = (double)chain->moved_bytes;
	double steps = chain->steps, left, after;

	saving->births += chain->weight;
	if (final <= capacity) {
		sum__add(&saving->steps, chain->weight, steps, steps, steps);
		sum__add(&saving->bytes, chain->weight, moved + final - capacity,
			 moved + final - capacity, moved + final - capacity);
		sum__add(&saving->copied, chain->weight, moved, 0, moved);
		saving->slack += chain->weight * (capacity - final);
		return;
	}
	left = fmin(steps, fmax(1, steps * (1 - capacity / final)));
	after = capacity + left * (capacity + final) / 2;
	after = fmin(fmax(after, capacity + final), capacity + moved + final);
	sum__add(&saving->steps, chain->weight, steps - left, 0, fmax(0, steps - 1));
	sum__add(&saving->bytes, chain->weight, moved + final - after, -capacity,
		 fmax(-capacity, moved - capacity));
	sum__add(&saving->copied, chain->weight, moved * (steps - left) / fmax(1, steps), 0, moved);
}

static struct figure figure_of(const struct sum *sum, double by, double relative, uint64_t n,
			       enum basis basis)
{
	double low_sd = sqrt(sum->low_var + relative * relative * sum->low * sum->low);
	double high_sd = sqrt(sum->high_var + relative * relative * sum->high * sum->high);
	double sd = sqrt(sum->var + relative * relative * sum->value * sum->value);

	return (struct figure){
		.value = by * sum->value,
		.stderr_abs = by * sd,
		.low = by * (sum->low - STATS_Z95 * low_sd),
		.high = by * (sum->high + STATS_Z95 * high_sd),
		.n = n,
		.basis = basis,
	};
}

/* From sums within the observed time to figures per second. */
struct scale {
	double calls, bytes;		 /* factors */
	double calls_error, bytes_error; /* relative errors of the process's own rates */
	double all_bytes;		 /* allocated by the process in the observed time */
	enum basis basis;
};

static double rate_factor(const struct figure *total, const struct figure *rate, double observed_s,
			  double *ret_error)
{
	*ret_error = 0;
	if (total->basis == BASIS_UNKNOWN || rate->basis == BASIS_UNKNOWN || !(total->value > 0) ||
	    !(rate->value > 0))
		return observed_s > 0 ? 1 / observed_s : 0;
	if (rate->basis == BASIS_WINDOW)
		*ret_error = rate->stderr_abs / rate->value;
	return rate->value / total->value;
}

static struct scale scale_of(const struct view_process *process)
{
	struct scale scale = {
		.all_bytes = process->bytes.value,
		.basis = process->mode == PLAN_LOOK ? BASIS_WINDOW : BASIS_SAMPLED,
	};

	scale.calls = rate_factor(&process->calls, &process->calls_rate, process->observed_s,
				  &scale.calls_error);
	scale.bytes = rate_factor(&process->bytes, &process->bytes_rate, process->observed_s,
				  &scale.bytes_error);
	return scale;
}

/* A share of the whole is estimated from samples against an exact total: it may come out above it. */
static struct figure share_of(const struct sum *part, const struct scale *scale, uint64_t n)
{
	struct figure figure = figure_of(part, 1 / scale->all_bytes, 0, n, scale->basis);

	figure.value = fmin(1, figure.value);
	figure.low = fmin(1, figure.low);
	figure.high = fmin(1, figure.high);
	return figure;
}

static void set_evidence(struct advice *advice, const struct totals *totals,
			 const struct scale *scale)
{
	uint64_t n = totals->n;
	enum basis basis = scale->basis;

	advice__set(advice, "growing_share", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure(totals->growing / totals->births, n, basis));
	advice__set(
		advice, "steps", UNIT_COUNT, ROLE_EVIDENCE,
		plain_figure(totals->growing_steps / totals->growing, totals->growing_n, basis));
	advice__set(advice, "realloc_rate", UNIT_PER_S, ROLE_EVIDENCE,
		    figure_of(&totals->steps, scale->calls, scale->calls_error, n, basis));
	advice__set(advice, "traffic_rate", UNIT_BYTES_PER_S, ROLE_EVIDENCE,
		    figure_of(&totals->traffic, scale->bytes, scale->bytes_error, n, basis));
	advice__set(advice, "traffic_share", UNIT_RATIO, ROLE_EVIDENCE,
		    share_of(&totals->traffic, scale, n));
	advice__set(advice, "copied_rate", UNIT_BYTES_PER_S, ROLE_EVIDENCE,
		    figure_of(&totals->copied, scale->bytes, scale->bytes_error, n, basis));
	if (totals->open > OPEN_SAID * totals->births)
		advice__set(advice, "open_share", UNIT_RATIO, ROLE_EVIDENCE,
			    plain_figure(totals->open / totals->births, totals->open_n, basis));
}

static void set_prediction(struct advice *advice, const struct saving *saving,
			   const struct scale *scale, const struct view_site *site)
{
	uint64_t n = site->chain_cnt;
	struct figure slack = plain_figure(saving->slack / saving->births, n, scale->basis);

	advice__set(advice, "reallocs_avoided", UNIT_PER_S, ROLE_PREDICTION,
		    figure_of(&saving->steps, scale->calls, scale->calls_error, n, scale->basis));
	advice__set(advice, "bytes_avoided", UNIT_BYTES_PER_S, ROLE_PREDICTION,
		    figure_of(&saving->bytes, scale->bytes, scale->bytes_error, n, scale->basis));
	advice__set(advice, "bytes_avoided_share", UNIT_RATIO, ROLE_PREDICTION,
		    share_of(&saving->bytes, scale, n));
	advice__set(advice, "copied_avoided", UNIT_BYTES_PER_S, ROLE_PREDICTION,
		    figure_of(&saving->copied, scale->bytes, scale->bytes_error, n, scale->basis));
	advice__set(advice, "slack_per_block", UNIT_BYTES, ROLE_COST, slack);
	if (site->live_objects.basis != BASIS_UNKNOWN)
		advice__set(advice, "slack_live", UNIT_BYTES, ROLE_COST,
			    plain_figure(slack.value * site->live_objects.value, n, scale->basis));
}

static bool passes_floors(const struct rule *rule, const struct totals *totals,
			  const struct scale *scale)
{
	const struct thresholds *floor = &rule->floor;
	double calls = totals->steps.value + totals->births;

	return scale->all_bytes > 0 && totals->births > 0 &&
	       totals->traffic.value >= floor->share * scale->all_bytes &&
	       (totals->traffic.value * scale->bytes >= floor->bytes_per_s ||
		calls * scale->calls >= floor->calls_per_s) &&
	       totals->growing >= floor->growing * totals->births;
}

/* malloc rounds to 16 bytes anyhow. */
static double round_up(double bytes)
{
	return 16 * ceil(bytes / 16);
}

enum verdict prealloc__check(const struct rule *rule, const struct view_process *process,
			     const struct view_site *site, struct advice *advice,
			     struct advice_note *note)
{
	struct scale scale = scale_of(process);
	struct figure p50, p95;
	struct totals totals = {0};
	struct saving saving = {0};
	double capacity;

	for (size_t i = 0; i < site->chain_cnt; i++)
		add_chain(&totals, &site->chains[i]);
	if (!passes_floors(rule, &totals, &scale))
		return VERDICT_SILENT;
	if (totals.growing_n < rule->floor.samples) {
		note->lack = LACK_SAMPLES;
		note->have = (double)totals.growing_n;
		note->need = (double)rule->floor.samples;
		return VERDICT_LACKS;
	}
	if (final_sizes(site, &totals, scale.basis, &p50, &p95))
		return VERDICT_NO_MEMORY;
	if (p95.value > rule->floor.spread * p50.value)
		return VERDICT_SILENT;
	capacity = round_up(p95.value);
	for (size_t i = 0; i < site->chain_cnt; i++)
		add_saving(&saving, &site->chains[i], capacity);
	set_evidence(advice, &totals, &scale);
	advice__set(advice, "p50", UNIT_BYTES, ROLE_EVIDENCE, p50);
	advice__set(advice, "p95", UNIT_BYTES, ROLE_EVIDENCE, p95);
	advice__set(advice, "capacity", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(capacity, p95.n, scale.basis));
	set_prediction(advice, &saving, &scale, site);
	advice->weight = totals.traffic.value / scale.all_bytes;
	advice->severity = rule__severity(rule, advice->weight);
	/* nothing is saved where the interval says so */
	return advice__number(advice, "reallocs_avoided")->figure.low > 0 ? VERDICT_SPEAK
									  : VERDICT_SILENT;
}
