/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Go compiler says of its escape analysis: the output of `go build -gcflags=-m=2` (or -m) as
 * Go 1.19 and later print it. Lines of source -> why what they allocate is on the heap. Paths in it are
 * relative to the folder of the build, so that files are known by the end of their paths and by their
 * package. Bounds: ESCAPE_FILES_MAX files, ESCAPE_ENTRIES_MAX entries.
 *
 * Called by cmd/ (which opens the file) and by the writers of export/.
 */
#ifndef HB_ESCAPE_LOG_H
#define HB_ESCAPE_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define ESCAPE_FILES_MAX   (1U << 16)
#define ESCAPE_ENTRIES_MAX (1U << 20)

struct escape_log;

struct escape_entry {
	uint32_t line, column;
	const char *text; /* "&Item{...} escapes to heap", "moved to heap: x"; the log's own */
	const char
		*reason; /* "sink = &Item{...} (assign) at ./main.go:12:7"; NULL: -m without -m=2 */
	uint32_t source, order; /* which file of the log; which of its lines */
};

/* Read @file to its end. NULL with @error filled if it has no line of the compiler's, or more than the
 * bounds. */
struct escape_log *escape_log__read(FILE *file, struct error *error);
void escape_log__free(struct escape_log *log);

/* A place of the program as its own tables name it: function with import path, absolute or trimmed
 * path of the file. */
struct escape_place {
	const char *function, *file;
	uint32_t line;
};

/* Has the log anything of the file of @place? Of a package that was compiled with the flag it has, but
 * for files without a function. */
bool escape_log__covers(const struct escape_log *log, const struct escape_place *place);
/* The entries at @place: their number, 0 if there are none, and the first in *ret_entries; valid as long
 * as the log. */
size_t escape_log__find(const struct escape_log *log, const struct escape_place *place,
			const struct escape_entry **ret_entries);

#endif
