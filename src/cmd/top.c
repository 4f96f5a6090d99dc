// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/top.h"

#include <locale.h>
#include <stdio.h>

#include "cmd/options.h"
#include "cmd/top_source.h"
#include "top/top_run.h"
#include "base/banned.h"

static int run(const struct options *options, struct error *error)
{
	struct top_options top = {
		.pids = options->session.pids,
		.pid_cnt = options->session.pid_cnt,
		.sort = options->sort,
		.delay_s = options->delay_s,
		.iterations = options->iterations,
		.json = options->json,
	};
	bool batch = options->batch || options->json;
	struct origin *origin;
	int err;

	/* Nothing is started for somebody who cannot see it. */
	if (!batch && top_run__check(error))
		return -1;
	origin = origin__open(options, error);
	if (!origin)
		return -1;
	err = batch ? top_run__batch(&top, origin__source(origin), error)
		    : top_run__screen(&top, origin__source(origin), error);
	origin__close(origin);
	return err;
}

int cmd_top(int argc, char **argv)
{
	struct error error = {0};
	struct options options;

	if (options__parse(&options, VERB_TOP, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_TOP);
		return EXIT_OK;
	}
	/* What a character is; numbers stay as they are everywhere else. */
	setlocale(LC_CTYPE, "");
	if (!run(&options, &error))
		return EXIT_OK;
	fprintf(stderr, "heapbeat: %s\n", error.text);
	return error.code ? (int)error.code : EXIT_RUNTIME;
}
