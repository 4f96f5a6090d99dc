// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/pprof.h"
#include "export/pprof_text.h"
#include "export/speedscope.h"
#include "web/floors.h"
#include "web/route.h"
#include "web/target_id.h"

#include "base/banned.h"

static void say_gone(struct web_reply *reply)
{
	reply__say(reply, 404, "no such target; it may have ended. /debug/pprof/ lists them");
}

struct flame_format {
	const char *name, *type, *suffix;
	int (*write)(FILE *file, const struct flame_source *source);
};

static const struct flame_format formats[] = {
	{"folded", TYPE_TEXT, NULL, folded__write_source},
	{"speedscope", TYPE_JSON, "speedscope.json", speedscope__write},
	{"svg", "image/svg+xml", NULL, flame_svg__write},
};

static const struct flame_format *find_format(const char *name)
{
	for (size_t i = 0; name && i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	return name ? NULL : &formats[0];
}

void page__flamegraph(const struct web_call *call, struct web_reply *reply)
{
	const struct analysis *analysis = call->publication->analysis;
	const struct flame_format *format = find_format(web_query__get(call->query, "format"));
	const char *by = web_query__get(call->query, "by");
	const char *id = web_query__get(call->query, "target");
	struct flame_source source = {.view = analysis->view, .names = &analysis->names};
	const struct view_process **processes;
	FILE *out;
	int err;

	if (!format || (by && report__parse_by(by, &source.by))) {
		reply__say(reply, 400,
			   "format is folded, speedscope or svg; by is rate, bytes or "
			   "live");
		return;
	}
	err = target__processes(call->publication->host, analysis, id ? id : "", &processes,
				&source.process_cnt);
	if (err == -ENOENT) {
		say_gone(reply);
		return;
	}
	source.processes = processes;
	out = reply__open(reply, 200, format->type);
	if (format->suffix)
		snprintf(reply->filename, sizeof(reply->filename), "heapbeat.%s", format->suffix);
	if (out && !err)
		err = format->write(out, &source);
	reply__close(reply, err);
	free(processes);
}

/* What one profile is made of. */
struct profile {
	struct pprof_source before, after;
	const struct view_process **before_processes, **after_processes;
	struct pprof_options options;
	bool is_delta, is_text;
};

static int fill_source(const struct web_call *call, const struct analysis *analysis,
		       struct pprof_source *source, const struct view_process ***ret_processes)
{
	int err = target__processes(call->publication->host, analysis, call->id, ret_processes,
				    &source->process_cnt);

	source->view = analysis->view;
	source->names = &analysis->names;
	source->processes = *ret_processes;
	return err;
}

static int fill_profile(const struct web_call *call, struct profile *profile)
{
	const struct analysis *analysis = call->publication->analysis;
	const char *debug = web_query__get(call->query, "debug");
	int err;

	profile->is_text = debug && strcmp(debug, "0");
	profile->options.kind = call->route->variant == PROFILE_ALLOCS ? PPROF_ALLOCS : PPROF_HEAP;
	profile->options.time_ns = clock__wall_ns();
	err = fill_source(call, analysis, &profile->after, &profile->after_processes);
	if (err || !call->since)
		return err;
	profile->is_delta = true;
	profile->options.duration_ns = analysis->at_ns - call->since->at_ns;
	err = fill_source(call, call->since, &profile->before, &profile->before_processes);
	/* it began meanwhile: all it did is new */
	if (err == -ENOENT) {
		profile->before_processes = calloc(1, sizeof(*profile->before_processes));
		profile->before.processes = profile->before_processes;
		err = profile->before_processes ? 0 : -ENOMEM;
	}
	return err;
}

static int write_profile(const struct web_call *call, const struct profile *profile, FILE *out)
{
	const struct pprof_source *before = profile->is_delta ? &profile->before : NULL;
	struct pprof_floor *floor;
	int err;

	if (profile->is_text)
		return pprof_text__write(out, before, &profile->after, &profile->options);
	if (profile->is_delta)
		return pprof__write_delta(out, before, &profile->after, &profile->options);
	floor = floors__hold(call->floors, call->id);
	err = pprof__write(out, &profile->after, &profile->options, floor);
	floors__release(call->floors);
	return err;
}

/*
 * allocs, heap and delta_heap. ?gc= is accepted and ignored: the heap of another process cannot be
 * collected. delta_heap without ?seconds=N is cumulative, its delta is computed where it is read.
 */
void page__profile(const struct web_call *call, struct web_reply *reply)
{
	struct profile profile = {0};
	int err = fill_profile(call, &profile);

	if (err == -ENOENT) {
		say_gone(reply);
	} else {
		FILE *out = reply__open(reply, 200, profile.is_text ? TYPE_TEXT : TYPE_BINARY);

		if (!profile.is_text)
			snprintf(reply->filename, sizeof(reply->filename), "heapbeat.pb.gz");
		if (out && !err)
			err = write_profile(call, &profile, out);
		reply__close(reply, err);
	}
	free(profile.before_processes);
	free(profile.after_processes);
}
