// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/go_mbuckets.h"
#include "collect/go_coverage.h"
#include "collect/go_figures.h"
#include "collect/go_allgs.h"
#include "collect/go_live.h"

#include "base/banned.h"

#define RATE_MAX (1ULL << 40) /* a larger one was no rate but a pointer */

struct go_reader {
	struct go_process process;
	struct go_mbuckets *buckets;
	struct go_allgs *goroutines;
	struct go_coverage coverage;
	uint32_t parts;
	uint64_t cycles_seen, forced_seen;
	struct go_totals totals_seen; /* cumulative counts never fall */
	uint64_t goroutines_seen;     /* the last time they were counted */
};

void go_reading__free(struct go_reading *reading)
{
	if (!reading)
		return;
	for (size_t i = 0; i < reading->bucket_cnt; i++)
		free(reading->buckets[i].frames);
	free(reading->buckets);
	free(reading->counts);
	free(reading->classes);
	free(reading->goroutines);
	free(reading->cycles);
	free(reading);
}

void go_reader__free(struct go_reader *reader)
{
	if (!reader)
		return;
	go_mbuckets__free(reader->buckets);
	go_allgs__free(reader->goroutines);
	memory__free(reader->process.memory);
	go_program__free(reader->process.program);
	free(reader);
}

static void add_bias(struct go_addresses *at, uint64_t bias)
{
	uint64_t *const addresses[] = {&at->buckets, &at->profile_rate, &at->controller,
				       &at->stats,   &at->allgs,	&at->procs};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		if (*addresses[i])
			*addresses[i] += bias;
	for (unsigned i = 0; i < at->pause_cnt; i++)
		at->pauses[i] += bias;
}

static const char *name_of(const struct go_reader *reader)
{
	const char *version = go_program__version(reader->process.program);

	return *version ? version : "of an unknown version of Go";
}

/* The pauses are at the first of the candidates whose rings are sound. */
static int choose_pauses(struct go_process *process, struct go_figures *figures)
{
	uint64_t candidates[GO_PAUSES_MAX];
	unsigned cnt = process->at.pause_cnt;

	memcpy(candidates, process->at.pauses, sizeof(candidates));
	process->at.pause_cnt = cnt ? 1 : 0;
	for (unsigned i = 0; i < cnt; i++) {
		int err;

		process->at.pauses[0] = candidates[i];
		err = go_figures__read(process, figures);
		if (err || figures->has_pauses)
			return err;
	}
	process->at.pause_cnt = 0;
	return go_figures__read(process, figures);
}

/* Two independent accounts of one thing: the pacer's and the statistics' memory in use. */
static bool is_pacer_sound(const struct go_figures *figures)
{
	const struct go_pacer *pacer = &figures->pacer;
	uint64_t in_heap = figures->totals.in_heap, off;

	if (pacer->gogc < -1 || (pacer->has_limit && pacer->limit > INT64_MAX))
		return false;
	if (!figures->has_totals)
		return true;
	if (pacer->marked > in_heap + (in_heap >> 1) + (64U << 20))
		return false;
	if (!pacer->has_limit)
		return true;
	off = pacer->in_use > in_heap ? pacer->in_use - in_heap : in_heap - pacer->in_use;
	/* They are updated apart, while spans come and go. */
	return off <= (in_heap >> 2) + (64U << 20);
}

static int check_figures(struct go_reader *reader)
{
	struct go_process *process = &reader->process;
	struct go_figures figures;
	int err;

	if (!process->at.live_at) {
		process->at.live_at = process->layout->live_at;
		process->at.marked_at = process->layout->marked_at;
	}
	if (!process->layout->live_at && process->at.marked_at != process->at.live_at + 48)
		process->at.live_at = 0;
	err = choose_pauses(process, &figures);
	if (err)
		return err;
	if (figures.has_pacer && !is_pacer_sound(&figures)) {
		process->at.live_at = 0;
		figures.has_pacer = false;
	}
	if (figures.has_totals)
		reader->parts |= GO_PART_CLASSES;
	else
		go_coverage__add(&reader->coverage, "heap statistics: layout unknown: %s",
				 name_of(reader));
	if (figures.has_totals && figures.has_pacer)
		reader->parts |= GO_PART_STATE;
	if (!figures.has_pacer)
		go_coverage__add(&reader->coverage, "GC state: layout unknown: %s",
				 name_of(reader));
	if (figures.has_pauses)
		reader->parts |= GO_PART_CYCLES;
	else
		go_coverage__add(&reader->coverage, "GC pauses: layout unknown: %s",
				 name_of(reader));
	return 0;
}

static bool is_linked(const struct go_reader *reader, const char *name)
{
	struct go_function function;

	return !go_program__find(reader->process.program, name, &function);
}

static int check_buckets(struct go_reader *reader)
{
	struct go_process *process = &reader->process;
	uint64_t rate = 0;
	int err;

	if (!process->at.buckets || !process->at.profile_rate) {
		go_coverage__add(&reader->coverage, "heap profile: layout unknown: %s",
				 name_of(reader));
		return 0;
	}
	err = memory__read(process->memory, process->at.profile_rate, &rate, sizeof(rate));
	if (!err)
		err = go_mbuckets__check(reader->buckets);
	if (err == -ESRCH)
		return err;
	if (err || rate > RATE_MAX)
		go_coverage__add(&reader->coverage, "heap profile: layout unknown: %s",
				 name_of(reader));
	else if (rate)
		reader->parts |= GO_PART_BUCKETS;
	else if (!is_linked(reader, "runtime.MemProfile") &&
		 !is_linked(reader, "runtime.memProfileInternal"))
		go_coverage__add(&reader->coverage,
				 "heap profile: off, as nothing in the program "
				 "can read it (runtime.MemProfile is not linked)");
	else
		go_coverage__add(&reader->coverage, "heap profile: off (MemProfileRate is 0)");
	return 0;
}

static int check_goroutines(struct go_reader *reader)
{
	int err = reader->process.at.allgs ? go_allgs__check(reader->goroutines) : -EINVAL;

	if (!err)
		reader->parts |= GO_PART_GOROUTINES;
	else if (err == -EINVAL)
		go_coverage__add(&reader->coverage, "goroutines: layout unknown: %s",
				 name_of(reader));
	return err == -EINVAL ? 0 : err;
}

/* What of the process's memory no figure of the runtime speaks of. */
static void name_other_heaps(struct go_reader *reader)
{
	struct go_function function;

	if (go_program__find_prefix(reader->process.program, "runtime/cgo.", &function, 1))
		go_coverage__add(&reader->coverage, "cgo: memory that C code allocates is not "
						    "in these figures");
	if (is_linked(reader, "plugin.open"))
		go_coverage__add(&reader->coverage, "plugins: their functions have no names");
}

/* Everything that can fail for a reason the user should hear. */
static int open_parts(struct go_reader *reader, pid_t pid, int fd, struct error *error)
{
	struct go_process *process = &reader->process;
	int err = go_live__bias(pid, process->memory, process->program, fd, &process->bias);

	if (err == -ENOENT)
		return error__set(error, EXIT_REFUSED, err, "process %d does not run this program",
				  (int)pid);
	if (!err) {
		go_addresses__find(process->program, &process->at);
		add_bias(&process->at, process->bias);
		err = check_goroutines(reader);
	}
	if (err == -EAGAIN)
		return error__set(error, EXIT_REFUSED, err,
				  "the Go runtime of process %d has not started yet", (int)pid);
	if (!err)
		err = check_figures(reader);
	if (!err)
		err = check_buckets(reader);
	if (err)
		return error__set(error, EXIT_REFUSED, err, "cannot read process %d: %s", (int)pid,
				  strerror(-err));
	if (!reader->parts)
		return error__set(error, EXIT_REFUSED, -ENOTSUP, "process %d: %s", (int)pid,
				  reader->coverage.text);
	name_other_heaps(reader);
	return 0;
}

static int open_program(struct go_reader *reader, pid_t pid, int fd, struct error *error)
{
	struct go_process *process = &reader->process;

	process->program = go_program__open(fd, error);
	if (!process->program)
		return errno ? -errno : -ENOEXEC;
	process->layout = go_program__layout(process->program);
	process->minor = go_program__minor(process->program);
	process->memory = memory__open(pid);
	if (!process->memory)
		return error__set(error, EXIT_REFUSED, -errno,
				  "cannot read memory of process %d: %s", (int)pid,
				  strerror(errno));
	reader->buckets = go_mbuckets__new(process);
	reader->goroutines = go_allgs__new(process);
	if (!reader->buckets || !reader->goroutines)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	return 0;
}

struct go_reader *go_reader__open(pid_t pid, int fd, struct error *error)
{
	struct go_reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (!reader) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		errno = ENOMEM;
		return NULL;
	}
	err = open_program(reader, pid, fd, error);
	if (!err)
		err = open_parts(reader, pid, fd, error);
	if (err) {
		go_reader__free(reader);
		errno = -err;
		return NULL;
	}
	return reader;
}

const char *go_reader__version(const struct go_reader *reader)
{
	return go_program__version(reader->process.program);
}

const char *go_reader__coverage(const struct go_reader *reader)
{
	return reader->coverage.text;
}

uint32_t go_reader__parts(const struct go_reader *reader)
{
	return reader->parts;
}

const uint8_t *go_reader__build_id(const struct go_reader *reader)
{
	return go_program__build_id(reader->process.program);
}

struct go_program *go_reader__program(struct go_reader *reader)
{
	return reader->process.program;
}

uint64_t go_reader__bias(const struct go_reader *reader)
{
	return reader->process.bias;
}

static int tell_classes(const struct go_totals *totals, struct go_reading *reading)
{
	reading->classes = calloc(GO_CLASSES, sizeof(*reading->classes));
	if (!reading->classes)
		return -ENOMEM;
	reading->class_cnt = go_totals__rows(totals, reading->classes);
	reading->parts |= GO_PART_CLASSES;
	return 0;
}

static int tell_cycles(struct go_reader *reader, const struct go_figures *figures,
		       struct go_reading *reading)
{
	const struct go_pauses *pauses = &figures->pauses;

	if (pauses->cycles > reader->cycles_seen) {
		reading->cycles = calloc(GO_CYCLES_MAX, sizeof(*reading->cycles));
		if (!reading->cycles)
			return -ENOMEM;
		reading->cycle_cnt = go_pauses__cycles(
			pauses, reader->cycles_seen, reader->forced_seen,
			figures->has_pacer ? figures->pacer.mark_start_ns : 0, reading->cycles);
		reader->cycles_seen = pauses->cycles;
		reader->forced_seen = pauses->forced_cycles;
	}
	reading->parts |= GO_PART_CYCLES;
	return 0;
}

static int read_figures(struct go_reader *reader, uint32_t parts, struct go_reading *reading)
{
	struct go_figures figures;
	int err = go_figures__read(&reader->process, &figures);

	if (err)
		return err;
	reading->profile_rate_bytes = figures.profile_rate_bytes;
	if (figures.has_totals) {
		go_totals__raise(&figures.totals, &reader->totals_seen);
		reader->totals_seen = figures.totals;
	}
	go_figures__state(&figures, reader->process.layout, &reading->state);
	if (figures.has_totals && figures.has_pacer && (parts & GO_PART_STATE))
		reading->parts |= GO_PART_STATE;
	if (figures.has_totals && (parts & GO_PART_CLASSES))
		err = tell_classes(&figures.totals, reading);
	if (!err && figures.has_pauses && (parts & GO_PART_CYCLES))
		err = tell_cycles(reader, &figures, reading);
	return err;
}

/* A list that cannot be read this time is no failure: its part is not in the reading. */
static int part_done(struct go_reading *reading, uint32_t part, int err)
{
	if (!err)
		reading->parts |= part;
	return err == -EINVAL ? 0 : err;
}

static int read_parts(struct go_reader *reader, uint32_t parts, struct go_reading *reading)
{
	int err = read_figures(reader, parts, reading);

	/* A program may turn its profile on late. */
	if (!err && !(reader->parts & GO_PART_BUCKETS) && reading->profile_rate_bytes &&
	    reading->profile_rate_bytes <= RATE_MAX && reader->process.at.buckets &&
	    !go_mbuckets__check(reader->buckets))
		reader->parts |= GO_PART_BUCKETS;
	if (!err && (parts & reader->parts & GO_PART_BUCKETS))
		err = part_done(reading, GO_PART_BUCKETS,
				go_mbuckets__read(reader->buckets, reading));
	if (!err && (parts & reader->parts & GO_PART_GOROUTINES))
		err = part_done(reading, GO_PART_GOROUTINES,
				go_allgs__read(reader->goroutines, reading));
	if (go_mbuckets__is_full(reader->buckets))
		go_coverage__add(&reader->coverage, "heap profile: more than %u buckets",
				 GO_BUCKETS_MAX);
	if (reading->parts & GO_PART_GOROUTINES)
		reader->goroutines_seen = reading->goroutine_total;
	reading->state.goroutines = reader->goroutines_seen;
	return err;
}

int go_reader__read(struct go_reader *reader, uint32_t parts, struct go_reading **ret_reading)
{
	struct go_reading *reading = calloc(1, sizeof(*reading));
	struct memory *memory = reader->process.memory;
	uint64_t cpu_ns = clock__thread_cpu_ns(), bytes = memory__bytes(memory);
	uint64_t calls = memory__calls(memory);
	int err;

	if (!reading)
		return -ENOMEM;
	reading->time_ns = clock__boottime_ns();
	err = read_parts(reader, parts, reading);
	/* Reads by pid could have hit another process; they did not while this address space lives. */
	if (err != -ENOMEM && !memory__is_alive(memory))
		err = -ESRCH;
	if (err) {
		go_reading__free(reading);
		return err == -ENOMEM ? err : -ESRCH;
	}
	reading->read_bytes = memory__bytes(memory) - bytes;
	reading->read_calls = memory__calls(memory) - calls;
	reading->cpu_ns = clock__thread_cpu_ns() - cpu_ns;
	*ret_reading = reading;
	return 0;
}
