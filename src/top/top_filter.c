// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_filter.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

void top_filter__release(struct top_filter *filter)
{
	if (filter->is_regex)
		regfree(&filter->regex);
	filter->is_regex = false;
	filter->pattern[0] = 0;
}

void top_filter__set(struct top_filter *filter, const char *pattern)
{
	top_filter__release(filter);
	snprintf(filter->pattern, sizeof(filter->pattern), "%s", pattern);
	filter->is_regex = *filter->pattern && !regcomp(&filter->regex, filter->pattern,
							REG_EXTENDED | REG_ICASE | REG_NOSUB);
}

bool top_filter__passes(const struct top_filter *filter, const char *s)
{
	if (!*filter->pattern)
		return true;
	if (filter->is_regex && !regexec(&filter->regex, s, 0, NULL, 0))
		return true;
	/* "operator new[" is no expression, "a+b" one that does not match itself. */
	return strcasestr(s, filter->pattern) != NULL;
}
