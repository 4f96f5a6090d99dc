// SPDX-License-Identifier: GPL-2.0-or-later
/* Modes churn and loop: a given rate for a given time, and the cost of one pair. */
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"

#define NS_PER_S   1000000000ULL
#define TICK_NS	   1000000ULL
#define BATCH	   100000
#define PAIR_BYTES 64

enum pace_site { P_CHURN, P_LOOP, P_CNT };

static struct truth_site sites[P_CNT] = {
	[P_CHURN] = {.function = "churn_malloc", .call = TRUTH_MALLOC},
	[P_LOOP] = {.function = "loop_pairs", .call = TRUTH_MALLOC},
};

static long rate, seconds;
static uint64_t *progress; /* pairs done; in a shared file, so that others see them at once */
static uint64_t own_progress;

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

SITE static void *churn_malloc(size_t bytes)
{
	void *p = malloc(bytes);

	truth__born(&sites[P_CHURN], p, bytes);
	return p;
}

static int share_progress(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *map;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, sizeof(*progress))) {
		close(fd);
		return -EIO;
	}
	map = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return -EIO;
	progress = map;
	return 0;
}

static int churn_prepare(int argc, char **argv)
{
	if (argc < 2 || argc > 3)
		return -EINVAL;
	rate = calls__number(argv[0], 1, 100000000);
	seconds = calls__number(argv[1], 1, 600);
	if (rate < 0 || seconds < 0)
		return -EINVAL;
	progress = &own_progress;
	return argc == 3 ? share_progress(argv[2]) : 0;
}

/* What a slow moment has missed is not made up for: the rate is at most the one asked for. */
static void churn_run(void)
{
	uint64_t start = now_ns(CLOCK_MONOTONIC), end = start + (uint64_t)seconds * NS_PER_S;
	uint64_t owed = 0;

	for (uint64_t tick = start; tick < end; tick += TICK_NS) {
		struct timespec at = {(time_t)(tick / NS_PER_S), (long)(tick % NS_PER_S)};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		for (owed += (uint64_t)rate; owed >= 1000; owed -= 1000) {
			free(churn_malloc(PAIR_BYTES));
			truth__freed(PAIR_BYTES);
			__atomic_fetch_add(progress, 1, __ATOMIC_RELAXED);
		}
		if (now_ns(CLOCK_MONOTONIC) > tick + TICK_NS)
			tick = now_ns(CLOCK_MONOTONIC);
	}
}

const struct mode mode_churn = {
	.name = "churn",
	.arguments = "PAIRS-PER-SECOND SECONDS [PROGRESS-FILE]",
	.prepare = churn_prepare,
	.run = churn_run,
	.sites = sites,
	.site_cnt = P_CNT,
};

static int loop_prepare(int argc, char **argv)
{
	if (argc != 1)
		return -EINVAL;
	seconds = calls__number(argv[0], 1, 600);
	return seconds < 0 ? -EINVAL : 0;
}

SITE static void loop_pairs(void)
{
	for (int i = 0; i < BATCH; i++) {
		void *p = malloc(PAIR_BYTES);

		__asm__ volatile("" : : "r"(p) : "memory");
		free(p);
	}
}

/* One line per batch: "loop NS-PER-PAIR", in the CPU time of this thread. */
static void loop_run(void)
{
	uint64_t end = now_ns(CLOCK_MONOTONIC) + (uint64_t)seconds * NS_PER_S;
	uint64_t batches = 0;
	char line[64];

	do {
		uint64_t ns = now_ns(CLOCK_THREAD_CPUTIME_ID);

		loop_pairs();
		ns = now_ns(CLOCK_THREAD_CPUTIME_ID) - ns;
		snprintf(line, sizeof(line), "loop %lu.%02lu\n", ns / BATCH,
			 ns % BATCH * 100 / BATCH);
		truth__write(STDOUT_FILENO, line);
		batches++;
	} while (now_ns(CLOCK_MONOTONIC) < end);
	for (uint64_t i = 0; i < batches * BATCH; i++) {
		truth__born(&sites[P_LOOP], line, PAIR_BYTES);
		truth__freed(PAIR_BYTES);
	}
}

const struct mode mode_loop = {
	.name = "loop",
	.arguments = "SECONDS",
	.prepare = loop_prepare,
	.run = loop_run,
	.sites = sites,
	.site_cnt = P_CNT,
};
