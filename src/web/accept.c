// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

#define ITEMS_MAX 32 /* of a header: what stands behind is not read */

/* A piece of a header, not NUL-terminated. */
struct span {
	const char *at;
	size_t len;
};

static struct span trim(struct span span)
{
	while (span.len && (*span.at == ' ' || *span.at == '\t'))
		span.at++, span.len--;
	while (span.len && (span.at[span.len - 1] == ' ' || span.at[span.len - 1] == '\t'))
		span.len--;
	return span;
}

/* Cut the part of @rest before @separator off. False at the end. */
static bool next(struct span *rest, char separator, struct span *ret_part)
{
	const char *end;

	if (!rest->at)
		return false;
	end = memchr(rest->at, separator, rest->len);
	*ret_part = trim((struct span){rest->at, end ? (size_t)(end - rest->at) : rest->len});
	if (end)
		*rest = (struct span){end + 1, rest->len - (size_t)(end + 1 - rest->at)};
	else
		*rest = (struct span){0};
	return true;
}

static bool equals(struct span span, const char *s)
{
	return span.len == strlen(s) && !strncasecmp(span.at, s, span.len);
}

/* "0.75" -> 750; 0 for what is no quality, so that nonsense asks for nothing. */
static int parse_quality(struct span span)
{
	int value = 0, scale = 1000;

	if (!span.len || (*span.at != '0' && *span.at != '1'))
		return 0;
	value = *span.at == '1' ? 1000 : 0;
	if (span.len > 1 && span.at[1] != '.')
		return 0;
	for (size_t i = 2; i < span.len && i < 5; i++) {
		if (span.at[i] < '0' || span.at[i] > '9')
			return 0;
		scale /= 10;
		value += (span.at[i] - '0') * scale;
	}
	return value > 1000 ? 1000 : value;
}

/* Take "type; version=1.0.0; q=0.5" apart. */
static void parse_item(struct span item, struct span *ret_type, struct span *ret_version,
		       int *ret_quality)
{
	struct span part;

	*ret_version = (struct span){0};
	*ret_quality = 1000;
	next(&item, ';', ret_type);
	while (next(&item, ';', &part)) {
		if (part.len >= 2 && !strncasecmp(part.at, "q=", 2))
			*ret_quality =
				parse_quality(trim((struct span){part.at + 2, part.len - 2}));
		else if (part.len > 8 && !strncasecmp(part.at, "version=", 8))
			*ret_version = trim((struct span){part.at + 8, part.len - 8});
	}
}

bool accept__wants_openmetrics(const char *accept)
{
	struct span rest = {accept, accept ? strlen(accept) : 0}, item, type, version;
	int open = 0, text = 0, quality;

	for (int i = 0; i < ITEMS_MAX && next(&rest, ',', &item); i++) {
		parse_item(item, &type, &version, &quality);
		if (equals(type, "application/openmetrics-text")) {
			/* 0.0.1 is what old scrapers ask for beside 1.0.0; it is another format */
			if ((!version.len || equals(version, "1.0.0")) && quality > open)
				open = quality;
		} else if (equals(type, "text/plain") && quality > text) {
			text = quality;
		}
	}
	return open > 0 && open >= text;
}

bool accept__wants_gzip(const char *accept_encoding)
{
	struct span rest = {accept_encoding, accept_encoding ? strlen(accept_encoding) : 0};
	struct span item, type, version;
	int named = -1, any = 0, quality;

	for (int i = 0; i < ITEMS_MAX && next(&rest, ',', &item); i++) {
		parse_item(item, &type, &version, &quality);
		if (equals(type, "gzip") || equals(type, "x-gzip"))
			named = quality;
		else if (equals(type, "*"))
			any = quality;
	}
	return named >= 0 ? named > 0 : any > 0;
}
