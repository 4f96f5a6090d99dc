// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole targets: children of this test in the states that a process can be in. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "target/process_list.h"
#include "target/target.h"

#define JEMALLOC    "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
#define DEADLINE_MS 10000
#define STEP_MS	    10

static const struct target_options defaults = {0};

/* A child that sleeps, with @preload (may be NULL) before its libc. */
static pid_t start_sleep(const char *preload)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	execl("/bin/sleep", "sleep", "60", (char *)NULL);
	_exit(127);
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* The target once it has exec'ed, is loaded and @file_cnt allocator files are seen. */
static struct target *wait_for_target(pid_t pid, size_t file_cnt)
{
	for (int ms = 0; ms < DEADLINE_MS; ms += STEP_MS) {
		struct target *target = NULL;

		if (!target__open(pid, &defaults, &target, NULL) && !target->refusal &&
		    !strcmp(target->comm, "sleep") && target->file_cnt == file_cnt &&
		    strstr(target->files[0].means, "first in link"))
			return target;
		target__free(target);
		usleep(STEP_MS * 1000);
	}
	fail_msg("process %d did not become a target", (int)pid);
	return NULL;
}

/* Until its refusal holds @word. */
static struct target *wait_for_refusal(pid_t pid, const char *word)
{
	for (int ms = 0; ms < DEADLINE_MS; ms += STEP_MS) {
		struct target *target = NULL;

		if (!target__open(pid, &defaults, &target, NULL) && target->refusal &&
		    strstr(target->refusal, word))
			return target;
		target__free(target);
		usleep(STEP_MS * 1000);
	}
	fail_msg("process %d was not refused for '%s'", (int)pid, word);
	return NULL;
}

static void assert_file(const struct target_file *file, const char *allocator, enum family family)
{
	struct stat st;

	assert_string_equal(file->allocator, allocator);
	assert_int_equal(file->family, family);
	assert_true(file->fd >= 0);
	assert_int_equal(fstat(file->fd, &st), 0);
	assert_int_equal(file->dev, st.st_dev);
	assert_int_equal(file->ino, st.st_ino);
	assert_int_equal(file->build_id_bytes, 20);
	assert_true(file->place_cnt > 0);
	for (size_t i = 0; i < file->place_cnt; i++) {
		const struct place *place = &file->places[i];

		assert_true(place->usable && place->emulated);
		assert_int_equal(place->probe_vaddr, place->function_vaddr + place->delta);
		assert_int_equal(place->func >= HB_FIRST_VM, family == FAMILY_VM);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(file->places[k].probe_vaddr, place->probe_vaddr);
	}
}

static void a_glibc_program_has_a_heap_and_a_vm_file(void **state)
{
	pid_t pid = start_sleep(NULL);
	struct target *target = wait_for_target(pid, 2);

	(void)state;
	assert_string_equal(target->comm, "sleep");
	assert_string_equal(target->runtime, "native");
	assert_string_equal(target->allocator, "glibc");
	assert_non_null(strstr(target->exe, "sleep"));
	assert_int_equal(target->uid, getuid());
	assert_true(target->rss_bytes > 0 && target->start_ticks > 0);
	assert_string_equal(target->hides, "");
	assert_file(&target->files[0], "glibc", FAMILY_HEAP);
	assert_file(&target->files[1], "glibc", FAMILY_VM);
	assert_int_equal(target->files[0].places[0].func, HB_FREE);
	assert_int_equal(target->files[0].ino, target->files[1].ino);
	target__free(target);
	end_child(pid);
}

static void a_preloaded_allocator_is_the_heap(void **state)
{
	struct target *target;
	pid_t pid;

	(void)state;
	if (access(JEMALLOC, R_OK))
		skip();
	pid = start_sleep(JEMALLOC);
	target = wait_for_target(pid, 2);
	assert_string_equal(target->allocator, "jemalloc");
	assert_file(&target->files[0], "jemalloc", FAMILY_HEAP);
	assert_file(&target->files[1], "glibc", FAMILY_VM);
	assert_int_not_equal(target->files[0].ino, target->files[1].ino);
	target__free(target);
	end_child(pid);
}

static void function_entries_are_all_at_offset_zero(void **state)
{
	struct target_options options = {.function_entry = true};
	pid_t pid = start_sleep(NULL);
	struct target *target = wait_for_target(pid, 2);

	(void)state;
	target__free(target);
	assert_int_equal(target__open(pid, &options, &target, NULL), 0);
	for (size_t i = 0; i < target->files[0].place_cnt; i++) {
		assert_true(target->files[0].places[i].usable);
		assert_int_equal(target->files[0].places[i].delta, 0);
	}
	target__free(target);
	end_child(pid);
}

static void our_own_program_is_never_a_target(void **state)
{
	struct target *target = NULL;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		for (;;)
			pause();
	}
	assert_int_equal(target__open(pid, &defaults, &target, NULL), 0);
	assert_non_null(strstr(target->refusal, "itself"));
	assert_int_equal(target->refusal_code, EXIT_REFUSED);
	assert_int_equal(target->file_cnt, 0);
	target__free(target);
	end_child(pid);
}

static void a_zombie_has_exited(void **state)
{
	struct target *target;
	pid_t pid = fork();

	(void)state;
	if (!pid)
		_exit(0);
	target = wait_for_refusal(pid, "exited");
	assert_int_equal(target->refusal_code, EXIT_RUNTIME);
	target__free(target);
	waitpid(pid, NULL, 0);
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void a_leader_that_ended_is_refused(void **state)
{
	struct target *target;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, wait_for_ever, NULL))
			_exit(1);
		syscall(SYS_exit, 0); /* this thread alone */
	}
	target = wait_for_refusal(pid, "pthread_exit");
	assert_int_equal(target->refusal_code, EXIT_REFUSED);
	target__free(target);
	end_child(pid);
}

static void a_process_that_is_gone_is_an_error(void **state)
{
	struct target *target = NULL;
	struct error error = {0};
	pid_t pid = start_sleep(NULL);

	(void)state;
	end_child(pid);
	assert_int_equal(target__open(pid, &defaults, &target, &error), -ESRCH);
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, "no process"));
	assert_int_equal(target__open(0, &defaults, &target, &error), -ESRCH);
	assert_int_equal(target__open(-1, &defaults, &target, &error), -ESRCH);
	assert_null(target);
}

static void *open_own_thread(void *arg)
{
	struct target *target = NULL;
	struct error *error = arg;

	assert_int_equal(target__open(gettid(), &defaults, &target, error), -ESRCH);
	return NULL;
}

static void a_threads_number_is_no_process(void **state)
{
	struct error error = {0};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, open_own_thread, &error), 0);
	pthread_join(thread, NULL);
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, "thread"));
}

static void the_list_holds_us_in_order(void **state)
{
	bool seen = false;
	pid_t *pids;
	size_t cnt;

	(void)state;
	assert_int_equal(process_list__read(&pids, &cnt), 0);
	for (size_t i = 0; i < cnt; i++) {
		seen = seen || pids[i] == getpid();
		assert_true(!i || pids[i - 1] < pids[i]);
	}
	assert_true(seen);
	free(pids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_glibc_program_has_a_heap_and_a_vm_file),
		cmocka_unit_test(a_preloaded_allocator_is_the_heap),
		cmocka_unit_test(function_entries_are_all_at_offset_zero),
		cmocka_unit_test(our_own_program_is_never_a_target),
		cmocka_unit_test(a_zombie_has_exited),
		cmocka_unit_test(a_leader_that_ended_is_refused),
		cmocka_unit_test(a_process_that_is_gone_is_an_error),
		cmocka_unit_test(a_threads_number_is_no_process),
		cmocka_unit_test(the_list_holds_us_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
