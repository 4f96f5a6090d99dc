// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/record.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/observing.h"
#include "cmd/options.h"
#include "cmd/selection.h"
#include "collect/capture_writer.h"
#include "base/banned.h"

#define LOSS_MAX 0.01 /* of the samples: above, the capture is partial */

/* The file is made when the first record comes: a session that fails before - no such process,
 * another observer - leaves an older capture alone. */
struct file_sink {
	const char *path;
	struct capture_writer *writer;
	uint64_t flushed_ns;
	struct error *error;
};

static int put(void *ctx, const struct record *record)
{
	struct file_sink *sink = ctx;
	int err;

	if (!sink->writer)
		sink->writer = capture_writer__new(sink->path, clock__boottime_ns(),
						   clock__wall_ns(), sink->error);
	if (!sink->writer)
		return -errno;
	err = capture_writer__add(sink->writer, record);
	/* An opened window must be in the file while it is open: others wait for it. */
	if (!err &&
	    (record->time_ns > sink->flushed_ns + 1000000000ULL || record->type == RECORD_PLAN)) {
		sink->flushed_ns = record->time_ns;
		err = capture_writer__flush(sink->writer);
	}
	return err;
}

static int judge(const struct session_result *result, struct error *error)
{
	if ((double)result->lost > LOSS_MAX * (double)result->sampled) {
		error__set(error, EXIT_PARTIAL, -ENOBUFS,
			   "%llu of %llu samples were lost: raise --interval",
			   (unsigned long long)result->lost, (unsigned long long)result->sampled);
		return EXIT_PARTIAL;
	}
	return result->command_exit > 0 ? result->command_exit : EXIT_OK;
}

static int run(const struct options *options, struct error *error)
{
	struct file_sink file = {.path = options->output, .error = error};
	struct record_sink sink = {.ctx = &file, .put = put};
	struct session_result result = {0};
	int err = observing__run(&options->session, options->socket_path, &sink, &result, error),
	    close_err;
	uint64_t bytes;

	if (!file.writer)
		return error->code ? (int)error->code : EXIT_RUNTIME;
	bytes = capture_writer__bytes(file.writer);
	close_err = capture_writer__close(file.writer, clock__boottime_ns(), result.end_reason);
	if (err && error->text[0])
		return (int)error->code;
	err = err ? err : close_err;
	if (err) {
		error__set(error, EXIT_RUNTIME, err,
			   "cannot write '%s': %s; it is readable up to the last whole record",
			   options->output, strerror(-err));
		return EXIT_RUNTIME;
	}
	fprintf(stderr, "heapbeat: %llu samples, %.1f MB in '%s'; see heapbeat report %s\n",
		(unsigned long long)result.sampled, (double)bytes / 1e6, options->output,
		options->output);
	return judge(&result, error);
}

int cmd_record(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	int code;

	if (options__parse(&options, VERB_RECORD, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_RECORD);
		return EXIT_OK;
	}
	options.session.progress = isatty(STDERR_FILENO);
	if (selection__resolve(&options, &error))
		code = (int)error.code;
	else
		code = run(&options, &error);
	if (error.text[0])
		fprintf(stderr, "heapbeat: %s\n", error.text);
	return code;
}
