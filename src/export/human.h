/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and names as people read them, for the text writers of export/. Pure. */
#ifndef HB_HUMAN_H
#define HB_HUMAN_H

#include <stddef.h>

#include "advice/advice.h"
#include "model/view.h"

#define HUMAN_BYTES 64	/* of a buffer that every function below fits into */
#define NAME_BYTES  512 /* of a buffer for a printable name: longer names are cut */

/* @value with its unit, three significant digits: "98.1 MB/s", "12.3k", "62 %"; "-" if not finite.
 * Bytes are decimal (1 MB = 10^6). Returns @dst (HUMAN_BYTES). */
char *human__value(char *dst, enum advice_unit unit, double value);

/* The value of @figure, ">=" before a lower bound; "-" if unknown. Returns @dst. */
char *human__figure(char *dst, enum advice_unit unit, const struct figure *figure);

/* "98.1 MB/s +- 1.2 MB/s": with its standard error unless exact. Returns @dst (2 * HUMAN_BYTES). */
char *human__with_error(char *dst, enum advice_unit unit, const struct figure *figure);

/* "98.1 MB/s (96 MB/s to 100 MB/s)": with its 95 % interval. Returns @dst (3 * HUMAN_BYTES). */
char *human__with_interval(char *dst, enum advice_unit unit, const struct figure *figure);

/* Standard error as a share of the value: "3 %", "exact", "-". Returns @dst (HUMAN_BYTES). */
char *human__relative_error(char *dst, const struct figure *figure);

/*
 * Copy @src, which a watched process may have chosen, to @dst (at most @size bytes with NUL) so that
 * it is valid UTF-8 and cannot move the cursor, colour the terminal or reverse the line: C0 and C1
 * controls, bidirectional controls and invalid bytes are replaced. NULL becomes "". Returns @dst.
 */
char *human__name(char *dst, size_t size, const char *src);
/* As human__name, without the folders of a Go function's import path: net/http.(*conn).serve becomes
 * http.(*conn).serve. */
char *human__function(char *dst, size_t size, const char *function);

/* Columns that the UTF-8 string @s takes, one a character. */
size_t human__width(const char *s);

/* Cut the UTF-8 string @s in place to @columns, with "..." for what is gone. Returns @s. */
char *human__cut(char *s, size_t columns);

#endif
