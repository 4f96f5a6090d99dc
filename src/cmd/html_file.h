/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `report --html FILE`: the report as a page in one file. Written beside FILE and renamed, so that
 * FILE is whole or as it was. Called by report.c. */
#ifndef HB_HTML_FILE_H
#define HB_HTML_FILE_H

#include <stdio.h>

#include "base/error.h"
#include "cmd/replay.h"

/* Zero-initialise to begin with. */
struct html_file {
	FILE *file; /* stdout, or one of its own */
	const char *path;
	char *beside; /* what @file is called until it is whole; NULL where it is @path itself */
};

/* Open it ("-": standard output, unless that is a terminal) before anything is observed; mode 0600.
 * 0, or -errno with @error filled. */
int html_file__open(struct html_file *html, const char *path, struct error *error);
/* Write the report of all processes of @replay. 0, or -errno with @error filled. */
int html_file__write(struct html_file *html, struct replay *replay, struct error *error);
/* A file that was not written whole is removed. */
void html_file__release(struct html_file *html);

#endif
