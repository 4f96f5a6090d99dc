// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unwind/maps.h"
#include "base/banned.h"

static void parse(struct maps *maps, const char *text)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");

	assert_non_null(file);
	assert_int_equal(maps__parse(maps, file), 0);
	fclose(file);
}

static void executable_file_mappings_are_kept(void **state)
{
	struct maps maps;

	(void)state;
	parse(&maps, "55d000000000-55d000001000 r--p 00000000 fd:01 123    /usr/bin/a b (deleted)\n"
		     "55d000001000-55d000003000 r-xp 00001000 fd:01 123    /usr/bin/a b (deleted)\n"
		     "55d000003000-55d000004000 rw-p 00003000 fd:01 123    /usr/bin/a b (deleted)\n"
		     "7f0000000000-7f0000001000 rwxp 00000000 00:00 0 \n"
		     "7f0000002000-7f0000003000 r-xp 00000000 00:05 9      /memfd:jit (deleted)\n"
		     "7ffd00000000-7ffd00001000 r-xp 00000000 00:00 0      [vdso]\n"
		     "7fffffffe000-7ffffffff000 --xp 00000000 00:00 0      [uprobes]\n");
	assert_int_equal(maps.cnt, 2);
	assert_int_equal(maps.items[0].start, 0x55d000001000);
	assert_int_equal(maps.items[0].end, 0x55d000003000);
	assert_int_equal(maps.items[0].offset, 0x1000);
	assert_string_equal(maps.items[0].path, "/usr/bin/a b (deleted)");
	assert_string_equal(maps.items[1].path, "/memfd:jit (deleted)");
	assert_int_equal(maps.vdso, 0x7ffd00000000);
	maps__release(&maps);
}

static void hash_tells_other_mappings_apart(void **state)
{
	static const char *const texts[] = {
		"1000-2000 r-xp 00000000 fd:01 1 /a\n",
		"1000-3000 r-xp 00000000 fd:01 1 /a\n",
		"1000-2000 r-xp 00001000 fd:01 1 /a\n",
		"1000-2000 r-xp 00000000 fd:01 1 /b\n",
		"1000-2000 r-xp 00000000 fd:01 1 /a\n2000-3000 r-xp 00000000 fd:01 1 /a\n",
	};
	struct maps maps, same;

	(void)state;
	parse(&maps, texts[0]);
	parse(&same, "1000-2000 r-xp 00000000 fd:01 1     /a\n5000-6000 rw-p 00000000 00:00 0\n");
	assert_true(maps.hash == same.hash);
	maps__release(&same);
	for (size_t i = 1; i < 5; i++) {
		parse(&same, texts[i]);
		assert_true(maps.hash != same.hash);
		maps__release(&same);
	}
	maps__release(&maps);
}

static void broken_lines_are_skipped(void **state)
{
	struct maps maps;

	(void)state;
	parse(&maps, "\nx\n1000-\n2000-1000 r-xp 0 0:0 1 /backwards\n1000-2000 r-\n"
		     "3000-4000 r-xp 0 0:0 1 /kept\n3800-4800 r-xp 0 0:0 1 /overlapping\n"
		     "5000-6000 r-xp 0 0:0 1 /no-newline");
	assert_int_equal(maps.cnt, 2);
	assert_string_equal(maps.items[0].path, "/kept");
	assert_string_equal(maps.items[1].path, "/no-newline");
	maps__release(&maps);
}

static void mappings_are_bounded(void **state)
{
	static char text[80 * 3 * MAPS_MAX];
	struct maps maps;
	size_t len = 0;

	(void)state;
	for (unsigned int i = 1; i < 2 * MAPS_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%x000-%x800 r-xp 00000000 fd:01 %u /lib/%u.so\n", i, i, i,
					i);
	parse(&maps, text);
	assert_int_equal(maps.cnt, MAPS_MAX);
	maps__release(&maps);
}

static void own_process_has_mappings_and_a_start(void **state)
{
	struct maps maps;

	(void)state;
	assert_int_equal(maps__read(&maps, getpid()), 0);
	assert_true(maps.cnt >= 2);
	assert_true(maps.vdso != 0);
	maps__release(&maps);
	assert_true(maps__start_ticks(getpid()) > 0);
}

static void ended_process_is_told(void **state)
{
	struct maps maps;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(0);
	/* A zombie still has its files in /proc, but no mappings. */
	while (maps__read(&maps, pid) == 0)
		maps__release(&maps);
	assert_int_equal(maps__read(&maps, pid), -ESRCH);
	waitpid(pid, NULL, 0);
	assert_int_equal(maps__read(&maps, pid), -ESRCH);
	assert_int_equal(maps__start_ticks(pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(executable_file_mappings_are_kept),
		cmocka_unit_test(hash_tells_other_mappings_apart),
		cmocka_unit_test(broken_lines_are_skipped),
		cmocka_unit_test(mappings_are_bounded),
		cmocka_unit_test(own_process_has_mappings_and_a_start),
		cmocka_unit_test(ended_process_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
