// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dashboard.h"
#include "base/banned.h"

static const char *const names[] = {"overview", "process", "go", "self"};

static void each_dashboard_is_json_with_its_uid(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t bytes = 0;
		const char *text = dashboard__find(names[i], &bytes);
		json_error_t error;
		json_t *json;
		char uid[32];

		assert_non_null(text);
		json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
		assert_non_null(json);
		snprintf(uid, sizeof(uid), "heapbeat-%s", names[i]);
		assert_string_equal(json_string_value(json_object_get(json, "uid")), uid);
		assert_true(json_array_size(json_object_get(json, "panels")) > 10);
		json_decref(json);
	}
}

/* The tests run in the root of the sources, as the compiler did. */
static void embedded_bytes_are_those_of_the_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t bytes = 0;
		const char *text = dashboard__find(names[i], &bytes);
		char path[64], *read = malloc(bytes + 1);
		FILE *file;

		snprintf(path, sizeof(path), "dashboards/%s.json", names[i]);
		file = fopen(path, "re");
		assert_non_null(file);
		assert_non_null(read);
		assert_int_equal(fread(read, 1, bytes + 1, file), bytes);
		assert_memory_equal(read, text, bytes);
		fclose(file);
		free(read);
	}
}

static void unknown_name_finds_nothing(void **state)
{
	size_t bytes = 23;

	(void)state;
	assert_null(dashboard__find("", &bytes));
	assert_null(dashboard__find("overvie", &bytes));
	assert_null(dashboard__find("overview.json", &bytes));
	assert_int_equal(bytes, 23);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_dashboard_is_json_with_its_uid),
		cmocka_unit_test(embedded_bytes_are_those_of_the_file),
		cmocka_unit_test(unknown_name_finds_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
