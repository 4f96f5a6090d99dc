// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/go_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/link.h"
#include "kernel/object.h"
#include "kernel/tasks.h"
#include "probe/go_point.h"
#include "base/banned.h"

#define CAUSE_MINOR  18 /* startCycle is told the cause */
#define REASON_MINOR 21 /* stopTheWorldWithSema is told the reason */

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
	struct go_point_source source = {.pid = pid, .bias = bias, .program = program};
	int err = 0;

	*watch = (struct go_watch){
		.pid = pid,
		.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3),
		.minor = go_program__minor(program),
	};
	if (watch->fd < 0)
		err = -errno;
	source.fd = watch->fd;
	for (int i = 0; i < HB_GO_PROBE_MAX && !err; i++)
		if (is_wanted(watch, i))
			err = go_point__find_name(&source, probes[i].function, &watch->places[i],
						  &watch->offsets[i]);
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
