// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The probes of a Go runtime without the rest of heapbeat, for tests. Says JSON, a line each.
 *
 *   go_probes places FILE FUNCTION...	where the probe of each goes, or why not
 *   go_probes watch PID PARTS BOUND [LINK]	"ready", every event by name, and at each line of input
 *					and at its end the counters
 *   go_probes flap PID ROUNDS [LINK]	link and unlink everything so many times, then the counters
 *
 * PARTS: samples, refills, cycles, looks, joined by commas. BOUND: samples a second, 0 all.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/drain.h"
#include "collect/go_sample.h"
#include "kernel/object.h"
#include "probe/cost.h"
#include "probe/go_look.h"
#include "probe/go_watch.h"
#include "target/go_place.h"
#include "target/go_program.h"
#include "base/banned.h"

#define IMAGE	 7
#define MODULE	 3
#define SLOT	 1 /* not 0, so that a slot that is lost shows */
#define DRAIN_MS 20
#define LINES	 8 /* inlined calls at one address */

struct driver {
	struct object *object;
	struct drain *drain;
	struct go_program *program;
	struct go_watch watch;
	struct go_look look;
	struct cost_table costs;
	struct go_sample_source source;
	int fd;
	pid_t pid;
	uint64_t events;
};

static int die(const char *what, const struct error *error)
{
	fprintf(stderr, "%s: %s\n", what, error && error->text[0] ? error->text : strerror(errno));
	return 1;
}

static void say(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT | JSON_SORT_KEYS);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

/* Names of what @frame belongs to, innermost first, onto @names. */
static void name_frame(struct driver *driver, const struct frame *frame, json_t *names)
{
	uint64_t pc = frame->offset - (frame->flags & FRAME_EXACT_PC ? 0 : 1);
	struct go_line lines[LINES];
	int cnt = frame->module == MODULE ? go_program__lines(driver->program, pc, lines, LINES)
					  : -ENOENT;

	if (cnt <= 0)
		json_array_append_new(names, json_sprintf("0x%" PRIx64, frame->offset));
	for (int i = 0; i < cnt; i++)
		json_array_append_new(names, json_string(lines[i].function));
}

static void take_sample(void *ctx, const struct hb_go_sample *event)
{
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;
	struct driver *driver = ctx;
	json_t *names = json_array();
	int cnt;

	if (event->event.image != IMAGE || event->event.slot != SLOT)
		return; /* of the calibration */
	driver->events++;
	cnt = go_sample__build(event, &driver->source, &fixed, frames);
	for (int i = 0; i < cnt; i++)
		name_frame(driver, &frames[i], names);
	say(json_pack("{s:s s:I s:i s:i s:I s:I s:f s:i s:o}", "event", "sample", "time_ns",
		      (json_int_t)fixed.head.time_ns, "tid", (int)fixed.tid, "kind",
		      (int)fixed.kind, "size", (json_int_t)fixed.size_bytes, "weight",
		      (json_int_t)fixed.weight_bytes, "p", (double)event->probability_q32 / 0x1p32,
		      "exact", cnt > 0 && frames[0].flags == FRAME_EXACT_PC, "names", names));
}

static void take_cycle(void *ctx, const struct hb_go_cycle *event)
{
	struct record_go_cycle record;
	struct driver *driver = ctx;

	driver->events++;
	go_sample__build_cycle(event, event->event.image, &record);
	say(json_pack("{s:s s:i s:I s:I s:i s:I}", "event", "cycle", "cause", (int)record.cause,
		      "mark_ns", (json_int_t)record.mark_ns, "pause_ns",
		      (json_int_t)record.pause_ns, "stops", (int)event->stops, "longest_ns",
		      (json_int_t)event->longest_ns));
}

static void ignore_sample(void *ctx, const struct hb_sample *sample, const struct hb_stack *stack)
{
	(void)ctx;
	(void)sample;
	(void)stack;
}

static void ignore_block(void *ctx, const struct hb_block *block)
{
	(void)ctx;
	(void)block;
}

static json_t *numbers(const __u64 *values, size_t cnt)
{
	json_t *array = json_array();

	for (size_t i = 0; i < cnt; i++)
		json_array_append_new(array, json_integer((json_int_t)values[i]));
	return array;
}

static json_t *look_counters(struct driver *driver)
{
	struct hb_go_look_counters now;

	go_look__read(&driver->look, &now);
	return json_pack("{s:I s:I s:I s:I s:I s:o s:o s:i s:s}", "hits", (json_int_t)now.hits,
			 "foreign", (json_int_t)now.foreign, "shut", (json_int_t)now.shut,
			 "repeated", (json_int_t)now.repeated, "passed", (json_int_t)now.passed,
			 "counted", numbers(now.counted, HB_GO_CALL_KINDS), "dropped",
			 numbers(now.dropped, HB_GO_CALL_KINDS), "probes",
			 (int)driver->look.point_cnt, "missing", driver->look.missing);
}

static void say_counters(struct driver *driver)
{
	struct hb_go_counters now;
	char text[1024];

	drain__consume(driver->drain);
	go_watch__read(&driver->watch, &now);
	say(json_pack(
		"{s:s s:I s:I s:I s:o s:o s:o s:o s:o s:I s:I s:I s:I s:I s:f s:f s:i s:i s:s s:o}",
		"event", "counters", "hits", (json_int_t)now.hits, "foreign",
		(json_int_t)now.foreign, "repeated", (json_int_t)now.repeated, "counted",
		numbers(now.counted, HB_GO_PROBE_MAX), "bytes", numbers(now.bytes, HB_GO_SAMPLED),
		"sampled", numbers(now.sampled, HB_GO_SAMPLED), "records",
		numbers(now.records, HB_GO_SAMPLED), "lost", numbers(now.lost, HB_GO_SAMPLED),
		"stackless", (json_int_t)now.stackless, "cycles", (json_int_t)now.cycles,
		"cycles_lost", (json_int_t)now.cycles_lost, "charged_ns",
		(json_int_t)go_watch__charged_ns(&driver->watch), "events",
		(json_int_t)driver->events, "hit_ns", driver->costs.hit_ns, "sample_ns",
		driver->costs.go_sample_ns, "linked", (int)go_watch__linked_cnt(&driver->watch),
		"unusable", (int)go_watch__unusable_cnt(&driver->watch), "coverage",
		go_watch__coverage(&driver->watch, text, sizeof(text)), "look",
		look_counters(driver)));
}

/* What live addresses exceed link-time ones by. */
static int find_bias(struct driver *driver, uint64_t *ret_bias)
{
	uint64_t first = 0, start = 0;
	char path[64], line[512];
	struct stat stat;
	FILE *maps;

	*ret_bias = 0;
	if (!go_program__is_pie(driver->program, &first))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", driver->pid);
	maps = fopen(path, "re");
	if (!maps || fstat(driver->fd, &stat))
		return -ESRCH;
	while (!start && fgets(line, sizeof(line), maps)) {
		unsigned long begin, inode;

		if (sscanf(line, "%lx-%*x %*s %*x %*s %lu", &begin, &inode) == 2 &&
		    inode == stat.st_ino)
			start = begin;
	}
	fclose(maps);
	*ret_bias = start - first;
	return start ? 0 : -ENOENT;
}

static int open_program(struct driver *driver, const char *path, struct error *error)
{
	driver->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (driver->fd < 0)
		return -errno;
	driver->program = go_program__open(driver->fd, error);
	return driver->program ? 0 : -ENOEXEC;
}

static int open_object(struct driver *driver, const char *link, struct error *error)
{
	struct object_options options = {.slot_cnt = SLOT + 2,
					 .ring_bytes = OBJECT_RING_BYTES,
					 .live_entries = 16,
					 .stacks = true};
	const struct drain_handlers handlers = {.ctx = driver,
						.sample = ignore_sample,
						.block = ignore_block,
						.go_sample = take_sample,
						.go_cycle = take_cycle};

	if (link && link_kind__parse(link, &options.link))
		return error__set(error, EXIT_USAGE, -EINVAL, "no link '%s'", link);
	driver->object = object__new(&options, error);
	if (!driver->object)
		return -ENOTSUP;
	driver->drain = drain__new(driver->object, &handlers);
	if (!driver->drain)
		return -errno;
	return cost__calibrate(driver->object, SLOT + 1, &driver->costs, error);
}

static int open_target(struct driver *driver, const char *pid, const char *link,
		       struct error *error)
{
	char path[64];
	int err;

	driver->pid = (pid_t)strtol(pid, NULL, 10);
	snprintf(path, sizeof(path), "/proc/%d/exe", driver->pid);
	err = open_program(driver, path, error);
	err = err ?: open_object(driver, link, error);
	err = err ?: find_bias(driver, &driver->source.bias);
	if (err)
		return err;
	driver->source.image = IMAGE;
	driver->source.module = MODULE;
	driver->source.text = go_program__sections(driver->program)->text;
	driver->source.etext = go_program__sections(driver->program)->etext;
	driver->source.profile_rate_bytes = 512 << 10;
	err = go_watch__find(&driver->watch, driver->pid, driver->fd, driver->source.bias,
			     driver->program, error);
	err = err
		      ?: go_watch__init(&driver->watch, driver->object, SLOT, IMAGE, &driver->costs,
					error);
	err = err
		      ?: go_look__find(&driver->look, driver->pid, driver->fd, driver->source.bias,
				       driver->program, error);
	return err
		       ?: go_look__init(&driver->look, driver->object, SLOT, IMAGE, &driver->costs,
					error);
}

static void close_driver(struct driver *driver)
{
	go_watch__release(&driver->watch);
	go_look__release(&driver->look);
	drain__free(driver->drain);
	object__free(driver->object);
	go_program__free(driver->program);
	if (driver->fd >= 0)
		close(driver->fd);
}

static uint32_t parse_parts(const char *text)
{
	return (strstr(text, "samples") ? GO_WATCH_SAMPLES : 0U) |
	       (strstr(text, "refills") ? GO_WATCH_REFILLS : 0U) |
	       (strstr(text, "cycles") ? GO_WATCH_CYCLES : 0U);
}

static int watch(struct driver *driver, const char *parts, uint64_t bound, struct error *error)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char bytes[256];
	int err;

	go_watch__set_bound(&driver->watch, bound);
	err = go_watch__attach(&driver->watch, parse_parts(parts), error);
	if (!err && strstr(parts, "looks"))
		err = go_look__open(&driver->look, error);
	if (err)
		return err;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int ready = poll(&input, 1, DRAIN_MS);

		drain__consume(driver->drain);
		if (ready <= 0)
			continue;
		if (read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0)
			break;
		say_counters(driver);
	}
	go_watch__detach(&driver->watch, UINT32_MAX);
	go_look__shut(&driver->look);
	go_look__unlink(&driver->look);
	say_counters(driver);
	return 0;
}

static int flap(struct driver *driver, long rounds, struct error *error)
{
	int err = 0;

	for (long i = 0; i < rounds && !err; i++) {
		err = go_watch__attach(&driver->watch, go_watch__usable(&driver->watch), error);
		err = err ?: go_look__open(&driver->look, error);
		drain__consume(driver->drain);
		go_look__shut(&driver->look);
		go_look__unlink(&driver->look);
		go_watch__detach(&driver->watch, UINT32_MAX);
	}
	say_counters(driver);
	return err;
}

/* Like the placement of go_watch.c, for any function. */
static void say_place(struct driver *driver, const char *name)
{
	struct go_place place = {0};
	struct go_function function;
	uint8_t *code = NULL;

	if (go_program__find(driver->program, name, &function)) {
		snprintf(place.reason, sizeof(place.reason), "absent");
	} else if (function.bytes <= GO_PLACE_CODE_MAX && (code = malloc(function.bytes)) &&
		   !go_program__read(driver->program, function.vaddr, code, function.bytes)) {
		go_place__find(code, function.bytes, function.vaddr, &place);
	}
	free(code);
	say(json_pack("{s:s s:b s:i s:b s:s s:s}", "function", name, "usable", place.usable,
		      "delta", (int)place.delta, "at_check", place.at_check, "instruction",
		      place.instruction, "reason", place.reason));
}

int main(int argc, char **argv)
{
	struct driver driver = {.fd = -1};
	struct error error = {0};
	int err;

	if (argc >= 3 && !strcmp(argv[1], "places")) {
		err = open_program(&driver, argv[2], &error);
		for (int i = 3; i < argc && !err; i++)
			say_place(&driver, argv[i]);
	} else if (argc >= 5 && !strcmp(argv[1], "watch")) {
		err = open_target(&driver, argv[2], argc > 5 ? argv[5] : NULL, &error);
		err = err ?: watch(&driver, argv[3], strtoul(argv[4], NULL, 10), &error);
	} else if (argc >= 4 && !strcmp(argv[1], "flap")) {
		err = open_target(&driver, argv[2], argc > 4 ? argv[4] : NULL, &error);
		err = err ?: flap(&driver, strtol(argv[3], NULL, 10), &error);
	} else {
		return 2;
	}
	if (err) {
		errno = -err;
		die(argv[1], &error);
	}
	close_driver(&driver);
	return err ? 1 : 0;
}
