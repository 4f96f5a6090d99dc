/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program had not freed when it ended. Called by report_text.c and report_json.c. */
#ifndef HB_REPORT_EXIT_H
#define HB_REPORT_EXIT_H

#include <stdio.h>

#include "export/report.h"

/* Whether @process has ended and every free of what it allocated since attach was seen. */
bool report_exit__is_known(const struct view_process *process);
/* The section of the text: totals, then the sites of what is left. 0 or -ENOMEM. */
int report_exit__write(FILE *file, const struct view_process *process,
		       const struct report_options *options,
		       int (*print_site)(FILE *file, const struct report_options *options,
					 const struct view_site *site, double all));

#endif
