// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/mute.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "advice/rule.h"
#include "symbol/wrapper.h"

#include "base/banned.h"

#define PATTERN_BYTES 512
#define ID_DIGITS     6

struct pattern {
	char rule[PATTERN_BYTES]; /* or an id */
	const char *function;	  /* within @rule's bytes; NULL: any */
};

/* The pattern at @at, up to its comma; behind it in *ret_next, NULL at the end. False if it is too
 * long to be one. */
static bool parse(const char *at, struct pattern *pattern, const char **ret_next)
{
	size_t len = strcspn(at, ",");
	char *colon;

	*ret_next = at[len] ? at + len + 1 : NULL;
	if (!len || len >= sizeof(pattern->rule))
		return false;
	memcpy(pattern->rule, at, len);
	pattern->rule[len] = 0;
	colon = strchr(pattern->rule, ':');
	pattern->function = colon ? colon + 1 : NULL;
	if (colon)
		*colon = 0;
	return true;
}

static bool is_id(const struct pattern *pattern)
{
	const char *digits = pattern->rule + 3;

	if (strncmp(pattern->rule, "HB-", 3) || strlen(digits) != ID_DIGITS || pattern->function)
		return false;
	for (; *digits; digits++)
		if (!isxdigit((unsigned char)*digits) || isupper((unsigned char)*digits))
			return false;
	return true;
}

static bool names_a_rule(const struct pattern *pattern)
{
	if (pattern->function && !*pattern->function)
		return false;
	for (size_t i = 0; i < rule_cnt; i++)
		if (!fnmatch(pattern->rule, rules[i]->id, 0))
			return true;
	return false;
}

int mute__check(const char *patterns)
{
	struct pattern pattern;

	do {
		if (!parse(patterns, &pattern, &patterns) ||
		    (!is_id(&pattern) && !names_a_rule(&pattern)))
			return -EINVAL;
	} while (patterns);
	return 0;
}

/* As the source names it, or without what a rebuild may change. */
static bool matches_function(const char *pattern, const struct advice *advice)
{
	char name[256];

	if (!advice->site || !advice->site->function)
		return false;
	return !fnmatch(pattern, advice->site->function, 0) ||
	       !fnmatch(pattern, wrapper__plain_name(name, sizeof(name), advice->site->function),
			0);
}

bool mute__matches(const char *patterns, const struct advice *advice)
{
	struct pattern pattern;

	do {
		if (!parse(patterns, &pattern, &patterns))
			continue;
		if (!strcmp(pattern.rule, advice->id))
			return true;
		if (fnmatch(pattern.rule, advice->rule->id, 0))
			continue;
		if (!pattern.function || matches_function(pattern.function, advice))
			return true;
	} while (patterns);
	return false;
}

void mute__apply(struct advice_list *list, const char *const *patterns, size_t cnt)
{
	for (size_t i = 0; i < list->cnt; i++)
		for (size_t j = 0; j < cnt; j++)
			if (mute__matches(patterns[j], &list->items[i]))
				list->items[i].state = ADVICE_MUTED;
}
