// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol/naming.h"
#include "base/banned.h"

#define QUESTIONS 23
#define PATIENCE  10000 /* ms; a test that waits as long has failed */

static struct naming_worker *new_worker(size_t questions_max)
{
	struct naming_worker *worker = naming_worker__new(questions_max, NULL);

	assert_non_null(worker);
	return worker;
}

/* The next answer, waiting for it as the observer does. */
static struct naming_answer *next(struct naming_worker *worker)
{
	struct pollfd fd = {.fd = naming_worker__fd(worker), .events = POLLIN};
	struct naming_answer *answer;

	assert_int_equal(poll(&fd, 1, PATIENCE), 1);
	answer = naming_worker__take(worker);
	assert_non_null(answer);
	return answer;
}

static void ask(struct naming_worker *worker, uint32_t tag, uint32_t module, uint64_t address)
{
	assert_int_equal(naming_worker__ask(worker, tag, module, address), 0);
}

static void expect(struct naming_worker *worker, uint32_t tag, const char *function)
{
	struct naming_answer *answer = next(worker);

	assert_int_equal(answer->tag, tag);
	assert_true(answer->cnt >= 1);
	assert_string_equal(answer->names[0].function, function);
	free(answer);
}

static void library_is_named_with_its_inlined_calls(void **state)
{
	struct naming_worker *worker = new_worker(QUESTIONS);
	struct naming_answer *answer;
	int fd;

	(void)state;
	make_c_library("lib.so", "");
	run_library("lib.so");
	fd = open(fixture__path("lib.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(naming_worker__add_module(worker, 1, fd, fixture__path("lib.so"),
						   (const uint8_t *)"", 0, 0),
			 0);
	/* It has its own descriptor. */
	close(fd);
	ask(worker, 7, 1, returns[0]);
	ask(worker, 8, 1, returns[1]);
	answer = next(worker);
	assert_int_equal(answer->tag, 7);
	assert_int_equal(answer->module, 1);
	assert_int_equal(answer->address, returns[0]);
	assert_int_equal(answer->cnt, 3);
	assert_string_equal(answer->names[0].function, "inner");
	assert_string_equal(answer->names[2].function, "outer");
	assert_int_equal(answer->names[2].line, 22);
	free(answer);
	expect(worker, 8, "hidden");
	naming_worker__free(worker);
}

static void module_without_a_build_id_or_a_file_has_numbers(void **state)
{
	struct naming_worker *worker = new_worker(QUESTIONS);

	(void)state;
	assert_int_equal(naming_worker__add_module(worker, 1, -1, "/nowhere/lib.so", NULL, 0, 0),
			 0);
	ask(worker, 1, 1, 0x23);
	ask(worker, 2, 2, 0x23);
	expect(worker, 1, "lib.so+0x23");
	expect(worker, 2, "[unknown]+0x23");
	naming_worker__free(worker);
}

static void hostile_file_is_answered_with_numbers(void **state)
{
	struct naming_worker *worker = new_worker(QUESTIONS);
	uint8_t build_id[300] = {1};
	char bytes[4096];
	int fd;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	memcpy(bytes, "\177ELF\2\1\1", 7);
	assert_true(fixture__write("bad", bytes, sizeof(bytes)));
	fd = open(fixture__path("bad"), O_RDONLY | O_CLOEXEC);
	/* A build-id longer than there are is cut. */
	assert_int_equal(
		naming_worker__add_module(worker, 1, fd, "bad\n", build_id, sizeof(build_id), 0),
		0);
	assert_int_equal(naming_worker__add_module(worker, 2, STDIN_FILENO, "", build_id, 20, 0),
			 0);
	close(fd);
	ask(worker, 1, 1, UINT64_MAX);
	ask(worker, 2, 2, 0);
	free(next(worker));
	free(next(worker));
	naming_worker__free(worker);
}

static void answers_come_in_the_order_of_asking(void **state)
{
	struct naming_worker *worker = new_worker(QUESTIONS);

	(void)state;
	for (uint32_t round = 0; round < 23; round++) {
		for (uint32_t i = 0; i < QUESTIONS; i++)
			ask(worker, round * QUESTIONS + i, i, i);
		for (uint32_t i = 0; i < QUESTIONS; i++) {
			struct naming_answer *answer = next(worker);

			assert_int_equal(answer->tag, round * QUESTIONS + i);
			free(answer);
		}
	}
	assert_null(naming_worker__take(worker));
	naming_worker__free(worker);
}

static void more_questions_than_agreed_are_refused_until_answers_are_taken(void **state)
{
	struct naming_worker *worker = new_worker(2);

	(void)state;
	ask(worker, 1, 1, 1);
	ask(worker, 2, 1, 2);
	assert_int_equal(naming_worker__ask(worker, 3, 1, 3), -EAGAIN);
	free(next(worker));
	ask(worker, 3, 1, 3);
	assert_int_equal(naming_worker__ask(worker, 4, 1, 4), -EAGAIN);
	free(next(worker));
	expect(worker, 3, "[unknown]+0x3");
	naming_worker__free(worker);
}

/* A burst of new files while questions wait: the questions that may be asked still find room. */
static void modules_leave_room_for_questions(void **state)
{
	struct naming_worker *worker = new_worker(QUESTIONS);
	int err = 0;

	(void)state;
	for (uint32_t i = 0; i < 8192 && !err; i++)
		err = naming_worker__add_module(worker, i, -1, "/nowhere/x", NULL, 0, 0);
	assert_int_equal(err, 0);
	for (uint32_t i = 0; i < QUESTIONS; i++)
		ask(worker, i, 8191, i);
	expect(worker, 0, "x+0x0");
	naming_worker__free(worker);
}

static void worker_ends_with_questions_and_answers_inside(void **state)
{
	(void)state;
	for (int round = 0; round < 23; round++) {
		struct naming_worker *worker = new_worker(QUESTIONS);

		assert_int_equal(naming_worker__add_module(worker, 1, STDIN_FILENO, "x",
							   (const uint8_t *)"abc", 3, 0),
				 0);
		for (uint32_t i = 0; i < QUESTIONS; i++)
			ask(worker, i, 1, i);
		if (round % 2)
			free(next(worker));
		naming_worker__free(worker);
	}
	naming_worker__free(NULL);
}

/* The mask of blocked signals of the thread called @name; 0 if there is none. */
static uint64_t blocked_in(const char *name)
{
	char file[300], line[256];
	unsigned long long mask = 0;
	bool is_it = false;
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;

	assert_non_null(tasks);
	while (!is_it && (task = readdir(tasks))) {
		FILE *status;

		snprintf(file, sizeof(file), "/proc/self/task/%s/status", task->d_name);
		status = fopen(file, "re");
		while (status && fgets(line, sizeof(line), status)) {
			is_it |= !strncmp(line, "Name:\t", 6) &&
				 !strncmp(line + 6, name, strlen(name));
			if (is_it && !strncmp(line, "SigBlk:", 7))
				mask = strtoull(line + 7, NULL, 16);
		}
		if (status)
			fclose(status);
	}
	closedir(tasks);
	return mask;
}

static void signals_are_left_to_the_loop(void **state)
{
	struct naming_worker *worker = new_worker(QUESTIONS);
	uint64_t blocked = blocked_in("hb-names");
	sigset_t own;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(blocked & 1ULL << ((int[]){SIGTERM, SIGINT, SIGHUP, SIGCHLD}[i] - 1));
	pthread_sigmask(SIG_SETMASK, NULL, &own);
	assert_false(sigismember(&own, SIGTERM));
	naming_worker__free(worker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_is_named_with_its_inlined_calls),
		cmocka_unit_test(module_without_a_build_id_or_a_file_has_numbers),
		cmocka_unit_test(hostile_file_is_answered_with_numbers),
		cmocka_unit_test(answers_come_in_the_order_of_asking),
		cmocka_unit_test(more_questions_than_agreed_are_refused_until_answers_are_taken),
		cmocka_unit_test(modules_leave_room_for_questions),
		cmocka_unit_test(worker_ends_with_questions_and_answers_inside),
		cmocka_unit_test(signals_are_left_to_the_loop),
	};

	return cmocka_run_group_tests_name("naming", tests, fixture__make_dir, fixture__remove_dir);
}
