// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host full of processes: LIVE that stay - of the first 300 every thirtieth busy (about 8 % of a
 * core), every sixth half busy (about 1.5 %), the rest nearly idle - and SPAWNS a second that live for a
 * few milliseconds. All of them allocate. Ends after SECONDS, or with its parent.
 *
 * usage: fleet LIVE SPAWNS SECONDS [BUSY_BELOW]
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BUSY_EVERY 30
#define HALF_EVERY 6
#define BUSY_BELOW 300 /* two cores are to hold them */
#define KINDS	   20
#define KEPT	   64
#define PERIOD_NS  100000000L

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void sleep_ns(long ns)
{
	struct timespec span = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

	nanosleep(&span, NULL);
}

__attribute__((noinline)) static void *make_block(unsigned int *seed)
{
	size_t bytes = 16 + rand_r(seed) % 2000;
	char *block = malloc(bytes);

	if (block)
		memset(block, 1, bytes);
	return block;
}

/* Allocate for @cpu_ns of CPU time, at least a few blocks. */
static void allocate(void **kept, unsigned int *seed, uint64_t cpu_ns)
{
	uint64_t end = now_ns(CLOCK_PROCESS_CPUTIME_ID) + cpu_ns;

	do {
		for (int i = 0; i < 16; i++) {
			size_t at = rand_r(seed) % KEPT;

			free(kept[at]);
			kept[at] = make_block(seed);
		}
	} while (now_ns(CLOCK_PROCESS_CPUTIME_ID) < end);
}

static int busy_below = BUSY_BELOW;

static void live(int number)
{
	bool busy = number < busy_below && number % BUSY_EVERY == 0;
	bool half = number < busy_below && number % HALF_EVERY == 0;
	uint64_t share = busy ? 8000000 : half ? 1500000 : 0;
	unsigned int seed = (unsigned int)number + 1;
	void *kept[KEPT] = {0};
	char name[16];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(name, sizeof(name), "fleet-%d", number % KINDS);
	prctl(PR_SET_NAME, name);
	for (;;) {
		allocate(kept, &seed, share);
		sleep_ns(PERIOD_NS);
	}
}

static pid_t start(int number)
{
	pid_t pid = fork();

	if (!pid)
		live(number);
	return pid;
}

static void spawn(unsigned int *seed)
{
	pid_t pid = fork();

	if (!pid) {
		void *kept[KEPT] = {0};

		prctl(PR_SET_NAME, "fleet-short");
		allocate(kept, seed, 0);
		_exit(0);
	}
}

int main(int argc, char **argv)
{
	int cnt = argc > 3 ? atoi(argv[1]) : 0, spawns = argc > 3 ? atoi(argv[2]) : 0;
	double seconds = argc > 3 ? strtod(argv[3], NULL) : 0;
	unsigned int seed = 1;
	uint64_t end;

	if (argc > 4)
		busy_below = atoi(argv[4]);

	if (cnt <= 0 || spawns < 0 || seconds <= 0) {
		fprintf(stderr, "usage: fleet LIVE SPAWNS SECONDS [BUSY_BELOW]\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (int i = 0; i < cnt; i++)
		if (start(i) < 0)
			return 1;
	printf("%d live\n", cnt);
	fflush(stdout);
	end = now_ns(CLOCK_MONOTONIC) + (uint64_t)(seconds * 1e9);
	while (now_ns(CLOCK_MONOTONIC) < end) {
		if (spawns)
			spawn(&seed);
		sleep_ns(spawns ? 1000000000L / spawns : PERIOD_NS);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
	return 0; /* those that stay go with their parent */
}
