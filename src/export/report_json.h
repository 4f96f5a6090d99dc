/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as JSON: docs/schema/hotspots.v1.json, one item per process. */
#ifndef HB_REPORT_JSON_H
#define HB_REPORT_JSON_H

#include "export/report.h"

/* Sites are ordered by @options->by and cut at its limit; stacks carry all their names. 0, -EIO or
 * -ENOMEM with nothing written. */
int report_json__write(FILE *file, const struct view *view, const struct name_source *names,
		       const struct report_options *options);

#endif
