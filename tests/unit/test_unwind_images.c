// SPDX-License-Identifier: GPL-2.0-or-later
#include "shot.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>

#include "compiled.h"
#include "base/banned.h"

static void library_loaded_later_is_found(void **state)
{
	static const char source[] = "void call(void (*f)(void *), void *arg)\n"
				     "{ f(arg); __asm__ volatile(\"\"); }\n";
	struct shot *shot = calloc(1, sizeof(*shot));
	struct timespec pause = {0, 20000000};
	void (*call)(void (*)(void *), void *);
	struct unwind_answer *answer;
	struct bench bench;
	void *library;
	int tries = 0;

	(void)state;
	setup(&bench);
	assert_int_equal(unwind_worker__prepare(bench.worker, getpid(), 1), 0);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	assert_true(fixture__write("late.c", source, sizeof(source) - 1));
	assert_true(fixture__run("gcc -O2 -shared -fPIC -o late.so late.c"));
	library = dlopen(fixture__path("late.so"), RTLD_NOW);
	assert_non_null(library);
	*(void **)&call = dlsym(library, "call");
	shot->capture = capture_return;
	call((void (*)(void *))chain_c, shot);
	/* A stray sample makes the worker look again, but not at every sample. */
	for (;;) {
		answer = ask(&bench, shot);
		if (answer->frame_cnt > 2)
			break;
		unwind_answer__free(answer);
		assert_true(++tries < 500);
		nanosleep(&pause, NULL);
	}
	assert_string_equal(name_of(&bench, &answer->frames[0]), "chain_c");
	assert_string_equal(name_of(&bench, &answer->frames[1]), "call");
	assert_string_equal(name_of(&bench, &answer->frames[2]), "library_loaded_later_is_found");
	unwind_answer__free(answer);
	dlclose(library);
	teardown(&bench);
	free(shot);
}

static void refresh_makes_the_worker_look_at_once(void **state)
{
	struct shot *shot = calloc(1, sizeof(*shot));
	void (*call)(void (*)(void *), void *);
	struct unwind_answer *answer;
	struct bench bench;
	void *library;

	(void)state;
	setup(&bench);
	assert_int_equal(unwind_worker__prepare(bench.worker, getpid(), 1), 0);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	library = dlopen(fixture__path("late.so"), RTLD_NOW);
	assert_non_null(library);
	*(void **)&call = dlsym(library, "call");
	shot->capture = capture_return;
	call((void (*)(void *))chain_c, shot);
	assert_int_equal(unwind_worker__refresh(bench.worker, 1), 0);
	answer = ask(&bench, shot);
	assert_string_equal(name_of(&bench, &answer->frames[1]), "call");
	unwind_answer__free(answer);
	dlclose(library);
	teardown(&bench);
	free(shot);
}

/* A child hands over its shot and then waits for its end. */
static pid_t start_child(struct shot *shot, int *ret_go)
{
	int out[2], go[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (!pid) {
		shot = take_shot(capture_return, 0, false);
		if (write(out[1], shot, sizeof(*shot)) != sizeof(*shot) ||
		    read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(0);
	}
	close(out[1]);
	close(go[0]);
	assert_int_equal(read(out[0], shot, sizeof(*shot)), sizeof(*shot));
	close(out[0]);
	*ret_go = go[1];
	return pid;
}

static void end_child(pid_t pid, int go)
{
	assert_int_equal(write(go, "x", 1), 1);
	close(go);
	waitpid(pid, NULL, 0);
}

static void prepared_image_outlives_its_process(void **state)
{
	struct shot *own = take_shot(capture_return, 0, false);
	struct shot *shot = calloc(1, sizeof(*shot));
	struct unwind_answer *answer;
	size_t announced;
	struct bench bench;
	pid_t pid;
	int go;

	(void)state;
	setup(&bench);
	pid = start_child(shot, &go);
	assert_int_equal(unwind_worker__prepare(bench.worker, pid, 2), 0);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	end_child(pid, go);
	assert_int_equal(unwind_worker__refresh(bench.worker, 2), 0);
	assert_int_equal(unwind_worker__post(bench.worker, pid, 2, 0, &shot->sample, &shot->stack),
			 0);
	answer = take(&bench);
	expect_chain(&bench, answer, chain, 4);
	assert_true(answer->complete);
	unwind_answer__free(answer);
	/* The same files in another process have the same numbers. */
	announced = bench.announced;
	assert_true(announced > 0);
	answer = ask(&bench, own);
	expect_chain(&bench, answer, chain, 4);
	assert_int_equal(bench.announced, announced);
	unwind_answer__free(answer);
	/* Forgotten, it is only an address. */
	assert_int_equal(unwind_worker__forget(bench.worker, 2), 0);
	assert_int_equal(unwind_worker__post(bench.worker, pid, 2, 0, &shot->sample, &shot->stack),
			 0);
	answer = take(&bench);
	assert_int_equal(answer->frame_cnt, 1);
	assert_int_equal(answer->frames[0].module, 0);
	assert_true(answer->frames[0].offset == shot->sample.return_address);
	unwind_answer__free(answer);
	teardown(&bench);
	free(own);
	free(shot);
}

static void full_queue_refuses(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct bench bench;
	struct pollfd fd;

	(void)state;
	setup(&bench);
	for (int i = 0; i < QUEUE; i++)
		assert_int_equal(unwind_worker__post(bench.worker, getpid(), 1, (uint64_t)i,
						     &shot->sample, &shot->stack),
				 0);
	assert_int_equal(
		unwind_worker__post(bench.worker, getpid(), 1, 99, &shot->sample, &shot->stack),
		-EAGAIN);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	fd = (struct pollfd){.fd = unwind_worker__fd(bench.worker), .events = POLLIN};
	assert_int_equal(poll(&fd, 1, 0), 1);
	for (uint64_t i = 0; i < QUEUE; i++) {
		struct unwind_answer *answer = unwind_worker__take(bench.worker);

		assert_int_equal(answer->tag, i);
		unwind_answer__free(answer);
	}
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_null(unwind_worker__take(bench.worker));
	assert_int_equal(
		unwind_worker__post(bench.worker, getpid(), 1, 0, &shot->sample, &shot->stack), 0);
	/* Freed with a request and perhaps an answer inside. */
	teardown(&bench);
	free(shot);
}

static void many_images_push_out_the_oldest(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct bench bench;

	(void)state;
	setup(&bench);
	for (uint32_t image = 1; image < 150; image++) {
		struct unwind_answer *answer;

		assert_int_equal(unwind_worker__post(bench.worker, getpid(), image, 0,
						     &shot->sample, &shot->stack),
				 0);
		answer = take(&bench);
		assert_true(answer->complete);
		unwind_answer__free(answer);
	}
	teardown(&bench);
	free(shot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(library_loaded_later_is_found),
		cmocka_unit_test(refresh_makes_the_worker_look_at_once),
		cmocka_unit_test(prepared_image_outlives_its_process),
		cmocka_unit_test(full_queue_refuses),
		cmocka_unit_test(many_images_push_out_the_oldest),
	};

	return cmocka_run_group_tests(tests, fixture__make_dir, fixture__remove_dir);
}
