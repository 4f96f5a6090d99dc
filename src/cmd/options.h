/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one table of options: it parses, checks and prints the help of every verb. */
#ifndef HB_OPTIONS_H
#define HB_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "observe/session.h"
#include "export/report.h"

enum verb {
	VERB_RECORD = 1,
	VERB_REPORT = 2,
	VERB_ADVISE = 4,
	VERB_PS = 8,
	VERB_DOCTOR = 16,
};

struct options {
	struct session_options session;
	const char *output;  /* record: the capture to write */
	const char *capture; /* report, advise: the capture to read, or NULL */
	const char *pprof;   /* report: the profile to write, "-" stdout, or NULL */
	enum report_by by;
	bool json, folded, speedscope, svg, verbose, probes, help;
};

/*
 * Parse the arguments of @verb (argv[0] is the verb). 0, or -EINVAL with @error filled
 * (EXIT_USAGE). Strings point into @argv.
 */
int options__parse(struct options *options, enum verb verb, int argc, char **argv,
		   struct error *error);
/* The help of @verb to stdout. */
void options__print_help(enum verb verb);
const char *verb__name(enum verb verb);

/* "10", "10s", "500ms", "2m" -> seconds. 0 or -EINVAL. */
int options__parse_duration(const char *text, double *ret_seconds);
/* "4096", "512K", "2M" -> bytes. 0 or -EINVAL. */
int options__parse_bytes(const char *text, uint64_t *ret_bytes);

#endif
