/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text into HTML. Everything that a watched process can choose goes through html__text. */
#ifndef HB_WEB_HTML_H
#define HB_WEB_HTML_H

#include <stdio.h>

/* Escaped for text and for quoted attributes; made printable first. NULL is "". */
void html__text(FILE *out, const char *text);

/* Up to <main>; @title is ours. */
void html__begin(FILE *out, const char *title);
void html__end(FILE *out);

#endif
