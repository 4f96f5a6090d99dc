// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report.h"

#include <errno.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/profile_file.h"
#include "cmd/replay.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/report_json.h"
#include "export/report_text.h"
#include "export/speedscope.h"
#include "symbol/escape_join.h"
#include "base/banned.h"

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

static int print(const struct replay *replay, const struct options *options,
		 const struct escape_log *log)
{
	struct flame_source flame = {
		.view = replay->view, .names = &replay->names, .by = options->by};
	struct report_options report = {
		.by = options->by,
		.limit = options->json || options->folded ? 0 : REPORT_LIMIT,
		.verbose = options->verbose,
		.escape_log = log,
	};

	report_options__fit(&report, stdout);
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

static int print_report(const struct replay *replay, const struct options *options,
			const struct escape_log *log, struct error *error)
{
	int err = log ? escape_join__check(log, replay->view, &replay->names, error) : 0;

	if (err)
		return err;
	err = print(replay, options, log);
	if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot print the report: %s", strerror(-err));
	return err;
}

int cmd_report(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	struct profile_file profile = {0};
	struct escape_log *log = NULL;
	struct replay replay;
	int err, code;

	if (options__parse(&options, VERB_REPORT, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_REPORT);
		return EXIT_OK;
	}
	if (options.pprof && profile_file__open(&profile, options.pprof, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return (int)error.code;
	}
	if (options.escape_log && !(log = read_log(options.escape_log, &error))) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return (int)error.code;
	}
	err = replay__run(&replay, &options, &error);
	if (!err && options.pprof)
		err = profile_file__write(&profile, &replay, options.by, &error);
	else if (!err)
		err = print_report(&replay, &options, log, &error);
	profile_file__release(&profile);
	escape_log__free(log);
	code = replay__exit_code(&replay, err, &error);
	replay__release(&replay);
	return code;
}
