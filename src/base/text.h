/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing string. Out of memory is latched: later adds do nothing and text__failed() says so. */
#ifndef HB_TEXT_H
#define HB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data; /* NUL-terminated; NULL until the first add */
	size_t len;
	size_t cap;
	bool failed;
};

/* Zero-initialise to begin with; release frees and zeroes. */
void text__release(struct text *text);
/* Empty it, keep the memory. */
void text__clear(struct text *text);
void text__add(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text__append(struct text *text, const char *bytes, size_t len);
/* The string so far, never NULL. */
const char *text__str(const struct text *text);
static inline bool text__failed(const struct text *text)
{
	return text->failed;
}

/* Length of the valid UTF-8 sequence at @s, 1 for the end of the string, or 0: no overlong forms,
 * no surrogates. */
size_t text__rune_len(const char *s);

/*
 * Make @src printable and valid UTF-8 in @dst (at most @size bytes with NUL): control bytes and
 * invalid sequences become U+FFFD, a rune cut at the end is dropped. Returns @dst.
 */
char *text__sanitise(char *dst, size_t size, const char *src);

/* The same for the value of a metric's label, in which a newline may stay. */
char *text__label(char *dst, size_t size, const char *src);

#endif
