// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/exec_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vec.h"
#include "base/banned.h"

/* In the child. The variable makes the linker list its objects and end before the program runs. */
static void exec_linker(const char *exe, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *const argv[] = {(char *)exe, NULL};

	setenv("LD_TRACE_LOADED_OBJECTS", "1", 1);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 2) < 0 || dup2(out, 1) < 0)
		_exit(126);
	execv(exe, argv);
	_exit(127);
}

static void read_output(int fd, struct text *output)
{
	char chunk[4096];
	ssize_t len;

	while (output->len < EXEC_LIST_BYTES && (len = read(fd, chunk, sizeof(chunk))) > 0)
		text__append(output, chunk, (size_t)len);
}

static int run_linker(const char *exe, struct text *output)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0)
		exec_linker(exe, ends[1]);
	close(ends[1]);
	if (pid > 0)
		read_output(ends[0], output);
	close(ends[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -errno;
	if (text__failed(output))
		return -ENOMEM;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -ENOEXEC;
}

/* "\tlibc.so.6 => /lib/libc.so.6 (0x7f...)" or "\t/lib/ld.so (0x7f...)": the path, ended in place;
 * NULL for what has none (the vdso). */
static char *path_of(char *line)
{
	char *arrow = strstr(line, " => "), *path = arrow ? arrow + 4 : line + strspn(line, "\t ");
	char *end = strstr(path, " (0x");

	if (*path != '/' || !end)
		return NULL;
	*end = 0;
	return path;
}

static int add_line(struct modules *modules, char *line)
{
	char *path = path_of(line);

	if (!path)
		return 0;
	if (modules->cnt == MODULES_MAX) {
		modules->truncated = true;
		return 0;
	}
	return vec__add(modules, (struct module){.path = path,
						 .name = strrchr(path, '/') + 1,
						 .executable = true,
						 .image_cnt = 1});
}

int exec_list__add(const char *exe, struct modules *modules, struct text *output)
{
	int err = run_linker(exe, output);
	char *line = output->data, *rest;

	while (!err && line && *line) {
		rest = strchr(line, '\n');
		if (rest)
			*rest++ = 0;
		err = add_line(modules, line);
		line = rest;
	}
	return err;
}
