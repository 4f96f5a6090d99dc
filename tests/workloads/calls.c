// SPDX-License-Identifier: GPL-2.0-or-later
#include "calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

static const struct mode *const modes[] = {
	&mode_basic,	     &mode_sizes,
	&mode_realloc,	     &mode_threads,
	&mode_fork,	     &mode_exec,
	&mode_exec_thread,   &mode_nesting,
	&mode_longjmp,	     &mode_pthread_exit_leader,
	&mode_zombie_leader, &mode_churn,
	&mode_loop,	     &mode_sites,
};

#define MODE_CNT (sizeof(modes) / sizeof(modes[0]))

void calls__wait_byte(void)
{
	char byte;

	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
}

void calls__finish(const struct mode *mode)
{
	truth__end();
	truth__print(STDOUT_FILENO, mode->name, mode->sites, mode->site_cnt);
	calls__wait_byte();
	exit(CALLS_EXIT_CODE);
}

long calls__number(const char *text, long min, long max)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max)
		return -1;
	return n;
}

static int usage(void)
{
	fprintf(stderr, "usage: calls MODE [ARG...]\n");
	for (size_t i = 0; i < MODE_CNT; i++)
		fprintf(stderr, "  calls %s %s\n", modes[i]->name, modes[i]->arguments);
	return 2;
}

static const struct mode *find_mode(const char *name)
{
	for (size_t i = 0; i < MODE_CNT; i++) {
		if (!strcmp(modes[i]->name, name))
			return modes[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc > 1 ? find_mode(argv[1]) : NULL;

	if (!mode)
		return usage();
	truth__prepare();
	if (mode->prepare && mode->prepare(argc - 2, argv + 2))
		return usage();
	truth__write(STDOUT_FILENO, "ready\n");
	calls__wait_byte();
	truth__begin(mode->sites, mode->site_cnt);
	mode->run();
	calls__finish(mode);
}
