/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of every verb, by the one table in option_rows.c: parse, check, print the help. `run`
 * has a configuration file besides and goes through run_options.c.
 */
#ifndef HB_OPTIONS_H
#define HB_OPTIONS_H

#include <stdbool.h>

#include "advice/advice.h"
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
	VERB_RULES = 1 << 13,
	VERB_DIFF = 1 << 14,
	VERB_TOP = 2048,
	VERB_DUMP = 1 << 15,
	VERB_COMPLETION = 1 << 16,
};

enum advice_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MD };

#define MUTES_MAX 32
enum tree_kind { TREE_NONE, TREE_UP, TREE_DOWN };

struct options {
	struct session_options session;
	const char *output; /* record: the capture to write */
	const char *
		capture; /* report, advise: the capture to read, or NULL: -p, or for advise the daemon */
	const char *pprof;	 /* report: the profile to write, "-" stdout, or NULL */
	const char *escape_log;	 /* report: what the compiler said, or NULL */
	const char *html;	 /* report: the page to write, "-" stdout, or NULL */
	const char *after;	 /* diff: the second capture */
	const char *operand;	 /* check-config: the file; dashboard, rules: the name, or NULL */
	const char *socket_path; /* attach, detach, status, top; whose PIDs are session.pids */
	enum report_by by;
	size_t sort;	   /* top: enum processes_column */
	size_t iterations; /* top: refreshes, 0 without end */
	double delay_s;	   /* top: between refreshes */
	bool batch;	   /* top: tables instead of a screen */
	bool by_given;
	struct model_filter filter; /* report: sizes and ages */
	const char *site;	    /* report: a regular expression, or NULL */
	const char *from, *to;	    /* report: of a capture, as given; NULL */
	double every_s;		    /* report: a table as often, 0: one at the end */
	uint64_t times;		    /* report: tables, 0: until it is told to end */
	uint64_t top;		    /* report: rows, 0: the default */
	enum tree_kind tree;	    /* report */
	const char *debuginfo_dir;  /* report: debug files by build-id, or NULL */
	bool compares;		    /* report: it is a diff */
	bool json, folded, speedscope, svg, verbose, probes, help;
	/* advise, diff */
	enum advice_format format;
	bool format_given;
	enum severity fail_on;
	bool fails; /* there is a fail_on */
	const char *mutes[MUTES_MAX];
	size_t mute_cnt;
	/* diff */
	const char *advice_id;	      /* the only one to tell of, or NULL */
	double ops_before, ops_after; /* operations in each capture; 0: per CPU second */
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
