// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/advise.h"

#include <errno.h>
#include <string.h>

#include "advice/advice.h"
#include "advice/mute.h"
#include "cmd/advice_remote.h"
#include "cmd/options.h"
#include "cmd/replay.h"
#include "cmd/selection.h"
#include "export/advice_json.h"
#include "export/advice_md.h"
#include "export/advice_text.h"
#include "base/banned.h"

static int write_list(const struct advice_list *list, enum advice_format format)
{
	struct report_options report = {0};

	report_options__fit(&report, stdout);
	switch (format) {
	case FORMAT_JSON:
		return advice_json__write(stdout, list);
	case FORMAT_MD:
		return advice_md__write(stdout, list);
	case FORMAT_TEXT:
		break;
	}
	return advice_text__write(stdout, list, &report);
}

static int print(const struct replay *replay, const struct options *options, bool *ret_found)
{
	struct advice_list *list = advice__evaluate(replay->view);
	int err;

	if (!list)
		return -ENOMEM;
	mute__apply(list, options->mutes, options->mute_cnt);
	err = write_list(list, options->format);
	*ret_found = options->fails && advice_list__reaches(list, options->fail_on);
	advice_list__free(list);
	return err;
}

static bool asks_daemon(const struct options *options)
{
	return !options->capture && !options->session.pid_cnt && !options->session.command &&
	       !selection__is_asked(options);
}

static int print_daemons(const struct options *options)
{
	struct error error = {0};
	bool found = false;

	if (advice_remote__print(options, &found, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return error.code ? (int)error.code : EXIT_RUNTIME;
	}
	return found ? EXIT_FINDINGS : EXIT_OK;
}

int cmd_advise(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	bool found = false;
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
	if (asks_daemon(&options))
		return print_daemons(&options);
	err = replay__run(&replay, &options, &error);
	if (!err) {
		err = print(&replay, &options, &found);
		if (err)
			error__set(&error, EXIT_RUNTIME, err, "cannot print the advice: %s",
				   strerror(-err));
	}
	code = replay__exit_code(&replay, err, &error);
	replay__release(&replay);
	/* what was found stays found where some data is missing */
	return !err && found ? EXIT_FINDINGS : code;
}
