// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_coverage.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void go_coverage__add(struct go_coverage *coverage, const char *fmt, ...)
{
	size_t len = strlen(coverage->text);
	char reason[GO_COVERAGE_BYTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (!strstr(coverage->text, reason))
		snprintf(coverage->text + len, sizeof(coverage->text) - len, "%s%s",
			 len ? "; " : "", reason);
}
