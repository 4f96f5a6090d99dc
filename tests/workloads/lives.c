// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks whose lives are known: each site allocates a prime number of them, keeps, frees at once, frees
 * late or leaves them. Prints the truth as one line of JSON and exits. What stdio and the threads'
 * start allocate comes from other sites and is in no figure. Lifetimes lie between what two pairs of
 * clock readings say, one within malloc's return and free's call, one around both.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define LATE_NS	 60000000
#define BRIEF_S	 0.001048576 /* what the report calls temporary */

struct tally {
	const char *site;
	uint64_t calls, bytes, left, left_bytes, peak, peak_bytes;
	uint64_t temporary, perhaps; /* surely freed in time; that may have been */
	double least_s, most_s;	     /* sum of the lifetimes */
};

static struct tally tallies[] = {{.site = "brief"},
				 {.site = "late"},
				 {.site = "wave"},
				 {.site = "swell"},
				 {.site = "leave"}};

enum { BRIEF, LATE, WAVE, SWELL, LEAVE };

static void *volatile sink;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void wait_ns(long ns)
{
	struct timespec t = {.tv_nsec = ns};

	nanosleep(&t, NULL);
}

static void note(int site, size_t bytes)
{
	tallies[site].calls++;
	tallies[site].bytes += bytes;
}

static void note_life(int site, const double at[4])
{
	struct tally *tally = &tallies[site];

	tally->least_s += at[2] - at[1];
	tally->most_s += at[3] - at[0];
	tally->temporary += at[3] - at[0] < BRIEF_S;
	tally->perhaps += at[2] - at[1] < BRIEF_S;
}

NOINLINE static void brief(size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		double at[4] = {now_s()};

		sink = malloc(24 + i % 8);
		at[1] = at[2] = now_s();
		free(sink);
		at[3] = now_s();
		note(BRIEF, 24 + i % 8);
		note_life(BRIEF, at);
	}
}

NOINLINE static void late(size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		double at[4] = {now_s()};

		sink = malloc(700);
		at[1] = now_s();
		wait_ns(LATE_NS);
		at[2] = now_s();
		free(sink);
		at[3] = now_s();
		note(LATE, 700);
		note_life(LATE, at);
	}
}

/* All live at once, then none: what the peak is made of. */
NOINLINE static void wave(size_t cnt, void **blocks)
{
	for (size_t i = 0; i < cnt; i++) {
		note(WAVE, 5000);
		blocks[i] = malloc(5000);
	}
	tallies[WAVE].peak = cnt;
	tallies[WAVE].peak_bytes = 5000 * cnt;
}

/* Grows by realloc, twice, before the peak; freed after it. */
NOINLINE static void *swell(void)
{
	void *block = malloc(1000);

	block = realloc(block, 3000);
	block = realloc(block, 100003);
	note(SWELL, 1000);
	note(SWELL, 3000);
	note(SWELL, 100003);
	tallies[SWELL].peak = 1;
	tallies[SWELL].peak_bytes = 100003;
	return block;
}

NOINLINE static void leave(size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		note(LEAVE, 333);
		sink = malloc(333);
	}
	tallies[LEAVE].left = tallies[LEAVE].peak = cnt;
	tallies[LEAVE].left_bytes = tallies[LEAVE].peak_bytes = 333 * cnt;
}

struct worker {
	const char *name;
	size_t cnt, bytes;
	void **handed; /* freed by the main thread; NULL: freed by itself */
	pid_t tid;
	pthread_t thread;
};

NOINLINE static void worker_allocates(struct worker *worker)
{
	for (size_t i = 0; i < worker->cnt; i++) {
		void *block = malloc(worker->bytes);

		if (worker->handed)
			worker->handed[i] = block;
		else
			free(block);
	}
}

static void *work(void *ctx)
{
	struct worker *worker = ctx;

	worker->tid = gettid();
	pthread_setname_np(pthread_self(), worker->name);
	worker_allocates(worker);
	/* its name is read while it lives */
	wait_ns(800000000);
	return NULL;
}

static void print_truth(const struct worker *workers, size_t cnt)
{
	printf("{\"sites\": [");
	for (size_t i = 0; i < sizeof(tallies) / sizeof(*tallies); i++) {
		const struct tally *t = &tallies[i];

		printf("%s{\"function\": \"%s\", \"calls\": %lu, \"bytes\": %lu, \"temporary\": "
		       "%lu, \"perhaps\": %lu, \"left\": %lu, \"left_bytes\": %lu, \"peak\": %lu, "
		       "\"peak_bytes\": %lu, \"least_s\": %.9f, \"most_s\": %.9f}",
		       i ? ", " : "", t->site, t->calls, t->bytes, t->temporary, t->perhaps,
		       t->left, t->left_bytes, t->peak, t->peak_bytes, t->least_s, t->most_s);
	}
	printf("], \"threads\": [");
	for (size_t i = 0; i < cnt; i++)
		printf("%s{\"comm\": \"%s\", \"tid\": %d, \"calls\": %zu, \"bytes\": %zu, "
		       "\"handed\": %s}",
		       i ? ", " : "", workers[i].name, workers[i].tid, workers[i].cnt,
		       workers[i].cnt * workers[i].bytes, workers[i].handed ? "true" : "false");
	printf("]}\n");
	fflush(stdout);
}

int main(void)
{
	static void *blocks[101], *handed[211];
	struct worker workers[] = {
		{.name = "lives-own", .cnt = 307, .bytes = 40},
		{.name = "lives-hand", .cnt = 211, .bytes = 90, .handed = handed}};
	void *swollen;

	leave(37);
	brief(1009);
	late(7);
	for (int i = 0; i < 2; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(workers[i].thread, NULL);
	for (size_t i = 0; i < workers[1].cnt; i++)
		free(handed[i]);
	swollen = swell();
	wave(101, blocks);
	wait_ns(LATE_NS); /* neither temporary nor near it */
	for (int i = 0; i < 101; i++)
		free(blocks[i]);
	free(swollen);
	brief(1013);
	print_truth(workers, 2);
	return 0;
}
