/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of the daemon (web/page/) with what it would ask a server for, in one file: it opens from
 * a disk, and its own script and style are all that it may load, by their hashes. Called by cmd/;
 * pure but for the names it asks for.
 */
#ifndef HB_HTML_REPORT_H
#define HB_HTML_REPORT_H

#include <stdio.h>

#include "advice/advice.h"
#include "model/view.h"
#include "symbol/name_source.h"

struct html_report {
	const struct view *view; /* at the end; folded */
	const struct name_source *names;
	const struct advice_list *advice;  /* on @view */
	const struct view *const *moments; /* earlier ones of the session, oldest first; folded */
	size_t moment_cnt;
};

/* 0, -EIO or -ENOMEM. */
int html_report__write(FILE *file, const struct html_report *report);

#endif
