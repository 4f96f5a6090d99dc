/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The columns of a table of sites: five figures before the name, one row of a table for each --by.
 * Called by report_text.c.
 */
#ifndef HB_REPORT_COLUMNS_H
#define HB_REPORT_COLUMNS_H

#include <stdio.h>

#include "export/report.h"

#define REPORT_NUMBERS_WIDTH 49 /* columns before the name */

/* What a row is seen against. */
struct report_total {
	double all; /* sum of the figure over the family's sites */
	double calls;
};

/* A blank line and the header of a table of @family. */
void report_columns__header(FILE *file, const struct report_options *options,
			    enum report_family family);
/* The figures of @site, up to where its name stands. */
void report_columns__site(FILE *file, const struct report_options *options,
			  const struct view_site *site, const struct report_total *total);

#endif
