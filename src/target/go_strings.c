// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_strings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

struct go_string {
	struct go_string *next;
	size_t len;
	char text[];
};

void go_strings__release(struct go_strings *strings)
{
	for (struct go_string *at = strings->first, *next; at; at = next) {
		next = at->next;
		free(at);
	}
	table__release(&strings->by_hash);
	*strings = (struct go_strings){0};
}

const char *go_strings__add(struct go_strings *strings, const char *s, size_t len)
{
	uint64_t hash = hash__bytes(HASH_SEED, s, len), found;
	struct go_string *string;

	if (!len)
		return "";
	if (table__get(&strings->by_hash, hash, &found)) {
		string = (struct go_string *)(uintptr_t)found;
		if (string->len == len && !memcmp(string->text, s, len))
			return string->text;
	}
	if (go_strings__bytes(strings) + sizeof(*string) + len + 1 > GO_STRINGS_MAX_BYTES)
		return "";
	string = malloc(sizeof(*string) + len + 1);
	if (!string)
		return "";
	if (table__put(&strings->by_hash, hash, (uintptr_t)string)) {
		free(string);
		return "";
	}
	*string = (struct go_string){.next = strings->first, .len = len};
	memcpy(string->text, s, len);
	string->text[len] = 0;
	strings->first = string;
	strings->bytes += sizeof(*string) + len + 1;
	return string->text;
}

size_t go_strings__bytes(const struct go_strings *strings)
{
	return strings->bytes + table__bytes(&strings->by_hash);
}
