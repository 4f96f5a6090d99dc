// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/process.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "model/estimate.h"
#include "model/figure.h"
#include "model/tracking.h"

#include "base/banned.h"

/* Detaching hundreds of processes at the end takes half a minute, one after the other. */
#define CLOSED_LATELY_NS (60ULL * 1000 * 1000 * 1000)

static char *copy_string(const struct record *record, uint32_t offset, bool *failed)
{
	char *copy = strdup(record__string(record, offset));

	*failed |= !copy;
	return copy;
}

static char *copy_present(const struct record *record, uint32_t offset, bool *failed)
{
	return *record__string(record, offset) ? copy_string(record, offset, failed) : NULL;
}

static void free_strings(struct process *process)
{
	free(process->comm);
	free(process->exe);
	free(process->runtime);
	free(process->allocator);
	free(process->hides);
	free(process->refusal);
}

int process__describe(struct process *process, const struct record_image *record)
{
	struct process next = *process;
	bool failed = false;

	next.tgid = record->tgid;
	next.start_ticks = record->start_ticks;
	next.exec_id = record->exec_id;
	next.comm = copy_string(&record->head, record->comm, &failed);
	next.exe = copy_string(&record->head, record->exe, &failed);
	next.runtime = copy_string(&record->head, record->runtime, &failed);
	next.allocator = copy_string(&record->head, record->allocator, &failed);
	next.hides = copy_present(&record->head, record->hides, &failed);
	next.refusal = copy_present(&record->head, record->refusal, &failed);
	if (failed) {
		free_strings(&next);
		return -ENOMEM;
	}
	free_strings(process);
	*process = next;
	return 0;
}

struct process *process__new(const struct record_image *record)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	process->image = record->image;
	process->first_ns = record->head.time_ns;
	process->first_block = BLOCK_NONE;
	if (process__describe(process, record)) {
		free(process);
		errno = ENOMEM;
		return NULL;
	}
	return process;
}

/* The moment up to which the ends of blocks of the newest window were seen. */
static uint64_t window_end(const struct process *process)
{
	const struct window *window = windows__last(&process->windows);

	if (window && window->epoch == process->epoch && window->closed_ns)
		return window->closed_ns;
	return process->exited && process->exit_ns ? process->exit_ns : process->last_ns;
}

static void drop_blocks(struct process *process, struct store *store)
{
	while (process->first_block != BLOCK_NONE) {
		struct block *block = &store->blocks.items[process->first_block];

		if (block->chain != CHAIN_NONE)
			process->chains.items[block->chain].block = BLOCK_NONE;
		blocks__remove(&store->blocks, process->first_block, &process->first_block);
	}
}

bool store__is_short(const struct store *store)
{
	const struct blocks *blocks = &store->blocks;

	return store->stack_bytes >= store->stack_bytes_max - store->stack_bytes_max / 8 ||
	       blocks->live >= blocks->max - blocks->max / 8;
}

void process__shed_chains(struct process *process, struct store *store)
{
	for (uint32_t i = process->first_block; i != BLOCK_NONE; i = store->blocks.items[i].next)
		store->blocks.items[i].chain = CHAIN_NONE;
	chains__release(&process->chains, &store->chains);
}

void process__shed(struct process *process, struct store *store)
{
	tracking__censor(process, store, window_end(process));
	drop_blocks(process, store);
	chains__release(&process->chains, &store->chains);
	store->stack_bytes -= stacks__bytes(&process->stacks);
	stacks__release(&process->stacks);
	if (process->go) {
		size_t before = go__bytes(process->go);

		go__shed(process->go);
		store->stack_bytes -= before - go__bytes(process->go);
	}
	peaks__free(process->peaks);
	process->peaks = NULL;
	process->shed = true;
}

void process__free(struct process *process, struct store *store)
{
	if (!process)
		return;
	drop_blocks(process, store);
	chains__release(&process->chains, &store->chains);
	store->stack_bytes -= stacks__bytes(&process->stacks);
	stacks__release(&process->stacks);
	store->stack_bytes -= process->go ? go__bytes(process->go) : 0;
	go__free(process->go);
	peaks__free(process->peaks);
	threads__free(process->threads);
	free(process->unit);
	windows__release(&process->windows);
	free(process->lives);
	for (int family = 0; family < 2; family++)
		free(process->sums[family]);
	free(process->vitals.t_s);
	free(process->vitals.rss_bytes);
	free(process->ticks.t_s);
	free(process->ticks.live_bytes);
	free_strings(process);
	free(process);
}

void process__enter_epoch(struct process *process, struct store *store, uint32_t epoch)
{
	size_t before;

	if (epoch <= process->epoch)
		return;
	/* Frees between two windows go unseen: what was live is censored, not live. */
	tracking__censor(process, store, window_end(process));
	drop_blocks(process, store);
	stacks__drop_live(&process->stacks);
	if (process->threads)
		threads__drop_live(process->threads);
	if (process->peaks)
		peaks__clear(process->peaks);
	process->live = (struct live_sums){0};
	before = stacks__bytes(&process->stacks);
	stacks__drop_points(&process->stacks, LIVE_POINTS_MAX);
	process->ticks.thinning = (struct thinning){0};
	store->stack_bytes -= before - stacks__bytes(&process->stacks);
	process->epoch = epoch;
}

void process__exit(struct process *process, const struct record_exit *record)
{
	process->exited = true;
	process->exit_ns = record->head.time_ns;
	process->exit_reason = record->reason;
}

/* What has been published as a sum must not fall: an open window's time is an estimate until it is
 * closed, and a record may have been lost. */
static void raise_to(uint64_t *sum, double value)
{
	uint64_t count = figure__count(value);

	if (count > *sum)
		*sum = count;
}

static void sum_up(struct process *process, uint64_t now_ns)
{
	struct view_sums *sums = &process->sums_so_far;
	struct window_totals totals;

	windows__sum(&process->windows, now_ns, 0, &totals);
	raise_to(&sums->calls, totals.rates.of[RATE_CALLS].y);
	raise_to(&sums->bytes, totals.rates.of[RATE_BYTES].y);
	raise_to(&sums->frees, (double)totals.frees);
	raise_to(&sums->failures, (double)totals.failures);
	sums->freed_bytes = fmax(sums->freed_bytes, (double)totals.freed_bytes);
	for (int i = 0; i < 4; i++) {
		raise_to(&sums->vm[i].calls, (double)totals.by_func[HB_MMAP + i].calls);
		raise_to(&sums->vm[i].bytes, (double)totals.by_func[HB_MMAP + i].bytes);
	}
	sums->observed_s = fmax(sums->observed_s, totals.observed_s);
	sums->charged_s = fmax(sums->charged_s, totals.charged_s);
}

/* The window that a record speaks of; NULL with *ret_err 0 if it is too old to be changed. */
static struct window *find_window(struct process *process, struct store *store, uint32_t epoch,
				  int *ret_err)
{
	struct window *window;

	process__enter_epoch(process, store, epoch);
	window = windows__get(&process->windows, epoch);
	*ret_err = window || errno == ESTALE ? 0 : -ENOMEM;
	return window;
}

int process__plan(struct process *process, struct store *store, const struct record_plan *record)
{
	struct window *window;
	int err;

	/* "Not attached" is no window; that one has ended shows by its own closing record. */
	if (record->mode == PLAN_REST)
		return 0;
	window = find_window(process, store, record->epoch, &err);
	if (!window)
		return err;
	window__plan(window, record);
	process->last_ns = record->head.time_ns;
	sum_up(process, record->head.time_ns);
	return 0;
}

bool process__sees_frees(const struct process *process, uint64_t now_ns)
{
	const struct window *window = windows__last(&process->windows);

	if (!window || windows__cnt(&process->windows) != 1 || window->mode < PLAN_EXACT)
		return false;
	return process->exited || !window->closed_ns ||
	       now_ns < window->closed_ns + CLOSED_LATELY_NS;
}

static int ticks__prepare(struct ticks *ticks)
{
	if (!ticks->t_s)
		ticks->t_s = calloc(LIVE_POINTS_MAX, sizeof(*ticks->t_s));
	if (!ticks->live_bytes)
		ticks->live_bytes = calloc(LIVE_POINTS_MAX, sizeof(*ticks->live_bytes));
	return ticks->t_s && ticks->live_bytes ? 0 : -ENOMEM;
}

static void note_peak(struct process *process, const struct record_counters *record, bool full)
{
	struct live_sums now = process->live;

	if (full)
		now = (struct live_sums){.bytes = (double)record->live_bytes,
					 .n = record->live_objects};
	if (process->peak_ns && now.bytes <= process->peak.bytes)
		return;
	process->peak = now;
	process->peak_ns = record->head.time_ns;
}

static int process__tick(struct process *process, struct store *store,
			 const struct record_counters *record, bool full)
{
	struct ticks *ticks = &process->ticks;
	size_t before = stacks__bytes(&process->stacks), at;
	bool halve, take;

	if (ticks__prepare(ticks))
		return -ENOMEM;
	note_peak(process, record, full);
	take = thinning__take(&ticks->thinning, LIVE_POINTS_MAX, &halve);
	if (halve) {
		thin__halve_double(ticks->t_s, LIVE_POINTS_MAX);
		thin__halve_double(ticks->live_bytes, LIVE_POINTS_MAX);
		stacks__halve_points(&process->stacks, LIVE_POINTS_MAX);
	}
	if (!take)
		return 0;
	at = ticks->thinning.cnt - 1;
	ticks->t_s[at] = ((double)record->head.time_ns - (double)process->first_ns) / 1e9;
	ticks->live_bytes[at] = full ? (double)record->live_bytes : process->live.bytes;
	stacks__tick(&process->stacks, at, LIVE_POINTS_MAX);
	store->stack_bytes += stacks__bytes(&process->stacks) - before;
	return 0;
}

int process__count(struct process *process, struct store *store,
		   const struct record_counters *record)
{
	struct window *window;
	int err;

	window = find_window(process, store, record->epoch, &err);
	if (!window)
		return err;
	err = window__count(window, record);
	process->last_ns = record->head.time_ns;
	if (!err)
		sum_up(process, record->head.time_ns);
	if (err || !process__sees_frees(process, record->head.time_ns))
		return err;
	return process__tick(process, store, record, window->mode == PLAN_FULL);
}

static uint32_t size_class(uint64_t size_bytes)
{
	return size_bytes ? 64 - (uint32_t)__builtin_clzll(size_bytes) : 0;
}

/* The sums of the sample's family, by class; NULL if out of memory. */
static struct sample_sums *family_sums(struct process *process, const struct record_sample *sample)
{
	struct sample_sums **sums = &process->sums[sample->func >= HB_FIRST_VM];

	if (!*sums)
		*sums = calloc(SIZE_CLASSES, sizeof(**sums));
	return *sums;
}

static bool is_wanted(const struct model_filter *filter, uint64_t size_bytes)
{
	return size_bytes >= filter->min_bytes &&
	       (!filter->max_bytes || size_bytes <= filter->max_bytes);
}

/* The process's threads, if they are followed. */
static struct threads *threads_of(struct process *process, const struct store *store)
{
	if (!process->threads && store->follow & FOLLOW_THREADS)
		process->threads = calloc(1, sizeof(*process->threads));
	return process->threads;
}

static void count_thread(struct process *process, const struct store *store,
			 const struct record_sample *record, uint32_t class)
{
	struct threads *threads = threads_of(process, store);

	if (threads && record->func < HB_FIRST_VM)
		threads__count(threads, record->tid, class, (double)record->size_bytes,
			       (double)record->probability_q32 * 0x1p-32);
}

int process__thread(struct process *process, const struct store *store,
		    const struct record_thread *record)
{
	struct threads *threads = threads_of(process, store);

	return threads ? threads__name(threads, record->tid,
				       record__string(&record->head, record->comm))
		       : 0;
}

int process__sample(struct process *process, struct store *store,
		    const struct record_sample *record)
{
	double probability = (double)record->probability_q32 * 0x1p-32;
	uint32_t class = size_class(record->size_bytes), stack;
	struct sample_sums *sums = family_sums(process, record);
	size_t before;

	if (!sums)
		return -ENOMEM;
	process__enter_epoch(process, store, record->epoch);
	before = stacks__bytes(&process->stacks);
	process->sample_n++;
	process->complete_n += !!(record->flags & SAMPLE_COMPLETE);
	/* What gives memory back is counted, not estimated: see windows.c. */
	if (record->func == HB_FREE || record->func == HB_MUNMAP)
		return 0;
	sample_sums__add(&sums[class], (double)record->size_bytes, probability);
	/* Its family's sums are of all: what has no stack is nobody's share. */
	if (!is_wanted(&store->filter, record->size_bytes))
		return 0;
	count_thread(process, store, record, class);
	stack = stacks__intern(&process->stacks, record, PROCESS_STACKS_MAX,
			       !process->shed && store->stack_bytes < store->stack_bytes_max);
	if (stack == STACK_NONE ||
	    stacks__count(&process->stacks, stack, class, (double)record->size_bytes, probability))
		process->dropped_samples++;
	store->stack_bytes += stacks__bytes(&process->stacks) - before;
	if (!(record->flags & SAMPLE_TRACKED) || process->shed || record->epoch != process->epoch)
		return 0;
	return tracking__birth(process, store, record, stack);
}

int process__failure(struct process *process, struct store *store,
		     const struct record_sample *record)
{
	double probability = (double)record->probability_q32 * 0x1p-32;
	size_t before = stacks__bytes(&process->stacks);
	uint32_t stack;

	if (!is_wanted(&store->filter, record->size_bytes))
		return 0;
	process__enter_epoch(process, store, record->epoch);
	stack = stacks__intern(&process->stacks, record, PROCESS_STACKS_MAX,
			       !process->shed && store->stack_bytes < store->stack_bytes_max);
	store->stack_bytes += stacks__bytes(&process->stacks) - before;
	if (stack != STACK_NONE)
		sample_sums__add(&process->stacks.items[stack].failed, (double)record->size_bytes,
				 probability);
	return 0;
}

void process__loss(struct process *process, const struct record_loss *record)
{
	process->loss = *record;
	process->loss_known = true;
}

int process__go(struct process *process, struct store *store, const struct record *record,
		int64_t wall_offset)
{
	struct go_context context = {
		.origin_ns = process->first_ns,
		.wall_offset = wall_offset,
		.may_grow = !process->shed && store->stack_bytes < store->stack_bytes_max,
	};
	size_t before = process->go ? go__bytes(process->go) : 0;
	int err;

	if (!process->go)
		process->go = go__new(record->time_ns);
	if (!process->go)
		return -ENOMEM;
	err = go__apply(process->go, record, &context);
	store->stack_bytes += go__bytes(process->go) - before;
	return err;
}

static size_t string_bytes(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

size_t process__bytes(const struct process *process)
{
	size_t bytes = sizeof(*process) + windows__bytes(&process->windows);

	bytes += stacks__bytes(&process->stacks) + (process->go ? go__bytes(process->go) : 0);
	bytes += process->chains.cap * sizeof(*process->chains.items);
	bytes += process->vitals.t_s ? 2 * VITALS_POINTS_MAX * sizeof(double) : 0;
	bytes += process->ticks.t_s ? 2 * LIVE_POINTS_MAX * sizeof(double) : 0;
	bytes += process->peaks ? peaks__bytes(process->peaks) : 0;
	bytes += process->threads ? threads__bytes(process->threads) : 0;
	bytes += process->lives ? LIFE_CLASSES * sizeof(*process->lives) : 0;
	for (int family = 0; family < 2; family++)
		bytes += process->sums[family] ? SIZE_CLASSES * sizeof(struct sample_sums) : 0;
	bytes += string_bytes(process->comm) + string_bytes(process->exe);
	bytes += string_bytes(process->runtime) + string_bytes(process->allocator);
	bytes += string_bytes(process->unit);
	return bytes + string_bytes(process->hides) + string_bytes(process->refusal);
}
