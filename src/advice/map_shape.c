// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/map_shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define SLOTS	     8 /* of a group, or of a bucket before Go 1.24 */
#define GROUP_ENTRY  7 /* of eight slots are filled before a table grows */
#define BUCKET_ENTRY 6.5
#define INDIRECT     128 /* larger keys and values stand elsewhere */
#define WORD	     8
#define SWISS_MINOR  24 /* since Go 1.24 */

static const struct {
	const char *name;
	unsigned int bytes;
} basics[] = {
	{"bool", 1},	{"int8", 1},	  {"uint8", 1},		{"byte", 1},	    {"int16", 2},
	{"uint16", 2},	{"int32", 4},	  {"uint32", 4},	{"rune", 4},	    {"float32", 4},
	{"int", 8},	{"uint", 8},	  {"int64", 8},		{"uint64", 8},	    {"float64", 8},
	{"uintptr", 8}, {"complex64", 8}, {"string", 16},	{"complex128", 16}, {"error", 16},
	{"any", 16},	{"struct {}", 0}, {"time.Duration", 8},
};

static bool is_prefix(const char *type, unsigned int len, const char *prefix)
{
	size_t bytes = strlen(prefix);

	return len >= bytes && !strncmp(type, prefix, bytes);
}

/* A value of no bytes is one of those that are known. */
static int known_bytes(const char *type, unsigned int len)
{
	if (is_prefix(type, len, "interface {"))
		return 2 * WORD;
	if (is_prefix(type, len, "[]"))
		return 3 * WORD;
	if (is_prefix(type, len, "*") || is_prefix(type, len, "map[") ||
	    is_prefix(type, len, "chan ") || is_prefix(type, len, "func("))
		return WORD;
	for (size_t i = 0; i < sizeof(basics) / sizeof(*basics); i++)
		if (strlen(basics[i].name) == len && !strncmp(type, basics[i].name, len))
			return (int)basics[i].bytes;
	return -1;
}

/* Where the key of "map[KEY]VALUE" ends, or NULL. */
static const char *key_end(const char *type)
{
	int depth = 0;

	for (const char *at = type + 3; *at; at++) {
		depth += *at == '[';
		depth -= *at == ']';
		if (!depth)
			return at;
	}
	return NULL;
}

static unsigned int minor_of(const char *version)
{
	unsigned int minor = 0;

	return sscanf(version, "go1.%u", &minor) == 1 ? minor : 0;
}

bool map_shape__splits(const char *version)
{
	return minor_of(version) >= SWISS_MINOR;
}

static double power_below(double number)
{
	return number >= 1 ? exp2(floor(log2(number))) : 0;
}

double map_shape__load(const char *version)
{
	return (map_shape__splits(version) ? GROUP_ENTRY : BUCKET_ENTRY) / (double)SLOTS;
}

static unsigned int stored(int bytes)
{
	return bytes > INDIRECT ? WORD : (unsigned int)bytes;
}

static unsigned int align(unsigned int bytes, unsigned int to)
{
	return (bytes + to - 1) / to * to;
}

double map_shape__entries(const char *type, const char *version, double table_bytes)
{
	unsigned int minor = minor_of(version), key, value, slot, least;
	const char *end =
		type && is_prefix(type, (unsigned int)strlen(type), "map[") ? key_end(type) : NULL;
	int key_bytes, value_bytes;

	if (!end || !minor)
		return 0;
	key_bytes = known_bytes(type + 4, (unsigned int)(end - type - 4));
	value_bytes = known_bytes(end + 1, (unsigned int)strlen(end + 1));
	if (key_bytes < 0 || value_bytes < 0 || key_bytes + value_bytes == 0)
		return 0;
	key = stored(key_bytes);
	value = stored(value_bytes);
	/* a power of two of them; the rest is rounding, or buckets for overflow */
	if (minor < SWISS_MINOR)
		return power_below(table_bytes / (SLOTS * (1 + key + value) + WORD)) * BUCKET_ENTRY;
	least = key < WORD && value < WORD ? (key > value ? key : value) : WORD;
	slot = align(align(key, value ? (value < WORD ? value : WORD) : 1) + value, least);
	return power_below(table_bytes / (SLOTS + SLOTS * slot)) * GROUP_ENTRY;
}
