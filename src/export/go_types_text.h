/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of a Go program's objects as a table of a report. Called by go_text.c. */
#ifndef HB_GO_TYPES_TEXT_H
#define HB_GO_TYPES_TEXT_H

#include <stdio.h>

#include "export/report.h"
#include "model/view.h"

/* The heaviest ones, from what looks have seen; nothing where there was no look. */
void go_types_text__print(FILE *file, const struct view_go *go,
			  const struct report_options *options);

#endif
