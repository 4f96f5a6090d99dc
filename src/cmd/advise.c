// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/advise.h"

#include <errno.h>
#include <string.h>

#include "advice/advice.h"
#include "cmd/options.h"
#include "cmd/replay.h"
#include "export/advice_json.h"
#include "export/advice_text.h"
#include "base/banned.h"

static int print(const struct replay *replay, const struct options *options)
{
	struct advice_list *list = advice__evaluate(replay->view);
	struct report_options report = {0};
	int err;

	if (!list)
		return -ENOMEM;
	report_options__fit(&report, stdout);
	err = options->json ? advice_json__write(stdout, list)
			    : advice_text__write(stdout, list, &report);
	advice_list__free(list);
	return err;
}

int cmd_advise(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	struct replay replay = {0};
	int err, code;

	if (options__parse(&options, VERB_ADVISE, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_ADVISE);
		return EXIT_OK;
	}
	err = replay__run(&replay, &options, &error);
	if (!err) {
		err = print(&replay, &options);
		if (err)
			error__set(&error, EXIT_RUNTIME, err, "cannot print the advice: %s",
				   strerror(-err));
	}
	code = replay__exit_code(&replay, err, &error);
	replay__release(&replay);
	return code;
}
