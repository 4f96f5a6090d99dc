// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/threads.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/estimate.h"
#include "model/figure.h"

#include "base/banned.h"

void threads__free(struct threads *threads)
{
	if (!threads)
		return;
	for (size_t i = 0; i < threads->cnt; i++) {
		free(threads->items[i].comm);
		free(threads->items[i].sums);
	}
	free(threads->items);
	table__release(&threads->by_tid);
	free(threads);
}

uint16_t threads__index(struct threads *threads, uint32_t tid)
{
	struct thread_row row = {.tid = tid};
	uint64_t index;

	if (table__get(&threads->by_tid, tid, &index))
		return (uint16_t)index;
	if (threads->cnt >= THREADS_MAX || vec__add(threads, row))
		return THREAD_NONE;
	if (!table__put(&threads->by_tid, tid, threads->cnt - 1))
		return (uint16_t)(threads->cnt - 1);
	threads->cnt--;
	return THREAD_NONE;
}

int threads__name(struct threads *threads, uint32_t tid, const char *comm)
{
	uint16_t index = threads__index(threads, tid);
	char *copy;

	if (index == THREAD_NONE)
		return 0;
	copy = strdup(comm);
	if (!copy)
		return -ENOMEM;
	free(threads->items[index].comm);
	threads->items[index].comm = copy;
	return 0;
}

uint16_t threads__count(struct threads *threads, uint32_t tid, uint32_t size_class,
			double size_bytes, double probability)
{
	uint16_t index = threads__index(threads, tid);
	struct thread_row *row = index == THREAD_NONE ? NULL : &threads->items[index];

	if (row && !row->sums)
		row->sums = calloc(SIZE_CLASSES, sizeof(*row->sums));
	if (!row || !row->sums) {
		threads->dropped++;
		return THREAD_NONE;
	}
	sample_sums__add(&row->sums[size_class], size_bytes, probability);
	return index;
}

void threads__restart(struct threads *threads)
{
	for (size_t i = 0; i < threads->cnt; i++) {
		struct thread_row *row = &threads->items[i];

		free(row->sums);
		row->sums = NULL;
		row->freed = row->elsewhere = 0;
		row->freed_n = 0;
	}
	threads->dropped = 0;
}

void threads__drop_live(struct threads *threads)
{
	for (size_t i = 0; i < threads->cnt; i++)
		threads->items[i].live = (struct live_sums){0};
}

size_t threads__bytes(const struct threads *threads)
{
	size_t bytes = sizeof(*threads) + threads->cap * sizeof(*threads->items) +
		       table__bytes(&threads->by_tid);

	for (size_t i = 0; i < threads->cnt; i++) {
		const struct thread_row *row = &threads->items[i];

		bytes += row->comm ? strlen(row->comm) + 1 : 0;
		bytes += row->sums ? SIZE_CLASSES * sizeof(*row->sums) : 0;
	}
	return bytes;
}

static struct figure share(const struct figure *part, double all)
{
	struct figure figure;

	if (!(all > 0) || part->basis == BASIS_UNKNOWN)
		return (struct figure){0};
	figure = figure__scale(*part, 1 / all);
	figure.high = fmin(1, figure.high);
	figure.lower_bound = false;
	return figure;
}

static void fill_row(struct view_thread *to, const struct view_process *process,
		     const struct thread_row *row)
{
	bool every = process->interval_bytes <= 1;

	to->tid = row->tid;
	if (row->sums && process->heap_sums) {
		to->calls = estimate__site(QUANTITY_CALLS, row->sums, process->heap_sums,
					   process->heap_class);
		to->bytes = estimate__site(QUANTITY_BYTES, row->sums, process->heap_sums,
					   process->heap_class);
	}
	to->calls_rate = figure__carry(&to->calls, &process->calls, &process->calls_rate);
	to->bytes_rate = figure__carry(&to->bytes, &process->bytes, &process->bytes_rate);
	to->bytes_share = share(&to->bytes, process->bytes.value);
	to->freed_elsewhere = row->freed > 0 ? fmin(1, row->elsewhere / row->freed) : -1;
	if (!process->frees_seen)
		return;
	to->live_bytes = figure__estimate(row->live.bytes, 0, row->live.bytes_var, row->live.n);
	to->live_objects =
		figure__estimate(row->live.objects, 0, row->live.objects_var, row->live.n);
	if (!every)
		to->live_bytes.basis = to->live_objects.basis = BASIS_SAMPLED;
}

static int heavier_first(const void *a, const void *b)
{
	const struct view_thread *x = a, *y = b;

	if (x->bytes.value != y->bytes.value)
		return x->bytes.value < y->bytes.value ? 1 : -1;
	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

int threads__fill(struct view *view, struct view_process *to, const struct threads *threads)
{
	to->threads = view__alloc(view, threads->cnt * sizeof(*to->threads));
	if (!to->threads)
		return -ENOMEM;
	for (size_t i = 0; i < threads->cnt; i++) {
		const struct thread_row *row = &threads->items[i];
		struct view_thread *thread = &to->threads[to->thread_cnt];

		if (!row->sums && !row->live.n)
			continue;
		fill_row(thread, to, row);
		thread->comm = view__strdup(view, row->comm ? row->comm : "");
		if (!thread->comm)
			return -ENOMEM;
		to->thread_cnt++;
	}
	to->dropped_thread_calls = threads->dropped;
	qsort(to->threads, to->thread_cnt, sizeof(*to->threads), heavier_first);
	return 0;
}
