// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/check_config.h"

#include <stdio.h>

#include "cmd/options.h"
#include "cmd/run_options.h"
#include "base/banned.h"

/* The way of `run` itself, so that the two cannot differ. */
static int check(char *path, struct error *error)
{
	char verb[] = "run", flag[] = "--config.file";
	char *argv[] = {verb, flag, path, NULL};
	struct daemon_options options;
	int err = run_options__parse(&options, 3, argv, error);

	if (err)
		return err;
	err = run_options__check(&options, error);
	daemon_options__release(&options);
	return err;
}

int cmd_check_config(int argc, char **argv)
{
	struct options options;
	struct error error = {0};

	if (!options__parse(&options, VERB_CHECK_CONFIG, argc, argv, &error)) {
		if (options.help) {
			options__print_help(VERB_CHECK_CONFIG);
			return EXIT_OK;
		}
		if (!check((char *)options.operand, &error)) {
			printf("%s: valid\n", options.operand);
			return EXIT_OK;
		}
	}
	fprintf(stderr, "heapbeat: %s\n", error.text);
	return (int)error.code;
}
