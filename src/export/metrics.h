/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A publication as Prometheus reads it: text format 0.0.4, or OpenMetrics 1.0 where it was asked
 * for. Called by web/ from its own thread at each scrape; pure. Which families there are says the
 * one table (export/metrics_table.h), from which docs/metrics.md is written too.
 *
 * What is unknown has no series: there is no NaN and no 0 that stands for "not seen". Text that a
 * watched process can choose appears in label values only, valid and escaped.
 */
#ifndef HB_METRICS_H
#define HB_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "export/publication.h"

struct metrics_options {
	bool openmetrics;
	size_t max_series; /* of all series with a group's labels; 0: no limit */
	bool labels_pid;   /* not read here: whether a group has a pid is part of its identity */
	bool no_self;	   /* leave out the families process_* */
};

/*
 * Write every family that has a value. A publication without a host gives the families of the
 * build alone. 0, -ENOMEM (what has been written is a part), or -EIO.
 */
int metrics__render(FILE *out, const struct publication *publication,
		    const struct metrics_options *options);

/* How many series @group has: what the cap on series is counted in. Recommendations apart. */
size_t metrics__group_series(const struct group *group);

/* docs/metrics.md. 0 or -EIO. */
int metrics__write_reference(FILE *out);

#endif
