/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile as lines to read (?debug=1). Called by the HTTP server. */
#ifndef HB_PPROF_TEXT_H
#define HB_PPROF_TEXT_H

#include "export/pprof.h"

/* The heaviest 1,000 stacks of @after, the rest as "(other)"; with @before (or NULL) what has come
 * since. Names are printable. 0, -EIO or -ENOMEM. */
int pprof_text__write(FILE *file, const struct pprof_source *before,
		      const struct pprof_source *after, const struct pprof_options *options);

#endif
