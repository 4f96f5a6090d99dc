// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/replay.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/observing.h"
#include "collect/capture_reader.h"
#include "model/model.h"
#include "symbol/fold.h"
#include "base/banned.h"

#define LOSS_MAX 0.01 /* of the samples: above, a report is partial */

static int take_symbol(struct replay *replay, const struct record *record)
{
	const struct record_symbol *symbol = (const struct record_symbol *)record;
	const char *file = record__string(record, symbol->file);

	return symbolizer__learn(replay->symbolizer, symbol->module, symbol->offset, symbol->depth,
				 record__string(record, symbol->function), *file ? file : NULL,
				 symbol->line, symbol->flags & SYMBOL_INLINED,
				 symbol->flags & SYMBOL_NO_NAME);
}

static int take_site(struct replay *replay, const struct record *record)
{
	const struct record_go_site *site = (const struct record_go_site *)record;
	const char *type = record__string(record, site->type);
	const char *callee = record__string(record, site->callee);
	const char *call = record__string(record, site->call);
	struct symbol_site known = {
		.type = *type ? type : NULL,
		.type_bytes = site->type_bytes,
		.callee = *callee ? callee : NULL,
		.call = *call ? call : NULL,
	};

	return symbolizer__learn_site(replay->symbolizer, site->module, site->offset, &known);
}

/* A module that cannot be opened here still names its frames "file+0x...". */
static void take_module(struct replay *replay, const struct record *record)
{
	const struct record_module *module = (const struct record_module *)record;

	symbolizer__add_module(replay->symbolizer, module->module, -1,
			       record__string(record, module->path), module->build_id,
			       module->build_id_bytes, 0);
}

static int put(void *ctx, const struct record *record)
{
	struct replay *replay = ctx;
	int err = model__apply(replay->model, record);

	if (err == -EBADMSG)
		err = 0;
	if (record->type == RECORD_SYMBOL)
		err = err ? err : take_symbol(replay, record);
	else if (record->type == RECORD_GO_SITE)
		err = err ? err : take_site(replay, record);
	else if (record->type == RECORD_MODULE)
		take_module(replay, record);
	return err;
}

static int read_capture(struct replay *replay, const char *path, struct error *error)
{
	struct capture_reader *reader = capture_reader__new(path, error);
	const struct record *record;
	int got, err = 0;

	if (!reader)
		return -errno;
	model__set_clock(replay->model, capture_reader__header(reader)->boottime_ns,
			 capture_reader__header(reader)->wall_ns);
	while (!err && (got = capture_reader__next(reader, &record)) > 0)
		err = put(replay, record);
	err = err ? err : got;
	if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot read '%s': %s", path, strerror(-err));
	else if (capture_reader__is_truncated(reader)) {
		replay->partial = true;
		error__set(error, EXIT_PARTIAL, 0,
			   "'%s' is truncated: shown up to its last whole record", path);
	}
	capture_reader__free(reader);
	return err;
}

static int observe(struct replay *replay, const struct options *options, struct error *error)
{
	struct record_sink sink = {.ctx = replay, .put = put};
	struct session_options session = options->session;
	struct session_result result;
	int err;

	session.progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
	model__set_clock(replay->model, clock__boottime_ns(), clock__wall_ns());
	err = observing__run(&session, options->socket_path, &sink, &result, error);
	if (err && !error->text[0])
		error__set(error, EXIT_RUNTIME, err, "cannot observe: %s", strerror(-err));
	return err;
}

static void check_loss(struct replay *replay, struct error *error)
{
	for (size_t i = 0; i < replay->view->process_cnt; i++) {
		const struct view_process *process = &replay->view->processes[i];
		uint64_t lost = process->loss.lost_ring_full + process->loss.lost_queue_full;

		if (!process->loss_known ||
		    (double)lost <= LOSS_MAX * (double)process->loss.sampled)
			continue;
		replay->partial = true;
		error__set(error, EXIT_PARTIAL, 0,
			   "process %u: %llu of %llu samples were lost: raise --interval",
			   process->tgid, (unsigned long long)lost,
			   (unsigned long long)process->loss.sampled);
	}
}

int replay__run(struct replay *replay, const struct options *options, struct error *error)
{
	int err;

	*replay = (struct replay){.model = model__new(), .symbolizer = symbolizer__new()};
	if (!replay->model || !replay->symbolizer)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	replay->names = names__of_symbolizer(replay->symbolizer);
	err = options->capture ? read_capture(replay, options->capture, error)
			       : observe(replay, options, error);
	if (err)
		return err;
	replay->view = model__build(replay->model);
	if (!replay->view)
		return error__set(error, EXIT_RUNTIME, -errno, "out of memory");
	if (!options->capture)
		replay->view->truncated = false;
	err = fold__sites(replay->view, &replay->names);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "out of memory");
	check_loss(replay, error);
	return 0;
}

void replay__release(struct replay *replay)
{
	view__free(replay->view);
	model__free(replay->model);
	symbolizer__free(replay->symbolizer);
	*replay = (struct replay){0};
}

int replay__exit_code(const struct replay *replay, int err, const struct error *error)
{
	if (error->text[0])
		fprintf(stderr, "heapbeat: %s\n", error->text);
	if (err)
		return error->code ? (int)error->code : EXIT_RUNTIME;
	return replay->partial ? EXIT_PARTIAL : EXIT_OK;
}
