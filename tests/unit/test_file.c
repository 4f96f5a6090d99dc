// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening files of a target that would like us to open something else. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/file.h"

static char root[PATH_MAX]; /* what the child sees as "/" */
static pid_t child = -1;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static const char *in_root(const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s%s", root, name);
	return path;
}

/* A child in a chroot that holds a file, links that lead out of it, a FIFO and a huge file. */
static int start_child(void **state)
{
	int ready[2];
	char byte;

	(void)state;
	if (geteuid())
		return 0;
	snprintf(root, sizeof(root), "/tmp/heapbeat-test-file-XXXXXX");
	if (!mkdtemp(root) || pipe(ready))
		return -1;
	mkdir(in_root("/etc"), 0700);
	write_file(in_root("/etc/hostname"), "inside");
	if (symlink("/etc/hostname", in_root("/absolute")) ||
	    symlink("../../../../../etc/passwd", in_root("/escape")) ||
	    symlink("/proc/self/root/etc/passwd", in_root("/magic")) ||
	    symlink("loop", in_root("/loop")) || mkfifo(in_root("/fifo"), 0600))
		return -1;
	write_file(in_root("/huge"), "");
	if (truncate(in_root("/huge"), 1LL << 40) && truncate(in_root("/huge"), 1LL << 33))
		return -1;
	child = fork();
	if (!child) {
		if (chroot(root) || chdir("/") || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		return -1;
	close(ready[0]);
	return child < 0 ? -1 : 0;
}

static int end_child(void **state)
{
	static const char *const names[] = {"/etc/hostname", "/absolute", "/escape",
					    "/magic",	     "/loop",	  "/fifo",
					    "/huge",	     "/etc",	  ""};

	(void)state;
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			remove(in_root(names[i]));
	}
	return 0;
}

static void needs_root(void)
{
	if (child <= 0)
		skip();
}

static void an_absolute_link_stays_in_the_targets_root(void **state)
{
	char text[16] = "";
	int fd;

	(void)state;
	needs_root();
	fd = file__open_in_root(child, "/absolute");
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_memory_equal(text, "inside", 6);
	close(fd);
}

static void ways_out_of_the_root_lead_nowhere(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(file__open_in_root(child, "/escape"), -ENOENT);
	assert_int_equal(file__open_in_root(child, "/../../etc/passwd"), -ENOENT);
	assert_int_equal(file__open_in_root(child, "/magic"), -ENOENT);
	assert_int_equal(file__open_in_root(child, "/loop"), -ELOOP);
}

static void magic_links_are_refused(void **state)
{
	(void)state;
	assert_int_equal(file__open_in_root(getpid(), "/proc/self/exe"), -ELOOP);
}

static void only_regular_files_of_bearable_size_are_opened(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(file__open_in_root(child, "/fifo"), -EINVAL);
	assert_int_equal(file__open_in_root(child, "/etc"), -EINVAL);
	assert_int_equal(file__open_in_root(child, "/huge"), -EFBIG);
	assert_int_equal(file__open_in_root(getpid(), "/dev/null"), -EINVAL);
}

static void names_that_are_no_absolute_paths_are_refused(void **state)
{
	(void)state;
	assert_int_equal(file__open_in_root(getpid(), "etc/hostname"), -EINVAL);
	assert_int_equal(file__open_in_root(getpid(), ""), -EINVAL);
	assert_int_equal(file__open_in_root(getpid(), NULL), -EINVAL);
	assert_int_equal(file__open_in_root(0x7fffffff, "/etc/hostname"), -ENOENT);
}

/* A page of a deleted file, mapped below 4 GB or wherever the kernel puts it. */
static void a_deleted_file_is_reached_through_its_mapping(void **state)
{
	char path[] = "/tmp/heapbeat-test-mapped-XXXXXX", text[8] = "";
	int made = mkstemp(path), fd;
	uint64_t start;
	void *page;

	(void)state;
	assert_true(made >= 0);
	assert_int_equal(write(made, "mapped", 6), 6);
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, made, 0);
	assert_true(page != MAP_FAILED);
	start = (uint64_t)(uintptr_t)page;
	unlink(path);
	close(made);
	fd = file__open_mapped(getpid(), start, start + 4096, NULL);
	if (fd == -EPERM || fd == -EACCES) {
		munmap(page, 4096);
		skip();
	}
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	assert_memory_equal(text, "mapped", 6);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	munmap(page, 4096);
	assert_int_equal(file__open_mapped(getpid(), start, start + 4096, NULL), -ENOENT);
}

static void a_mapping_that_is_gone_falls_back_to_the_path(void **state)
{
	int fd = file__open_mapped(getpid(), 0x1000, 0x2000, "/proc/self/exe");

	(void)state;
	assert_int_equal(fd, -ELOOP);
	fd = file__open_mapped(getpid(), 0x1000, 0x2000, "/etc/passwd");
	assert_true(fd >= 0);
	close(fd);
}

static void memory_is_read_whole_or_not_at_all(void **state)
{
	size_t page = 4096;
	char *two =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t address = (uint64_t)(uintptr_t)two;
	char buf[64];

	(void)state;
	assert_true(two != MAP_FAILED);
	memcpy(two, "heapbeat", 8);
	assert_int_equal(munmap(two + page, page), 0);
	assert_int_equal(file__read_memory(getpid(), address, buf, 8), 0);
	assert_memory_equal(buf, "heapbeat", 8);
	assert_int_equal(file__read_memory(getpid(), address + page - 8, buf, 16), -EFAULT);
	assert_int_equal(file__read_memory(getpid(), address + page, buf, 16), -EFAULT);
	assert_int_equal(file__read_memory(0x7fffffff, address, buf, 8), -ESRCH);
	munmap(two, page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absolute_link_stays_in_the_targets_root),
		cmocka_unit_test(ways_out_of_the_root_lead_nowhere),
		cmocka_unit_test(magic_links_are_refused),
		cmocka_unit_test(only_regular_files_of_bearable_size_are_opened),
		cmocka_unit_test(names_that_are_no_absolute_paths_are_refused),
		cmocka_unit_test(a_deleted_file_is_reached_through_its_mapping),
		cmocka_unit_test(a_mapping_that_is_gone_falls_back_to_the_path),
		cmocka_unit_test(memory_is_read_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, start_child, end_child);
}
