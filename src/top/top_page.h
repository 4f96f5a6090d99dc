/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of text: paragraphs that are broken into lines once the width is known. Pure; hostile
 * characters are made harmless when it is broken (top_fit.h).
 */
#ifndef HB_TOP_PAGE_H
#define HB_TOP_PAGE_H

#include <stddef.h>

#include "base/text.h"

enum page_style { PAGE_PLAIN, PAGE_HEADING, PAGE_DIM, PAGE_WARN };

struct page_paragraph {
	char *text;
	enum page_style style;
	unsigned int indent; /* of every line */
	unsigned int hang;   /* of those after the first, beyond it */
};

struct page {
	struct page_paragraph *items;
	size_t cnt, cap;
};

struct page_line {
	char *text;
	enum page_style style;
};

struct page_lines {
	struct page_line *items;
	size_t cnt, cap;
};

#define PAGE_PARAGRAPHS_MAX 4096
#define PAGE_LINES_MAX	    20000

void page__release(struct page *page);
/* Append a paragraph; "" is an empty line. What does not fit in memory or the bound is left out. */
void page__add(struct page *page, enum page_style style, unsigned int indent, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A term, filled up to @columns, and what there is to say of it. */
void page__add_item(struct page *page, unsigned int indent, unsigned int columns, const char *term,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* As page__add for text with line breaks: a paragraph each. */
void page__add_text(struct page *page, enum page_style style, unsigned int indent,
		    const char *text);
/* Break into lines of at most @columns. */
void page__break(const struct page *page, size_t columns, struct page_lines *ret_lines);
void page_lines__release(struct page_lines *lines);

#endif
