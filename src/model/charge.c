// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/charge.h"

#include <math.h>
#include <string.h>

#include "base/stats.h"

#include "base/banned.h"

/* What the least budget is meant for where there is no budget to say it: 0.05 % of 5 % of a core. */
#define LEAST_CPU_RATIO 0.05

static void charges__add(struct charges *charges, double ratio, bool kept)
{
	charges->ratios[charges->next] = ratio;
	charges->next = (charges->next + 1) % CHARGES_KEPT;
	if (charges->cnt < CHARGES_KEPT)
		charges->cnt++;
	charges->intervals++;
	charges->kept += kept;
}

/* A share of next to no CPU says nothing: a quiet process is measured by the CPU at which the least
 * budget is the usual one. */
static double least_cpu(const struct charge_budget *budget)
{
	return budget->ratio > 0 ? budget->floor / budget->ratio : LEAST_CPU_RATIO;
}

void charge__advance(struct charge *charge, struct charges *charges,
		     const struct charge_budget *budget, uint64_t now_ns, double charged_s,
		     double cpu_s)
{
	double span_s = (double)(now_ns - charge->begun_ns) / 1e9;
	double charged, cpu, accrued;

	if (charge->begun_ns && span_s < CHARGE_INTERVAL_S)
		return;
	charged = fmax(0, charged_s - charge->charged_s);
	cpu = fmax(0, cpu_s - charge->cpu_s);
	accrued = fmax(budget->ratio * cpu, budget->floor * span_s);
	if (charge->begun_ns) {
		double left = accrued + (charge->settled ? charge->carried_s : accrued) - charged;

		charges__add(charges, charged / fmax(cpu, least_cpu(budget) * span_s),
			     budget->ratio < 0 || left >= 0);
		charge->carried_s = fmin(accrued, fmax(0, left));
		charge->settled = true;
		charge->charged_s = charged_s;
	}
	/* What was charged before the first sight, for the trial, counts in the first interval. */
	charge->begun_ns = now_ns;
	charge->cpu_s = cpu_s;
}

double charges__p95(const struct charges *charges)
{
	double ratios[CHARGES_KEPT];

	if (!charges->cnt)
		return -1;
	memcpy(ratios, charges->ratios, charges->cnt * sizeof(*ratios));
	return stats__select(ratios, charges->cnt, (size_t)ceil((double)charges->cnt * 0.95) - 1);
}
