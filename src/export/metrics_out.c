// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics_out.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

#include "base/banned.h"

int metrics_out__flush(struct metrics_out *out)
{
	if (!out->err && out->len && fwrite(out->data, 1, out->len, out->file) != out->len)
		out->err = -EIO;
	out->len = 0;
	return out->err;
}

void metrics_out__bytes(struct metrics_out *out, const char *bytes, size_t len)
{
	while (len > sizeof(out->data) - out->len) {
		size_t part = sizeof(out->data) - out->len;

		memcpy(out->data + out->len, bytes, part);
		out->len += part;
		bytes += part;
		len -= part;
		metrics_out__flush(out);
	}
	memcpy(out->data + out->len, bytes, len);
	out->len += len;
}

void metrics_out__text(struct metrics_out *out, const char *s)
{
	metrics_out__bytes(out, s, strlen(s));
}

void metrics_out__number(struct metrics_out *out, double value)
{
	char text[32], *at = text + sizeof(text);
	uint64_t whole;

	if (isinf(value)) {
		metrics_out__text(out, value > 0 ? "+Inf" : "-Inf");
		return;
	}
	/* Most figures are whole, and printf is five times slower on them. */
	if (value < 0 || value >= 0x1p53 || floor(value) < value) {
		snprintf(text, sizeof(text), "%.15g", value);
		metrics_out__text(out, text);
		return;
	}
	whole = (uint64_t)value;
	do {
		*--at = (char)('0' + whole % 10);
		whole /= 10;
	} while (whole);
	metrics_out__bytes(out, at, (size_t)(text + sizeof(text) - at));
}

size_t metrics_label__write(char *dst, const char *name, const char *value)
{
	char valid[METRICS_LABEL_MAX];
	size_t len = strlen(name);

	memcpy(dst, name, len);
	dst[len++] = '=';
	dst[len++] = '"';
	for (const char *s = text__label(valid, sizeof(valid), value); *s; s++) {
		if (*s == '\\' || *s == '"' || *s == '\n')
			dst[len++] = '\\';
		dst[len++] = *s == '\n' ? 'n' : *s;
	}
	dst[len++] = '"';
	return len;
}
