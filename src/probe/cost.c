// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/cost.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/go_calls_map.h"
#include "kernel/link.h"
#include "kernel/tasks.h"
#include "probe/point.h"
#include "target/target.h"
#include "base/banned.h"

#define ROUNDS	      5
#define PAIRS	      1500
#define SAMPLED_PAIRS 300 /* 300 stacks are 2.5 MB of ring */
#define DEADLINE_NS   2000000000ULL
#define GO_DEPTH      24   /* frames of a Go service's stack: handlers lie as deep as that */
#define LOOK_DEPTH    3	   /* of the runtime, from an entry to who called it: one to six */
#define DEEP_BYTES    4096 /* more than the code of free_deep() has */

/* The loops that the child runs on request. */
enum phase {
	PHASE_IDLE,
	PHASE_PAIRS,
	PHASE_FREES,
	PHASE_SAMPLED,
	PHASE_DEEP,
	PHASE_SHALLOW,
	PHASE_QUIT
};

struct board {
	_Atomic int wanted; /* enum phase, set by the parent */
	_Atomic int done;   /* enum phase, set by the child */
	double ns_per_turn;
};

struct points {
	struct probe_point items[POINTS_MAX_PER_PROCESS];
	size_t cnt;
};

struct allocator {
	void *(*malloc)(size_t);
	void (*free)(void *);
};

double cost__charge(const struct cost_table *table, enum link_kind link,
		    const struct hb_counters *counters)
{
	double returns = (double)counters->returned;

	if (link < LINK_SESSION)
		returns += (double)counters->outcome[HB_SHUT];
	return (double)counters->hits * table->hit_ns + returns * table->return_ns +
	       (double)counters->records * table->sample_ns;
}

double cost__charge_go(const struct cost_table *table, const struct hb_go_counters *counters)
{
	uint64_t records = 0;

	for (int i = 0; i < HB_GO_SAMPLED; i++)
		records += counters->records[i];
	return (double)counters->hits * table->hit_ns + (double)records * table->go_sample_ns;
}

/* libc's own functions, past whatever a sanitizer has put in front of them. */
static bool find_allocator(struct allocator *ret)
{
	void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

	if (!libc)
		return false;
	ret->malloc = (void *(*)(size_t))dlsym(libc, "malloc");
	ret->free = (void (*)(void *))dlsym(libc, "free");
	return ret->malloc && ret->free;
}

/* free(NULL) at the bottom of @depth frames with frame pointers, as Go's are. */
__attribute__((noinline, optimize("no-omit-frame-pointer", "no-optimize-sibling-calls"))) static int
free_deep(const struct allocator *allocator, int depth)
{
	if (depth > 0)
		return free_deep(allocator, depth - 1) + 1;
	allocator->free(NULL);
	return 0;
}

static void run_turn(const struct allocator *allocator, enum phase phase)
{
	if (phase == PHASE_DEEP)
		free_deep(allocator, GO_DEPTH);
	else if (phase == PHASE_SHALLOW)
		free_deep(allocator, LOOK_DEPTH);
	else
		allocator->free(phase == PHASE_FREES ? NULL : allocator->malloc(64));
}

static double run_phase(const struct allocator *allocator, enum phase phase)
{
	bool deep = phase == PHASE_DEEP || phase == PHASE_SHALLOW;
	size_t turns = phase == PHASE_SAMPLED || deep ? SAMPLED_PAIRS : PAIRS;
	uint64_t before = clock__thread_cpu_ns();

	for (size_t i = 0; i < turns; i++)
		run_turn(allocator, phase);
	return (double)(clock__thread_cpu_ns() - before) / (double)turns;
}

static void child_main(struct board *board, const struct allocator *allocator)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int wanted = atomic_load(&board->wanted);

		if (wanted == PHASE_QUIT)
			_exit(0);
		if (wanted == atomic_load(&board->done)) {
			clock__sleep_ns(20000);
			continue;
		}
		if (wanted != PHASE_IDLE)
			board->ns_per_turn = run_phase(allocator, (enum phase)wanted);
		atomic_store(&board->done, wanted);
	}
}

static bool wait_done(struct board *board, enum phase phase)
{
	uint64_t deadline = clock__boottime_ns() + DEADLINE_NS;

	while (atomic_load(&board->done) != (int)phase) {
		if (clock__boottime_ns() > deadline)
			return false;
		clock__sleep_ns(50000);
	}
	return true;
}

/* The least of a few rounds: what is above it is the machine's noise, not the probe's price. */
static double measure(struct board *board, enum phase phase, int rounds)
{
	double least = 1e9;

	for (int i = 0; i < rounds; i++) {
		atomic_store(&board->wanted, phase);
		if (!wait_done(board, phase))
			return -1;
		if (board->ns_per_turn < least)
			least = board->ns_per_turn;
		atomic_store(&board->wanted, PHASE_IDLE);
		if (!wait_done(board, PHASE_IDLE))
			return -1;
	}
	return least;
}

static void set_config(struct object *object, size_t slot, uint32_t flags, uint64_t interval)
{
	struct hb_config *config = object__config(object, slot);

	config->interval_bytes = interval;
	__atomic_store_n(&config->flags, flags, __ATOMIC_RELEASE);
}

static double positive(double ns, double least)
{
	return ns > least ? ns : least;
}

static int measure_all(struct object *object, size_t slot, struct board *board,
		       struct cost_table *table, double bare_free_ns)
{
	double frees, pairs, sampled;

	set_config(object, slot, HB_GATE_OPEN, 1ULL << 31);
	frees = measure(board, PHASE_FREES, ROUNDS);
	set_config(object, slot, HB_GATE_OPEN | HB_FULL, 1ULL << 31);
	pairs = measure(board, PHASE_PAIRS, ROUNDS);
	set_config(object, slot, HB_GATE_OPEN | HB_FULL | HB_STACKS, 1);
	sampled = measure(board, PHASE_SAMPLED, 2);
	if (frees < 0 || pairs < 0 || sampled < 0)
		return -ETIMEDOUT;
	if (!object__counters(object, slot)->hits)
		return -ENODATA;
	/* A miss of the live map on free (30 ns) is within the hit's price. */
	table->hit_ns = positive(frees - bare_free_ns, 50) + 30;
	table->return_ns = positive(pairs - table->bare_ns - 2 * table->hit_ns, 50);
	table->sample_ns = positive(sampled - pairs, 50);
	table->calibrated = true;
	return 0;
}

/* A Go program at the child's free: it reads what stands in Go's registers, and walks the stack. */
static int link_go(struct object *object, size_t slot, enum object_program program, int probe,
		   const struct points *points, struct link_set **ret_links)
{
	pid_t pid = (pid_t)object__config(object, slot)->tgid;

	for (size_t i = 0; i < points->cnt; i++) {
		struct probe_point point = points->items[i];

		if ((point.cookie >> HB_COOKIE_FUNC_SHIFT & 0xff) != HB_FREE)
			continue;
		point.cookie = slot | (uint64_t)probe << HB_COOKIE_FUNC_SHIFT;
		*ret_links = link_set__new_entries(object, program, pid, &point, 1, NULL);
		return *ret_links ? 0 : -errno;
	}
	return -ENOENT;
}

/* What a hit costs beside the function itself, into @ret_ns; 0 where the program does not load: no
 * such probe is ever linked then. */
static int measure_go(struct object *object, size_t slot, struct board *board,
		      enum object_program program, int probe, const struct points *points,
		      double *ret_ns)
{
	enum phase phase = program == PROGRAM_GO_LOOK ? PHASE_SHALLOW : PHASE_DEEP;
	double bare = measure(board, phase, 2), hit;
	struct link_set *links;

	*ret_ns = 0;
	if (link_go(object, slot, program, probe, points, &links))
		return 0;
	hit = measure(board, phase, 3);
	link_set__free(links);
	if (bare < 0 || hit < 0)
		return -ETIMEDOUT;
	*ret_ns = positive(hit - bare, 50);
	return 0;
}

/*
 * A hit with its sample, and one of a look. Before the stack copies, which fill the ring until each
 * record wakes its reader. Of a look, that of an object: what rax holds passes for its size, and the
 * code on the way for the runtime's.
 */
static int measure_all_go(struct object *object, size_t slot, struct board *board,
			  const struct points *points, double *ret_sample_ns, double *ret_look_ns)
{
	const struct hb_config *config = object__config(object, slot);
	struct hb_go_look *look = object__go_look(object, slot);
	int err;

	*object__go_config(object, slot) =
		(struct hb_go_config){.tgid = config->tgid, .exec_id = config->exec_id};
	*look = (struct hb_go_look){.tgid = config->tgid, .exec_id = config->exec_id, .open = 1};
	for (size_t i = 0; i < HB_GO_BOUNDS; i++)
		look->bounds[i] = HB_GO_NO_BOUND;
	look->bounds[0] = (uintptr_t)&free_deep;
	look->bounds[1] = (uintptr_t)&free_deep + DEEP_BYTES;
	err = measure_go(object, slot, board, PROGRAM_GO_SAMPLE, HB_GO_PROFILE, points,
			 ret_sample_ns);
	err = err
		      ?: measure_go(object, slot, board, PROGRAM_GO_LOOK, HB_GO_LOOK_ALLOC, points,
				    ret_look_ns);
	look->open = 0;
	return err;
}

static int calibrate_child(struct object *object, size_t slot, pid_t pid, struct board *board,
			   struct cost_table *table, struct error *error)
{
	struct target_options options = {.own_child = true};
	struct points points;
	struct link_set *links;
	struct target *target;
	struct hb_task_row row;
	double bare_free_ns, go_ns = 0;
	int err;

	table->bare_ns = measure(board, PHASE_PAIRS, 2);
	bare_free_ns = measure(board, PHASE_FREES, 2);
	err = target__open(pid, &options, &target, error);
	if (err)
		return err;
	err = tasks__row(object, pid, &row);
	*object__config(object, slot) = (struct hb_config){
		.tgid = (uint32_t)pid,
		.exec_id = row.exec_id,
		.interval_bytes = 1ULL << 31,
	};
	points.cnt = point__build(target, slot, points.items);
	err = err ?: measure_all_go(object, slot, board, &points, &go_ns, &table->go_look_ns);
	links = err ? NULL : link_set__new(object, pid, points.items, points.cnt, error);
	if (links) {
		err = measure_all(object, slot, board, table, bare_free_ns);
		set_config(object, slot, 0, 1ULL << 31);
	} else {
		err = err ?: -errno;
	}
	link_set__free(links);
	table->go_sample_ns = positive(go_ns - table->hit_ns, 50);
	target__free(target);
	return err;
}

/* Its rows in the table of looks, image 0's. */
static void forget_calls(struct object *object)
{
	struct go_calls_row *rows;
	size_t cnt;

	if (!go_calls_map__read(object, 0, true, &rows, &cnt))
		free(rows);
}

int cost__calibrate(struct object *object, size_t slot, struct cost_table *ret_table,
		    struct error *error)
{
	struct allocator allocator;
	struct board *board;
	int err = 0;
	pid_t pid;

	*ret_table = (struct cost_table){0};
	if (!find_allocator(&allocator))
		return error__set(error, EXIT_RUNTIME, -ENOENT,
				  "cannot find libc's malloc to calibrate on");
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (board == MAP_FAILED)
		return error__set(error, EXIT_RUNTIME, -errno, "cannot calibrate: out of memory");
	pid = fork();
	if (pid == 0)
		child_main(board, &allocator);
	if (pid < 0)
		err = -errno;
	if (!err)
		err = calibrate_child(object, slot, pid, board, ret_table, error);
	atomic_store(&board->wanted, PHASE_QUIT);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	munmap(board, sizeof(*board));
	memset((void *)object__counters(object, slot), 0, sizeof(struct hb_counters));
	memset((void *)object__go_counters(object, slot), 0, sizeof(struct hb_go_counters));
	forget_calls(object);
	object__purge_live(object, 0, 0);
	if (err && error && !error->text[0])
		error__set(error, EXIT_RUNTIME, err, "cannot calibrate the cost of a hit: %s",
			   strerror(-err));
	return err;
}
