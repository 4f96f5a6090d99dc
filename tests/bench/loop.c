// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/banned.h"

struct allocator {
	void *(*malloc)(size_t);
	void (*free)(void *);
};

static double run(const struct allocator *allocator, size_t pairs)
{
	uint64_t before = clock__thread_cpu_ns();

	for (size_t i = 0; i < pairs; i++)
		allocator->free(allocator->malloc(LOOP_BYTES));
	return (double)(clock__thread_cpu_ns() - before) / (double)pairs;
}

/* Nothing here allocates but the loop itself: every hit is one of its calls. */
static void child_main(const struct allocator *allocator, int from, int to)
{
	size_t pairs;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (read(from, &pairs, sizeof(pairs)) == sizeof(pairs)) {
		double ns = run(allocator, pairs);

		if (write(to, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

static void close_pipe(int fds[2])
{
	close(fds[0]);
	close(fds[1]);
}

int loop__start(struct loop *loop)
{
	/* By name, so that the compiler knows nothing of them and the preloaded one is found. */
	struct allocator allocator = {
		.malloc = (void *(*)(size_t))dlsym(RTLD_DEFAULT, "malloc"),
		.free = (void (*)(void *))dlsym(RTLD_DEFAULT, "free"),
	};
	int to[2], from[2];

	if (!allocator.malloc || !allocator.free)
		return -ENOENT;
	if (pipe(to))
		return -errno;
	if (pipe(from)) {
		int err = -errno;

		close_pipe(to);
		return err;
	}
	loop->pid = fork();
	if (loop->pid == 0) {
		close(to[1]);
		close(from[0]);
		child_main(&allocator, to[0], from[1]);
	}
	if (loop->pid < 0) {
		int err = -errno;

		close_pipe(to);
		close_pipe(from);
		return err;
	}
	close(to[0]);
	close(from[1]);
	loop->to = to[1];
	loop->from = from[0];
	return 0;
}

void loop__stop(struct loop *loop)
{
	close(loop->to); /* its read ends, and so does it */
	close(loop->from);
	waitpid(loop->pid, NULL, 0);
}

double loop__run(struct loop *loop, size_t pairs)
{
	double ns;

	if (write(loop->to, &pairs, sizeof(pairs)) != sizeof(pairs) ||
	    read(loop->from, &ns, sizeof(ns)) != sizeof(ns))
		return -EPIPE;
	return ns;
}
