/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences and sketches on a page of fixed width, for the text writers of export/. */
#ifndef HB_WRAPPED_H
#define HB_WRAPPED_H

#include <stddef.h>
#include <stdio.h>

/* Print @words, the cursor standing at column @indent, broken at blanks so that lines end before
 * @width, below a hanging indent. Ends the line. */
void wrapped__print(FILE *file, const char *words, size_t indent, size_t width);
/* Print each line of @code behind @indent blanks. */
void wrapped__code(FILE *file, const char *code, size_t indent);

#endif
