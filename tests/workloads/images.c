// SPDX-License-Identifier: GPL-2.0-or-later
/* Modes fork, exec and exec_thread: one pid that becomes two processes, or two images. */
#include "calls.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crew.h"

#include "base/banned.h"

#define INHERITED_CNT 7

enum image_site { I_PARENT, I_CHILD, I_OLD, I_CNT };

static struct truth_site sites[I_CNT] = {
	[I_PARENT] = {.function = "parent_malloc", .call = TRUTH_MALLOC},
	[I_CHILD] = {.function = "child_malloc", .call = TRUTH_MALLOC},
	[I_OLD] = {.function = "old_image_malloc", .call = TRUTH_MALLOC},
};

SITE static void *parent_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[I_PARENT], p, bytes);
	return p;
}

SITE static void *child_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[I_CHILD], p, bytes);
	return p;
}

SITE static void *old_image_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[I_OLD], p, bytes);
	return p;
}

static bool child_waits;

static int fork_prepare(int argc, char **argv)
{
	if (argc > 1 || (argc && strcmp(argv[0], "wait") != 0))
		return -EINVAL;
	child_waits = argc;
	return 0;
}

/* So that an observer can be there before the child's first call. */
static void child_wait(void)
{
	char line[32];

	snprintf(line, sizeof(line), "child %d\n", (int)getpid());
	truth__write(STDOUT_FILENO, line);
	calls__wait_byte();
}

static void child_run(void *const *inherited)
{
	if (child_waits)
		child_wait();
	truth__begin(sites, I_CNT);
	for (int i = 0; i < 211; i++) {
		void *p = child_malloc(512);

		if (i % 3)
			continue;
		free(p);
		truth__freed(512);
	}
	for (int i = 0; i < INHERITED_CNT; i++) {
		free(inherited[i]);
		truth__freed_inherited();
	}
	truth__end();
	truth__print(STDOUT_FILENO, "fork-child", sites, I_CNT);
	_exit(0);
}

/* The child's line of JSON comes first; the parent's own calls go on beside the child's. */
static void fork_run(void)
{
	void *blocks[INHERITED_CNT];
	int status;
	pid_t pid;

	for (int i = 0; i < 101; i++) {
		void *p = parent_malloc(300);

		if (i < INHERITED_CNT) {
			blocks[i] = p;
			continue;
		}
		free(p);
		truth__freed(300);
	}
	pid = fork();
	if (pid < 0)
		_exit(1);
	if (!pid)
		child_run(blocks);
	for (int i = 0; i < 103; i++)
		parent_malloc(700);
	for (int i = 0; i < INHERITED_CNT; i++) {
		free(blocks[i]);
		truth__freed(300);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	truth__extra("child_status", (uint64_t)status);
}

const struct mode mode_fork = {
	.name = "fork",
	.arguments = "[wait]",
	.prepare = fork_prepare,
	.run = fork_run,
	.sites = sites,
	.site_cnt = I_CNT,
};

static char exe[4096];
static char *exec_argv[8];

static int exec_prepare(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0 || argc < 1 || argc > 6)
		return -EINVAL;
	exec_argv[0] = exe;
	for (int i = 0; i < argc; i++)
		exec_argv[i + 1] = argv[i];
	return 0;
}

/* The old image's truth is printed before it ends; the new one begins with "ready" again. */
static void exec_work(int index)
{
	(void)index;
	for (int i = 0; i < 97; i++) {
		void *p = old_image_malloc(1024);

		if (i % 2)
			continue;
		free(p);
		truth__freed(1024);
	}
	truth__end();
	truth__print(STDOUT_FILENO, "exec-old", sites, I_CNT);
	execv(exe, exec_argv);
	_exit(1);
}

static void exec_run(void)
{
	exec_work(0);
}

const struct mode mode_exec = {
	.name = "exec",
	.arguments = "MODE [ARG...]",
	.prepare = exec_prepare,
	.run = exec_run,
	.sites = sites,
	.site_cnt = I_CNT,
};

static int exec_thread_prepare(int argc, char **argv)
{
	int err = exec_prepare(argc, argv);

	return err ? err : crew__start(1, exec_work);
}

const struct mode mode_exec_thread = {
	.name = "exec_thread",
	.arguments = "MODE [ARG...]",
	.prepare = exec_thread_prepare,
	.run = crew__run,
	.sites = sites,
	.site_cnt = I_CNT,
};
