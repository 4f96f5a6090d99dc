/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of a report beside those of its sites: what a view says of the whole process, its sizes,
 * its threads. Called by report_text.c. */
#ifndef HB_REPORT_TABLES_H
#define HB_REPORT_TABLES_H

#include <stdio.h>

#include "export/report.h"

/* One line or two on what the view @options->by shows and of what; none for the plain ones. */
void report_tables__note(FILE *file, const struct view_process *process,
			 const struct report_options *options);
/* Calls and bytes by power of two, each class with the site that takes most of it. */
void report_tables__sizes(FILE *file, const struct view_process *process,
			  const struct report_options *options);
void report_tables__threads(FILE *file, const struct view_process *process,
			    const struct report_options *options);

#endif
