// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_type.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

/*
 * A descriptor begins alike in all versions:
 *   0 size | 8 pointer bytes | 16 hash | 20 flags | 21 alignments | 23 kind | 40 name | 44 pointer type
 * and its name, an offset from the start of types, is {flags, length as a varint, bytes}.
 */
#define TYPE_BYTES    48
#define TYPE_FLAGS_AT 20
#define TYPE_ALIGN_AT 21
#define TYPE_KIND_AT  23
#define TYPE_NAME_AT  40
#define FLAG_STAR     2 /* the name is that of the pointer to it: drop the star */
#define KIND_MASK     31
#define KIND_LAST     26 /* unsafe.Pointer */
#define LENGTH_MAX    (1U << 20)

static bool is_power_of_two(uint8_t n)
{
	return n && !(n & (n - 1));
}

static bool is_type(const uint8_t *type)
{
	uint8_t kind = type[TYPE_KIND_AT] & KIND_MASK;

	return kind && kind <= KIND_LAST && is_power_of_two(type[TYPE_ALIGN_AT]) &&
	       is_power_of_two(type[TYPE_ALIGN_AT + 1]);
}

/* The descriptor at @type. 0 or -ENOENT. */
static int read_head(struct go_file *file, const struct go_sections *sections, uint64_t type,
		     uint8_t head[TYPE_BYTES])
{
	if (type < sections->types || type >= sections->etypes || type & 7 ||
	    go_file__read(file, type, head, TYPE_BYTES) || !is_type(head))
		return -ENOENT;
	return 0;
}

uint8_t go_type__kind(struct go_file *file, const struct go_sections *sections, uint64_t type)
{
	uint8_t head[TYPE_BYTES];

	return read_head(file, sections, type, head) ? 0 : head[TYPE_KIND_AT] & KIND_MASK;
}

/* Length of the name at *at, which is moved behind it. 0 or -ENOENT. */
static int read_length(struct go_file *file, uint64_t *at, uint32_t *ret)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 28; shift += 7) {
		uint8_t byte;

		if (go_file__read(file, (*at)++, &byte, 1))
			return -ENOENT;
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		*ret = value;
		return value && value <= LENGTH_MAX ? 0 : -ENOENT;
	}
	return -ENOENT;
}

int go_type__read(struct go_file *file, const struct go_sections *sections, uint64_t type,
		  char *name, size_t name_bytes, uint64_t *ret_size_bytes)
{
	uint8_t head[TYPE_BYTES], first;
	uint64_t size, at;
	uint32_t offset, len;

	if (!name_bytes || read_head(file, sections, type, head))
		return -ENOENT;
	memcpy(&size, head, sizeof(size));
	memcpy(&offset, head + TYPE_NAME_AT, sizeof(offset));
	at = sections->types + offset + 1;
	if (offset > INT32_MAX || at >= sections->etypes || read_length(file, &at, &len) ||
	    go_file__read(file, at, &first, 1))
		return -ENOENT;
	if (head[TYPE_FLAGS_AT] & FLAG_STAR && first == '*') {
		at++;
		len--;
	}
	if (len > name_bytes - 1)
		len = (uint32_t)name_bytes - 1;
	if (go_file__read(file, at, name, len))
		return -ENOENT;
	name[len] = 0;
	if (ret_size_bytes)
		*ret_size_bytes = size;
	return 0;
}
