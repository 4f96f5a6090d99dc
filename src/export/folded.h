/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks as flamegraph.pl reads them: "comm;outermost;...;innermost bytes", one a line. */
#ifndef HB_FOLDED_H
#define HB_FOLDED_H

#include "export/flame.h"

/*
 * The heap family of every process: bytes allocated while observed (BY_RATE and BY_BYTES) or live
 * bytes, whole numbers; stacks that round to 0 are left out. Inlined functions are frames of their own. ';' and
 * control bytes in names are replaced. 0, -EIO or -ENOMEM.
 */
int folded__write(FILE *file, const struct view *view, const struct name_source *names,
		  enum report_by by);
/* Likewise, of some processes. */
int folded__write_source(FILE *file, const struct flame_source *source);

#endif
