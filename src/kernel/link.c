// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/vec.h"
#include "kernel/multi.h"
#include "kernel/object.h"
#include "base/banned.h"

struct link_set {
	struct {
		int *items;
		size_t cnt, cap;
	} fds; /* in the order of closing: an entry before its return, the busiest first */
	size_t closed;
};

static int uprobe_pmu(void)
{
	FILE *file = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	int type = -ENOENT;

	if (!file)
		return -errno;
	if (fscanf(file, "%d", &type) != 1)
		type = -EINVAL;
	fclose(file);
	return type;
}

/* A perf event with one probe and a link with a cookie on it (kernel 5.15). The link holds the
 * event, so one descriptor is enough. */
static int link_perf(int program_fd, pid_t pid, const struct probe_point *point, bool returns)
{
	char path[64];
	int pmu = uprobe_pmu(), event, fd;
	union bpf_attr link = {0};
	struct perf_event_attr attr = {.size = sizeof(attr)};

	if (pmu < 0)
		return pmu;
	multi__fd_path(path, sizeof(path), point->fd);
	attr.type = (uint32_t)pmu;
	attr.config = returns; /* bit 0: return probe */
	attr.config1 = (uintptr_t)path;
	attr.config2 = point->offset;
	event = (int)syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (event < 0)
		return -errno;
	link.link_create.prog_fd = (uint32_t)program_fd;
	link.link_create.target_fd = (uint32_t)event;
	link.link_create.attach_type = BPF_PERF_EVENT;
	link.link_create.perf_event.bpf_cookie = point->cookie;
	fd = multi__link_create(&link, sizeof(link));
	close(event);
	return fd;
}

static int keep(struct link_set *set, int fd)
{
	int err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	err = vec__add(&set->fds, fd);
	if (err)
		close(fd);
	return err;
}

/* Returns are linked before entries and unlinked after them: an entry that is counted without its
 * return would leave a call open for ever. */
static int link_file(struct link_set *set, struct object *object, pid_t pid,
		     const struct probe_point *points, size_t cnt)
{
	int entry = object__program_fd(object, PROGRAM_ENTRY);
	int back = object__program_fd(object, PROGRAM_RETURN);
	int back_fd, err;

	switch (object__link(object)) {
	case LINK_SESSION:
		return keep(set, multi__link(object__program_fd(object, PROGRAM_SESSION),
					     BPF_TRACE_UPROBE_SESSION, pid, points, cnt, false));
	case LINK_MULTI:
		back_fd = multi__link(back, BPF_TRACE_UPROBE_MULTI, pid, points, cnt, true);
		if (back_fd < 0 && back_fd != -ENOENT)
			return back_fd;
		/* Kept, and so closed, in this order: the entry first. */
		err = keep(set,
			   multi__link(entry, BPF_TRACE_UPROBE_MULTI, pid, points, cnt, false));
		return keep(set, back_fd) ?: err;
	default:
		return -EINVAL;
	}
}

/* Returns are linked before entries. They are closed function by function, free and malloc first:
 * either probe alone keeps the function's breakpoint, and the busiest ones cost most. */
static int link_all_perf(struct link_set *set, struct object *object, pid_t pid,
			 const struct probe_point *points, size_t cnt)
{
	int entry = object__program_fd(object, PROGRAM_ENTRY);
	int back = object__program_fd(object, PROGRAM_RETURN);
	int *returns = calloc(cnt, sizeof(*returns));
	int err = returns ? 0 : -ENOMEM;

	for (size_t i = 0; i < cnt && !err; i++) {
		returns[i] =
			points[i].hook_return ? link_perf(back, pid, &points[i], true) : -ENOENT;
		if (returns[i] < 0 && returns[i] != -ENOENT)
			err = returns[i];
	}
	for (size_t i = 0; i < cnt && returns; i++) {
		int kept = 0;

		if (!err)
			err = keep(set, link_perf(entry, pid, &points[i], false));
		if (returns[i] > 0)
			kept = keep(set, returns[i]);
		err = err ? err : kept;
	}
	free(returns);
	return err;
}

static size_t same_file(const struct probe_point *points, size_t cnt)
{
	size_t n = 1;

	while (n < cnt && points[n].fd == points[0].fd)
		n++;
	return n;
}

static struct link_set *fail(struct link_set *set, pid_t pid, int err, struct error *error)
{
	enum exit_code code = err == -ESRCH ? EXIT_RUNTIME : EXIT_REFUSED;

	error__set(error, code, err, "cannot link the probes of process %d: %s", pid,
		   strerror(-err));
	link_set__free(set);
	errno = -err;
	return NULL;
}

struct link_set *link_set__new(struct object *object, pid_t pid, const struct probe_point *points,
			       size_t cnt, struct error *error)
{
	struct link_set *set = calloc(1, sizeof(*set));
	int err = set ? 0 : -ENOMEM;

	if (!err && object__link(object) == LINK_PERF) {
		err = link_all_perf(set, object, pid, points, cnt);
		return err ? fail(set, pid, err, error) : set;
	}
	for (size_t i = 0, n; i < cnt && !err; i += n) {
		n = same_file(points + i, cnt - i);
		err = link_file(set, object, pid, points + i, n);
	}
	return err ? fail(set, pid, err, error) : set;
}

/* One program at every entry. */
static int link_entries(struct link_set *set, int program_fd, bool perf, pid_t pid,
			const struct probe_point *points, size_t cnt)
{
	int err = 0;

	for (size_t i = 0, n; i < cnt && !err; i += n) {
		n = perf ? 1 : same_file(points + i, cnt - i);
		err = keep(set, perf ? link_perf(program_fd, pid, &points[i], false)
				     : multi__link(program_fd, BPF_TRACE_UPROBE_MULTI, pid,
						   points + i, n, false));
	}
	return err;
}

struct link_set *link_set__new_entries(struct object *object, enum object_program program,
				       pid_t pid, const struct probe_point *points, size_t cnt,
				       struct error *error)
{
	struct link_set *set = calloc(1, sizeof(*set));
	int fd = object__program_fd(object, program);
	int err = !set ? -ENOMEM : fd < 0 ? -ENOTSUP : 0;

	err = err ?: link_entries(set, fd, object__link(object) == LINK_PERF, pid, points, cnt);
	return err ? fail(set, pid, err, error) : set;
}

struct link_set *link_set__new_empty(struct object *object, pid_t pid,
				     const struct probe_point *points, size_t cnt,
				     struct error *error)
{
	struct link_set *set = calloc(1, sizeof(*set));
	int program = object__program_fd(object, PROGRAM_EMPTY), err = set ? 0 : -ENOMEM;

	err = err ?: link_entries(set, program, false, pid, points, cnt);
	return err ? fail(set, pid, err, error) : set;
}

size_t link_set__close_next(struct link_set *set)
{
	if (set->closed < set->fds.cnt)
		close(set->fds.items[set->closed++]);
	return set->fds.cnt - set->closed;
}

/* Perf links are closed one by one: the kernel serialises them, threads do not help. */
void link_set__free(struct link_set *set)
{
	if (!set)
		return;
	while (link_set__close_next(set))
		;
	free(set->fds.items);
	free(set);
}
