// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report.h"

#include <string.h>

#include "cmd/options.h"
#include "cmd/replay.h"
#include "export/folded.h"
#include "export/report_json.h"
#include "export/report_text.h"
#include "base/banned.h"

static int print(const struct replay *replay, const struct options *options)
{
	struct report_options report = {
		.by = options->by,
		.limit = options->json || options->folded ? 0 : REPORT_LIMIT,
		.verbose = options->verbose,
	};

	report_options__fit(&report, stdout);
	if (options->json)
		return report_json__write(stdout, replay->view, &replay->names, &report);
	if (options->folded)
		return folded__write(stdout, replay->view, &replay->names, report.by);
	return report_text__write(stdout, replay->view, &replay->names, &report);
}

int cmd_report(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
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
	err = replay__run(&replay, &options, &error);
	if (!err) {
		err = print(&replay, &options);
		if (err)
			error__set(&error, EXIT_RUNTIME, err, "cannot print the report: %s",
				   strerror(-err));
	}
	code = replay__exit_code(&replay, err, &error);
	replay__release(&replay);
	return code;
}
