// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/banned.h"

static bool list_matches(size_t list_offset, const char *pattern, const char *comm, const char *exe,
			 const char *cgroup)
{
	struct daemon_options options;
	bool matches;

	assert_int_equal(daemon_options__init(&options), 0);
	assert_int_equal(string_list__add((void *)((char *)&options + list_offset), pattern), 0);
	matches = selector__matches(&options, comm, exe, cgroup);
	daemon_options__release(&options);
	return matches;
}

static bool comm_matches(const char *pattern, const char *comm)
{
	return list_matches(offsetof(struct daemon_options, comms), pattern, comm, NULL, NULL);
}

static bool exe_matches(const char *pattern, const char *exe)
{
	return list_matches(offsetof(struct daemon_options, exes), pattern, "", exe, NULL);
}

static bool cgroup_matches(const char *pattern, const char *cgroup)
{
	return list_matches(offsetof(struct daemon_options, cgroups), pattern, "", NULL, cgroup);
}

static void comm_is_matched_as_a_whole(void **state)
{
	(void)state;
	assert_true(comm_matches("redis-server", "redis-server"));
	assert_false(comm_matches("redis", "redis-server"));
	assert_false(comm_matches("server", "redis-server"));
	assert_false(comm_matches("redis-server", "redis"));
	assert_false(comm_matches("Redis-Server", "redis-server"));
	assert_false(comm_matches("redis-server", ""));
	assert_true(comm_matches("(sd-pam)", "(sd-pam)"));
}

static void comm_may_be_a_pattern(void **state)
{
	(void)state;
	assert_true(comm_matches("redis*", "redis-server"));
	assert_true(comm_matches("php-fpm?.?", "php-fpm8.2"));
	assert_true(comm_matches("[np]ginx", "nginx"));
	assert_false(comm_matches("[!n]ginx", "nginx"));
	assert_true(comm_matches("*", ""));
	/* A name may hold a slash, of which nothing is meant. */
	assert_true(comm_matches("kworker*", "kworker/0:1"));
}

static void longer_name_than_the_kernel_keeps_stands_for_its_beginning(void **state)
{
	(void)state;
	assert_true(comm_matches("prometheus-node-exporter", "prometheus-node"));
	assert_true(comm_matches("exactly15bytes!", "exactly15bytes!"));
	assert_true(comm_matches("exactly15bytes!!", "exactly15bytes!"));
	assert_false(comm_matches("prometheus-node-exporter", "prometheus-nod"));
	assert_false(comm_matches("prometheus-node-exporter", "prometheus-mode"));
}

static void pattern_longer_than_a_comm_still_is_a_pattern(void **state)
{
	(void)state;
	assert_true(comm_matches("[a-z]*[-]no[a-d]e", "prometheus-node"));
	assert_true(comm_matches("prometheus-nod[e]", "prometheus-node"));
}

static void hostile_comm_is_compared_byte_by_byte(void **state)
{
	(void)state;
	assert_true(comm_matches("\xff\xfe", "\xff\xfe"));
	assert_true(comm_matches("*", "\xff\n\x01*"));
	assert_false(comm_matches("a", "*"));
	assert_true(comm_matches("[", "["));
	assert_false(comm_matches("[", "x"));
	assert_false(comm_matches("\\", "x"));
}

static void exe_without_a_slash_is_a_basename(void **state)
{
	(void)state;
	assert_true(exe_matches("redis-server", "/usr/bin/redis-server"));
	assert_true(exe_matches("redis*", "/usr/bin/redis-server"));
	assert_false(exe_matches("usr*", "/usr/bin/redis-server"));
	assert_false(exe_matches("bin", "/usr/bin/redis-server"));
	assert_true(exe_matches("memfd:x", "memfd:x"));
}

static void exe_with_a_slash_is_a_path(void **state)
{
	(void)state;
	assert_true(exe_matches("/usr/bin/redis-server", "/usr/bin/redis-server"));
	assert_false(exe_matches("/bin/redis-server", "/usr/bin/redis-server"));
	assert_true(exe_matches("/usr/*", "/usr/bin/redis-server"));
	assert_true(exe_matches("*/redis-server", "/usr/bin/redis-server"));
	assert_false(exe_matches("bin/redis-server", "/usr/bin/redis-server"));
}

static void exe_that_is_not_known_matches_no_name(void **state)
{
	(void)state;
	assert_false(exe_matches("*", NULL));
	assert_false(exe_matches("x", ""));
	assert_false(cgroup_matches("*", NULL));
	assert_false(cgroup_matches("x", ""));
}

static void cgroup_is_matched_by_path_leaf_or_parent(void **state)
{
	static const char path[] = "/kubepods.slice/pod1.slice/app.scope";

	(void)state;
	assert_true(cgroup_matches(path, path));
	assert_true(cgroup_matches("kubepods.slice/pod1.slice/app.scope", path));
	assert_true(cgroup_matches("app.scope", path));
	assert_true(cgroup_matches("pod1.slice", path));
	assert_true(cgroup_matches("kubepods.slice", path));
	assert_true(cgroup_matches("/kubepods.slice", path));
	assert_true(cgroup_matches("kubepods.slice/pod1.slice", path));
	assert_true(cgroup_matches("pod?.slice", path));
	assert_false(cgroup_matches("pod1", path));
	assert_false(cgroup_matches("kubepods", path));
	assert_false(cgroup_matches("other.slice", path));
	assert_true(cgroup_matches("a b.service", "/system.slice/a b.service"));
}

static void root_group_has_only_the_name_slash(void **state)
{
	(void)state;
	assert_true(cgroup_matches("/", "/"));
	assert_false(cgroup_matches("/", "/x"));
	assert_false(cgroup_matches("x", "/"));
}

static void overlong_cgroup_ends(void **state)
{
	char path[9000];

	(void)state;
	for (size_t i = 0; i < sizeof(path) - 1; i += 2) {
		path[i] = '/';
		path[i + 1] = 'x';
	}
	path[sizeof(path) - 1] = 0;
	assert_false(cgroup_matches("y", path));
	assert_true(cgroup_matches("/x", path));
}

static void selectors_are_joined_by_or(void **state)
{
	struct daemon_options options;

	(void)state;
	assert_int_equal(daemon_options__init(&options), 0);
	assert_false(selector__matches(&options, "a", "/b", "/c"));
	assert_false(selector__needs_identity(&options));
	string_list__add(&options.comms, "x");
	string_list__add(&options.comms, "a");
	assert_false(selector__needs_identity(&options));
	assert_true(selector__matches(&options, "a", NULL, NULL));
	string_list__add(&options.exes, "b");
	assert_true(selector__needs_identity(&options));
	assert_true(selector__matches(&options, "?", "/b", NULL));
	string_list__add(&options.cgroups, "c");
	assert_true(selector__matches(&options, "?", "/?", "/c"));
	assert_false(selector__matches(&options, "?", "/?", "/?"));
	options.all = true;
	assert_true(selector__matches(&options, "", NULL, NULL));
	daemon_options__release(&options);
}

static void pids_are_named_one_by_one(void **state)
{
	struct daemon_options options = {.pids = {23, 2309}, .pid_cnt = 2};

	(void)state;
	assert_true(selector__names(&options, 23));
	assert_true(selector__names(&options, 2309));
	assert_false(selector__names(&options, 2));
	options.pid_cnt = 1;
	assert_false(selector__names(&options, 2309));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comm_is_matched_as_a_whole),
		cmocka_unit_test(comm_may_be_a_pattern),
		cmocka_unit_test(longer_name_than_the_kernel_keeps_stands_for_its_beginning),
		cmocka_unit_test(pattern_longer_than_a_comm_still_is_a_pattern),
		cmocka_unit_test(hostile_comm_is_compared_byte_by_byte),
		cmocka_unit_test(exe_without_a_slash_is_a_basename),
		cmocka_unit_test(exe_with_a_slash_is_a_path),
		cmocka_unit_test(exe_that_is_not_known_matches_no_name),
		cmocka_unit_test(cgroup_is_matched_by_path_leaf_or_parent),
		cmocka_unit_test(root_group_has_only_the_name_slash),
		cmocka_unit_test(overlong_cgroup_ends),
		cmocka_unit_test(selectors_are_joined_by_or),
		cmocka_unit_test(pids_are_named_one_by_one),
	};

	return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
