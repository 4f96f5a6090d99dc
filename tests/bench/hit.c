// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The price of a hit: the time of a loop in a child, under one way of being probed and under
 * another, in interleaved rounds. Prints "ROUND SIDE NS-PER-PAIR" for each loop; side 0 is the
 * numerator, 1 the denominator. bench.py makes the figures.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/drain.h"
#include "kernel/link.h"
#include "kernel/object.h"
#include "kernel/tasks.h"
#include "loop.h"
#include "probe/point.h"
#include "target/target.h"
#include "base/banned.h"

#define LOOPS 20 /* a round and side */
#define PAIRS 2000
#define STACK_PAIRS \
	150 /* of them 1.3 MB of ring: below the forced wakeup, drained after each loop */
#define LIVE_ENTRIES 10000
#define NEVER_BYTES  (1ULL << 31)
#define IMAGE	     1
#define ALONE_NS     60000000000ULL

/* include/uapi/linux/bpf.h since 6.6 */
#define LINK_TYPE_UPROBE_MULTI 12

/* One way of being probed. */
struct side {
	bool malloc, free; /* which are linked; neither: a bare loop */
	bool empty;	   /* with the empty program */
	bool entry;	   /* at the first instruction, whatever it is */
	uint32_t flags;	   /* of the gate */
	uint64_t interval_bytes;
};

struct comparison {
	const char *name;
	size_t pairs;
	struct side sides[2];
};

#define EMPTY_MALLOC                          \
	{                                     \
		.malloc = true, .empty = true \
	}
#define EMPTY_FREE                          \
	{                                   \
		.free = true, .empty = true \
	}

static const struct comparison comparisons[] = {
	{"malloc_unsampled",
	 PAIRS,
	 {{.malloc = true, .interval_bytes = NEVER_BYTES}, EMPTY_MALLOC}},
	{"free_unsampled", PAIRS, {{.free = true, .interval_bytes = NEVER_BYTES}, EMPTY_FREE}},
	{"pair_nostack",
	 PAIRS,
	 {{.malloc = true, .free = true, .flags = HB_FULL, .interval_bytes = NEVER_BYTES},
	  EMPTY_MALLOC}},
	{"pair_stack",
	 STACK_PAIRS,
	 {{.malloc = true, .free = true, .flags = HB_FULL | HB_STACKS, .interval_bytes = 1},
	  EMPTY_MALLOC}},
	{"free_entry", PAIRS, {{.free = true, .empty = true, .entry = true}, EMPTY_FREE}},
	{"malloc_entry", PAIRS, {{.malloc = true, .empty = true, .entry = true}, EMPTY_MALLOC}},
	{"malloc_bare", PAIRS, {{0}, EMPTY_MALLOC}},
	{"free_bare", PAIRS, {{0}, EMPTY_FREE}},
};

#define COMPARISON_CNT (sizeof(comparisons) / sizeof(comparisons[0]))

struct bench {
	struct object *object;
	struct drain *drain;
	struct loop loop;
	struct target *placed, *at_entry;
	uint64_t taken; /* records out of the ring */
};

static void take_sample(void *ctx, const struct hb_sample *sample, const struct hb_stack *stack)
{
	struct bench *bench = ctx;

	(void)sample;
	(void)stack;
	bench->taken++;
}

static void take_block(void *ctx, const struct hb_block *block)
{
	(void)ctx;
	(void)block;
}

/* The points of the wanted functions; each must be there exactly once. */
static size_t pick(const struct bench *bench, const struct side *side, struct probe_point *picked)
{
	struct probe_point all[POINTS_MAX_PER_PROCESS];
	size_t cnt = point__build(side->entry ? bench->at_entry : bench->placed, 0, all), n = 0;

	for (size_t i = 0; i < cnt; i++) {
		uint32_t func = all[i].cookie >> HB_COOKIE_FUNC_SHIFT & 0xff;

		if ((func == HB_MALLOC && side->malloc) || (func == HB_FREE && side->free))
			picked[n++] = all[i];
	}
	return n == (size_t)side->malloc + side->free ? n : 0;
}

static int link_side(struct bench *bench, const struct side *side, struct link_set **ret_links,
		     struct error *error)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	size_t cnt = pick(bench, side, points);

	*ret_links = NULL;
	if (!side->malloc && !side->free)
		return 0;
	if (!cnt)
		return error__set(error, EXIT_RUNTIME, -ENOENT, "no place for the probe");
	*ret_links =
		side->empty
			? link_set__new_empty(bench->object, bench->loop.pid, points, cnt, error)
			: link_set__new(bench->object, bench->loop.pid, points, cnt, error);
	return *ret_links ? 0 : -errno;
}

/* That the loop ran past the programs as the row says; else the figure is of something else. */
static int check(const struct bench *bench, const struct side *side, uint64_t pairs,
		 const struct hb_counters *was, struct error *error)
{
	const struct hb_counters *now =
		(const struct hb_counters *)object__counters(bench->object, 0);
	uint64_t hits = side->empty ? 0 : pairs * ((uint64_t)side->malloc + side->free);
	uint64_t sampled = side->interval_bytes == 1 ? pairs : 0;

	if (now->hits - was->hits != hits || now->sampled - was->sampled != sampled ||
	    now->records - was->records != sampled)
		return error__set(
			error, EXIT_RUNTIME, -EPROTO,
			"expected %llu hits and %llu samples, saw %llu and %llu, %llu records",
			(unsigned long long)hits, (unsigned long long)sampled,
			(unsigned long long)(now->hits - was->hits),
			(unsigned long long)(now->sampled - was->sampled),
			(unsigned long long)(now->records - was->records));
	return 0;
}

/* Somebody else's probes: two observers of one function pay for each other's part. */
static bool others_probe(void)
{
	uint32_t id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = {0};
		uint32_t bytes = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (bpf_obj_get_info_by_fd(fd, &info, &bytes))
			info.type = BPF_LINK_TYPE_UNSPEC;
		close(fd);
		if (info.type == BPF_LINK_TYPE_PERF_EVENT || info.type == LINK_TYPE_UPROBE_MULTI)
			return true;
	}
	return false;
}

static int wait_alone(struct error *error)
{
	uint64_t deadline = clock__boottime_ns() + ALONE_NS;

	while (others_probe()) {
		if (clock__boottime_ns() > deadline)
			return error__set(error, EXIT_RUNTIME, -EBUSY,
					  "another program holds probes; see bpftool link");
		clock__sleep_ns(50000000);
	}
	return 0;
}

static int run_side(struct bench *bench, const struct comparison *what, int index, double *ns,
		    struct error *error)
{
	const struct side *side = &what->sides[index];
	struct hb_config *config = object__config(bench->object, 0);
	struct hb_counters was;
	struct link_set *links;
	int err = link_side(bench, side, &links, error);

	if (err)
		return err;
	memcpy(&was, (const void *)object__counters(bench->object, 0), sizeof(was));
	config->interval_bytes = side->interval_bytes;
	config->flags = HB_GATE_OPEN | side->flags;
	for (int i = 0; i < LOOPS && !err; i++) {
		ns[i] = loop__run(&bench->loop, what->pairs);
		if (ns[i] < 0)
			err = error__set(error, EXIT_RUNTIME, -EPIPE, "the child is gone");
		drain__consume(bench->drain);
	}
	err = err ?: check(bench, side, LOOPS * what->pairs, &was, error);
	config->flags = 0;
	link_set__free(links);
	return err;
}

/* A side during which somebody else began to probe is run again. */
static int run_side_alone(struct bench *bench, const struct comparison *what, int round, int index,
			  struct error *error)
{
	double ns[LOOPS];
	int err;

	do {
		err = wait_alone(error);
		err = err ?: run_side(bench, what, index, ns, error);
	} while (!err && others_probe());
	for (int i = 0; i < LOOPS && !err; i++)
		printf("%d %d %.2f\n", round, index, ns[i]);
	return err;
}

/* Blocks of the child's image at addresses that it does not use. */
static int fill_live(struct bench *bench)
{
	struct hb_live block = {.size_bytes = LOOP_BYTES};
	int err = 0;

	for (uint64_t i = 0; i < LIVE_ENTRIES && !err; i++) {
		struct hb_live_key key = {
			.address = 0x1000 + i * LOOP_BYTES, .image = IMAGE, .epoch = 1};

		err = bpf_map_update_elem(object__live_fd(bench->object), &key, &block, BPF_ANY);
	}
	return err;
}

static int set_up(struct bench *bench, struct error *error)
{
	struct object_options options = {
		.link = LINK_SESSION,
		.slot_cnt = 512,
		.ring_bytes = OBJECT_RING_BYTES,
		.live_entries = OBJECT_LIVE_ENTRIES,
		.stacks = true,
	};
	struct drain_handlers handlers = {.ctx = bench, .sample = take_sample, .block = take_block};
	struct target_options placed = {.own_child = true};
	struct target_options at_entry = {.own_child = true, .function_entry = true};
	struct hb_task_row row;
	int err;

	bench->object = object__new(&options, error);
	if (!bench->object)
		return -errno;
	bench->drain = drain__new(bench->object, &handlers);
	err = bench->drain ? loop__start(&bench->loop) : -errno;
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot start: %s", strerror(-err));
	err = target__open(bench->loop.pid, &placed, &bench->placed, error);
	err = err ?: target__open(bench->loop.pid, &at_entry, &bench->at_entry, error);
	err = err ?: tasks__row(bench->object, bench->loop.pid, &row);
	err = err ?: fill_live(bench);
	if (err)
		return err;
	*object__config(bench->object, 0) = (struct hb_config){
		.tgid = (uint32_t)bench->loop.pid,
		.image = IMAGE,
		.exec_id = row.exec_id,
		.epoch = 1,
	};
	return 0;
}

static void tear_down(struct bench *bench)
{
	target__free(bench->placed);
	target__free(bench->at_entry);
	if (bench->loop.pid > 0)
		loop__stop(&bench->loop);
	drain__free(bench->drain);
	object__free(bench->object);
}

static const struct comparison *find(const char *name)
{
	for (size_t i = 0; i < COMPARISON_CNT; i++)
		if (!strcmp(comparisons[i].name, name))
			return &comparisons[i];
	return NULL;
}

static int usage(void)
{
	fprintf(stderr, "usage: hit COMPARISON ROUNDS\ncomparisons:");
	for (size_t i = 0; i < COMPARISON_CNT; i++)
		fprintf(stderr, " %s", comparisons[i].name);
	fprintf(stderr, "\n");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const struct comparison *what = argc == 3 ? find(argv[1]) : NULL;
	long rounds = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
	struct error error = {0};
	struct bench bench = {0};
	int err;

	if (!what || rounds < 1 || rounds > 1000)
		return usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	err = set_up(&bench, &error);
	for (int round = 0; round < rounds && !err; round++) {
		/* The sides change places, so that neither is always the warm one. */
		err = run_side_alone(&bench, what, round, round & 1, &error);
		err = err ?: run_side_alone(&bench, what, round, !(round & 1), &error);
	}
	tear_down(&bench);
	if (err)
		fprintf(stderr, "hit: %s: %s\n", what->name,
			error.text[0] ? error.text : strerror(-err));
	return err ? EXIT_RUNTIME : EXIT_OK;
}
