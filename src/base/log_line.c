// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log_line.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/banned.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const int priorities[] = {3, 4, 6, 7}; /* of syslog */

struct out {
	char *data;
	size_t len;
};

/* Room is counted on by LOG_LINE_BYTES; a longer component is cut. */
__attribute__((format(printf, 2, 3))) static void put(struct out *out, const char *fmt, ...)
{
	size_t room = LOG_LINE_BYTES - 1 - out->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(out->data + out->len, room, fmt, args);
	va_end(args);
	if (len > 0)
		out->len += (size_t)len < room ? (size_t)len : room - 1;
}

/*
 * The number of a rune that terminals or readers obey, @len bytes of UTF-8 at @s, or 0: controls,
 * those of C1 (two bytes) included, and what turns the direction of text around.
 */
static unsigned int unruly(const unsigned char *s, size_t len)
{
	unsigned int rune = s[0];

	if (len == 2)
		rune = (s[0] & 0x1fU) << 6 | (s[1] & 0x3fU);
	else if (len == 3)
		rune = (s[0] & 0x0fU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
	if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || rune == 0x200e || rune == 0x200f ||
	    (rune >= 0x2028 && rune <= 0x202e) || (rune >= 0x2066 && rune <= 0x2069))
		return len < 4 ? rune : 0;
	return 0;
}

/* @text between quotes, readable by logfmt and JSON alike. Control runes become \uXXXX, so that
 * nothing is lost and no terminal acts on it; invalid UTF-8 becomes U+FFFD. */
static void put_quoted(struct out *out, const char *text)
{
	put(out, "\"");
	while (*text) {
		const unsigned char *s = (const unsigned char *)text;
		size_t len = text__rune_len(text);

		if (!len)
			put(out, "\xef\xbf\xbd");
		else if (s[0] == '"' || s[0] == '\\')
			put(out, "\\%c", s[0]);
		else if (s[0] == '\n')
			put(out, "\\n");
		else if (s[0] == '\t')
			put(out, "\\t");
		else if (unruly(s, len))
			put(out, "\\u%04x", unruly(s, len));
		else
			put(out, "%.*s", (int)len, text);
		text += len ? len : 1;
	}
	put(out, "\"");
}

/* RFC 3339 with milliseconds. */
static void put_time(struct out *out, uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	char text[40];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		text[0] = 0;
	put(out, "%s.%03uZ", text, (unsigned int)(wall_ns / 1000000 % 1000));
}

static void put_logfmt(struct out *out, const struct log_line *line)
{
	if (!line->journal) {
		put(out, "ts=");
		put_time(out, line->wall_ns);
		put(out, " ");
	}
	put(out, "level=%s component=%.32s msg=", level_names[line->level], line->component);
	put_quoted(out, line->text);
	if (line->suppressed)
		put(out, " suppressed=%llu", (unsigned long long)line->suppressed);
}

static void put_json(struct out *out, const struct log_line *line)
{
	put(out, "{");
	if (!line->journal) {
		put(out, "\"ts\":\"");
		put_time(out, line->wall_ns);
		put(out, "\",");
	}
	put(out, "\"level\":\"%s\",\"component\":\"%.32s\",\"msg\":", level_names[line->level],
	    line->component);
	put_quoted(out, line->text);
	if (line->suppressed)
		put(out, ",\"suppressed\":%llu", (unsigned long long)line->suppressed);
	put(out, "}");
}

/* The form of the short verbs, for people: each control rune is one '?'. */
static void put_plain(struct out *out, const struct log_line *line)
{
	put(out, "heapbeat: %.32s: ", line->component);
	for (const char *text = line->text; *text;) {
		size_t len = text__rune_len(text);

		if (!len)
			put(out, "\xef\xbf\xbd");
		else if (unruly((const unsigned char *)text, len))
			put(out, "?");
		else
			put(out, "%.*s", (int)len, text);
		text += len ? len : 1;
	}
}

size_t log_line__render(char data[LOG_LINE_BYTES], enum log_format format,
			const struct log_line *line)
{
	struct out out = {.data = data};

	if (line->journal && format != LOG_FORMAT_PLAIN)
		put(&out, "<%d>", priorities[line->level]);
	if (format == LOG_FORMAT_LOGFMT)
		put_logfmt(&out, line);
	else if (format == LOG_FORMAT_JSON)
		put_json(&out, line);
	else
		put_plain(&out, line);
	data[out.len++] = '\n';
	data[out.len] = 0;
	return out.len;
}
