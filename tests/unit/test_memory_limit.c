// SPDX-License-Identifier: GPL-2.0-or-later
/* Distance to the memory limit, in made-up cgroup trees of both versions. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "target/memory_limit.h"

static char root[] = "/tmp/heapbeat-test-limit-XXXXXX";
static const char *const directories[] = {"/memory", "/memory/g", "/a", "/a/b"};
static const struct {
	const char *name, *text;
} files[] = {
	{"/memory/g/memory.limit_in_bytes", "5000000\n"},
	{"/memory/g/memory.usage_in_bytes", "4999000\n"},
	{"/memory/memory.limit_in_bytes", "9223372036854771712\n"},
	{"/memory/memory.usage_in_bytes", "77\n"},
	{"/a/memory.max", "3000000\n"},
	{"/a/memory.current", "2000000\n"},
	{"/a/b/memory.max", "max\n"},
	{"/a/b/memory.current", "500\n"},
};

static const char *in_root(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

static int make_tree(void **state)
{
	(void)state;
	if (!mkdtemp(root))
		return -1;
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (mkdir(in_root(directories[i]), 0700))
			return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		FILE *file = fopen(in_root(files[i].name), "w");

		if (!file || fputs(files[i].text, file) < 0 || fclose(file))
			return -1;
	}
	return 0;
}

static int remove_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		remove(in_root(files[i].name));
	for (size_t i = sizeof(directories) / sizeof(directories[0]); i-- > 0;)
		remove(in_root(directories[i]));
	remove(root);
	return 0;
}

static void the_nearest_limit_of_all_ancestors_counts(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(memory_limit__headroom("0::/a/b\n", root, &bytes), 0);
	assert_int_equal(bytes, 1000000);
}

static void the_older_hierarchy_is_read_too(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(memory_limit__headroom("4:memory:/g\n0::/\n", root, &bytes), 0);
	assert_int_equal(bytes, 1000);
}

static void no_limit_is_no_limit(void **state)
{
	static const char *const none[] = {
		"",   "0::/\n",		 "0::/missing\n", "4:memory:/\n", "0::/../../a\n",
		"0:", "4:memory:/none\n"};
	uint64_t bytes = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(memory_limit__headroom(none[i], root, &bytes), -ENOENT);
	assert_int_equal(bytes, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_limit_of_all_ancestors_counts),
		cmocka_unit_test(the_older_hierarchy_is_read_too),
		cmocka_unit_test(no_limit_is_no_limit),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
