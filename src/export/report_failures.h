/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls that gave no memory, by site. Called by report_text.c. */
#ifndef HB_REPORT_FAILURES_H
#define HB_REPORT_FAILURES_H

#include <stdio.h>

#include "export/report.h"

/* Nothing where no call has failed. */
void report_failures__write(FILE *file, const struct view_process *process,
			    const struct report_options *options);

#endif
