// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/dump.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/options.h"
#include "collect/capture_reader.h"
#include "export/dump.h"
#include "base/banned.h"

static int print_all(struct capture_reader *reader, bool json)
{
	uint64_t start_ns = capture_reader__header(reader)->boottime_ns;
	const struct record *record;
	int got, err = 0;

	while (!err && (got = capture_reader__next(reader, &record)) > 0) {
		if (json)
			err = dump__json(stdout, record, start_ns);
		else
			dump__text(stdout, record, start_ns);
		if (!err && ferror(stdout))
			err = -EIO;
	}
	return err ? err : got;
}

static int dump(const struct options *options, struct error *error)
{
	struct capture_reader *reader = capture_reader__new(options->operand, error);
	int err, code = EXIT_OK;

	if (!reader)
		return (int)error->code;
	err = print_all(reader, options->json);
	if (err) {
		error__set(error, EXIT_RUNTIME, err, "cannot dump '%s': %s", options->operand,
			   strerror(-err));
		code = EXIT_RUNTIME;
	} else if (capture_reader__complaint(reader, options->operand, error)) {
		code = EXIT_PARTIAL;
	}
	capture_reader__free(reader);
	return code;
}

int cmd_dump(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	int code;

	if (options__parse(&options, VERB_DUMP, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_DUMP);
		return EXIT_OK;
	}
	code = dump(&options, &error);
	if (error.text[0])
		fprintf(stderr, "heapbeat: %s\n", error.text);
	return code;
}
