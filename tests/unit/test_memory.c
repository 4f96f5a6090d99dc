// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory of a live process: exact reads, holes, many ranges at once, its end and its exec. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/memory.h"

#define RANGES 1201 /* three calls */
#define PAGE   4096

static uint64_t at(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

/* Three pages, of which the middle one is a hole. */
static char *with_hole(void)
{
	char *pages =
		mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(pages != MAP_FAILED);
	memset(pages, 'a', 3 * PAGE);
	assert_int_equal(munmap(pages + PAGE, PAGE), 0);
	return pages;
}

static void reads_are_exact_or_fail(void **state)
{
	struct memory *memory = memory__open(getpid());
	char *pages = with_hole();
	char buf[2 * PAGE];

	(void)state;
	assert_non_null(memory);
	assert_true(memory__is_alive(memory));
	assert_int_equal(memory__read(memory, at(pages), buf, PAGE), 0);
	assert_int_equal(memory__read(memory, at(pages) + 1, buf, PAGE), -EFAULT);
	assert_int_equal(memory__read(memory, 0, buf, 8), -EFAULT);
	assert_int_equal(memory__read(memory, UINT64_MAX - 4, buf, 8), -EFAULT);
	assert_int_equal(memory__read_some(memory, at(pages) + PAGE - 3, buf, 8), 3);
	assert_true(memory__bytes(memory) >= PAGE);
	memory__free(memory);
	munmap(pages, PAGE);
	munmap(pages + 2 * PAGE, PAGE);
}

static void of_many_ranges_only_those_in_holes_fail(void **state)
{
	struct memory *memory = memory__open(getpid());
	struct memory_range *ranges = calloc(RANGES, sizeof(*ranges));
	uint64_t values[RANGES], copies[RANGES];
	char *pages = with_hole();

	(void)state;
	assert_non_null(memory);
	assert_non_null(ranges);
	for (unsigned i = 0; i < RANGES; i++) {
		bool hole = i % 600 == 0;

		values[i] = i + 1;
		ranges[i] = (struct memory_range){
			.address = hole ? at(pages) + PAGE - 4 : at(&values[i]),
			.buf = &copies[i],
			.bytes = sizeof(copies[i]),
			.failed = !hole,
		};
	}
	memset(copies, 0, sizeof(copies));
	assert_int_equal(memory__read_many(memory, ranges, RANGES), 0);
	for (unsigned i = 0; i < RANGES; i++) {
		assert_int_equal(ranges[i].failed, i % 600 == 0);
		if (i % 600)
			assert_int_equal(copies[i], i + 1);
	}
	assert_true(memory__calls(memory) < 12);
	memory__free(memory);
	free(ranges);
	munmap(pages, PAGE);
	munmap(pages + 2 * PAGE, PAGE);
}

/* A child that waits on a pipe, then ends or becomes another program. */
static pid_t start(int *ret_go, bool exec)
{
	int go[2];
	pid_t pid;

	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (!pid) {
		char byte;

		close(go[1]);
		if (read(go[0], &byte, 1) == 1 && exec)
			execl("/bin/sleep", "sleep", "60", (char *)NULL);
		_exit(0);
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

static int read_value(struct memory *memory)
{
	static uint64_t value = 23;
	uint64_t copy = 0;
	int err = memory__read(memory, at(&value), &copy, sizeof(copy));

	if (!err)
		assert_int_equal(copy, 23);
	return err;
}

static void the_dead_are_gone(void **state)
{
	static uint64_t value, copy;
	struct memory_range range = {at(&value), &copy, sizeof(copy), false};
	struct memory *memory;
	int go;
	pid_t pid = start(&go, false);

	(void)state;
	memory = memory__open(pid);
	assert_non_null(memory);
	assert_int_equal(read_value(memory), 0);
	assert_int_equal(write(go, "x", 1), 1);
	close(go);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(memory__is_alive(memory));
	assert_int_equal(read_value(memory), -ESRCH);
	assert_int_equal(memory__read_many(memory, &range, 1), -ESRCH);
	memory__free(memory);
	assert_null(memory__open(pid));
	assert_int_equal(errno, ESRCH);
}

static void another_program_in_the_same_process_is_not_it(void **state)
{
	struct memory *memory;
	int go, status;
	pid_t pid = start(&go, true);

	(void)state;
	memory = memory__open(pid);
	assert_non_null(memory);
	assert_int_equal(read_value(memory), 0);
	assert_int_equal(write(go, "x", 1), 1);
	for (unsigned i = 0; i < 1000 && memory__is_alive(memory); i++)
		usleep(10000);
	assert_false(memory__is_alive(memory));
	assert_int_equal(read_value(memory), -ESRCH);
	memory__free(memory);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(go);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_are_exact_or_fail),
		cmocka_unit_test(of_many_ranges_only_those_in_holes_fail),
		cmocka_unit_test(the_dead_are_gone),
		cmocka_unit_test(another_program_in_the_same_process_is_not_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
