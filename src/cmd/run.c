// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/run.h"

#include <stdio.h>

#include "base/log.h"
#include "cmd/options.h"
#include "cmd/run_options.h"
#include "daemon/daemon.h"
#include "base/banned.h"

struct arguments {
	int argc;
	char **argv;
};

static int reload(void *ctx, struct daemon_options *options, struct error *error)
{
	const struct arguments *arguments = ctx;
	struct daemon_options fresh;
	const char *fixed;
	int err = run_options__reload(&fresh, arguments->argc, arguments->argv, error);

	if (err)
		return err;
	fixed = daemon_options__needs_restart(options, &fresh);
	if (fixed)
		log_warn("config", "%s has changed: that takes a restart", fixed);
	daemon_options__adopt(options, &fresh);
	daemon_options__release(&fresh);
	log__set_level(options->log_level);
	log__set_format(options->log_format);
	return 0;
}

static int run(struct daemon_options *options, struct arguments *arguments, struct error *error)
{
	struct daemon_hooks hooks = {.ctx = arguments, .reload = reload};
	int err;

	if (options->config_check) {
		err = run_options__check(options, error);
		if (!err)
			puts("configuration is valid");
		return err;
	}
	log__set_level(options->log_level);
	log__set_format(options->log_format);
	return daemon__run(options, &hooks, error);
}

int cmd_run(int argc, char **argv)
{
	struct arguments arguments = {argc, argv};
	struct daemon_options options;
	struct error error = {0};
	int err = run_options__parse(&options, argc, argv, &error);

	if (!err && options.help) {
		options__print_help(VERB_RUN);
		daemon_options__release(&options);
		return EXIT_OK;
	}
	if (!err) {
		err = run(&options, &arguments, &error);
		daemon_options__release(&options);
	}
	if (!err)
		return EXIT_OK;
	fprintf(stderr, "heapbeat: %s\n", error.text);
	return error.code ? (int)error.code : EXIT_RUNTIME;
}
