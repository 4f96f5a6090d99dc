/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tells one version of a file from the next, replaced by rename or written in place. */
#ifndef HB_WEB_FILE_MARK_H
#define HB_WEB_FILE_MARK_H

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

struct file_mark {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* All zero where there is no file. */
static inline void file_mark__take(struct file_mark *mark, const char *path)
{
	struct stat st;

	memset(mark, 0, sizeof(*mark));
	if (stat(path, &st))
		return;
	mark->dev = st.st_dev;
	mark->ino = st.st_ino;
	mark->size = st.st_size;
	mark->mtime = st.st_mtim;
}

static inline bool file_mark__is_same(const struct file_mark *a, const struct file_mark *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

#endif
