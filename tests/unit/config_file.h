/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file of a test's own, in a folder of its own. */
#ifndef HB_TEST_CONFIG_FILE_H
#define HB_TEST_CONFIG_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64];
static char path[96];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/heapbeat-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/c.yml", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void write_bytes(const char *bytes, size_t len)
{
	FILE *file = fopen(path, "we");

	if (!file || fwrite(bytes, 1, len, file) != len || fclose(file))
		abort();
}

static inline void write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

#endif
