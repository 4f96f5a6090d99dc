// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/speedscope.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "base/table.h"
#include "export/human.h"
#include "symbol/names.h"

#include "base/banned.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

struct writer {
	const struct flame_source *source;
	json_t *root, *frames, *profiles; /* root owns the others */
	struct names memory;
	struct table numbers; /* hash of interned name, file and line -> number of the frame */
	/* of the profile under way */
	json_t *samples, *weights;
	double total;
	bool failed;
};

static void set(struct writer *w, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		w->failed = true;
}

static void append(struct writer *w, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		w->failed = true;
}

static json_t *name_of(const char *s)
{
	char clean[NAME_BYTES];

	human__name(clean, sizeof(clean), s);
	return json_string(*clean ? clean : "?");
}

/* The number of a frame, made if new. */
static void add_frame(struct writer *w, json_t *sample, const char *function, const char *file,
		      uint32_t line)
{
	const char *kept[2] = {names__intern(&w->memory, function, NAME_BYTES),
			       names__intern(&w->memory, file ? file : "", NAME_BYTES)};
	uint64_t key = hash__bytes(HASH_SEED, kept, sizeof(kept)), number;
	json_t *frame;

	key = hash__bytes(key, &line, sizeof(line));
	if (!kept[0] || !kept[1]) {
		w->failed = true;
		return;
	}
	if (!table__get(&w->numbers, key, &number)) {
		number = json_array_size(w->frames);
		frame = json_object();
		set(w, frame, "name", name_of(function));
		if (file && *file)
			set(w, frame, "file", name_of(file));
		if (line)
			set(w, frame, "line", json_integer(line));
		append(w, w->frames, frame);
		if (table__put(&w->numbers, key, number))
			w->failed = true;
	}
	append(w, sample, json_integer((json_int_t)number));
}

static int add_stack(void *ctx, const struct view_process *process, const struct view_stack *stack,
		     double value)
{
	struct writer *w = ctx;
	json_t *sample = json_array();
	uint32_t frame_cnt;
	const struct frame *frames = view_stack__shown(stack, &frame_cnt);

	(void)process;
	for (uint32_t i = frame_cnt; i-- > 0;) {
		const struct frame *frame = &frames[i];
		const struct symbol_name *names;
		int cnt = names__of_frame(w->source->names, frame, &names);
		char unknown[24];

		if (cnt < 0)
			w->failed = true;
		snprintf(unknown, sizeof(unknown), "0x%" PRIx64, frame->offset);
		if (!cnt)
			add_frame(w, sample, unknown, NULL, 0);
		for (int j = cnt; j-- > 0;)
			add_frame(w, sample, names[j].function, names[j].file, names[j].line);
	}
	append(w, w->samples, sample);
	append(w, w->weights, json_integer((json_int_t)fmin(round(value), 0x1p62)));
	w->total += round(value);
	return w->failed ? -ENOMEM : 0;
}

/* @process NULL: an empty profile. */
static int add_profile(struct writer *w, const struct view_process *process)
{
	json_t *profile = json_object();
	char comm[NAME_BYTES], name[NAME_BYTES + 64];
	int err = 0;

	human__name(comm, sizeof(comm), process ? process->comm : "no stacks");
	if (process)
		snprintf(name, sizeof(name), "%s (%" PRIu32 "): %s bytes", comm, process->tgid,
			 w->source->by == BY_LIVE ? "live" : "allocated");
	append(w, w->profiles, profile);
	set(w, profile, "type", json_string("sampled"));
	set(w, profile, "name", json_string(process ? name : comm));
	set(w, profile, "unit", json_string("bytes"));
	w->samples = json_array();
	w->weights = json_array();
	w->total = 0;
	set(w, profile, "samples", w->samples);
	set(w, profile, "weights", w->weights);
	if (process && !w->failed)
		err = flame__each_stack(w->source, process, add_stack, w);
	set(w, profile, "startValue", json_integer(0));
	set(w, profile, "endValue", json_integer((json_int_t)fmin(w->total, 0x1p62)));
	if (!err && process && !json_array_size(w->samples))
		json_array_remove(w->profiles, json_array_size(w->profiles) - 1);
	return err ? err : w->failed ? -ENOMEM : 0;
}

static int build(struct writer *w)
{
	const struct flame_source *source = w->source;
	json_t *shared = json_object();
	int err = 0;

	w->root = json_object();
	w->frames = json_array();
	w->profiles = json_array();
	set(w, w->root, "$schema", json_string(SCHEMA));
	set(w, w->root, "exporter", json_string("heapbeat " HEAPBEAT_VERSION));
	set(w, w->root, "name", name_of(source->view->host));
	set(w, w->root, "shared", shared);
	set(w, shared, "frames", w->frames);
	set(w, w->root, "profiles", w->profiles);
	if (w->failed)
		return -ENOMEM;
	for (size_t i = 0; i < flame__process_cnt(source) && !err; i++)
		err = add_profile(w, flame__process(source, i));
	if (!err && !json_array_size(w->profiles))
		err = add_profile(w, NULL);
	set(w, w->root, "activeProfileIndex", json_integer(0));
	return err ? err : w->failed ? -ENOMEM : 0;
}

int speedscope__write(FILE *file, const struct flame_source *source)
{
	struct writer w = {.source = source};
	int err = build(&w);

	if (!err && (json_dumpf(w.root, file, JSON_COMPACT) || fputc('\n', file) == EOF))
		err = -EIO;
	json_decref(w.root);
	names__release(&w.memory);
	table__release(&w.numbers);
	return err;
}
