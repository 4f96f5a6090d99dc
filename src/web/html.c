// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/html.h"

#include "export/human.h"

#include "base/banned.h"

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html__text(FILE *out, const char *text)
{
	char clean[NAME_BYTES];

	for (const char *c = human__name(clean, sizeof(clean), text); *c; c++) {
		const char *name = entity(*c);

		if (name)
			fputs(name, out);
		else
			fputc(*c, out);
	}
}

void html__begin(FILE *out, const char *title)
{
	fprintf(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s</title>\n"
		"<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
		"<a class=\"skip\" href=\"#main\">Skip to content</a>\n"
		"<header><a href=\"/\">heapbeat</a> <span>%s</span></header>\n"
		"<main id=\"main\">\n",
		title, HEAPBEAT_VERSION);
}

void html__end(FILE *out)
{
	fputs("</main>\n</body>\n</html>\n", out);
}
