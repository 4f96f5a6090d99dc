// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/tasks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel/object.h"
#include "base/banned.h"

#define ROWS 512 /* read at once: 36 KB */

struct sweep {
	struct bpf_link *link;
	struct hb_task_row rows[ROWS];
};

static struct bpf_program *task_rows(struct object *object)
{
	return bpf_object__find_program_by_name(object__bpf(object), "task_rows");
}

int tasks__row(struct object *object, pid_t tgid, struct hb_task_row *ret_row)
{
	union bpf_iter_link_info info = {.task.tid = (uint32_t)tgid};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct bpf_link *link = bpf_program__attach_iter(task_rows(object), &opts);
	int fd, err = 0;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		err = fd;
	else if (read(fd, ret_row, sizeof(*ret_row)) != sizeof(*ret_row))
		err = -ESRCH;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	return err;
}

struct sweep *sweep__new(struct object *object)
{
	struct sweep *sweep = calloc(1, sizeof(*sweep));

	if (!sweep)
		return NULL;
	sweep->link = bpf_program__attach_iter(task_rows(object), NULL);
	if (!sweep->link) {
		int err = errno;

		free(sweep);
		errno = err;
		return NULL;
	}
	return sweep;
}

void sweep__free(struct sweep *sweep)
{
	if (!sweep)
		return;
	bpf_link__destroy(sweep->link);
	free(sweep);
}

long sweep__run(struct sweep *sweep, void (*handle)(void *ctx, const struct hb_task_row *row),
		void *ctx)
{
	int fd = bpf_iter_create(bpf_link__fd(sweep->link));
	size_t have = 0; /* bytes: a read may end within a row */
	ssize_t got;
	long cnt = 0;

	if (fd < 0)
		return fd;
	while ((got = read(fd, (char *)sweep->rows + have, sizeof(sweep->rows) - have)) > 0 ||
	       (got < 0 && (errno == EAGAIN || errno == EINTR))) {
		size_t rows, rest;

		have += got > 0 ? (size_t)got : 0;
		rows = have / sizeof(sweep->rows[0]);
		rest = have % sizeof(sweep->rows[0]);
		for (size_t i = 0; i < rows; i++)
			handle(ctx, &sweep->rows[i]);
		cnt += (long)rows;
		for (size_t i = 0; rows && i < rest; i++)
			((char *)sweep->rows)[i] = ((char *)&sweep->rows[rows])[i];
		have = rest;
	}
	if (got < 0)
		cnt = -errno;
	close(fd);
	return cnt;
}
