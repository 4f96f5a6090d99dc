// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/option_rows.h"
#include "cmd/option_values.h"
#include "top/top_processes.h"
#include "cmd/report_values.h"
#include "cmd/selection.h"
#include "cmd/verb_examples.h"
#include "base/banned.h"

#define DEFAULT_SECONDS 5.0 /* of report -p and advise -p */
#define DEFAULT_DELAY_S 2.0 /* of top */
#define LONG_CODE	256 /* getopt's code of a long option is this + its row */

int options__parse_duration(const char *text, double *ret_seconds)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || !isfinite(value) || value <= 0 || value > 1e7)
		return -EINVAL;
	if (!strcmp(end, "ms"))
		value /= 1000;
	else if (!strcmp(end, "m"))
		value *= 60;
	else if (*end && strcmp(end, "s") != 0)
		return -EINVAL;
	*ret_seconds = value;
	return 0;
}

int options__parse_bytes(const char *text, uint64_t *ret_bytes)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || text[0] == '-' || errno || value > 1ULL << 40)
		return -EINVAL;
	if (!strcmp(end, "K") || !strcmp(end, "KiB"))
		value <<= 10;
	else if (!strcmp(end, "M") || !strcmp(end, "MiB"))
		value <<= 20;
	else if (*end)
		return -EINVAL;
	*ret_bytes = value;
	return 0;
}

const char *verb__name(enum verb verb)
{
	return verb_row__get(verb)->name;
}

static void print_examples(enum verb verb)
{
	const char *title = "\nexamples:\n";

	for (size_t i = 0; i < verb_example_cnt; i++) {
		if (verb_examples[i].verb != verb)
			continue;
		printf("%s  heapbeat %s\n      %s\n", title, verb_examples[i].command,
		       verb_examples[i].what);
		title = "";
	}
}

void options__print_help(enum verb verb)
{
	const struct verb_row *about = verb_row__get(verb);

	printf("usage: heapbeat %s %s\n\n%s\n\n", about->name, about->usage, about->text);
	for (size_t i = 0; i < option_row_cnt; i++) {
		const struct option_row *row = &option_rows[i];
		char flag[64], letter[8] = "    ";

		if (!(row->verbs & (int)verb) || row->hidden)
			continue;
		if (row->letter)
			snprintf(letter, sizeof(letter), "-%c, ", row->letter);
		snprintf(flag, sizeof(flag), "%s--%s%s%s%s", letter, row->name,
			 row->optional ? "[="
			 : row->value  ? " "
				       : "",
			 row->value ? row->value : "", row->optional ? "]" : "");
		/* a long one has a line of its own */
		printf(strlen(flag) > 30 ? "  %s\n%33s%s\n" : "  %-30s%s%s\n", flag,
		       strlen(flag) > 30 ? "" : " ", row->help);
	}
	print_examples(verb);
}

/* getopt's two tables for one verb; a long option returns LONG_CODE + its row. */
static void build_tables(enum verb verb, char *letters, struct option *longs)
{
	size_t at = 0, cnt = 0;

	letters[at++] = ':';
	for (size_t i = 0; i < option_row_cnt; i++) {
		const struct option_row *row = &option_rows[i];

		if (!(row->verbs & (int)verb))
			continue;
		longs[cnt++] = (struct option){row->name,
					       row->optional ? optional_argument
					       : row->value  ? required_argument
							     : no_argument,
					       NULL, LONG_CODE + (int)i};
		if (!row->letter)
			continue;
		letters[at++] = row->letter;
		if (row->value)
			letters[at++] = ':';
	}
	letters[at] = 0;
	longs[cnt] = (struct option){0};
}

static const struct option_row *find_row(enum verb verb, int code)
{
	if (code >= LONG_CODE)
		return &option_rows[code - LONG_CODE];
	for (size_t i = 0; i < option_row_cnt; i++)
		if ((option_rows[i].verbs & (int)verb) && option_rows[i].letter == code)
			return &option_rows[i];
	return NULL;
}

static int usage_error(struct error *error, enum verb verb, const char *what, const char *value)
{
	return error__set(error, EXIT_USAGE, -EINVAL, "%s '%s'; see heapbeat %s --help", what,
			  value, verb__name(verb));
}

static int refuse_value(struct error *error, enum verb verb, const struct option_row *row,
			const char *value, int err)
{
	if (err == -ENOMEM)
		return error__set(error, EXIT_RUNTIME, err, "out of memory");
	if (err == -E2BIG)
		return error__set(error, EXIT_USAGE, -EINVAL, "--%s: too many values at '%s'",
				  row->name, value);
	return error__set(error, EXIT_USAGE, -EINVAL,
			  "--%s: cannot use '%s', expected %s; see heapbeat %s --help", row->name,
			  value, row->value, verb__name(verb));
}

int options__parse_flags(struct options *options, enum verb verb, int argc, char **argv,
			 struct error *error)
{
	char letters[2 * OPTION_ROWS_MAX + 2];
	struct option longs[OPTION_ROWS_MAX + 1];
	bool seen[OPTION_ROWS_MAX] = {false};
	int code, err;

	build_tables(verb, letters, longs);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		const struct option_row *row;

		if (code == ':')
			return usage_error(error, verb, "a value is missing after",
					   argv[optind - 1]);
		row = code == '?' ? NULL : find_row(verb, code);
		if (!row)
			return usage_error(error, verb, "unknown option", argv[optind - 1]);
		if (row->clear && !seen[row - option_rows])
			row->clear(options);
		seen[row - option_rows] = true;
		err = option_row__apply(row, options, optarg);
		if (err)
			return refuse_value(error, verb, row, optarg, err);
	}
	return 0;
}

/* Whether a command follows "--". */
static bool has_command(int argc, char **argv)
{
	for (int i = 1; i < argc - 1; i++)
		if (!strcmp(argv[i], "--"))
			return true;
	return false;
}

static int take_session_operands(struct options *options, enum verb verb, bool separator,
				 char **operands, struct error *error)
{
	struct session_options *session = &options->session;

	if (verb == VERB_RECORD) {
		if (*operands && !separator)
			return usage_error(error, verb, "a command comes after --, not as",
					   *operands);
		session->command = *operands ? operands : NULL;
		if (!session->command && !session->pid_cnt && !selection__is_asked(options))
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "nothing to observe: give -p PID, --comm NAME or -- CMD");
		return 0;
	}
	if (*operands && separator) {
		session->command = operands;
		return session->pid_cnt || selection__is_asked(options)
			       ? usage_error(error, verb,
					     "-p, --comm and a command exclude each other,",
					     *operands)
			       : 0;
	}
	if (*operands)
		options->capture = *operands++;
	if (*operands)
		return usage_error(error, verb, "unexpected argument", *operands);
	/* the daemon's, where one runs */
	if (verb == VERB_ADVISE && !options->capture && !session->pid_cnt &&
	    !selection__is_asked(options))
		return 0;
	if (options->capture ? session->pid_cnt > 0
			     : !session->pid_cnt && !selection__is_asked(options))
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "give either a capture or -p PID; see heapbeat %s --help",
				  verb__name(verb));
	return report_values__check(options, error);
}

static int take_captures(struct options *options, char **operands, struct error *error)
{
	if (!operands[0] || !operands[1])
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "give two captures, before and after; see heapbeat diff --help");
	options->capture = operands[0];
	options->after = operands[1];
	return operands[2] ? usage_error(error, VERB_DIFF, "unexpected argument", operands[2]) : 0;
}

static int take_operands(struct options *options, enum verb verb, char **operands,
			 struct error *error)
{
	struct session_options *session = &options->session;

	for (; *operands && (verb & (VERB_ATTACH | VERB_DETACH)); operands++)
		if (option_value__pids(*operands, session->pids, &session->pid_cnt,
				       SESSION_PIDS_MAX))
			return usage_error(error, verb, "not a list of PIDs:", *operands);
	if ((verb & (VERB_ATTACH | VERB_DETACH)) && !session->pid_cnt)
		return error__set(error, EXIT_USAGE, -EINVAL, "name a PID; see heapbeat %s --help",
				  verb__name(verb));
	if (verb == VERB_DIFF)
		return take_captures(options, operands, error);
	if (*operands && (verb & (VERB_CHECK_CONFIG | VERB_DASHBOARD | VERB_RULES | VERB_DUMP |
				  VERB_COMPLETION)))
		options->operand = *operands++;
	if (*operands)
		return usage_error(error, verb, "unexpected argument", *operands);
	if (verb == VERB_CHECK_CONFIG && !options->operand)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "name a file; see heapbeat check-config --help");
	if (verb == VERB_DUMP && !options->operand)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "name a capture; see heapbeat dump --help");
	if (verb == VERB_COMPLETION &&
	    (!options->operand ||
	     (strcmp(options->operand, "bash") != 0 && strcmp(options->operand, "zsh") != 0)))
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "name a shell, bash or zsh; see heapbeat completion --help");
	return 0;
}

int options__parse(struct options *options, enum verb verb, int argc, char **argv,
		   struct error *error)
{
	bool separator = has_command(argc, argv);
	int err;

	*options = (struct options){.output = "heapbeat.hb",
				    .by = BY_BYTES,
				    .socket_path = DEFAULT_SOCKET,
				    .sort = PROCESS_BYTES,
				    .delay_s = DEFAULT_DELAY_S};
	session_options__init(&options->session);
	err = options__parse_flags(options, verb, argc, argv, error);
	if (err || options->help)
		return err;
	if (verb & (VERB_RECORD | VERB_REPORT | VERB_ADVISE))
		err = take_session_operands(options, verb, separator, argv + optind, error);
	else
		err = take_operands(options, verb, argv + optind, error);
	if (err)
		return err;
	if (options->json + options->folded + options->speedscope + options->svg +
		    (options->pprof != NULL) + (options->html != NULL) >
	    1)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "--json, --folded, --speedscope, --svg, --pprof and --html "
				  "exclude each other");
	if (options->escape_log && options->by != BY_ESCAPE)
		return error__set(error, EXIT_USAGE, -EINVAL, "--escape-log goes with --by escape");
	if (options->json && options->format_given && options->format != FORMAT_JSON)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "--json and --format exclude each other");
	if (options->json)
		options->format = FORMAT_JSON;
	if ((verb & (VERB_REPORT | VERB_ADVISE)) && !options->session.command &&
	    !(options->every_s > 0) && options->session.duration_s <= 0)
		options->session.duration_s = DEFAULT_SECONDS;
	return 0;
}
