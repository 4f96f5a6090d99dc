/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escape hotspots as text: which lines of a Go program allocate, for what, of which type. */
#ifndef HB_ESCAPE_TEXT_H
#define HB_ESCAPE_TEXT_H

#include "base/text.h"
#include "export/report.h"

/*
 *	   share    bytes/s    +-  objects/s    each  escape hotspot
 *	  43.7 %  12.3 MB/s   1 %      20.1k   612 B  main.go:46  string +
 *	                                              main.process <- main.handle
 *	  15.5 %   4.4 MB/s   2 %       1.2k  3.7 kB  io.go:712  append: []uint8
 *	                                              io.ReadAll
 *	                                  14.9 %  main.go:31  main.handle calls io.ReadAll
 *
 * The table of one Go process. @names gives the lines that a site is inlined at. 0 or -ENOMEM.
 */
int escape_text__table(FILE *file, const struct view_process *process,
		       const struct name_source *names, const struct report_options *options);

/* Append what @trait says: "append: []main.Item". */
void escape_text__cause(struct text *text, const struct view_go_trait *trait);

#endif
