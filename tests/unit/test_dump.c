// SPDX-License-Identifier: GPL-2.0-or-later
/* Records as text and JSON: every type has its fields, and nothing leaves its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "collect/record_buffer.h"
#include "collect/record_layout.h"
#include "export/dump.h"
#include "base/banned.h"

#define TYPES 64

/* Types that record__validate() knows by their fixed part: one word less is broken. */
static size_t fixed_bytes_of(uint16_t type)
{
	static union {
		struct record head;
		unsigned char bytes[4096];
	} record;

	for (size_t bytes = sizeof(struct record); bytes < sizeof(record.bytes); bytes += 8) {
		memset(&record, 0, sizeof(record));
		record.head.bytes = (uint32_t)bytes;
		record.head.type = type;
		/* numbers that may not be 0: an image's, a module's, a probability */
		memset(record.bytes + sizeof(struct record), 1, 4);
		if (type == RECORD_SAMPLE || type == RECORD_FAILURE)
			((struct record_sample *)&record)->probability_q32 = 1;
		if (record__validate(&record.head) == -ENOTSUP)
			return 0;
		if (!record__validate(&record.head))
			return bytes;
	}
	return 0;
}

static void every_type_has_its_fields(void **state)
{
	int known = 0;

	(void)state;
	for (uint16_t type = 0; type < TYPES; type++) {
		const struct record_layout *layout = record_layout__of(type);
		size_t fixed = fixed_bytes_of(type);

		if (!fixed)
			continue;
		known++;
		if (!layout)
			fail_msg("type %u has no table of fields", type);
		assert_int_equal(layout->fixed_bytes, fixed);
		for (const struct record_field *field = layout->fields; field->name; field++)
			assert_in_range(field->offset + field->bytes, sizeof(struct record) + 1,
					fixed);
		for (const struct record_field *field = layout->rows.fields;
		     layout->rows.name && field->name; field++)
			assert_in_range(field->offset + field->bytes, 1, layout->rows.row_bytes);
	}
	assert_true(known >= 25);
}

static char *dump(const struct record *record, bool json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	assert_non_null(file);
	if (json)
		assert_int_equal(dump__json(file, record, 1000), 0);
	else
		dump__text(file, record, 1000);
	fclose(file);
	return text;
}

static void sample_is_told_with_its_frames(void **state)
{
	static const struct frame frames[2] = {{3, 0, 0x1a2b}, {4, FRAME_EXACT_PC, 0x77}};
	struct record_sample fixed = {.head.time_ns = 1500001000,
				      .image = 1,
				      .sample_id = 0xfeedULL,
				      .size_bytes = UINT64_MAX,
				      .probability_q32 = 1};
	struct record_buffer buffer = {0};
	const struct record *record = record_buffer__sample(&buffer, &fixed, frames, 2);
	char *text = dump(record, false), *line = dump(record, true);
	json_t *json = json_loads(line, 0, NULL), *list;

	(void)state;
	assert_non_null(strstr(text, "1.500000000 SAMPLE image=1 "));
	assert_non_null(strstr(text, " sample_id=0xfeed "));
	assert_non_null(strstr(text, "\n    frames module=3 flags=0 offset=0x1a2b\n"));
	assert_string_equal(json_string_value(json_object_get(json, "type")), "SAMPLE");
	assert_string_equal(json_string_value(json_object_get(json, "sample_id")), "0xfeed");
	/* beyond JSON's integers */
	assert_string_equal(json_string_value(json_object_get(json, "size_bytes")),
			    "18446744073709551615");
	list = json_object_get(json, "frames");
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "flags")), 1);
	json_decref(json);
	free(text);
	free(line);
	record_buffer__release(&buffer);
}

static void hostile_names_stay_in_their_line(void **state)
{
	struct record_buffer buffer = {0};
	const struct record *record = record_buffer__image(
		&buffer, &(struct record_image){.image = 1, .tgid = 7},
		&(struct image_strings){"a\033[31m\n\"\xff", "/x", "native", "", NULL, NULL});
	char *text = dump(record, false), *line = dump(record, true);
	json_t *json = json_loads(line, 0, NULL);

	(void)state;
	assert_non_null(json);
	assert_null(strchr(text, '\033'));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	json_decref(json);
	free(text);
	free(line);
	record_buffer__release(&buffer);
}

/* Types of a newer heapbeat are told by their number. */
static void unknown_types_are_told(void **state)
{
	struct record record = {.bytes = 16, .type = 4242, .time_ns = 2000};
	char *text = dump(&record, false), *line = dump(&record, true);

	(void)state;
	assert_non_null(strstr(text, "type 4242"));
	assert_non_null(strstr(line, "4242"));
	free(text);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_its_fields),
		cmocka_unit_test(sample_is_told_with_its_frames),
		cmocka_unit_test(hostile_names_stay_in_their_line),
		cmocka_unit_test(unknown_types_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
