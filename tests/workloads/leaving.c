// SPDX-License-Identifier: GPL-2.0-or-later
/* Modes longjmp, pthread_exit_leader and zombie_leader: calls and threads that end out of turn. */
#include "calls.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/banned.h"

#define ABANDONED 23
#define JUMPS	  101

enum leaving_site { L_BEFORE_JUMP, L_AFTER_JUMP, L_ORPHAN, L_CNT };

static struct truth_site sites[L_CNT] = {
	[L_BEFORE_JUMP] = {.function = "before_jump", .call = TRUTH_MALLOC},
	[L_AFTER_JUMP] = {.function = "after_jump", .call = TRUTH_CALLOC},
	[L_ORPHAN] = {.function = "orphan_malloc", .call = TRUTH_MALLOC},
};

static sigjmp_buf back;

static void on_fault(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

SITE static void before_jump(size_t bytes, int depth)
{
	void *p = malloc(bytes);

	truth__born(&sites[L_BEFORE_JUMP], p, bytes);
	if (!depth)
		siglongjmp(back, 1);
	before_jump(bytes, depth - 1);
}

SITE static void after_jump(size_t bytes)
{
	void *p = calloc(1, bytes);

	truth__born(&sites[L_AFTER_JUMP], p, bytes);
	free(p);
	truth__freed(bytes);
}

/*
 * posix_memalign stores its result as its last act: with a bad pointer it faults inside, holding no
 * lock, and the handler jumps out of it. Its return never comes.
 */
SITE static void abandon(void)
{
	void **volatile nowhere = (void **)8;

	if (!sigsetjmp(back, 1)) {
		if (posix_memalign(nowhere, 64, 333))
			_exit(1);
		_exit(1);
	}
}

static void longjmp_run(void)
{
	struct sigaction action = {.sa_handler = on_fault};

	sigaction(SIGSEGV, &action, NULL);
	for (volatile int i = 0; i < JUMPS; i++) {
		if (!sigsetjmp(back, 1))
			before_jump(128, i % 5);
		after_jump(96);
	}
	for (int i = 0; i < ABANDONED; i++) {
		abandon();
		after_jump(160);
	}
	truth__extra("abandoned_posix_memalign", ABANDONED);
}

const struct mode mode_longjmp = {
	.name = "longjmp",
	.arguments = "",
	.run = longjmp_run,
	.sites = sites,
	.site_cnt = L_CNT,
};

static pthread_t leader;

SITE static void *orphan_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[L_ORPHAN], p, bytes);
	return p;
}

static void orphan_run(void)
{
	for (int i = 0; i < 211; i++) {
		void *p = orphan_malloc(400);

		if (i % 2)
			continue;
		free(p);
		truth__freed(400);
	}
}

static void *orphan(void *arg)
{
	const struct mode *mode = arg;

	pthread_join(leader, NULL);
	if (mode == &mode_zombie_leader) {
		truth__write(STDOUT_FILENO, "ready\n");
		calls__wait_byte();
	}
	truth__begin(sites, L_CNT);
	orphan_run();
	calls__finish(mode);
}

/* pthread_exit loads libgcc_s the first time it is called: done here, before "ready". */
static void *first_exit(void *arg)
{
	pthread_exit(arg);
}

static int start_orphan(const struct mode *mode)
{
	pthread_t thread;
	int err;

	leader = pthread_self();
	err = pthread_create(&thread, NULL, first_exit, NULL);
	if (err)
		return -err;
	pthread_join(thread, NULL);
	return -pthread_create(&thread, NULL, orphan, (void *)mode);
}

static int pthread_exit_leader_prepare(int argc, char **argv)
{
	(void)argv;
	return argc ? -EINVAL : start_orphan(&mode_pthread_exit_leader);
}

static void pthread_exit_leader_run(void)
{
	pthread_exit(NULL);
}

const struct mode mode_pthread_exit_leader = {
	.name = "pthread_exit_leader",
	.arguments = "",
	.prepare = pthread_exit_leader_prepare,
	.run = pthread_exit_leader_run,
	.sites = sites,
	.site_cnt = L_CNT,
};

static int zombie_leader_prepare(int argc, char **argv)
{
	(void)argv;
	if (argc || start_orphan(&mode_zombie_leader))
		return -EINVAL;
	pthread_exit(NULL);
}

const struct mode mode_zombie_leader = {
	.name = "zombie_leader",
	.arguments = "",
	.prepare = zombie_leader_prepare,
	.run = orphan_run,
	.sites = sites,
	.site_cnt = L_CNT,
};
