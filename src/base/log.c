// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

static enum log_level current = LOG_LEVEL_WARN;

void log__set_level(enum log_level level)
{
	current = level;
}

enum log_level log__level(void)
{
	return current;
}

void log__write(enum log_level level, const char *component, const char *fmt, ...)
{
	char line[1024];
	va_list args;

	if (level > current)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	fprintf(stderr, "heapbeat: %s: %s\n", component, line);
}
