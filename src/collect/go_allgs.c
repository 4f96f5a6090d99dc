// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_allgs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/table.h"

#include "base/banned.h"

#define BATCH	    512
#define G_BYTES_MAX 256 /* from the status to where it started */
#define ENTRIES_MAX 4096
#define SITES_MAX   (4 * GO_CREATED_MAX) /* told apart before the lightest are dropped */
#define CHECKED_MAX 64
#define SCAN_BIT    0x1000U

/* Values of g.atomicstatus, those that are in use. */
enum g_status {
	G_IDLE = 0,
	G_RUNNABLE = 1,
	G_RUNNING = 2,
	G_SYSCALL = 3,
	G_WAITING = 4,
	G_DEAD = 6,
	G_COPYSTACK = 8,
	G_PREEMPTED = 9,
	G_LEAKED = 10,	   /* since 1.26 */
	G_DEAD_EXTRA = 11, /* since 1.26 */
};

struct g {
	uint32_t status;
	uint64_t wait_since_ns; /* CLOCK_MONOTONIC; 0: none has been noted */
	uint64_t created, entry;
};

enum entry_kind { ENTRY_USER, ENTRY_MAIN, ENTRY_RUNTIME, ENTRY_NONE };

struct go_allgs {
	const struct go_process *process;
	struct table entries; /* of address: enum entry_kind */
	struct table sites;   /* of one reading: row by site */
	uint64_t pointers[BATCH];
	struct memory_range ranges[BATCH];
	_Alignas(8) uint8_t copies[BATCH][G_BYTES_MAX];
};

struct go_allgs *go_allgs__new(const struct go_process *process)
{
	struct go_allgs *goroutines = calloc(1, sizeof(*goroutines));

	if (goroutines)
		goroutines->process = process;
	return goroutines;
}

void go_allgs__free(struct go_allgs *goroutines)
{
	if (!goroutines)
		return;
	table__release(&goroutines->entries);
	table__release(&goroutines->sites);
	free(goroutines);
}

/* As isSystemGoroutine(gp, false) of the runtime decides when one is created. */
static enum entry_kind name_kind(const char *name)
{
	if (!strcmp(name, "runtime.main"))
		return ENTRY_MAIN;
	if (strncmp(name, "runtime.", strlen("runtime.")) != 0 ||
	    !strcmp(name, "runtime.handleAsyncEvent") || !strcmp(name, "runtime.corostart"))
		return ENTRY_USER;
	return ENTRY_RUNTIME;
}

/* What starts at live address @entry; ENTRY_NONE: no function of the program does. */
static enum entry_kind find_kind(struct go_allgs *goroutines, uint64_t entry)
{
	const struct go_process *process = goroutines->process;
	enum entry_kind kind = ENTRY_NONE;
	struct go_function function;
	uint64_t known;

	if (table__get(&goroutines->entries, entry, &known))
		return (enum entry_kind)known;
	if (!go_program__function_at(process->program, entry - process->bias, &function) &&
	    function.vaddr == entry - process->bias)
		kind = name_kind(go_program__name(process->program, &function));
	/* If it cannot be remembered, it is looked up again. */
	if (goroutines->entries.cnt < ENTRIES_MAX)
		table__put(&goroutines->entries, entry, kind);
	return kind;
}

static size_t copied_bytes(const struct go_process *process)
{
	return (size_t)(process->layout->g_created_at - process->layout->g_status_at) + 24;
}

static struct g parse(const struct go_process *process, const uint8_t *copy)
{
	const uint8_t *created =
		copy + (process->layout->g_created_at - process->layout->g_status_at);
	struct g g;

	memcpy(&g.status, copy, sizeof(g.status));
	g.status &= ~SCAN_BIT;
	memcpy(&g.wait_since_ns, copy + 24, sizeof(g.wait_since_ns));
	memcpy(&g.created, created, sizeof(g.created));
	memcpy(&g.entry, created + 16, sizeof(g.entry));
	return g;
}

static bool is_dead(const struct g *g)
{
	return g->status == G_IDLE || g->status == G_DEAD || g->status == G_DEAD_EXTRA;
}

/* Length and start of the array of all goroutines. 0, -EINVAL, -ESRCH. */
static int read_slice(const struct go_allgs *goroutines, uint64_t *ret_start, size_t *ret_cnt)
{
	const struct go_process *process = goroutines->process;
	uint64_t slice[3];
	int err = memory__read(process->memory, process->at.allgs, slice, sizeof(slice));

	if (err)
		return err == -ESRCH ? err : -EINVAL;
	if (slice[1] > slice[2] || slice[2] > UINT32_MAX ||
	    (slice[1] && (!slice[0] || slice[0] % 8)))
		return -EINVAL;
	*ret_start = slice[0];
	*ret_cnt = slice[1] < GO_GOROUTINES_MAX ? (size_t)slice[1] : GO_GOROUTINES_MAX;
	return 0;
}

/* Copies of the @cnt goroutines that the array at @start points to. 0, -EINVAL, -ESRCH. */
static int copy_batch(struct go_allgs *goroutines, uint64_t start, size_t cnt)
{
	const struct go_process *process = goroutines->process;
	int err = memory__read(process->memory, start, goroutines->pointers,
			       cnt * sizeof(goroutines->pointers[0]));

	if (err)
		return err == -ESRCH ? err : -EINVAL;
	for (size_t i = 0; i < cnt; i++)
		goroutines->ranges[i] = (struct memory_range){
			.address = goroutines->pointers[i] + process->layout->g_status_at,
			.buf = goroutines->copies[i],
			.bytes = copied_bytes(process),
		};
	return memory__read_many(process->memory, goroutines->ranges, cnt);
}

int go_allgs__check(struct go_allgs *goroutines)
{
	bool has_main = false;
	uint64_t start;
	size_t cnt;
	int err;

	if (copied_bytes(goroutines->process) > G_BYTES_MAX)
		return -EINVAL;
	err = read_slice(goroutines, &start, &cnt);
	if (err || !cnt)
		return err ? err : -EAGAIN;
	cnt = cnt < CHECKED_MAX ? cnt : CHECKED_MAX;
	err = copy_batch(goroutines, start, cnt);
	for (size_t i = 0; !err && i < cnt; i++) {
		struct g g = parse(goroutines->process, goroutines->copies[i]);
		enum entry_kind kind;

		if (goroutines->ranges[i].failed || g.status > G_DEAD_EXTRA)
			return -EINVAL;
		if (is_dead(&g) || !g.entry)
			continue;
		kind = find_kind(goroutines, g.entry);
		if (kind == ENTRY_NONE || !g.created)
			return -EINVAL;
		has_main |= kind == ENTRY_MAIN;
	}
	if (!err && !has_main)
		err = -EINVAL;
	return err;
}

static enum go_status status_of(const struct g *g)
{
	if (g->status == G_SYSCALL)
		return GO_STATUS_SYSCALL;
	if (g->status == G_WAITING || g->status == G_LEAKED)
		return GO_STATUS_WAITING;
	return GO_STATUS_RUNNING;
}

/* The row of @g's site, new if need be; NULL: there are too many sites. */
static struct go_goroutine_row *find_row(struct go_allgs *goroutines, const struct g *g,
					 enum entry_kind kind, struct go_reading *reading)
{
	uint64_t site[2] = {g->created, g->entry};
	uint64_t key = hash__bytes(HASH_SEED, site, sizeof(site)), row;

	if (table__get(&goroutines->sites, key, &row))
		return &reading->goroutines[row];
	if (reading->goroutine_cnt == SITES_MAX ||
	    table__put(&goroutines->sites, key, reading->goroutine_cnt))
		return NULL;
	row = reading->goroutine_cnt++;
	reading->goroutines[row] = (struct go_goroutine_row){
		.entry = go_process__frame(goroutines->process, g->entry, FRAME_EXACT_PC)};
	if (kind != ENTRY_MAIN)
		reading->goroutines[row].created =
			go_process__frame(goroutines->process, g->created, 0);
	return &reading->goroutines[row];
}

static void count(struct go_allgs *goroutines, const struct g *g, uint64_t now_ns,
		  struct go_reading *reading)
{
	enum entry_kind kind = g->entry ? find_kind(goroutines, g->entry) : ENTRY_USER;
	struct go_goroutine_row *row;
	enum go_status status = status_of(g);

	if (kind == ENTRY_RUNTIME)
		return;
	reading->goroutine_total++;
	row = find_row(goroutines, g, kind, reading);
	if (!row) {
		reading->goroutine_dropped++;
		return;
	}
	row->cnt++;
	row->by_status[status]++;
	if (status != GO_STATUS_RUNNING && g->wait_since_ns && g->wait_since_ns < now_ns &&
	    now_ns - g->wait_since_ns > row->longest_wait_ns)
		row->longest_wait_ns = now_ns - g->wait_since_ns;
}

static int compare_rows(const void *a, const void *b)
{
	const struct go_goroutine_row *left = a, *right = b;

	if (left->cnt != right->cnt)
		return left->cnt < right->cnt ? 1 : -1;
	if (left->created.offset != right->created.offset)
		return left->created.offset < right->created.offset ? -1 : 1;
	return (left->entry.offset > right->entry.offset) -
	       (left->entry.offset < right->entry.offset);
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		return 0;
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

static void drop_lightest(struct go_reading *reading)
{
	qsort(reading->goroutines, reading->goroutine_cnt, sizeof(*reading->goroutines),
	      compare_rows);
	while (reading->goroutine_cnt > GO_CREATED_MAX)
		reading->goroutine_dropped += reading->goroutines[--reading->goroutine_cnt].cnt;
}

int go_allgs__read(struct go_allgs *goroutines, struct go_reading *reading)
{
	uint64_t now_ns = monotonic_ns(), start;
	size_t cnt;
	int err = read_slice(goroutines, &start, &cnt);

	if (err)
		return err;
	reading->goroutines = calloc(SITES_MAX, sizeof(*reading->goroutines));
	if (!reading->goroutines)
		return -ENOMEM;
	for (size_t at = 0; !err && at < cnt; at += BATCH) {
		size_t some = cnt - at < BATCH ? cnt - at : BATCH;

		err = copy_batch(goroutines, start + at * sizeof(uint64_t), some);
		for (size_t i = 0; !err && i < some; i++) {
			struct g g = parse(goroutines->process, goroutines->copies[i]);

			if (!goroutines->ranges[i].failed && g.status <= G_DEAD_EXTRA &&
			    !is_dead(&g))
				count(goroutines, &g, now_ns, reading);
		}
	}
	table__release(&goroutines->sites);
	if (!err)
		drop_lightest(reading);
	return err;
}
