// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/profile_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/pprof.h"
#include "base/banned.h"

int profile_file__open(struct profile_file *profile, const char *path, struct error *error)
{
	int fd, err;

	profile->path = path;
	if (!strcmp(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "a profile is not text: give --pprof a file, or a pipe");
		profile->file = stdout;
		return 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	profile->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (profile->file)
		return 0;
	err = -errno;
	if (fd >= 0)
		close(fd);
	return error__set(error, EXIT_RUNTIME, err, "cannot write '%s': %s", path, strerror(-err));
}

int profile_file__write(struct profile_file *profile, const struct replay *replay,
			enum report_by by, struct error *error)
{
	struct pprof_source source = {.view = replay->view, .names = &replay->names};
	struct pprof_options options = {
		.kind = by == BY_LIVE ? PPROF_HEAP : PPROF_ALLOCS,
		.time_ns = replay->view->wall_ns ? replay->view->wall_ns : clock__wall_ns(),
	};
	int err = pprof__write(profile->file, &source, &options, NULL);

	if (!err && fflush(profile->file))
		err = -errno;
	if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot write '%s': %s", profile->path,
			   strerror(-err));
	return err;
}

void profile_file__release(struct profile_file *profile)
{
	if (profile->file && profile->file != stdout)
		fclose(profile->file);
	*profile = (struct profile_file){0};
}
