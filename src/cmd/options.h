/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of every verb, by the one table in option_rows.c: parse, check, print the help. `run`
 * has a configuration file besides and goes through run_options.c.
 */
#ifndef HB_OPTIONS_H
#define HB_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"
#include "config/options.h"
#include "export/report.h"
#include "observe/session.h"

enum verb {
	VERB_RECORD = 1,
	VERB_REPORT = 2,
	VERB_ADVISE = 4,
	VERB_PS = 8,
	VERB_DOCTOR = 16,
	VERB_RUN = 32,
	VERB_ATTACH = 64,
	VERB_DETACH = 128,
	VERB_STATUS = 256,
	VERB_DASHBOARD = 512,
	VERB_CHECK_CONFIG = 1024,
};

struct options {
	struct session_options session;
	const char *output;	 /* record: the capture to write */
	const char *capture;	 /* report, advise: the capture to read, or NULL */
	const char *pprof;	 /* report: the profile to write, "-" stdout, or NULL */
	const char *escape_log;	 /* report: what the compiler said, or NULL */
	const char *operand;	 /* check-config: the file; dashboard: the name, or NULL */
	const char *socket_path; /* attach, detach, status; whose PIDs are session.pids */
	enum report_by by;
	bool json, folded, speedscope, svg, verbose, probes, help;
	struct daemon_options daemon; /* run; run_options.c hands it out */
};

/*
 * Parse the arguments of @verb but `run` (argv[0] is the verb). 0, or -EINVAL with @error filled
 * (EXIT_USAGE). Strings point into @argv.
 */
int options__parse(struct options *options, enum verb verb, int argc, char **argv,
		   struct error *error);
/*
 * The flags alone, into @options as it is; what is not a flag begins at argv[optind]. A list is
 * emptied before its first value. 0, or a negative errno with @error filled.
 */
int options__parse_flags(struct options *options, enum verb verb, int argc, char **argv,
			 struct error *error);
/* The help of @verb to stdout. */
void options__print_help(enum verb verb);
const char *verb__name(enum verb verb);

/* "10", "10s", "500ms", "2m" -> seconds. 0 or -EINVAL. */
int options__parse_duration(const char *text, double *ret_seconds);
/* "4096", "512K", "2M" -> bytes. 0 or -EINVAL. */
int options__parse_bytes(const char *text, uint64_t *ret_bytes);

#endif
