// SPDX-License-Identifier: GPL-2.0-or-later
/* Parsers of /proc text that a hostile process shapes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "target/procfs.h"

#define STAT_TAIL                                                               \
	" S 1 10 10 0 -1 4194304 99 0 0 0 7 3 0 0 20 0 5 0 215085 8302592 300 " \
	"18446744073709551615\n"

static int parse_stat(const char *text, struct proc_stat *stat)
{
	return proc_stat__parse(text, strlen(text), stat);
}

static void stat_reads_state_threads_and_start(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(parse_stat("23 (redis)" STAT_TAIL, &stat), 0);
	assert_string_equal(stat.comm, "redis");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.thread_cnt, 5);
	assert_int_equal(stat.start_ticks, 215085);
	assert_false(stat.is_kernel_thread);
}

static void stat_survives_a_name_that_looks_like_the_rest(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(parse_stat("23 (a) R 9 9\n()" STAT_TAIL, &stat), 0);
	assert_string_equal(stat.comm, "a) R 9 9\n(");
	assert_int_equal(stat.start_ticks, 215085);
}

static void stat_tells_kernel_threads(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(
		parse_stat("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 9 0", &stat),
		0);
	assert_true(stat.is_kernel_thread);
}

static void stat_cuts_a_long_name(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(parse_stat("2 (kworker/u4:1-events_unbound_and_more)" STAT_TAIL, &stat),
			 0);
	assert_int_equal(strlen(stat.comm), 31);
}

static void stat_refuses_what_is_no_stat(void **state)
{
	static const char *const bad[] = {
		"",
		"23",
		"23 (",
		"23 )(",
		"23 (x)",
		"23 (x) ",
		"23 (x) S",
		"23 (x) S 1 10",
		"23 (x) S 1 x 10 0 -1 4194304 99 0 0 0 7 3 0 0 20 0 5 0 215085",
		"23 (x) S 1 10 10 0 -1 4194304 99 0 0 0 7 3 0 0 20 0 -5 0 215085",
		"23 (x) S 1 10 10 0 -1 4194304 99 0 0 0 7 3 0 0 20 0 5 0 99999999999999999999999",
	};
	struct proc_stat stat = {.start_ticks = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_stat(bad[i], &stat), -EINVAL);
	assert_int_equal(stat.start_ticks, 7);
}

static void status_reads_identity(void **state)
{
	static const char text[] = "Name:\tUid:\\n\nTgid:\t4711\nPid:\t4711\nUid:\t33\t0\t0\t0\n"
				   "Gid:\t1\t1\t1\t1\nNStgid:\t4711\t17\t1\nNSpid:\t4711\t17\t1\n";
	struct proc_status status;

	(void)state;
	assert_int_equal(proc_status__parse(text, sizeof(text) - 1, &status), 0);
	assert_int_equal(status.tgid, 4711);
	assert_int_equal(status.uid, 33);
	assert_int_equal(status.namespace_cnt, 3);
	assert_int_equal(status.inner_pid, 1);
}

static void status_without_a_namespace_line_is_ours(void **state)
{
	static const char text[] = "Tgid:\t5\nUid:\t0\t0\t0\t0";
	struct proc_status status;

	(void)state;
	assert_int_equal(proc_status__parse(text, sizeof(text) - 1, &status), 0);
	assert_int_equal(status.namespace_cnt, 1);
	assert_int_equal(status.inner_pid, 5);
}

static void status_refuses_missing_or_broken_lines(void **state)
{
	static const char *const bad[] = {"",
					  "Tgid:\t5\n",
					  "Uid:\t0\n",
					  "Tgid:\nUid:\t0\n",
					  "Tgid:\tx\nUid:\t0\n",
					  "xTgid:\t5\nUid:\t0\n",
					  "Tgid:\t5\nUid:\t4294967296\n"};
	struct proc_status status;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(proc_status__parse(bad[i], strlen(bad[i]), &status), -EINVAL);
}

static void statm_reads_the_resident_pages(void **state)
{
	uint64_t pages = 0;

	(void)state;
	assert_int_equal(proc_statm__parse("1200 300 20 1 0 9 0\n", 20, &pages), 0);
	assert_int_equal(pages, 300);
	assert_int_equal(proc_statm__parse("1200", 4, &pages), -EINVAL);
	assert_int_equal(proc_statm__parse("", 0, &pages), -EINVAL);
}

static int parse_maps(const char *text, struct proc_maps *maps)
{
	return proc_maps__parse(text, strlen(text), maps);
}

static void maps_keeps_files_only(void **state)
{
	struct proc_maps maps;

	(void)state;
	assert_int_equal(
		parse_maps("55e0cd334000-55e0cd3a0000 r--p 00000000 fe:01 10166334   /usr/bin/q\n"
			   "55e0cd3a0000-55e0cd4e4000 r-xp 0006c000 fe:01 10166334   /usr/bin/q\n"
			   "7ffd0a000000-7ffd0a021000 rw-p 00000000 00:00 0          [stack]\n"
			   "7ffd0b000000-7ffd0b021000 rw-s 00001000 00:05 77         /dev/zero\n"
			   "7ffd0c000000-7ffd0c021000 rw-p 00000000 00:00 0\n",
			   &maps),
		0);
	assert_int_equal(maps.cnt, 3);
	assert_false(maps.truncated);
	assert_string_equal(maps.items[1].path, "/usr/bin/q");
	assert_int_equal(maps.items[1].start, 0x55e0cd3a0000);
	assert_int_equal(maps.items[1].end, 0x55e0cd4e4000);
	assert_int_equal(maps.items[1].offset, 0x6c000);
	assert_int_equal(maps.items[1].dev, makedev(0xfe, 1));
	assert_int_equal(maps.items[1].ino, 10166334);
	assert_true(maps.items[1].executable && maps.items[1].readable && !maps.items[1].writable);
	assert_true(maps.items[2].shared && maps.items[2].writable);
	proc_maps__release(&maps);
}

static void maps_understands_deleted_spaces_and_newlines(void **state)
{
	struct proc_maps maps;

	(void)state;
	assert_int_equal(
		parse_maps("1000-2000 r-xp 00000000 fe:00 5   /tmp/a b\\012c\\x (deleted)\n"
			   "3000-4000 r-xp 00000000 fe:00 6    (deleted)\n",
			   &maps),
		0);
	assert_string_equal(maps.items[0].path, "/tmp/a b\nc\\x");
	assert_true(maps.items[0].deleted);
	/* No name before the suffix: then it is the name. */
	assert_string_equal(maps.items[1].path, "(deleted)");
	assert_false(maps.items[1].deleted);
	proc_maps__release(&maps);
}

static void maps_marks_a_text_cut_in_a_line(void **state)
{
	struct proc_maps maps;

	(void)state;
	assert_int_equal(
		parse_maps("1000-2000 r-xp 00000000 fe:00 5   /a\n2000-3000 r-xp 0000", &maps), 0);
	assert_int_equal(maps.cnt, 1);
	assert_true(maps.truncated);
	proc_maps__release(&maps);
}

static void maps_refuses_broken_lines(void **state)
{
	static const char *const bad[] = {
		"x\n",
		"1000\n",
		"1000-\n",
		"2000-1000 r-xp 0 fe:00 5 /a\n",
		"1000-2000 r-x\n",
		"1000-2000 r-xp zz fe:00 5 /a\n",
		"1000-2000 r-xp 0 fe 5 /a\n",
		"1000-2000 r-xp 0 fe:00 a /a\n",
		"11111111111111111-2 r-xp 0 fe:00 5 /a\n",
		"\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct proc_maps maps;

		assert_int_equal(parse_maps(bad[i], &maps), -EINVAL);
		proc_maps__release(&maps);
	}
}

static void maps_stops_at_its_bound(void **state)
{
	static const char line[] = "1000-2000 r-xp 00000000 fe:00 5 /a\n";
	size_t lines = PROC_MAPS_MAX + 23, len = sizeof(line) - 1;
	char *text = malloc(lines * len);
	struct proc_maps maps;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < lines; i++)
		memcpy(text + i * len, line, len);
	assert_int_equal(proc_maps__parse(text, lines * len, &maps), 0);
	assert_int_equal(maps.cnt, PROC_MAPS_MAX);
	assert_true(maps.truncated);
	proc_maps__release(&maps);
	free(text);
}

static void cgroup_finds_the_hierarchy(void **state)
{
	static const char text[] = "9:name=systemd:/\n4:cpu,memory:/a b/c\n0::/user.slice/x\n";
	char path[32];

	(void)state;
	assert_int_equal(proc_cgroup__parse(text, "", path, sizeof(path)), 0);
	assert_string_equal(path, "/user.slice/x");
	assert_int_equal(proc_cgroup__parse(text, "memory", path, sizeof(path)), 0);
	assert_string_equal(path, "/a b/c");
	assert_int_equal(proc_cgroup__parse(text, "mem", path, sizeof(path)), -ENOENT);
	assert_int_equal(proc_cgroup__parse(text, "", path, 4), -ENAMETOOLONG);
	assert_int_equal(proc_cgroup__parse("nonsense", "", path, sizeof(path)), -ENOENT);
	assert_int_equal(proc_cgroup__parse("0:", "", path, sizeof(path)), -ENOENT);
}

static void reader_reads_our_own_process(void **state)
{
	struct proc_stat stat;
	struct proc_maps maps;
	char *text;
	size_t len;

	(void)state;
	assert_int_equal(procfs__read(getpid(), "stat", PROC_SMALL_MAX_BYTES, &text, &len), 0);
	assert_int_equal(proc_stat__parse(text, len, &stat), 0);
	assert_string_equal(stat.comm, "test_procfs");
	free(text);
	assert_int_equal(procfs__read(getpid(), "maps", PROC_MAPS_MAX_BYTES, &text, &len), 0);
	assert_int_equal(proc_maps__parse(text, len, &maps), 0);
	assert_true(maps.cnt > 5);
	proc_maps__release(&maps);
	free(text);
}

static void reader_stops_at_its_bound_and_at_a_missing_process(void **state)
{
	char *text = NULL;
	size_t len;

	(void)state;
	assert_int_equal(procfs__read(getpid(), "maps", 100, &text, &len), 0);
	assert_int_equal(len, 100);
	assert_int_equal(text[100], 0);
	free(text);
	assert_int_equal(procfs__read(0x7fffffff, "stat", 100, &text, &len), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_reads_state_threads_and_start),
		cmocka_unit_test(stat_survives_a_name_that_looks_like_the_rest),
		cmocka_unit_test(stat_tells_kernel_threads),
		cmocka_unit_test(stat_cuts_a_long_name),
		cmocka_unit_test(stat_refuses_what_is_no_stat),
		cmocka_unit_test(status_reads_identity),
		cmocka_unit_test(status_without_a_namespace_line_is_ours),
		cmocka_unit_test(status_refuses_missing_or_broken_lines),
		cmocka_unit_test(statm_reads_the_resident_pages),
		cmocka_unit_test(maps_keeps_files_only),
		cmocka_unit_test(maps_understands_deleted_spaces_and_newlines),
		cmocka_unit_test(maps_marks_a_text_cut_in_a_line),
		cmocka_unit_test(maps_refuses_broken_lines),
		cmocka_unit_test(maps_stops_at_its_bound),
		cmocka_unit_test(cgroup_finds_the_hierarchy),
		cmocka_unit_test(reader_reads_our_own_process),
		cmocka_unit_test(reader_stops_at_its_bound_and_at_a_missing_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
