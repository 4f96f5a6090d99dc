/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compiler's escape log and the sites of a view, joined on file and line. Called by cmd/ to refuse
 * the log of another build, and by the writers of export/.
 */
#ifndef HB_ESCAPE_JOIN_H
#define HB_ESCAPE_JOIN_H

#include "model/view.h"
#include "symbol/escape_log.h"
#include "symbol/name_source.h"

/* What @log says of @site: of its line, else of those that its function is inlined at. As
 * escape_log__find(). */
size_t escape_join__find(const struct escape_log *log, const struct view_site *site,
			 const struct name_source *names, const struct escape_entry **ret_entries);

/*
 * Is @log of the build that @view shows? Variables that moved to the heap, slices that were made and
 * values that were boxed have a line in it, so at least half of the lines that allocate for one of these
 * in files that the log covers must be there. 0, or -ESTALE with @error filled: an example.
 */
int escape_join__check(const struct escape_log *log, const struct view *view,
		       const struct name_source *names, struct error *error);

#endif
