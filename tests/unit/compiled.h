/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs made at test time by the system's compiler, in a directory of their own that is removed
 * at the end. Included by tests that need real ELF files.
 */
#ifndef HB_COMPILED_H
#define HB_COMPILED_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char fixture_dir[PATH_MAX];

static inline int fixture__make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(fixture_dir, sizeof(fixture_dir), "%s/hb-unit-XXXXXX", tmp ? tmp : "/tmp");
	return mkdtemp(fixture_dir) ? 0 : -1;
}

/* Run a shell command in the fixture directory, silently. True if it succeeded. */
__attribute__((format(printf, 1, 2))) static inline bool fixture__run(const char *fmt, ...)
{
	char command[3 * PATH_MAX], text[PATH_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(command, sizeof(command), "cd '%s' && { %s ; } >log 2>&1", fixture_dir, text);
	return system(command) == 0;
}

static inline int fixture__remove_dir(void **state)
{
	(void)state;
	return fixture_dir[0] && fixture__run("cd / && rm -rf '%s'", fixture_dir) ? 0 : -1;
}

static inline const char *fixture__path(const char *name)
{
	static char path[PATH_MAX + 256];

	snprintf(path, sizeof(path), "%s/%s", fixture_dir, name);
	return path;
}

static inline bool fixture__write(const char *name, const void *bytes, size_t len)
{
	FILE *file = fopen(fixture__path(name), "w");
	bool done = file && fwrite(bytes, 1, len, file) == len;

	return file && fclose(file) == 0 && done;
}

#endif
