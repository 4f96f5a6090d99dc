// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/dump.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "collect/record_layout.h"
#include "export/human.h"

#include "base/banned.h"

/* A number of the field at @base. */
static uint64_t number_at(const unsigned char *base, size_t offset, size_t bytes)
{
	uint64_t wide = 0;
	uint32_t word;
	uint16_t half;

	if (bytes == sizeof(half)) {
		memcpy(&half, base + offset, sizeof(half));
		return half;
	}
	if (bytes == sizeof(word)) {
		memcpy(&word, base + offset, sizeof(word));
		return word;
	}
	memcpy(&wide, base + offset, sizeof(wide));
	return wide;
}

static const char *string_of(const struct record *record, const unsigned char *base,
			     const struct record_field *field)
{
	return record__string(record, (uint32_t)number_at(base, field->offset, 4));
}

/* @bytes (at most 32 of them) in hexadecimal digits. */
static void add_digits(char dst[72], const unsigned char *at, size_t bytes)
{
	dst[0] = 0;
	for (size_t i = 0; i < bytes && i < 32; i++)
		snprintf(dst + 2 * i, 3, "%02x", at[i]);
}

static void print_field(FILE *file, const struct record *record, const unsigned char *base,
			const struct record_field *field)
{
	char text[NAME_BYTES];

	fprintf(file, " %s=", field->name);
	switch ((enum field_kind)field->kind) {
	case FIELD_NUMBER:
		fprintf(file, "%" PRIu64, number_at(base, field->offset, field->bytes));
		break;
	case FIELD_SIGNED:
		fprintf(file, "%" PRId32, (int32_t)number_at(base, field->offset, 4));
		break;
	case FIELD_HEX:
		fprintf(file, "0x%" PRIx64, number_at(base, field->offset, field->bytes));
		break;
	case FIELD_STRING:
		fprintf(file, "\"%s\"",
			human__name(text, sizeof(text), string_of(record, base, field)));
		break;
	case FIELD_BYTES:
		add_digits(text, base + field->offset, field->bytes);
		fputs(text, file);
		break;
	case FIELD_LIST:
		for (size_t i = 0; i < field->bytes / 8; i++)
			fprintf(file, "%s%" PRIu64, i ? "," : "",
				number_at(base, field->offset + 8 * i, 8));
		break;
	}
}

/* How many rows stand behind the fixed part: record__validate() has made sure that they do. */
static size_t count_rows(const struct record *record, const struct record_layout *layout)
{
	size_t cnt, room = (record->bytes - layout->fixed_bytes);

	if (!layout->rows.name)
		return 0;
	cnt = number_at((const unsigned char *)record, layout->rows.cnt_at, 4);
	return cnt < room / layout->rows.row_bytes ? cnt : room / layout->rows.row_bytes;
}

static double seconds_since(uint64_t time_ns, uint64_t start_ns)
{
	return (double)(int64_t)(time_ns - start_ns) / 1e9;
}

void dump__text(FILE *file, const struct record *record, uint64_t start_ns)
{
	const struct record_layout *layout = record_layout__of(record->type);
	const unsigned char *base = (const unsigned char *)record, *row;
	size_t rows;

	if (!layout) {
		fprintf(file, "%.9f type %u, %" PRIu32 " bytes\n",
			seconds_since(record->time_ns, start_ns), record->type, record->bytes);
		return;
	}
	fprintf(file, "%.9f %s", seconds_since(record->time_ns, start_ns), layout->name);
	if (record->flags)
		fprintf(file, " head_flags=%u", record->flags);
	for (const struct record_field *field = layout->fields; field->name; field++)
		print_field(file, record, base, field);
	fputc('\n', file);
	rows = count_rows(record, layout);
	row = base + layout->fixed_bytes;
	for (size_t i = 0; i < rows; i++, row += layout->rows.row_bytes) {
		fprintf(file, "    %s", layout->rows.name);
		for (const struct record_field *field = layout->rows.fields; field->name; field++)
			print_field(file, record, row, field);
		fputc('\n', file);
	}
}

static json_t *number_json(uint64_t value)
{
	return value > INT64_MAX ? json_sprintf("%" PRIu64, value)
				 : json_integer((json_int_t)value);
}

static json_t *string_json(const char *bytes)
{
	size_t size = 3 * strlen(bytes) + 1; /* each byte may become U+FFFD */
	char *clean = malloc(size);
	json_t *json = clean ? json_string(text__sanitise(clean, size, bytes)) : NULL;

	free(clean);
	return json;
}

static json_t *field_json(const struct record *record, const unsigned char *base,
			  const struct record_field *field)
{
	char digits[72];
	json_t *list;

	switch ((enum field_kind)field->kind) {
	case FIELD_SIGNED:
		return json_integer((int32_t)number_at(base, field->offset, 4));
	case FIELD_HEX:
		return json_sprintf("0x%" PRIx64, number_at(base, field->offset, field->bytes));
	case FIELD_STRING:
		return string_json(string_of(record, base, field));
	case FIELD_BYTES:
		add_digits(digits, base + field->offset, field->bytes);
		return json_string(digits);
	case FIELD_LIST:
		list = json_array();
		for (size_t i = 0; i < field->bytes / 8; i++)
			json_array_append_new(
				list, number_json(number_at(base, field->offset + 8 * i, 8)));
		return list;
	case FIELD_NUMBER:
		break;
	}
	return number_json(number_at(base, field->offset, field->bytes));
}

/* Each: 0, or -1 if out of memory. */
static int add_fields(json_t *object, const struct record *record, const unsigned char *base,
		      const struct record_field *fields)
{
	int err = 0;

	for (const struct record_field *field = fields; field->name; field++)
		err |= json_object_set_new(object, field->name, field_json(record, base, field));
	return err;
}

static int add_rows(json_t *object, const struct record *record, const struct record_layout *layout)
{
	const unsigned char *row = (const unsigned char *)record + layout->fixed_bytes;
	size_t cnt = count_rows(record, layout);
	json_t *list = json_array(), *item;
	int err = 0;

	for (size_t i = 0; i < cnt; i++, row += layout->rows.row_bytes) {
		item = json_object();
		err |= add_fields(item, record, row, layout->rows.fields);
		err |= json_array_append_new(list, item);
	}
	return err | json_object_set_new(object, layout->rows.name, list);
}

int dump__json(FILE *file, const struct record *record, uint64_t start_ns)
{
	const struct record_layout *layout = record_layout__of(record->type);
	json_t *object = json_object();
	int err;

	err = json_object_set_new(object, "time_s",
				  json_real(seconds_since(record->time_ns, start_ns)));
	err |= json_object_set_new(object, "type",
				   layout ? json_string(layout->name) : json_integer(record->type));
	if (record->flags)
		err |= json_object_set_new(object, "head_flags", json_integer(record->flags));
	if (layout)
		err |= add_fields(object, record, (const unsigned char *)record, layout->fields);
	if (layout && layout->rows.name)
		err |= add_rows(object, record, layout);
	if (!err && (json_dumpf(object, file, JSON_COMPACT) || fputc('\n', file) == EOF))
		err = -EIO;
	json_decref(object);
	return err == -1 ? -ENOMEM : err;
}
