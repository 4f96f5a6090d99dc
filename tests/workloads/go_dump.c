// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go_dump PID: what the reader sees of a live Go process, as JSON. A line about the process first;
 * then, for each line on stdin ("read", or "read N" with N a sum of enum go_part), one reading, or
 * name and size of the type at a live address ("type ADDRESS").
 * Buckets come with their names, expanded as frames ask for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "collect/go_reading.h"
#include "target/go_place.h"
#include "target/go_program.h"

#define PLACES_MAX 64 /* functions of one prefix */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* "function:line" of each name that @frame stands for. */
static void add_names(json_t *names, struct go_program *program, const struct frame *frame)
{
	struct go_line lines[GO_INLINE_MAX];
	char text[GO_NAME_MAX + 16];
	int cnt = -1;

	if (frame->module == 1)
		cnt = go_program__lines(program, frame->offset - !(frame->flags & FRAME_EXACT_PC),
					lines, GO_INLINE_MAX);
	if (cnt <= 0) {
		snprintf(text, sizeof(text), "?0x%" PRIx64, frame->offset);
		json_array_append_new(names, json_string(text));
		return;
	}
	if (frame->flags & FRAME_INNERMOST)
		cnt = 1;
	for (int i = 0; i < cnt; i++) {
		snprintf(text, sizeof(text), "%s:%u", lines[i].function, lines[i].line);
		json_array_append_new(names, json_string(text));
	}
}

static json_t *names_of(struct go_program *program, const struct frame *frames, size_t cnt)
{
	json_t *names = json_array();

	for (size_t i = 0; i < cnt; i++)
		add_names(names, program, &frames[i]);
	return names;
}

static json_t *state_of(const struct record_go_state *state)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:o, s:o, s:o, s:o, s:i}",
			 "gogc", state->gogc, "limit", number(state->memory_limit_bytes), "live",
			 number(state->heap_live_bytes), "marked", number(state->heap_marked_bytes),
			 "goal", number(state->heap_goal_bytes), "cycles", number(state->cycles),
			 "forced", number(state->forced_cycles), "pause_ns",
			 number(state->pause_total_ns), "cpu_ppm", number(state->gc_cpu_ppm),
			 "mallocs", number(state->mallocs), "frees", number(state->frees),
			 "allocated", number(state->allocated_bytes), "freed",
			 number(state->freed_bytes), "in_heap", number(state->in_heap_bytes),
			 "in_stacks", number(state->in_stacks_bytes), "committed",
			 number(state->committed_bytes), "released", number(state->released_bytes),
			 "goroutines", number(state->goroutines), "procs", (int)state->procs);
}

static json_t *classes_of(const struct go_reading *reading)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < reading->class_cnt; i++) {
		const struct go_class_row *row = &reading->classes[i];

		json_array_append_new(rows, json_pack("[o, o, o, o, o]", number(row->size_bytes),
						      number(row->mallocs), number(row->frees),
						      number(row->allocated_bytes),
						      number(row->freed_bytes)));
	}
	return rows;
}

static json_t *buckets_of(struct go_program *program, const struct go_reading *reading)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < reading->bucket_cnt; i++) {
		const struct go_bucket *bucket = &reading->buckets[i];

		json_array_append_new(
			rows, json_pack("{s:i, s:o, s:o}", "number", (int)bucket->number, "size",
					number(bucket->size_bytes), "stack",
					names_of(program, bucket->frames, bucket->frame_cnt)));
	}
	return rows;
}

static json_t *counts_of(const struct go_reading *reading)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < reading->count_cnt; i++) {
		const struct go_count_row *row = &reading->counts[i];

		json_array_append_new(rows, json_pack("[i, o, o, o]", (int)row->bucket,
						      number(row->allocs), number(row->frees),
						      number(row->pending_allocs)));
	}
	return rows;
}

static json_t *goroutines_of(struct go_program *program, const struct go_reading *reading)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < reading->goroutine_cnt; i++) {
		const struct go_goroutine_row *row = &reading->goroutines[i];

		json_array_append_new(
			rows,
			json_pack("{s:o, s:o, s:o, s:[o, o, o], s:o}", "created",
				  names_of(program, &row->created, row->created.module ? 1 : 0),
				  "entry", names_of(program, &row->entry, 1), "cnt",
				  number(row->cnt), "status", number(row->by_status[0]),
				  number(row->by_status[1]), number(row->by_status[2]), "wait_ns",
				  number(row->longest_wait_ns)));
	}
	return rows;
}

static json_t *cycles_of(const struct go_reading *reading)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < reading->cycle_cnt; i++) {
		const struct record_go_cycle *cycle = &reading->cycles[i];

		json_array_append_new(rows,
				      json_pack("[o, i, o, o, o]", number(cycle->cycle),
						(int)cycle->cause, number(cycle->ended_wall_ns),
						number(cycle->pause_ns), number(cycle->mark_ns)));
	}
	return rows;
}

static void say(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

static json_t *reading_of(struct go_program *program, const struct go_reading *reading)
{
	return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "parts", (int)reading->parts, "rate", number(reading->profile_rate_bytes),
			 "state", state_of(&reading->state), "classes", classes_of(reading),
			 "buckets", buckets_of(program, reading), "counts", counts_of(reading),
			 "goroutines", goroutines_of(program, reading), "total",
			 number(reading->goroutine_total), "dropped",
			 number(reading->goroutine_dropped), "cycles", cycles_of(reading),
			 "read_bytes", number(reading->read_bytes), "read_calls",
			 number(reading->read_calls), "cpu_ns", number(reading->cpu_ns));
}

static void say_type(struct go_program *program, uint64_t address)
{
	char name[GO_NAME_MAX];
	uint64_t bytes = 0;
	int err = go_program__type(program, address, name, sizeof(name), &bytes);

	say(json_pack("[s, o]", err ? strerror(-err) : name, number(bytes)));
}

/* Where a probe of @function may go: [name, bytes from its first one, instruction, why not]. */
static json_t *place_of(struct go_program *program, const struct go_function *function)
{
	uint8_t *code = malloc(function->bytes);
	struct go_place place = {.reason = "its code cannot be read"};
	json_t *row;

	if (code && !go_program__read(program, function->vaddr, code, function->bytes))
		go_place__find(code, function->bytes, function->vaddr, &place);
	row = json_pack("[s, i, s, s]", go_program__name(program, function), (int)place.delta,
			place.usable ? place.instruction : "", place.usable ? "" : place.reason);
	free(code);
	return row;
}

/* Of the function that samples for the profile, and of all that allocate. */
static json_t *places_of(struct go_program *program)
{
	static const char *const prefixes[] = {"runtime.profilealloc", "runtime.mallocgc"};
	struct go_function found[PLACES_MAX];
	json_t *rows = json_array();

	for (size_t p = 0; p < 2; p++) {
		size_t cnt = go_program__find_prefix(program, prefixes[p], found, PLACES_MAX);

		for (size_t i = 0; i < cnt; i++)
			if (!strstr(go_program__name(program, &found[i]), ".func"))
				json_array_append_new(rows, place_of(program, &found[i]));
	}
	return rows;
}

static int serve(struct go_reader *reader, struct go_program *program)
{
	char command[64];

	while (fgets(command, sizeof(command), stdin)) {
		if (!strncmp(command, "type ", 5)) {
			say_type(program,
				 strtoull(command + 5, NULL, 10) - go_reader__bias(reader));
			continue;
		}
		uint32_t parts =
			command[4] == ' ' ? (uint32_t)strtoul(command + 5, NULL, 10) : UINT32_MAX;
		struct go_reading *reading;
		int err = go_reader__read(reader, parts, &reading);

		if (err) {
			say(json_pack("{s:s}", "error", strerror(-err)));
			continue;
		}
		say(reading_of(program, reading));
		go_reading__free(reading);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct error error = {.text = ""};
	struct go_program *program;
	struct go_reader *reader;
	char path[64];
	int fd, code;

	if (argc != 2) {
		fprintf(stderr, "usage: go_dump PID\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/proc/%ld/exe", strtol(argv[1], NULL, 10));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	program = fd < 0 ? NULL : go_program__open(fd, &error);
	reader = program ? go_reader__open((pid_t)strtol(argv[1], NULL, 10), fd, &error) : NULL;
	if (!reader) {
		say(json_pack("{s:s}", "error", error.text[0] ? error.text : "no such process"));
		return 1;
	}
	say(json_pack("{s:s, s:s, s:i, s:o, s:o, s:o}", "version", go_reader__version(reader),
		      "coverage", go_reader__coverage(reader), "parts",
		      (int)go_reader__parts(reader), "bias", number(go_reader__bias(reader)),
		      "minor", number(go_program__minor(program)), "places", places_of(program)));
	code = serve(reader, program);
	go_reader__free(reader);
	go_program__free(program);
	close(fd);
	return code;
}
