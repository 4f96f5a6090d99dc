/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report as text: per process its head, its heap sites and its vm sites. */
#ifndef HB_REPORT_TEXT_H
#define HB_REPORT_TEXT_H

#include "export/report.h"

/*
 *	redis-server (pid 4242)  /usr/bin/redis-server  native  jemalloc
 *	  seen      every call counted, one stack per 524 kB allocated
 *	  time      30 s of 30 s (100 %), session links
 *	  ...
 *	   share   bytes/s    +-   calls/s      live  site
 *	  62.1 %   12.3 MB   3 %     31.4k   23.1 MB  _sdsnewlen (sds.c:112) <- createStringObject
 *
 * @names gives the names of stacks (verbose). 0, or -EIO if @file failed, or -ENOMEM.
 */
int report_text__write(FILE *file, const struct view *view, const struct name_source *names,
		       const struct report_options *options);

#endif
