// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void text__release(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

void text__clear(struct text *text)
{
	text->len = 0;
	if (text->data)
		text->data[0] = 0;
}

static bool text__reserve(struct text *text, size_t need)
{
	size_t cap = text->cap ? text->cap : 256;
	char *data;

	if (text->failed)
		return false;
	if (need < text->cap)
		return true;
	while (cap <= need)
		cap *= 2;
	data = realloc(text->data, cap);
	if (!data) {
		text->failed = true;
		return false;
	}
	text->data = data;
	text->cap = cap;
	return true;
}

void text__append(struct text *text, const char *bytes, size_t len)
{
	if (!text__reserve(text, text->len + len))
		return;
	memcpy(text->data + text->len, bytes, len);
	text->len += len;
	text->data[text->len] = 0;
}

void text__add(struct text *text, const char *fmt, ...)
{
	va_list args, again;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	if (len >= 0 && text__reserve(text, text->len + (size_t)len)) {
		vsnprintf(text->data + text->len, (size_t)len + 1, fmt, again);
		text->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}

const char *text__str(const struct text *text)
{
	return text->data ? text->data : "";
}

/* Length of the valid UTF-8 sequence at @s, or 0. Overlong forms and surrogates are invalid. */
static size_t rune_len(const unsigned char *s)
{
	uint32_t min, rune;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if ((s[0] & 0xe0) == 0xc0)
		n = 2, min = 0x80, rune = s[0] & 0x1f;
	else if ((s[0] & 0xf0) == 0xe0)
		n = 3, min = 0x800, rune = s[0] & 0x0f;
	else if ((s[0] & 0xf8) == 0xf0)
		n = 4, min = 0x10000, rune = s[0] & 0x07;
	else
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		rune = rune << 6 | (s[i] & 0x3f);
	}
	if (rune < min || rune > 0x10ffff || (rune >= 0xd800 && rune <= 0xdfff))
		return 0;
	return n;
}

size_t text__rune_len(const char *s)
{
	return rune_len((const unsigned char *)s);
}

/* @control: the one control byte that may stay, or NUL. */
static char *make_valid(char *dst, size_t size, const char *src, char control)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t at = 0;

	for (const unsigned char *s = (const unsigned char *)src; *s;) {
		size_t n = rune_len(s);
		bool bad = !n || ((s[0] < 0x20 || s[0] == 0x7f) && *s != (unsigned char)control);
		const void *from = bad ? (const void *)replacement : s;
		size_t len = bad ? 3 : n;

		if (at + len >= size)
			break;
		memcpy(dst + at, from, len);
		at += len;
		s += n ? n : 1;
	}
	dst[at] = 0;
	return dst;
}

char *text__sanitise(char *dst, size_t size, const char *src)
{
	return make_valid(dst, size, src, 0);
}

char *text__label(char *dst, size_t size, const char *src)
{
	return make_valid(dst, size, src, '\n');
}
