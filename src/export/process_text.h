/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The head of one process in the text report: who it is, how it was seen, its figures. Called by
 * report_text.c; shared with the head of the advice. */
#ifndef HB_PROCESS_TEXT_H
#define HB_PROCESS_TEXT_H

#include <stdio.h>

#include "export/report.h"

/* "redis-server (pid 4242)  /usr/bin/redis-server  jemalloc": one line. */
void process_text__title(FILE *file, const struct view_process *process,
			 const struct report_options *options);
/* Coverage, cost, stacks, what hides, losses. */
void process_text__coverage(FILE *file, const struct view_process *process,
			    const struct report_options *options);
/* Rates, live, growth. */
void process_text__figures(FILE *file, const struct view_process *process);

#endif
