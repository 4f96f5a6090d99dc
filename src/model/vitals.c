// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory and CPU time of a process as the kernel counts them: its series, thinned as they grow. */
#include "model/process.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

int process__vitals(struct process *process, const struct record_vitals *record)
{
	struct vitals *vitals = &process->vitals;
	bool halve, take;
	size_t at;

	if (!vitals->cnt) {
		vitals->first_ns = record->head.time_ns;
		vitals->first_cpu_ns = record->cpu_ns;
	}
	vitals->last = *record;
	vitals->cnt++;
	if (!vitals->t_s)
		vitals->t_s = calloc(VITALS_POINTS_MAX, sizeof(*vitals->t_s));
	if (!vitals->rss_bytes)
		vitals->rss_bytes = calloc(VITALS_POINTS_MAX, sizeof(*vitals->rss_bytes));
	if (!vitals->t_s || !vitals->rss_bytes)
		return -ENOMEM;
	take = thinning__take(&vitals->thinning, VITALS_POINTS_MAX, &halve);
	if (halve) {
		thin__halve_double(vitals->t_s, VITALS_POINTS_MAX);
		thin__halve_double(vitals->rss_bytes, VITALS_POINTS_MAX);
	}
	if (!take)
		return 0;
	at = vitals->thinning.cnt - 1;
	vitals->t_s[at] = ((double)record->head.time_ns - (double)process->first_ns) / 1e9;
	vitals->rss_bytes[at] = (double)record->rss_bytes;
	return 0;
}
