// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/html_file.h"
#include "cmd/diff.h"
#include "cmd/options.h"
#include "cmd/profile_file.h"
#include "cmd/replay.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/report_json.h"
#include "export/report_text.h"
#include "export/speedscope.h"
#include "export/tree_text.h"
#include "symbol/escape_join.h"
#include "base/banned.h"

/* The log that --escape-log names. NULL with @error filled. */
static struct escape_log *read_log(const char *path, struct error *error)
{
	FILE *file = fopen(path, "re");
	struct escape_log *log;

	if (!file) {
		error__set(error, EXIT_RUNTIME, -errno, "cannot read '%s': %s", path,
			   strerror(errno));
		return NULL;
	}
	log = escape_log__read(file, error);
	fclose(file);
	return log;
}

static int print_tree(const struct flame_source *source, const struct options *options,
		      const struct report_options *report)
{
	struct flame_source flame = *source;

	flame.inverted = options->tree == TREE_UP;
	return tree_text__write(stdout, &flame, report);
}

static int print(struct replay *replay, const struct options *options)
{
	struct flame_source flame = {
		.view = replay->view, .names = &replay->names, .by = options->by};
	struct report_options report = {
		.by = options->by,
		.limit = options->json || options->folded ? 0 : REPORT_LIMIT,
		.verbose = options->verbose,
		.escape_log = replay->escape_log,
	};
	int err = replay->escape_log ? escape_join__check(replay->escape_log, replay->view,
							  &replay->names, &replay->refusal)
				     : 0;

	if (err)
		return err;
	if (options->top)
		report.limit = options->top;
	report_options__fit(&report, stdout);
	if (options->tree)
		return print_tree(&flame, options, &report);
	if (options->json)
		return report_json__write(stdout, replay->view, &replay->names, &report);
	if (options->folded)
		return folded__write_source(stdout, &flame);
	if (options->speedscope)
		return speedscope__write(stdout, &flame);
	if (options->svg)
		return flame_svg__write(stdout, &flame);
	return report_text__write(stdout, replay->view, &replay->names, &report);
}

/* One table of several: its time, then the table. */
static int print_table(struct replay *replay)
{
	const struct options *options = replay->options;
	time_t at = (time_t)(replay->view->wall_ns / 1000000000);
	char text[32] = "";
	struct tm tm;
	int err;

	if (!options->json && localtime_r(&at, &tm) &&
	    strftime(text, sizeof(text), "%H:%M:%S", &tm))
		printf("%s%s  %s%.3g s\n", replay->tables ? "\n" : "", text,
		       replay__is_standing(options->by) ? "since the start, " : "the last ",
		       replay->view->span_s);
	err = print(replay, options);
	return err ? err : fflush(stdout) ? -EIO : 0;
}

static int print_report(struct replay *replay, const struct options *options, struct error *error)
{
	int err = options->every_s > 0 ? print_table(replay) : print(replay, options);

	if (err && replay->refusal.text[0])
		*error = replay->refusal;
	else if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot print the report: %s", strerror(-err));
	return err;
}

/* `report --diff BEFORE AFTER` is `diff BEFORE AFTER`: hand the rest over. -1: it is a report. */
static int diff_instead(int argc, char **argv)
{
	char verb[] = "diff", **words = calloc((size_t)argc + 1, sizeof(*words));
	int cnt = 1, found = 0, code = -1;

	for (int i = 1; words && i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			break;
		if (!strcmp(argv[i], "--diff"))
			found = 1;
		else
			words[cnt++] = argv[i];
	}
	if (words && found) {
		words[0] = verb;
		code = cmd_diff(cnt, words);
	}
	free(words);
	return code;
}

int cmd_report(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	struct profile_file profile = {0};
	struct html_file html = {0};
	struct escape_log *log = NULL;
	struct replay replay = {.each = print_table};
	int err, code = diff_instead(argc, argv);

	if (code >= 0)
		return code;
	if (options__parse(&options, VERB_REPORT, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_REPORT);
		return EXIT_OK;
	}
	if ((options.escape_log && !(log = read_log(options.escape_log, &error))) ||
	    (options.pprof && profile_file__open(&profile, options.pprof, &error)) ||
	    (options.html && html_file__open(&html, options.html, &error))) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return (int)error.code;
	}
	replay.escape_log = log;
	err = replay__run(&replay, &options, &error);
	if (!err && options.pprof)
		err = profile_file__write(&profile, &replay, options.by, &error);
	else if (!err && options.html)
		err = html_file__write(&html, &replay, &error);
	else if (!err)
		err = print_report(&replay, &options, &error);
	profile_file__release(&profile);
	html_file__release(&html);
	escape_log__free(log);
	code = replay__exit_code(&replay, err, &error);
	replay__release(&replay);
	return code;
}
