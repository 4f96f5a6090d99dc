// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/human.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#include "base/banned.h"

struct unit_text {
	double factor;	      /* of the value before it is printed */
	const char *steps[6]; /* suffix per power of 1000 */
};

#define BYTE_STEPS(per) " B" per, " kB" per, " MB" per, " GB" per, " TB" per, " PB" per

static const struct unit_text units[UNIT_MAX] = {
	[UNIT_COUNT] = {1, {"", "k", "M", "G", "T", "P"}},
	[UNIT_PER_S] = {1, {"", "k", "M", "G", "T", "P"}},
	[UNIT_BYTES] = {1, {BYTE_STEPS("")}},
	[UNIT_BYTES_PER_S] = {1, {BYTE_STEPS("/s")}},
	[UNIT_BYTES_PER_HOUR] = {1, {BYTE_STEPS("/h")}},
	[UNIT_RATIO] = {100, {" %", "k %", "M %", "G %", "T %", "P %"}},
	[UNIT_SECONDS] = {1, {" s", "k s", "M s", "G s", "T s", "P s"}},
};

/* Digits behind the point for three significant ones; none where the number is whole anyhow. */
static int decimals(double value, bool whole)
{
	if (whole || value >= 99.95)
		return 0;
	return value >= 9.995 ? 1 : 2;
}

char *human__value(char *dst, enum advice_unit unit, double value)
{
	const struct unit_text *text = &units[unit];
	double scaled = fabs(value) * text->factor;
	bool whole;
	int step = 0;

	if (!isfinite(value)) {
		snprintf(dst, HUMAN_BYTES, "-");
		return dst;
	}
	if (unit == UNIT_SECONDS && scaled < 1 && scaled > 0) {
		bool ms = scaled >= 0.001;

		scaled *= ms ? 1e3 : 1e6;
		snprintf(dst, HUMAN_BYTES, "%s%.*f %s", value < 0 ? "-" : "",
			 decimals(scaled, false), scaled, ms ? "ms" : "us");
		return dst;
	}
	while (scaled >= 999.5 && step < 5) {
		scaled /= 1000;
		step++;
	}
	whole = !step && fabs(scaled - round(scaled)) < 1e-9;
	if (unit == UNIT_RATIO && !step)
		snprintf(dst, HUMAN_BYTES, "%s%.*f%s", value < 0 ? "-" : "",
			 whole || scaled >= 9.95 ? 0 : 1, scaled, text->steps[0]);
	else
		snprintf(dst, HUMAN_BYTES, "%s%.*f%s", value < 0 ? "-" : "",
			 decimals(scaled, whole), scaled, text->steps[step]);
	return dst;
}

char *human__figure(char *dst, enum advice_unit unit, const struct figure *figure)
{
	char value[HUMAN_BYTES];

	if (figure->basis == BASIS_UNKNOWN) {
		snprintf(dst, HUMAN_BYTES, "-");
		return dst;
	}
	human__value(value, unit, figure->value);
	snprintf(dst, HUMAN_BYTES, "%s%.*s", figure->lower_bound ? ">= " : "", HUMAN_BYTES - 4,
		 value);
	return dst;
}

char *human__with_error(char *dst, enum advice_unit unit, const struct figure *figure)
{
	char value[HUMAN_BYTES], error[HUMAN_BYTES];

	human__figure(value, unit, figure);
	if (figure->basis > BASIS_EXACT && isfinite(figure->stderr_abs) && figure->stderr_abs > 0)
		snprintf(dst, 2 * HUMAN_BYTES, "%s +- %.50s", value,
			 human__value(error, unit, figure->stderr_abs));
	else
		snprintf(dst, 2 * HUMAN_BYTES, "%s", value);
	return dst;
}

char *human__with_interval(char *dst, enum advice_unit unit, const struct figure *figure)
{
	char value[HUMAN_BYTES], low[HUMAN_BYTES], high[HUMAN_BYTES];

	human__figure(value, unit, figure);
	if (figure->basis > BASIS_EXACT && isfinite(figure->low) && isfinite(figure->high))
		snprintf(dst, 3 * HUMAN_BYTES, "%s (%.50s to %.50s)", value,
			 human__value(low, unit, figure->low),
			 human__value(high, unit, figure->high));
	else
		snprintf(dst, 3 * HUMAN_BYTES, "%s", value);
	return dst;
}

char *human__relative_error(char *dst, const struct figure *figure)
{
	if (figure->basis == BASIS_EXACT)
		snprintf(dst, HUMAN_BYTES, "exact");
	else if (figure->basis == BASIS_UNKNOWN || !(figure->value > 0))
		snprintf(dst, HUMAN_BYTES, "-");
	else
		human__value(dst, UNIT_RATIO, figure->stderr_abs / figure->value);
	return dst;
}

/* Length of a control character that is valid UTF-8: C1, or one that turns the line around. */
static size_t hidden_control(const unsigned char *s)
{
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2;
	if (s[0] == 0xe2 && s[1] == 0x80 &&
	    ((s[2] >= 0xa8 && s[2] <= 0xae) || s[2] == 0x8e || s[2] == 0x8f))
		return 3;
	if (s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)
		return 3;
	return 0;
}

char *human__name(char *dst, size_t size, const char *src)
{
	const unsigned char *from = (const unsigned char *)dst;
	char *to = dst;

	text__sanitise(dst, size, src ? src : "");
	while (*from) {
		size_t hidden = hidden_control(from);

		*to++ = hidden ? '?' : (char)*from;
		from += hidden ? hidden : 1;
	}
	*to = 0;
	return dst;
}

char *human__function(char *dst, size_t size, const char *function)
{
	static const char path[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_.-~%/";
	size_t len = function ? strspn(function, path) : 0;

	/* "operator/(...)" of C++ has nothing behind its slash. */
	for (size_t at = len; at > 1; at--)
		if (function[at - 1] == '/')
			return human__name(dst, size, at < len ? function + at : function);
	return human__name(dst, size, function);
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

size_t human__width(const char *s)
{
	size_t width = 0;

	for (; *s; s++)
		width += !is_continuation(*s);
	return width;
}

char *human__cut(char *s, size_t columns)
{
	size_t keep = columns > 3 ? columns - 3 : 0, width = 0, at = 0;

	if (human__width(s) <= columns)
		return s;
	while (width < keep || is_continuation(s[at])) {
		width += !is_continuation(s[at]);
		at++;
	}
	memcpy(s + at, "...", columns < 3 ? columns : 3);
	s[at + (columns < 3 ? columns : 3)] = 0;
	return s;
}
