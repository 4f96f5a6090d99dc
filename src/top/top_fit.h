/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of a watched process into a cell of a terminal: exactly as many columns as were asked for, by
 * wcwidth, whatever the text holds. Controls, bidirectional marks and invalid bytes become '?';
 * marks that take no column are left out, since any number of them fits into one. Pure; needs a
 * locale with UTF-8 for anything beyond ASCII (elsewhere '?'). Called by all of top/.
 */
#ifndef HB_TOP_FIT_H
#define HB_TOP_FIT_H

#include <stddef.h>

#include "base/text.h"

/* Columns that @s takes once it is made printable. */
size_t fit__width(const char *s);
/* Append @s cut to @columns, the last one '~' where something is missing. Returns columns taken. */
size_t fit__cut(struct text *text, const char *s, size_t columns);
/* The same, filled up with spaces: behind (a name) or before it (a number, @right). */
void fit__pad(struct text *text, const char *s, size_t columns, int right);
/* Bytes of @s that fit in @columns, broken behind a space where there is one; 0 at the end of @s.
 * At least one character, however small @columns is. */
size_t fit__break(const char *s, size_t columns);

#endif
