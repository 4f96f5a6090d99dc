// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/markdown.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define FENCE_LEAST 3

/* A dot or colon makes a link of "www." and of "scheme:". */
static bool makes_a_link(const char *s, const char *at)
{
	if (*at == '.')
		return at - s >= 3 && !strncasecmp(at - 3, "www", 3);
	return *at == ':' && at[1] == '/';
}

void markdown__text(struct text *text, const char *s)
{
	for (const char *at = s; *at; at++) {
		if (*at == '\n' || *at == '\r' || *at == '\t')
			text__add(text, " ");
		else if (*at == '@' || *at == '#')
			/* a mention or a reference is looked for in text as it shows, so the rest of
			 * it must be another piece of text */
			text__add(text, "<span>&#%d;</span>", *at);
		else if (strchr("&<>`*_[]\\|~$", *at) || makes_a_link(s, at))
			text__add(text, "&#%d;", *at);
		else
			text__append(text, at, 1);
	}
}

void markdown__name(struct text *text, const char *s)
{
	text__add(text, "<code>");
	markdown__text(text, s);
	text__add(text, "</code>");
}

static size_t longest_fence(const char *code)
{
	size_t longest = 0;

	for (const char *at = strchr(code, '`'); at; at = strchr(at, '`')) {
		size_t len = strspn(at, "`");

		longest = len > longest ? len : longest;
		at += len;
	}
	return longest;
}

void markdown__block(struct text *text, const char *language, const char *code)
{
	size_t fence = longest_fence(code) + 1, len = strlen(code);

	if (fence < FENCE_LEAST)
		fence = FENCE_LEAST;
	for (size_t i = 0; i < fence; i++)
		text__append(text, "`", 1);
	text__add(text, "%s\n%s%s", language, code, len && code[len - 1] == '\n' ? "" : "\n");
	for (size_t i = 0; i < fence; i++)
		text__append(text, "`", 1);
	text__add(text, "\n");
}
