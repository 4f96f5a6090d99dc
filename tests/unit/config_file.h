/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration file of a test's own, in a folder of its own. */
#ifndef HB_TEST_CONFIG_FILE_H
#define HB_TEST_CONFIG_FILE_H

#define SCRATCH_NAME "c.yml"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
