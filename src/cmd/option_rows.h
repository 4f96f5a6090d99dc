/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of options and the table of verbs. Adding an option is a row here and its lines in
 * the manual. options.c parses flags by it, run_options.c the configuration file, whose keys are
 * the long names with dots as nesting.
 */
#ifndef HB_OPTION_ROWS_H
#define HB_OPTION_ROWS_H

#include "cmd/options.h"

struct option_row {
	char letter; /* 0: long only */
	const char *name;
	const char *value; /* NULL: a flag */
	int verbs;
	bool hidden; /* for tests and measurements */
	const char *help;
	/* 0 or a negative errno: -EINVAL, the value is not understood. NULL: set the bool at @flag. */
	int (*apply)(struct options *options, const char *value);
	size_t flag;
	/* Of a list that a source replaces as a whole: empty it. NULL: one value, or all add up. */
	void (*clear)(struct options *options);
	bool flag_only; /* no key of the configuration file */
	bool optional;	/* the value may be left out: --name or --name=VALUE */
};

extern const struct option_row option_rows[];
extern const size_t option_row_cnt;
#define OPTION_ROWS_MAX 128

struct verb_row {
	enum verb verb;
	const char *name, *usage, *text;
};

/* All of them, in the order of the help: NULL behind the last. */
const struct verb_row *verb_row__at(size_t index);
/* Never NULL for a member of enum verb. */
const struct verb_row *verb_row__get(enum verb verb);
/* The row of @name that @verb takes, or NULL. */
const struct option_row *option_row__find(enum verb verb, const char *name);
/* Apply @value, or set a flag (@value NULL, "true" or "false"). As apply(). */
int option_row__apply(const struct option_row *row, struct options *options, const char *value);

#endif
