/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buffer in front of a FILE, for the exposition of metrics: a scrape writes some ten thousand
 * lines of pieces, which stdio would take one lock each. Errors are latched. Called by metrics.c.
 */
#ifndef HB_METRICS_OUT_H
#define HB_METRICS_OUT_H

#include <stddef.h>
#include <stdio.h>

#define METRICS_OUT_BYTES (64U << 10)
#define METRICS_LABEL_MAX 1024 /* bytes of one value of a label, before escaping */

struct metrics_out {
	FILE *file;
	size_t len;
	int err; /* 0 or -EIO */
	char data[METRICS_OUT_BYTES];
};

void metrics_out__bytes(struct metrics_out *out, const char *bytes, size_t len);
void metrics_out__text(struct metrics_out *out, const char *s);
/* A number as both formats read it: whole ones without a fraction, +Inf, 15 digits else. */
void metrics_out__number(struct metrics_out *out, double value);
/* Hand on what is left. 0 or -EIO if anything could not be written. */
int metrics_out__flush(struct metrics_out *out);

/* Write `name="value"` into @dst, with @value made valid and escaped; returns the length, at most
 * that of the name and METRICS_LABEL_ROOM. No NUL. */
#define METRICS_LABEL_ROOM (2 * METRICS_LABEL_MAX + 8)
size_t metrics_label__write(char *dst, const char *name, const char *value);

#endif
