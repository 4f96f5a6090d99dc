// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/go_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/file.h"
#include "kernel/link.h"
#include "kernel/object.h"
#include "kernel/tasks.h"
#include "target/elf_image.h"
#include "base/banned.h"

#define CAUSE_MINOR  18 /* startCycle is told the cause */
#define REASON_MINOR 21 /* stopTheWorldWithSema is told the reason */
#define CHECK_BYTES  15 /* the longest instruction */
#define BREAKPOINT   0xcc

/* By enum hb_go_probe. */
static const struct {
	const char *function;
	uint8_t part; /* enum go_watch_part */
} probes[HB_GO_PROBE_MAX] = {
	[HB_GO_PROFILE] = {"runtime.profilealloc", GO_WATCH_SAMPLES},
	[HB_GO_REFILL] = {"runtime.(*mcache).refill", GO_WATCH_REFILLS},
	[HB_GO_LARGE] = {"runtime.(*mcache).allocLarge", GO_WATCH_REFILLS},
	[HB_GO_GC_START] = {"runtime.gcStart", GO_WATCH_CYCLES},
	[HB_GO_START_CYCLE] = {"runtime.(*gcControllerState).startCycle", GO_WATCH_CYCLES},
	[HB_GO_MARK_TERMINATION] = {"runtime.gcMarkTermination", GO_WATCH_CYCLES},
	[HB_GO_STOP_WORLD] = {"runtime.stopTheWorldWithSema", GO_WATCH_CYCLES},
	[HB_GO_START_WORLD] = {"runtime.startTheWorldWithSema", GO_WATCH_CYCLES},
};

/* gcStart says the cause only where startCycle does not. */
static bool is_wanted(const struct go_watch *watch, int probe)
{
	return probe != HB_GO_GC_START || watch->minor < CAUSE_MINOR;
}

static void refuse(struct go_place *place, const char *reason)
{
	place->usable = false;
	snprintf(place->reason, sizeof(place->reason), "%s", reason);
}

static bool is_executable(const struct elf_image *image, uint64_t offset)
{
	const struct elf_header *header = elf_image__header(image);

	for (size_t i = 0; i < header->segment_cnt; i++) {
		const struct elf_segment *segment = &header->segments[i];

		if (offset >= segment->offset && offset - segment->offset < segment->file_bytes)
			return segment->executable;
	}
	return false;
}

/*
 * The place must be where the link will put it, and what runs must be what was decoded: the bytes at
 * its file offset, and those in the process, which a packer or another tracer may have changed. A
 * breakpoint of somebody else is fine.
 */
static void check_place(struct go_watch *watch, int probe, uint64_t bias,
			const struct elf_image *image, const uint8_t *code, size_t bytes)
{
	struct go_place *place = &watch->places[probe];
	uint8_t file[CHECK_BYTES], live[CHECK_BYTES];

	bytes = bytes < CHECK_BYTES ? bytes : CHECK_BYTES;
	if (elf_image__file_offset(image, place->probe_vaddr, bytes, &watch->offsets[probe]) ||
	    !is_executable(image, watch->offsets[probe])) {
		refuse(place, "the probe's address lies in no code of the file");
		return;
	}
	if (pread(watch->fd, file, bytes, (off_t)watch->offsets[probe]) != (ssize_t)bytes ||
	    memcmp(file, code, bytes)) {
		refuse(place, "the file changed while it was read");
		return;
	}
	if (file__read_memory(watch->pid, place->probe_vaddr + bias, live, bytes)) {
		refuse(place, "the code cannot be read in the process");
		return;
	}
	if (live[0] == BREAKPOINT)
		live[0] = file[0];
	if (memcmp(file, live, bytes))
		refuse(place, "the code in the process is not the file's");
}

static int find_place(struct go_watch *watch, int probe, uint64_t bias, struct go_program *program)
{
	struct go_place *place = &watch->places[probe];
	struct go_function function;
	uint8_t *code;

	if (go_program__find(program, probes[probe].function, &function)) {
		refuse(place, "this program does not have it");
		return 0;
	}
	place->function_vaddr = function.vaddr;
	if (!function.bytes || function.bytes > GO_PLACE_CODE_MAX) {
		refuse(place, "its length is not sound");
		return 0;
	}
	code = malloc(function.bytes);
	if (!code)
		return -ENOMEM;
	if (go_program__read(program, function.vaddr, code, function.bytes)) {
		refuse(place, "its code cannot be read from the file");
	} else {
		go_place__find(code, function.bytes, function.vaddr, place);
		if (place->usable)
			check_place(watch, probe, bias, go_program__image(program),
				    code + place->delta, function.bytes - place->delta);
	}
	free(code);
	return 0;
}

static int fill_slot(struct go_watch *watch, uint32_t image)
{
	struct hb_task_row row;
	int err = tasks__row(watch->object, watch->pid, &row);

	err = err ?: object__clear_go(watch->object, watch->slot);
	if (err)
		return err;
	memset((void *)object__go_counters(watch->object, watch->slot), 0,
	       sizeof(struct hb_go_counters));
	*object__go_config(watch->object, watch->slot) = (struct hb_go_config){
		.tgid = (uint32_t)watch->pid,
		.image = image,
		.exec_id = row.exec_id,
		.samples_per_s = GO_WATCH_SAMPLES_PER_S,
	};
	return 0;
}

int go_watch__find(struct go_watch *watch, pid_t pid, int fd, uint64_t bias,
		   struct go_program *program, struct error *error)
{
	int err = 0;

	*watch = (struct go_watch){
		.pid = pid,
		.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3),
		.minor = go_program__minor(program),
	};
	if (watch->fd < 0)
		err = -errno;
	for (int i = 0; i < HB_GO_PROBE_MAX && !err; i++)
		if (is_wanted(watch, i))
			err = find_place(watch, i, bias, program);
	if (!err)
		return 0;
	go_watch__release(watch);
	return error__set(error, EXIT_RUNTIME, err, "cannot watch the Go runtime of process %d: %s",
			  pid, strerror(-err));
}

int go_watch__init(struct go_watch *watch, struct object *object, size_t slot, uint32_t image,
		   const struct cost_table *costs, struct error *error)
{
	int err;

	watch->object = object;
	watch->slot = slot;
	watch->costs = costs;
	err = fill_slot(watch, image);
	if (!err)
		return 0;
	watch->object = NULL;
	return error__set(error, EXIT_RUNTIME, err, "cannot watch the Go runtime of process %d: %s",
			  watch->pid, strerror(-err));
}

void go_watch__release(struct go_watch *watch)
{
	if (!watch->pid)
		return;
	go_watch__detach(watch, UINT32_MAX);
	if (watch->fd >= 0)
		close(watch->fd);
	*watch = (struct go_watch){.fd = -1};
}

static uint64_t cookie(const struct go_watch *watch, int probe)
{
	uint64_t flags = HB_COOKIE_NO_RETURN;

	if (watch->places[probe].at_check)
		flags |= HB_COOKIE_AT_CHECK;
	if (probe == HB_GO_START_CYCLE && watch->minor >= CAUSE_MINOR)
		flags |= HB_COOKIE_CAUSE;
	if (probe == HB_GO_STOP_WORLD && watch->minor >= REASON_MINOR)
		flags |= HB_COOKIE_REASON;
	return (uint64_t)watch->slot | (uint64_t)probe << HB_COOKIE_FUNC_SHIFT |
	       flags << HB_COOKIE_FLAGS_SHIFT;
}

/* Link one part: all of its probes or none. */
static int attach_part(struct go_watch *watch, int part, struct error *error)
{
	enum object_program program =
		1 << part == GO_WATCH_CYCLES ? PROGRAM_GO_GC : PROGRAM_GO_SAMPLE;
	struct probe_point points[HB_GO_PROBE_MAX];
	size_t cnt = 0;

	for (int i = 0; i < HB_GO_PROBE_MAX; i++) {
		if (probes[i].part != 1 << part || !is_wanted(watch, i))
			continue;
		if (!watch->places[i].usable)
			return error__set(error, EXIT_REFUSED, -ENOTSUP,
					  "process %d: '%s' cannot be probed: %s", watch->pid,
					  probes[i].function, watch->places[i].reason);
		points[cnt++] = (struct probe_point){
			.fd = watch->fd, .offset = watch->offsets[i], .cookie = cookie(watch, i)};
	}
	watch->links[part] =
		link_set__new_entries(watch->object, program, watch->pid, points, cnt, error);
	if (!watch->links[part])
		return -errno;
	watch->linked[part] = (uint32_t)cnt;
	return 0;
}

int go_watch__attach(struct go_watch *watch, uint32_t parts, struct error *error)
{
	int err = 0;

	for (int part = 0; part < GO_WATCH_PARTS && !err; part++)
		if (parts & 1U << part && !watch->links[part])
			err = attach_part(watch, part, error);
	return err;
}

void go_watch__detach(struct go_watch *watch, uint32_t parts)
{
	for (int part = 0; part < GO_WATCH_PARTS; part++) {
		if (!(parts & 1U << part))
			continue;
		link_set__free(watch->links[part]);
		watch->links[part] = NULL;
		watch->linked[part] = 0;
	}
}

uint32_t go_watch__attached(const struct go_watch *watch)
{
	uint32_t parts = 0;

	for (int part = 0; part < GO_WATCH_PARTS; part++)
		parts |= watch->links[part] ? 1U << part : 0;
	return parts;
}

uint32_t go_watch__usable(const struct go_watch *watch)
{
	uint32_t parts = (1U << GO_WATCH_PARTS) - 1;

	for (int i = 0; i < HB_GO_PROBE_MAX; i++)
		if (is_wanted(watch, i) && !watch->places[i].usable)
			parts &= ~(uint32_t)probes[i].part;
	return parts;
}

size_t go_watch__linked_cnt(const struct go_watch *watch)
{
	size_t cnt = 0;

	for (int part = 0; part < GO_WATCH_PARTS; part++)
		cnt += watch->linked[part];
	return cnt;
}

size_t go_watch__unusable_cnt(const struct go_watch *watch)
{
	size_t cnt = 0;

	for (int i = 0; i < HB_GO_PROBE_MAX; i++)
		cnt += is_wanted(watch, i) && !watch->places[i].usable;
	return cnt;
}

char *go_watch__coverage(const struct go_watch *watch, char *text, size_t bytes)
{
	size_t at = 0;

	text[0] = 0;
	for (int i = 0; i < HB_GO_PROBE_MAX && at < bytes; i++) {
		if (!is_wanted(watch, i) || watch->places[i].usable)
			continue;
		at += (size_t)snprintf(text + at, bytes - at, "%s%s cannot be probed: %s",
				       at ? "; " : "", probes[i].function, watch->places[i].reason);
	}
	return text;
}

void go_watch__set_bound(struct go_watch *watch, uint64_t samples_per_s)
{
	__atomic_store_n(&object__go_config(watch->object, watch->slot)->samples_per_s,
			 samples_per_s, __ATOMIC_RELAXED);
}

void go_watch__read(const struct go_watch *watch, struct hb_go_counters *ret)
{
	memcpy(ret, (const void *)object__go_counters(watch->object, watch->slot), sizeof(*ret));
}

uint64_t go_watch__charged_ns(const struct go_watch *watch)
{
	struct hb_go_counters now;

	go_watch__read(watch, &now);
	return (uint64_t)cost__charge_go(watch->costs, &now);
}
