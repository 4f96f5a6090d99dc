/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `report --pprof FILE`: where the profile of a capture or session goes. Called by report.c. */
#ifndef HB_PROFILE_FILE_H
#define HB_PROFILE_FILE_H

#include <stdio.h>

#include "base/error.h"
#include "cmd/replay.h"

/* Zero-initialise to begin with. */
struct profile_file {
	FILE *file; /* stdout, or one of its own */
	const char *path;
};

/* Open @path ("-": standard output, unless that is a terminal) before anything is observed; mode
 * 0600, since a profile tells names and sizes. 0, or -errno with @error filled. */
int profile_file__open(struct profile_file *profile, const char *path, struct error *error);
/* Write the profile of all processes of @replay; what is shown first is what @by means. 0, or -errno
 * with @error filled. */
int profile_file__write(struct profile_file *profile, const struct replay *replay,
			enum report_by by, struct error *error);
void profile_file__release(struct profile_file *profile);

#endif
