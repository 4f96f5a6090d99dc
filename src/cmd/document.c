// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#include "base/banned.h"

#define HOST_BYTES 256

static json_t *new_time(void)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

json_t *document__new(const char *schema)
{
	char host[HOST_BYTES] = "";

	gethostname(host, sizeof(host) - 1);
	return json_pack("{s:s, s:o, s:o, s:i, s:[]}", "schema", schema, "host",
			 document__string(host), "at", new_time(), "span_s", 0, "items");
}

json_t *document__items(json_t *document)
{
	return json_object_get(document, "items");
}

int document__print(const json_t *document)
{
	if (json_dumpf(document, stdout, JSON_INDENT(2)) || putchar('\n') == EOF || fflush(stdout))
		return -EIO;
	return 0;
}

json_t *document__string(const char *bytes)
{
	size_t size = 3 * strlen(bytes) + 1; /* each byte may become U+FFFD */
	char *clean = malloc(size);
	json_t *string;

	if (!clean)
		return NULL;
	string = json_string(text__sanitise(clean, size, bytes));
	free(clean);
	return string;
}

json_t *document__id(unsigned long long id)
{
	return json_sprintf("%llu", id);
}
