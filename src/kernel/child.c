// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

/* As execvp, but a file that is no program is an error, not a shell script. */
static void exec_path(char *const argv[])
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	if (strchr(argv[0], '/')) {
		execv(argv[0], argv);
		return;
	}
	for (path = path ? path : "/usr/bin:/bin"; *path;) {
		size_t len = strcspn(path, ":");
		int n = snprintf(file, sizeof(file), "%.*s/%s", (int)len, path, argv[0]);

		if (n < (int)sizeof(file))
			execv(file, argv);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return;
		path += len;
		path += *path == ':';
	}
}

/* In the child: exec, or send errno through the pipe that exec would have closed. */
static void exec_traced(char *const argv[], int report)
{
	sigset_t none;
	int err;

	/* Ours are blocked, for a signalfd; those of the program are its own affair. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (!ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		exec_path(argv);
	err = errno;
	if (write(report, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static pid_t wait_stopped(pid_t pid, int report)
{
	int status, err = 0;

	if (waitpid(pid, &status, 0) != pid)
		return -errno;
	if (WIFSTOPPED(status))
		return pid;
	if (read(report, &err, sizeof(err)) == sizeof(err) && err)
		return -err;
	return -ECHILD;
}

pid_t child__start(char *const argv[], struct error *error)
{
	int report[2];
	pid_t pid, result;

	if (pipe2(report, O_CLOEXEC))
		return error__set(error, EXIT_RUNTIME, -errno, "cannot start '%s': %s", argv[0],
				  strerror(errno));
	pid = fork();
	if (pid == 0)
		exec_traced(argv, report[1]);
	result = pid < 0 ? -errno : 0;
	close(report[1]);
	if (pid > 0)
		result = wait_stopped(pid, report[0]);
	close(report[0]);
	if (result < 0)
		error__set(error, EXIT_RUNTIME, result, "cannot start '%s': %s", argv[0],
			   strerror(-result));
	return result;
}

int child__release(pid_t pid)
{
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) ? -errno : 0;
}

int child__exit_code(pid_t pid)
{
	int status;
	pid_t ended = waitpid(pid, &status, WNOHANG);

	if (ended == 0)
		return -EAGAIN;
	if (ended < 0)
		return -errno;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EAGAIN;
}
