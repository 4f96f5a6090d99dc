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

static void a_limit_comes_with_what_is_used_of_it(void **state)
{
	uint64_t limit = 0, used = 0;

	(void)state;
	assert_int_equal(memory_limit__find("0::/a/b\n", root, &limit, &used), 0);
	assert_int_equal(limit, 3000000);
	assert_int_equal(used, 2000000);
}

static int ask_host(const char *text, uint64_t *total, uint64_t *available)
{
	const char *path = in_root("/meminfo");
	FILE *file = fopen(path, "w");
	int err;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	err = memory_limit__host(path, total, available);
	remove(path);
	return err;
}

static void the_host_says_what_it_has_and_can_give(void **state)
{
	static const char *const broken[] = {
		"",
		"MemTotal: 5 kB\n",
		"MemTotal: 5 kB\nNotMemAvailable: 3 kB\n",
		"MemTotal: five kB\nMemAvailable: 3 kB\n",
		"MemTotal: 5 MB\nMemAvailable: 3 kB\n",
		"MemTotal: 99999999999999999999 kB\nMemAvailable: 3 kB\n"};
	uint64_t total = 7, available = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(ask_host(broken[i], &total, &available), -ENOENT);
	assert_int_equal(memory_limit__host("/none/such", &total, &available), -ENOENT);
	assert_true(total == 7 && available == 7);
	assert_int_equal(ask_host("MemTotal:       24683656 kB\nMemFree:        23228820 kB\n"
				  "MemAvailable:   24189716 kB\n",
				  &total, &available),
			 0);
	assert_int_equal(total, 24683656ULL * 1024);
	assert_int_equal(available, 24189716ULL * 1024);
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
		cmocka_unit_test(a_limit_comes_with_what_is_used_of_it),
		cmocka_unit_test(the_host_says_what_it_has_and_can_give),
		cmocka_unit_test(no_limit_is_no_limit),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
