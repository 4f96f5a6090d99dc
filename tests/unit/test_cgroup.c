// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/cgroup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/banned.h"

#define ID    "4f3c1e9a0b7d4f3c1e9a0b7d4f3c1e9a0b7d4f3c1e9a0b7d4f3c1e9a0b7d4f3c"
#define SHORT "4f3c1e9a0b7d"
#define OTHER "99991e9a0b7d4f3c1e9a0b7d4f3c1e9a0b7d4f3c1e9a0b7d4f3c1e9a0b7d4f3c"

static void expect_path(const char *text, const char *path)
{
	char found[CGROUP_PATH_BYTES];

	cgroup__parse(text, found, sizeof(found));
	assert_string_equal(found, path);
}

static void expect_unit(const char *path, const char *unit)
{
	char found[CGROUP_UNIT_BYTES];

	cgroup__unit(path, found, sizeof(found));
	assert_string_equal(found, unit);
}

static void unified_hierarchy_is_read(void **state)
{
	(void)state;
	expect_path("0::/system.slice/redis.service\n", "/system.slice/redis.service");
	expect_path("0::/system.slice/redis.service", "/system.slice/redis.service");
	expect_path("0::/\n", "/");
	expect_path("0::/../../outside\n", "/../../outside");
}

static void hybrid_prefers_v2_then_systemd_then_memory(void **state)
{
	(void)state;
	expect_path("12:memory:/m\n5:cpu,cpuacct:/c\n1:name=systemd:/s\n0::/v\n", "/v");
	expect_path("12:memory:/m\n5:cpu,cpuacct:/c\n1:name=systemd:/s\n", "/s");
	expect_path("5:cpu,cpuacct:/c\n12:memory:/m\n", "/m");
	expect_path("5:cpu,memory,blkio:/m\n", "/m");
	expect_path("5:cpu,cpuacct:/c\n", "");
	expect_path("5:memoryless:/c\n6:name=systemdx:/d\n", "");
}

static void root_of_an_unused_hierarchy_tells_nothing(void **state)
{
	(void)state;
	expect_path("4:memory:/user.slice\n1:name=systemd:/user.slice/s.scope\n0::/\n",
		    "/user.slice/s.scope");
	expect_path("4:memory:/\n1:name=systemd:/\n0::/\n", "/");
}

static void hierarchy_that_names_the_container_goes_first(void **state)
{
	(void)state;
	expect_path("9:memory:/docker/" ID "\n1:name=systemd:/docker/" ID
		    "\n0::/system.slice/containerd.service\n",
		    "/docker/" ID);
}

static void colons_and_spaces_belong_to_the_path(void **state)
{
	(void)state;
	expect_path("0::/a b/c:d:e f\n", "/a b/c:d:e f");
	expect_unit("/a b/c:d:e f", "c:d:e f");
	expect_path("1:name=systemd:/x:/y\n", "/x:/y");
}

static void nonsense_is_no_path(void **state)
{
	static const char *const texts[] = {
		"",	  "\n",	 "\n\n\n", ":", "::", "0:", "0::", "0::relative\n",
		"0:/x\n", "/\n", "::\n::",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_path(texts[i], "");
	expect_path("nonsense\n0::/fine\n\xff\xfe\n", "/fine");
}

/* A colon of the next line must not complete this one. */
static void lines_are_taken_one_by_one(void **state)
{
	(void)state;
	expect_path("0:\n:/x\n", "");
	expect_path("0\n::/x\n", "/x");
	expect_path("0:memory\n5::/y", "/y");
}

static void overlong_path_is_cut(void **state)
{
	char text[3000] = "0::/", path[16];
	char found[CGROUP_PATH_BYTES];

	(void)state;
	memset(text + 4, 'x', sizeof(text) - 5);
	cgroup__parse(text, found, sizeof(found));
	assert_int_equal(strlen(found), CGROUP_PATH_BYTES - 1);
	cgroup__parse(text, path, sizeof(path));
	assert_string_equal(path, "/xxxxxxxxxxxxxx");
	cgroup__parse(text, path, 1);
	assert_string_equal(path, "");
}

static void unit_is_the_leaf(void **state)
{
	(void)state;
	expect_unit("/system.slice/redis.service", "redis.service");
	expect_unit("/user.slice/user-0.slice/session-3.scope", "session-3.scope");
	expect_unit("/system.slice/redis.service//", "redis.service");
	expect_unit("redis.service", "redis.service");
	expect_unit("/", "");
	expect_unit("///", "");
	expect_unit("", "");
}

static void container_is_called_by_the_beginning_of_its_id(void **state)
{
	static const char *const paths[] = {
		"/docker/" ID,
		"/docker/" ID "/",
		"/system.slice/docker-" ID ".scope",
		"/machine.slice/libpod-" ID ".scope",
		"/machine.slice/libpod-" ID ".scope/container",
		"/kubepods/burstable/pod0f7a/" ID,
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f7a.slice/"
		"cri-containerd-" ID ".scope",
		"/kubepods.slice/kubepods-pod0f7a.slice/crio-" ID ".scope",
		"/system.slice/containerd.service/kubepods-pod0f7a.slice:cri-containerd:" ID,
		"/docker/" ID "/system.slice/nginx.service",
		/* Kubernetes in docker: the container within. */
		"/docker/" OTHER "/kubelet.slice/cri-containerd-" ID ".scope",
		ID,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		expect_unit(paths[i], SHORT);
}

static void what_only_looks_like_an_id_is_a_name(void **state)
{
	(void)state;
	expect_unit("/x/" ID "0", ID "0");
	expect_unit("/x/docker" ID ".scope", "docker" ID ".scope");
	expect_unit("/x/docker-" SHORT ".scope", "docker-" SHORT ".scope");
	expect_unit("/x/.scope", ".scope");
	/* Upper case is not what runtimes write. */
	expect_unit("/x/4F3C1E9A0B7D4F3C1E9A0B7D4F3C1E9A0B7D4F3C1E9A0B7D4F3C1E9A0B7D4F3C",
		    "4F3C1E9A0B7D4F3C1E9A0B7D4F3C1E9A0B7D4F3C1E9A0B7D4F3C1E9A0B7D4F3C");
}

static void overlong_unit_is_cut(void **state)
{
	char path[400] = "/", unit[CGROUP_UNIT_BYTES];

	(void)state;
	memset(path + 1, 'y', sizeof(path) - 2);
	cgroup__unit(path, unit, sizeof(unit));
	assert_int_equal(strlen(unit), CGROUP_UNIT_BYTES - 1);
}

static void own_group_is_read_and_a_process_that_is_gone_is_an_error(void **state)
{
	char path[CGROUP_PATH_BYTES] = "old";

	(void)state;
	assert_int_equal(cgroup__read(getpid(), path, sizeof(path)), 0);
	assert_true(!path[0] || path[0] == '/');
	snprintf(path, sizeof(path), "old");
	assert_true(cgroup__read(0x3fffffff, path, sizeof(path)) < 0);
	assert_string_equal(path, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unified_hierarchy_is_read),
		cmocka_unit_test(hybrid_prefers_v2_then_systemd_then_memory),
		cmocka_unit_test(root_of_an_unused_hierarchy_tells_nothing),
		cmocka_unit_test(hierarchy_that_names_the_container_goes_first),
		cmocka_unit_test(colons_and_spaces_belong_to_the_path),
		cmocka_unit_test(nonsense_is_no_path),
		cmocka_unit_test(lines_are_taken_one_by_one),
		cmocka_unit_test(overlong_path_is_cut),
		cmocka_unit_test(unit_is_the_leaf),
		cmocka_unit_test(container_is_called_by_the_beginning_of_its_id),
		cmocka_unit_test(what_only_looks_like_an_id_is_a_name),
		cmocka_unit_test(overlong_unit_is_cut),
		cmocka_unit_test(own_group_is_read_and_a_process_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
