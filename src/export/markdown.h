/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that shows as it is in Markdown as pull requests have it, whoever chose it: no emphasis, HTML,
 * table cell, link, mention or reference comes of it. Pure.
 */
#ifndef HB_MARKDOWN_H
#define HB_MARKDOWN_H

#include "base/text.h"

/* Append @s on one line: what could be markup becomes a character reference. */
void markdown__text(struct text *text, const char *s);
/* Append @s as code within a line, for names: <code>s</code>. */
void markdown__name(struct text *text, const char *s);
/* Append @code as a block; @language may be "". Its fence is longer than any that @code has. */
void markdown__block(struct text *text, const char *language, const char *code);

#endif
