/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the runtime of a Go program says of itself, on a terminal. Called by report_text.c. */
#ifndef HB_EXPORT_GO_TEXT_H
#define HB_EXPORT_GO_TEXT_H

#include <stdio.h>

#include "export/report.h"

/* Version, settings, how it is seen and what is not. */
void go_text__head(FILE *file, const struct view_go *go);
/* Its heap, its collector, its goroutines: a line each. */
void go_text__figures(FILE *file, const struct view_go *go);
/* Goroutines by the place that created them; with options->verbose size classes, too. */
void go_text__tables(FILE *file, const struct view_go *go, const struct report_options *options);

#endif
