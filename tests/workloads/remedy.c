// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A paced service with one habit that a rule of advice is about, and the same with the remedy or with
 * a harmless habit. Prints "ready", serves until SIGTERM, then prints what it did as one line of JSON.
 *
 *	remedy MODE [NUMBER]
 *	  objects [KEPT]	short-lived objects of one size; KEPT: through a pool that keeps so many
 *	  burst [KEPT]		the same, many at once
 *	  queued		objects that wait in a queue for seconds
 *	  varied		objects of very different sizes
 *	  buffers [BYTES]	one large buffer a request
 *	  resident		large buffers that stay
 *	  mapping		mmap and munmap by the program itself
 */
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/banned.h"

#define SITE	     __attribute__((noinline, noclone))
#define OBJECT_BYTES 480
#define TICK_NS	     1000000
#define QUEUE_MAX    65536
#define POOL_MAX     65536
#define NOTES	     64
#define RESIDENT_MAX 1000
#define BATCH_MAX    256

static volatile sig_atomic_t stopping;

static struct {
	uint64_t requests, objects, mallocs, bytes, most;
} truth;

static void *pool[POOL_MAX];
static size_t pool_cnt, pool_max;
static unsigned int seed = 12345;

static void stop(int signal)
{
	(void)signal;
	stopping = 1;
}

static unsigned int draw(void)
{
	seed = seed * 1103515245U + 12345U;
	return seed >> 16;
}

SITE static void *make_object(size_t bytes)
{
	void *p = malloc(bytes);

	truth.mallocs++;
	truth.bytes += bytes;
	memset(p, 1, bytes < 64 ? bytes : 64);
	return p;
}

SITE static void *take_object(size_t bytes)
{
	truth.objects++;
	return pool_cnt ? pool[--pool_cnt] : make_object(bytes);
}

SITE static void put_object(void *p)
{
	if (pool_cnt < pool_max)
		pool[pool_cnt++] = p;
	else
		free(p);
}

SITE static void keep_note(void)
{
	static char *notes[NOTES];
	size_t slot = truth.requests++ % NOTES;

	free(notes[slot]);
	notes[slot] = malloc(24);
}

/* @cnt objects at once, as one request needs them. */
static void serve_objects(size_t cnt)
{
	void *mine[BATCH_MAX];

	for (size_t i = 0; i < cnt; i++)
		mine[i] = take_object(OBJECT_BYTES);
	if (cnt > truth.most)
		truth.most = cnt;
	for (size_t i = 0; i < cnt; i++)
		put_object(mine[i]);
}

static void objects(void)
{
	for (int i = 0; i < 5; i++)
		serve_objects(1 + draw() % 8);
}

static void burst(void)
{
	if (truth.requests % 8 == 0)
		serve_objects(200);
}

static void queued(void)
{
	static void *queue[QUEUE_MAX];
	static size_t at;

	for (int i = 0; i < 20; i++, at = (at + 1) % QUEUE_MAX) {
		free(queue[at]);
		queue[at] = take_object(OBJECT_BYTES);
	}
}

static void varied(void)
{
	for (int i = 0; i < 20; i++)
		put_object(take_object((size_t)16 << draw() % 11));
}

static size_t buffer_bytes = 1 << 20;

SITE static void buffers(void)
{
	char *p = malloc(buffer_bytes);

	truth.mallocs++;
	truth.bytes += buffer_bytes;
	for (size_t at = 0; at < buffer_bytes && at < 1 << 16; at += 4096)
		p[at] = 1;
	free(p);
}

SITE static void resident(void)
{
	static char *blocks[RESIDENT_MAX];
	static size_t cnt;

	if (cnt == RESIDENT_MAX)
		return;
	blocks[cnt] = malloc(buffer_bytes);
	*blocks[cnt++] = 1;
}

SITE static void mapping(void)
{
	char *p = mmap(NULL, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	*p = 1;
	munmap(p, buffer_bytes);
}

static const struct mode {
	const char *name;
	void (*serve)(void);
	unsigned int per_tick; /* requests */
} modes[] = {
	{"objects", objects, 1}, {"burst", burst, 1},	  {"queued", queued, 1},
	{"varied", varied, 1},	 {"buffers", buffers, 1}, {"resident", resident, 1},
	{"mapping", mapping, 1},
};

static const struct mode *find_mode(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(modes[i].name, name))
			return &modes[i];
	return NULL;
}

/* Sleep until the next tick of @next; a tick that was missed is not made up for. */
static void pace(struct timespec *next)
{
	struct timespec now;

	next->tv_nsec += TICK_NS;
	if (next->tv_nsec >= 1000000000) {
		next->tv_nsec -= 1000000000;
		next->tv_sec++;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec > next->tv_sec + 1)
		*next = now;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

int main(int argc, char **argv)
{
	const struct mode *mode = argc > 1 ? find_mode(argv[1]) : NULL;
	size_t number = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct timespec begun, next;

	if (!mode || number >= (size_t)1 << 32) {
		fprintf(stderr, "usage: remedy MODE [NUMBER]\n");
		return 2;
	}
	if (mode->serve == buffers && number)
		buffer_bytes = number;
	else
		pool_max = number < POOL_MAX ? number : POOL_MAX;
	signal(SIGTERM, stop);
	printf("ready\n");
	fflush(stdout);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	next = begun;
	while (!stopping) {
		for (unsigned int i = 0; i < mode->per_tick; i++) {
			mode->serve();
			keep_note();
		}
		pace(&next);
	}
	clock_gettime(CLOCK_MONOTONIC, &next);
	printf("{\"requests\": %" PRIu64 ", \"objects\": %" PRIu64 ", \"mallocs\": %" PRIu64
	       ", \"bytes\": %" PRIu64 ", \"most\": %" PRIu64 ", \"seconds\": %.3f}\n",
	       truth.requests, truth.objects, truth.mallocs, truth.bytes, truth.most,
	       (double)(next.tv_sec - begun.tv_sec) + (double)(next.tv_nsec - begun.tv_nsec) / 1e9);
	return 0;
}
