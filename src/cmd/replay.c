// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/replay.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/moments.h"
#include "cmd/debug_dir.h"
#include "cmd/observing.h"
#include "cmd/report_values.h"
#include "cmd/selection.h"
#include "collect/capture_reader.h"
#include "daemon/selector.h"
#include "model/model.h"
#include "symbol/fold.h"
#include "symbol/view_filter.h"
#include "base/banned.h"

#define LOSS_MAX 0.01 /* of the samples: above, a report is partial */
/* Counters of all processes are read within this time, once a second; where nothing is counted for so
 * long, a span is cut without them. */
#define TICK_NS	       50000000ULL
#define TICK_MISSED_NS 2500000000ULL

static int take_symbol(struct replay *replay, const struct record *record)
{
	const struct record_symbol *symbol = (const struct record_symbol *)record;
	const char *file = record__string(record, symbol->file);

	/* A file that was named for it knows better than what was found at the time. */
	if (table__get(&replay->found, symbol->module, NULL))
		return 0;
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
	const char *dir = replay->options->debuginfo_dir;
	int fd = dir ? debug_dir__open(dir, module->build_id, module->build_id_bytes) : -1;
	int err = symbolizer__add_module(replay->symbolizer, module->module, fd < 0 ? -1 : fd,
					 record__string(record, module->path), module->build_id,
					 module->build_id_bytes, 0);

	if (fd < 0)
		return;
	close(fd);
	if (!err)
		(void)table__put(&replay->found, module->module, 1);
}

bool replay__is_standing(enum report_by by)
{
	return by == BY_LIVE || by == BY_GROWTH || by == BY_PEAK;
}

static bool is_in_capture(const struct view_process *process, void *ctx)
{
	const struct options *options = ctx;

	return selector__matches(&options->daemon, process->comm, process->exe, NULL);
}

static int filter_view(const struct replay *replay, struct view *view)
{
	const struct options *options = replay->options;
	regex_t regex;
	int err;

	if (options->capture && options->daemon.comms.cnt)
		view_filter__processes(view, is_in_capture, (void *)options);
	if (!options->site)
		return 0;
	if (regcomp(&regex, options->site, REG_EXTENDED | REG_NOSUB))
		return -EINVAL;
	err = view_filter__stacks(view, &replay->names, &regex);
	regfree(&regex);
	return err;
}

/* The folded view of what is known now. 0 or -errno. */
static int build(struct replay *replay)
{
	int err = model__settle(replay->model);

	view__free(replay->view);
	replay->view = err ? NULL : model__build(replay->model);
	if (!replay->view)
		return err ? err : -errno;
	if (!replay->options->capture || replay->to.due_ns)
		replay->view->truncated = false;
	err = filter_view(replay, replay->view);
	return err ? err : fold__sites(replay->view, &replay->names);
}

/* Whether @cut is to be made before @record is taken in. */
static bool is_due(struct replay_cut *cut, const struct record *record)
{
	if (cut->made || !cut->due_ns)
		return false;
	if (!cut->tick_ns && record->time_ns >= cut->due_ns &&
	    (record->type == RECORD_COUNTERS || record->type == RECORD_GO_STATE))
		cut->tick_ns = record->time_ns;
	if (!cut->tick_ns && record->time_ns >= cut->due_ns + TICK_MISSED_NS)
		cut->tick_ns = cut->due_ns;
	return cut->tick_ns && record->time_ns >= cut->tick_ns + TICK_NS;
}

/* A table is due: show it, and begin anew where it is of its interval alone. */
static int show_tables(struct replay *replay, const struct record *record)
{
	const struct options *options = replay->options;
	uint64_t every_ns = (uint64_t)(options->every_s * 1e9), tick_ns;
	int err;

	if (!replay->each || !every_ns)
		return 0;
	if (!replay->table.due_ns)
		replay->table.due_ns = record->time_ns + every_ns;
	if (!is_due(&replay->table, record) ||
	    (options->times && replay->tables + 1 >= options->times))
		return 0;
	tick_ns = replay->table.tick_ns;
	err = build(replay);
	err = err ? err : replay->each(replay);
	replay->tables++;
	replay->table = (struct replay_cut){.due_ns = replay->table.due_ns + every_ns};
	if (!err && !replay__is_standing(options->by))
		err = model__restart(replay->model, tick_ns);
	return err;
}

static int cut_span(struct replay *replay, const struct record *record)
{
	if (is_due(&replay->to, record))
		replay->to.made = true;
	if (!is_due(&replay->from, record))
		return 0;
	replay->from.made = true;
	return model__restart(replay->model, replay->from.tick_ns);
}

/* Whether @record is told to the model: names and files always, the rest within the span. */
static bool is_in_span(const struct replay *replay, const struct record *record)
{
	switch (record->type) {
	case RECORD_HOST:
	case RECORD_IMAGE:
	case RECORD_MODULE:
	case RECORD_SYMBOL:
	case RECORD_GO_SITE:
	case RECORD_END:
		return true;
	case RECORD_SAMPLE: /* comes late, when its stack has been unwound */
		if (replay->from.made && record->time_ns < replay->from.tick_ns)
			return false;
		return !replay->to.tick_ns || record->time_ns <= replay->to.tick_ns;
	default:
		return !replay->to.made;
	}
}

static bool is_within(const struct replay *replay)
{
	return (!replay->from.due_ns || replay->from.made) && !replay->to.made;
}

static int put(void *ctx, const struct record *record)
{
	struct replay *replay = ctx;
	int err = show_tables(replay, record);

	err = err ? err : cut_span(replay, record);
	if (!err && is_in_span(replay, record))
		err = model__apply(replay->model, record);
	if (err == -EBADMSG)
		err = 0;
	if (record->type == RECORD_SYMBOL)
		err = err ? err : take_symbol(replay, record);
	else if (record->type == RECORD_GO_SITE)
		err = err ? err : take_site(replay, record);
	else if (record->type == RECORD_MODULE)
		take_module(replay, record);
	if (!err && replay->moments && is_within(replay))
		err = moments__note(replay->moments, replay->model, record->time_ns);
	return err;
}

static int set_span(struct replay *replay, const struct capture_header *header, struct error *error)
{
	const struct options *options = replay->options;
	uint64_t from = 0, to = 0;

	if ((options->from && report_value__moment(options->from, header->wall_ns, &from)) ||
	    (options->to && report_value__moment(options->to, header->wall_ns, &to)))
		return -EINVAL;
	if (options->to && to <= from)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "nothing of the capture lies between '%s' and '%s'",
				  options->from ? options->from : "its start", options->to);
	replay->from.due_ns = from ? header->boottime_ns + from : 0;
	replay->to.due_ns = options->to ? header->boottime_ns + to : 0;
	return 0;
}

static int read_capture(struct replay *replay, const char *path, struct error *error)
{
	struct capture_reader *reader = capture_reader__new(path, error);
	const struct record *record;
	int got = 0, err;

	if (!reader)
		return -errno;
	model__set_clock(replay->model, capture_reader__header(reader)->boottime_ns,
			 capture_reader__header(reader)->wall_ns);
	err = set_span(replay, capture_reader__header(reader), error);
	while (!err && (got = capture_reader__next(reader, &record)) > 0)
		err = put(replay, record);
	err = err ? err : got;
	if (!err && replay->from.due_ns && !replay->from.made)
		err = error__set(error, EXIT_USAGE, -ERANGE, "'%s' ends before '%s'", path,
				 replay->options->from);
	else if (err && !error->text[0])
		error__set(error, EXIT_RUNTIME, err, "cannot read '%s': %s", path, strerror(-err));
	if (!err)
		replay->partial = capture_reader__complaint(reader, path, error);
	capture_reader__free(reader);
	return err;
}

static int observe(struct replay *replay, const struct options *options, struct error *error)
{
	struct record_sink sink = {.ctx = replay, .put = put};
	struct options chosen = *options;
	struct session_options session;
	struct session_result result;
	int err = selection__resolve(&chosen, error);

	if (err)
		return err;
	session = chosen.session;
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

static unsigned int what_to_follow(const struct options *options)
{
	unsigned int follow = FOLLOW_PEAK;

	if (options->json || options->by == BY_THREAD)
		follow |= FOLLOW_THREADS;
	if (options->json || options->by == BY_GROWTH)
		follow |= FOLLOW_GROWTH;
	return follow;
}

int replay__run(struct replay *replay, const struct options *options, struct error *error)
{
	int err;

	*replay = (struct replay){.escape_log = replay->escape_log,
				  .model = model__new(),
				  .symbolizer = symbolizer__new(),
				  .options = options,
				  .each = replay->each};
	if (!replay->model || !replay->symbolizer)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	if (options->html && !(replay->moments = moments__new()))
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	replay->names = names__of_symbolizer(replay->symbolizer);
	model__follow(replay->model, what_to_follow(options));
	model__filter(replay->model, &options->filter);
	err = options->capture ? read_capture(replay, options->capture, error)
			       : observe(replay, options, error);
	if (err)
		return err;
	err = build(replay);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "out of memory");
	check_loss(replay, error);
	return 0;
}

int replay__fold_moments(struct replay *replay)
{
	struct moments *moments = replay->moments;
	int err = 0;

	for (size_t i = 0; moments && i < moments->cnt && !err; i++) {
		err = filter_view(replay, moments->views[i]);
		err = err ? err : fold__sites(moments->views[i], &replay->names);
	}
	return err;
}

void replay__release(struct replay *replay)
{
	view__free(replay->view);
	moments__free(replay->moments);
	model__free(replay->model);
	symbolizer__free(replay->symbolizer);
	table__release(&replay->found);
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
