/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of one log line. Pure: called by log.c, and by its test. */
#ifndef HB_LOG_LINE_H
#define HB_LOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/* A message of 1 kB, each byte of which may need 6. */
#define LOG_TEXT_BYTES 1024
#define LOG_LINE_BYTES (6 * LOG_TEXT_BYTES + 256)

struct log_line {
	enum log_level level;
	const char *component;
	const char *text; /* any bytes */
	uint64_t wall_ns; /* since 1970 */
	uint64_t suppressed;
	bool journal; /* a priority instead of a time */
};

/* Render into @out with a line break at the end. The length. Never more than LOG_LINE_BYTES - 1. */
size_t log_line__render(char out[LOG_LINE_BYTES], enum log_format format,
			const struct log_line *line);

#endif
