// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "top/top_fit.h"
#include "base/banned.h"

#define HANG	    2
#define COLUMNS_MIN 16 /* for text, whatever the indent */

void page__release(struct page *page)
{
	for (size_t i = 0; i < page->cnt; i++)
		free(page->items[i].text);
	free(page->items);
	*page = (struct page){0};
}

/* Takes @text over. */
static void add(struct page *page, struct page_paragraph paragraph)
{
	if (!paragraph.text || page->cnt == PAGE_PARAGRAPHS_MAX || vec__add(page, paragraph))
		free(paragraph.text);
}

void page__add(struct page *page, enum page_style style, unsigned int indent, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	add(page, (struct page_paragraph){text, style, indent, HANG});
}

void page__add_item(struct page *page, unsigned int indent, unsigned int columns, const char *term,
		    const char *fmt, ...)
{
	struct text text = {0};
	char *rest = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&rest, fmt, args) < 0)
		rest = NULL;
	va_end(args);
	fit__pad(&text, term, columns, 0);
	text__add(&text, " %s", rest ? rest : "");
	free(rest);
	add(page, (struct page_paragraph){text.data, PAGE_PLAIN, indent, columns + 1});
}

void page__add_text(struct page *page, enum page_style style, unsigned int indent, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n"), lead = strspn(text, " ");
		unsigned int indent_more;

		lead = lead < len ? lead : len;
		indent_more = (unsigned int)(lead < COLUMNS_MIN ? lead : COLUMNS_MIN);
		add(page, (struct page_paragraph){strndup(text + lead, len - lead), style,
						  indent + indent_more, HANG});
		text += len + (text[len] == '\n');
	}
}

static void add_line(struct page_lines *lines, enum page_style style, size_t indent,
		     const char *from, size_t len, size_t columns)
{
	struct text text = {0};
	char *piece = strndup(from, len);

	fit__pad(&text, "", indent, 0);
	fit__cut(&text, piece ? piece : "", columns);
	free(piece);
	text__append(&text, "", 0);
	if (text__failed(&text) || lines->cnt == PAGE_LINES_MAX ||
	    vec__add(lines, (struct page_line){text.data, style}))
		text__release(&text);
}

static void break_one(const struct page_paragraph *paragraph, size_t columns,
		      struct page_lines *lines)
{
	size_t most = columns > COLUMNS_MIN ? columns - COLUMNS_MIN : 0;
	size_t indent = paragraph->indent < most ? paragraph->indent : most;
	const char *at = paragraph->text;

	do {
		size_t room = columns > indent ? columns - indent : 1;
		size_t len = fit__break(at, room), keep = len;

		while (keep && at[keep - 1] == ' ' && at[len])
			keep--;
		add_line(lines, paragraph->style, indent, at, keep, room);
		if (at == paragraph->text && indent + paragraph->hang < most)
			indent += paragraph->hang;
		at += len;
	} while (*at);
}

void page__break(const struct page *page, size_t columns, struct page_lines *ret_lines)
{
	*ret_lines = (struct page_lines){0};
	for (size_t i = 0; i < page->cnt; i++)
		break_one(&page->items[i], columns, ret_lines);
}

void page_lines__release(struct page_lines *lines)
{
	for (size_t i = 0; i < lines->cnt; i++)
		free(lines->items[i].text);
	free(lines->items);
	*lines = (struct page_lines){0};
}
