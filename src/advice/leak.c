// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * leak: outstanding bytes of a site that rise against time and still rise at the end. A cache that
 * has filled up is flat in its last third; a sawtooth has no significant slope.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/numbers.h"
#include "base/stats.h"
#include "model/growth.h"

#include "base/banned.h"

#define HOUR_S	     3600.0
#define STILL_RISING 0.25 /* of the whole span's slope, in its last third */

static double mean(const double *values, size_t cnt)
{
	double sum = 0;

	for (size_t i = 0; i < cnt; i++)
		sum += values[i];
	return cnt ? sum / (double)cnt : 0;
}

/* Does the last third of the series still rise at a fair part of @per_s? */
static bool still_rises(const double *at_s, const double *y, size_t cnt, double per_s)
{
	size_t from = cnt - cnt / 3, half = cnt / 3 / 2;
	double rise, time_s;

	rise = mean(y + cnt - half, half) - mean(y + from, half);
	time_s = mean(at_s + cnt - half, half) - mean(at_s + from, half);
	return time_s > 0 && rise >= STILL_RISING * per_s * time_s;
}

static struct figure growth_figure(const struct growth *growth, double by)
{
	return (struct figure){
		.value = by * growth->slope,
		.stderr_abs = by * growth->stderr_abs,
		.low = by * growth->low,
		.high = by * growth->high,
		.n = growth->points,
		.basis = BASIS_SAMPLED,
	};
}

static void set_numbers(struct advice *advice, const struct view_site *site,
			const struct growth *growth, double span_s)
{
	advice__set(advice, "growth", UNIT_BYTES_PER_HOUR, ROLE_EVIDENCE,
		    growth_figure(growth, HOUR_S));
	advice__set(advice, "grown", UNIT_BYTES, ROLE_EVIDENCE, growth_figure(growth, span_s));
	advice__set(advice, "live_bytes", UNIT_BYTES, ROLE_EVIDENCE, site->live_bytes);
	advice__set(advice, "live_objects", UNIT_COUNT, ROLE_EVIDENCE, site->live_objects);
	advice__set(advice, "span", UNIT_SECONDS, ROLE_EVIDENCE,
		    plain_figure(span_s, growth->points, BASIS_SAMPLED));
	if (site->share_freed >= 0)
		advice__set(advice, "never_freed", UNIT_RATIO, ROLE_EVIDENCE,
			    plain_figure(1 - site->share_freed, site->live_bytes.n, BASIS_SAMPLED));
	advice__set(advice, "growth_stopped", UNIT_BYTES_PER_HOUR, ROLE_PREDICTION,
		    growth_figure(growth, HOUR_S));
}

/* @at_s: times of the points of @site's series. */
static enum verdict check(const struct rule *rule, const struct view_process *process,
			  const struct view_site *site, const double *at_s, size_t point_cnt,
			  struct advice *advice, struct advice_note *note)
{
	const struct thresholds *floor = &rule->floor;
	size_t cnt = site->live.cnt < point_cnt ? site->live.cnt : point_cnt;
	const double *y = site->live.points;
	double span_s, grown, held;
	struct growth growth;

	if (cnt < floor->points || site->live_bytes.basis == BASIS_UNKNOWN)
		return VERDICT_SILENT;
	span_s = at_s[cnt - 1] - at_s[0];
	if (span_s < floor->hold_s)
		return VERDICT_SILENT;
	if (growth__fit(at_s, y, cnt, &growth))
		return VERDICT_SILENT;
	grown = growth.slope * span_s;
	if (!growth.growing || grown < floor->bytes ||
	    grown < floor->share * site->live_bytes.value ||
	    grown < STATS_Z95 * site->live_bytes.stderr_abs ||
	    !still_rises(at_s, y, cnt, growth.slope))
		return VERDICT_SILENT;
	if (site->live_bytes.n < floor->samples) {
		note->lack = LACK_SAMPLES;
		note->have = (double)site->live_bytes.n;
		note->need = (double)floor->samples;
		return VERDICT_LACKS;
	}
	set_numbers(advice, site, &growth, span_s);
	held = fmax((double)process->rss_bytes, process->live_bytes.value);
	advice->weight = growth.slope * HOUR_S / fmax(held, 1);
	advice->severity = rule__severity(rule, advice->weight);
	return VERDICT_SPEAK;
}

enum verdict leak__check(const struct rule *rule, const struct view_process *process,
			 const struct view_site *site, struct advice *advice,
			 struct advice_note *note)
{
	return check(rule, process, site, process->at_s, process->point_cnt, advice, note);
}

enum verdict go_heap_leak__check(const struct rule *rule, const struct view_process *process,
				 const struct view_site *site, struct advice *advice,
				 struct advice_note *note)
{
	return check(rule, process, site, process->go->at_s, process->go->point_cnt, advice, note);
}
