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

/* C1 controls (U+0080 to U+009F) are two bytes in UTF-8, and terminals obey them, too. */
static bool is_c1(const unsigned char *s)
{
	return s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f;
}

/* @text between quotes, readable by logfmt and JSON alike. Control bytes become \u00XX, so that
 * nothing is lost and no terminal acts on it; invalid UTF-8 becomes U+FFFD. */
static void put_quoted(struct out *out, const char *text)
{
	put(out, "\"");
	while (*text) {
		const unsigned char *s = (const unsigned char *)text;
		char rune[8];
		size_t len = text__rune_len(text);

		if (!len)
			put(out, "\xef\xbf\xbd");
		else if (s[0] == '"' || s[0] == '\\')
			put(out, "\\%c", s[0]);
		else if (s[0] == '\n')
			put(out, "\\n");
		else if (s[0] == '\t')
			put(out, "\\t");
		else if (s[0] < 0x20 || s[0] == 0x7f)
			put(out, "\\u%04x", s[0]);
		else if (is_c1(s))
			put(out, "\\u%04x", s[1]);
		else {
			memcpy(rune, text, len);
			rune[len] = 0;
			put(out, "%s", rune);
		}
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

/* The form of the short verbs, for people: each control byte is one '?'. */
static void put_plain(struct out *out, const struct log_line *line)
{
	char text[LOG_TEXT_BYTES];
	size_t len = 0;

	for (const unsigned char *s = (const unsigned char *)line->text;
	     *s && len < sizeof(text) - 1; s++) {
		bool c1 = is_c1(s);

		text[len++] = (char)(c1 || *s < 0x20 || *s == 0x7f ? '?' : *s);
		s += c1;
	}
	text[len] = 0;
	put(out, "heapbeat: %.32s: ", line->component);
	text__sanitise(out->data + out->len, LOG_LINE_BYTES - 2 - out->len, text);
	out->len += strlen(out->data + out->len);
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
