// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_fit.h"

#include <stdint.h>
#include <wchar.h>

#include "base/banned.h"

#define SPACES 64

/* The code point of a valid sequence of @len bytes. */
static wchar_t decode(const char *s, size_t len)
{
	static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t rune = (unsigned char)s[0] & first[len];

	for (size_t i = 1; i < len; i++)
		rune = rune << 6 | ((unsigned char)s[i] & 0x3f);
	return (wchar_t)rune;
}

/* Invisible, and able to turn a line around. */
static int is_direction(wchar_t rune)
{
	return (rune >= 0x200e && rune <= 0x200f) || (rune >= 0x2028 && rune <= 0x202e) ||
	       (rune >= 0x2066 && rune <= 0x2069) || rune == 0x061c;
}

/* The next character of @s: its bytes, and what to print for them. Returns the columns it takes. */
static size_t take(const char *s, size_t *ret_bytes, const char **ret_text, size_t *ret_len)
{
	size_t len = text__rune_len(s);
	wchar_t rune = len ? decode(s, len) : 0;
	int width = len ? wcwidth(rune) : -1;

	*ret_bytes = len ? len : 1;
	if (width < 0 || is_direction(rune)) {
		*ret_text = "?";
		*ret_len = 1;
		return 1;
	}
	*ret_text = s;
	*ret_len = width ? len : 0;
	return (size_t)width;
}

size_t fit__width(const char *s)
{
	size_t width = 0, bytes, len;
	const char *piece;

	for (; *s; s += bytes)
		width += take(s, &bytes, &piece, &len);
	return width;
}

size_t fit__cut(struct text *text, const char *s, size_t columns)
{
	size_t all = fit__width(s), room = all > columns && columns ? columns - 1 : columns;
	size_t taken = 0, bytes, len;
	const char *piece;

	for (; *s; s += bytes) {
		size_t width = take(s, &bytes, &piece, &len);

		if (taken + width > room)
			break;
		text__append(text, piece, len);
		taken += width;
	}
	if (all > columns && columns) {
		text__append(text, "~", 1);
		taken++;
	}
	return taken;
}

static void add_spaces(struct text *text, size_t cnt)
{
	static const char spaces[SPACES + 1] =
		"                                                                ";

	for (; cnt; cnt -= cnt < SPACES ? cnt : SPACES)
		text__append(text, spaces, cnt < SPACES ? cnt : SPACES);
}

void fit__pad(struct text *text, const char *s, size_t columns, int right)
{
	size_t width = fit__width(s), gap = width < columns ? columns - width : 0;

	if (right)
		add_spaces(text, gap);
	width = fit__cut(text, s, columns);
	/* A character of two columns may not fit where one is left. */
	if (!right || width + gap < columns)
		add_spaces(text, columns - width - (right ? gap : 0));
}

size_t fit__break(const char *s, size_t columns)
{
	size_t taken = 0, at = 0, space = 0, bytes, len;
	const char *piece;

	while (s[at]) {
		size_t width = take(s + at, &bytes, &piece, &len);

		if (taken + width > columns)
			return space ? space : at ? at : bytes;
		taken += width;
		at += bytes;
		if (s[at - 1] == ' ')
			space = at;
	}
	return at;
}
