// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/html_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/moments.h"
#include "export/html_report.h"
#include "base/banned.h"

static int refuse(struct error *error, const char *path, int err)
{
	return error__set(error, EXIT_RUNTIME, err, "cannot write '%s': %s", path, strerror(-err));
}

/* A pipe or a device is written to, never replaced. */
static bool is_special(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

static int open_beside(struct html_file *html)
{
	if (asprintf(&html->beside, "%s.XXXXXX", html->path) < 0) {
		html->beside = NULL;
		errno = ENOMEM;
		return -1;
	}
	return mkostemp(html->beside, O_CLOEXEC);
}

int html_file__open(struct html_file *html, const char *path, struct error *error)
{
	int fd, err;

	html->path = path;
	if (!strcmp(path, "-")) {
		if (isatty(STDOUT_FILENO))
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "a page is not for a terminal: give --html a file, or a "
					  "pipe");
		html->file = stdout;
		return 0;
	}
	fd = is_special(path) ? open(path, O_WRONLY | O_CLOEXEC) : open_beside(html);
	html->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (html->file)
		return 0;
	err = -errno;
	if (fd >= 0)
		close(fd);
	html_file__release(html);
	return refuse(error, path, err);
}

static int write_report(FILE *file, struct replay *replay)
{
	struct html_report report = {.view = replay->view, .names = &replay->names};
	struct advice_list *advice = advice__evaluate(replay->view);
	int err = advice ? 0 : -ENOMEM;

	report.advice = advice;
	if (!err && replay->moments) {
		err = replay__fold_moments(replay);
		report.moments = (const struct view *const *)replay->moments->views;
		report.moment_cnt = replay->moments->cnt;
	}
	err = err ? err : html_report__write(file, &report);
	advice_list__free(advice);
	return err;
}

int html_file__write(struct html_file *html, struct replay *replay, struct error *error)
{
	int err = write_report(html->file, replay);

	if (!err && fflush(html->file))
		err = -errno;
	if (!err && html->beside && rename(html->beside, html->path))
		err = -errno;
	if (err)
		return refuse(error, html->path, err);
	free(html->beside);
	html->beside = NULL;
	return 0;
}

void html_file__release(struct html_file *html)
{
	if (html->beside)
		unlink(html->beside);
	free(html->beside);
	if (html->file && html->file != stdout)
		fclose(html->file);
	*html = (struct html_file){0};
}
