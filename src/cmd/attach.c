// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/attach.h"

#include <stdio.h>

#include "cmd/options.h"
#include "cmd/remote.h"
#include "base/banned.h"

/* One connection a request: the first that fails ends it, and says which. */
static int change_one(const struct options *options, const char *verb, pid_t pid,
		      struct error *error)
{
	struct remote *remote = remote__open(options->socket_path, error);
	json_t *answer;

	if (!remote)
		return error->code ? (int)error->code : EXIT_RUNTIME;
	answer = remote__ask(remote, json_pack("{s:s, s:i}", "verb", verb, "pid", (int)pid), error);
	remote__close(remote);
	if (!answer)
		return error->code ? (int)error->code : EXIT_RUNTIME;
	json_decref(answer);
	printf("%sed %d\n", verb, (int)pid);
	return EXIT_OK;
}

static int change(enum verb verb, int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	int code = EXIT_OK;

	if (options__parse(&options, verb, argc, argv, &error))
		code = EXIT_USAGE;
	else if (options.help)
		options__print_help(verb);
	else
		for (size_t i = 0; i < options.session.pid_cnt && !code; i++)
			code = change_one(&options, verb__name(verb), options.session.pids[i],
					  &error);
	if (code)
		fprintf(stderr, "heapbeat: %s\n", error.text);
	return code;
}

int cmd_attach(int argc, char **argv)
{
	return change(VERB_ATTACH, argc, argv);
}

int cmd_detach(int argc, char **argv)
{
	return change(VERB_DETACH, argc, argv);
}
