// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/windows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"

#include "base/banned.h"

#define NS 1e9

static void window__release(struct window *window)
{
	free(window->rows);
	free(window->base);
}

void windows__release(struct windows *windows)
{
	for (size_t i = 0; i < windows->cnt; i++)
		window__release(&windows->kept[i]);
	free(windows->folded);
	*windows = (struct windows){0};
}

void window__plan(struct window *window, const struct record_plan *plan)
{
	window->mode = plan->mode;
	window->link = plan->link;
	window->interval_bytes = plan->interval_bytes;
	window->opened_ns = plan->opened_ns;
	window->closed_ns = plan->closed_ns;
	window->observed_ns = plan->observed_ns;
	window->cpu_ns = plan->cpu_ns;
	window->charged_ns = plan->charged_ns;
	window->stolen_ns = plan->stolen_ns;
}

int window__count(struct window *window, const struct record_counters *counters)
{
	size_t bytes = counters->row_cnt * sizeof(struct counters_row);
	struct counters_row *rows = NULL;

	if (bytes) {
		rows = realloc(window->rows, bytes);
		if (!rows)
			return -ENOMEM;
		memcpy(rows, counters + 1, bytes);
	} else {
		free(window->rows);
	}
	window->rows = rows;
	window->counters = *counters;
	return 0;
}

/* What @row had by the beginning of the span. */
static const struct counters_row *base_row(const struct window *window,
					   const struct counters_row *row)
{
	static const struct counters_row none;

	for (uint32_t i = 0; window->base && i < window->base->row_cnt; i++)
		if (window->base->rows[i].func == row->func &&
		    window->base->rows[i].size_class == row->size_class)
			return &window->base->rows[i];
	return &none;
}

static uint64_t less(uint64_t value, uint64_t base)
{
	return value > base ? value - base : 0;
}

static void totals__add_rows(struct window_totals *totals, struct rate_window *rate,
			     const struct window *window)
{
	for (uint32_t i = 0; i < window->counters.row_cnt; i++) {
		const struct counters_row *row = &window->rows[i], *base = base_row(window, row);
		uint64_t calls = less(row->calls, base->calls);
		uint64_t bytes = less(row->bytes, base->bytes);
		bool vm = row->func >= HB_FIRST_VM;
		struct view_class *class =
			&(vm ? totals->vm_class : totals->heap_class)[row->size_class];

		totals->by_func[row->func].calls += calls;
		totals->by_func[row->func].bytes += bytes;
		/* What gives memory back is no allocation: it has a column, not a class. */
		if (row->func == HB_FREE || row->func == HB_MUNMAP)
			continue;
		class->calls += calls;
		class->bytes += bytes;
		totals->vm_seen |= vm;
		rate->counts[vm ? RATE_VM_CALLS : RATE_CALLS] += (double)calls;
		rate->counts[vm ? RATE_VM_BYTES : RATE_BYTES] += (double)bytes;
	}
}

static void totals__add_counters(struct window_totals *totals, const struct window *window)
{
	static const struct record_counters none;
	const struct record_counters *now = &window->counters;
	const struct record_counters *base = window->base ? &window->base->counters : &none;

	totals->failures += less(now->failures, base->failures);
	totals->frees += less(now->frees, base->frees);
	totals->free_nulls += less(now->free_nulls, base->free_nulls);
	totals->nested += less(now->nested, base->nested);
	totals->unmatched += less(now->unmatched, base->unmatched);
	totals->table_full += now->table_full;
	totals->freed_bytes += less(now->freed_bytes, base->freed_bytes);
}

static void totals__add(struct window_totals *totals, const struct window *window, uint64_t end_ns,
			double cpu_ratio)
{
	static const struct window_base none;
	struct rate_window rate = {.look = window->mode == PLAN_LOOK};
	const struct window_base *base = window->base ? window->base : &none;
	uint64_t opened_ns = window->base ? base->time_ns : window->opened_ns;

	rate.observed_s = (double)less(window->observed_ns, base->observed_ns) / NS;
	rate.cpu_s = (double)less(window->cpu_ns, base->cpu_ns) / NS;
	rate.stolen_s = (double)less(window->stolen_ns, base->stolen_ns) / NS;
	if (!window->closed_ns && window->opened_ns && opened_ns < end_ns) {
		rate.observed_s = (double)(end_ns - opened_ns) / NS;
		if (!window->cpu_ns && cpu_ratio > 0)
			rate.cpu_s = rate.observed_s * cpu_ratio;
	}
	rate.counts[RATE_FREES] = (double)less(window->counters.frees, base->counters.frees);
	totals__add_rows(totals, &rate, window);
	totals->windows++;
	if (window->counters.head.type) {
		totals->counted++;
		rate_sums__add(&totals->rates, &rate);
	}
	totals->observed_s += rate.observed_s;
	totals->cpu_s += rate.cpu_s;
	totals->charged_s += (double)less(window->charged_ns, base->charged_ns) / NS;
	totals__add_counters(totals, window);
}

/* A window that was left open ends where the next one begins. */
static uint64_t end_of(const struct windows *windows, size_t i, uint64_t now_ns)
{
	uint64_t next_ns = i + 1 < windows->cnt ? windows->kept[i + 1].opened_ns : 0;

	return next_ns ? next_ns : now_ns;
}

/* A look is over in no time: one of which only the beginning is known has lost its end, in a damaged
 * capture, and says nothing of how often anything was called. */
static bool has_no_end(const struct windows *windows, size_t i)
{
	const struct window *window = &windows->kept[i];

	return i + 1 < windows->cnt && window->mode == PLAN_LOOK && window->opened_ns &&
	       !window->closed_ns && windows->kept[i + 1].mode == PLAN_LOOK;
}

static void add_window(struct window_totals *totals, const struct windows *windows, size_t i,
		       uint64_t now_ns, double cpu_ratio)
{
	if (has_no_end(windows, i))
		totals->windows++;
	else
		totals__add(totals, &windows->kept[i], end_of(windows, i, now_ns), cpu_ratio);
}

static int fold_oldest(struct windows *windows)
{
	struct window *oldest = &windows->kept[0];

	if (!windows->folded)
		windows->folded = calloc(1, sizeof(*windows->folded));
	if (!windows->folded)
		return -ENOMEM;
	add_window(windows->folded, windows, 0, oldest->opened_ns, 0);
	window__release(oldest);
	windows->cnt--;
	memmove(oldest, oldest + 1, windows->cnt * sizeof(*oldest));
	return 0;
}

struct window *windows__get(struct windows *windows, uint32_t epoch)
{
	for (size_t i = windows->cnt; i-- > 0;)
		if (windows->kept[i].epoch == epoch)
			return &windows->kept[i];
	if (windows->cnt && epoch < windows->kept[windows->cnt - 1].epoch) {
		errno = ESTALE;
		return NULL;
	}
	if (windows->cnt == WINDOWS_KEPT && fold_oldest(windows)) {
		errno = ENOMEM;
		return NULL;
	}
	windows->kept[windows->cnt] = (struct window){.epoch = epoch};
	return &windows->kept[windows->cnt++];
}

const struct window *windows__last(const struct windows *windows)
{
	return windows->cnt ? &windows->kept[windows->cnt - 1] : NULL;
}

size_t windows__cnt(const struct windows *windows)
{
	return windows->cnt + windows->forgotten + (windows->folded ? windows->folded->windows : 0);
}

static struct window_base *base_of(const struct window *window, uint64_t now_ns)
{
	uint32_t row_cnt = window->counters.row_cnt;
	struct window_base *base = calloc(1, sizeof(*base) + row_cnt * sizeof(struct counters_row));

	if (!base)
		return NULL;
	base->time_ns = now_ns;
	base->observed_ns = less(now_ns, window->opened_ns);
	base->cpu_ns = window->cpu_ns;
	base->charged_ns = window->charged_ns;
	base->stolen_ns = window->stolen_ns;
	base->counters = window->counters;
	base->row_cnt = row_cnt;
	if (row_cnt)
		memcpy(base->rows, window->rows, row_cnt * sizeof(*base->rows));
	return base;
}

int windows__restart(struct windows *windows, uint64_t now_ns)
{
	struct window *last = windows->cnt ? &windows->kept[windows->cnt - 1] : NULL;
	struct window open = {0};

	if (last && !last->closed_ns) {
		struct window_base *base = base_of(last, now_ns);

		if (!base)
			return -ENOMEM;
		free(last->base);
		last->base = base;
		open = *last;
		windows->cnt--;
	}
	windows->forgotten = windows__cnt(windows);
	for (size_t i = 0; i < windows->cnt; i++)
		window__release(&windows->kept[i]);
	free(windows->folded);
	windows->folded = NULL;
	windows->cnt = open.base ? 1 : 0;
	windows->kept[0] = open;
	return 0;
}

static void add_kept(const struct windows *windows, uint64_t now_ns, double cpu_ratio,
		     struct window_totals *totals)
{
	for (size_t i = 0; i < windows->cnt; i++)
		add_window(totals, windows, i, now_ns, cpu_ratio);
}

void windows__sum(const struct windows *windows, uint64_t now_ns, double cpu_ratio,
		  struct window_totals *ret_totals)
{
	if (windows->folded)
		*ret_totals = *windows->folded;
	else
		memset(ret_totals, 0, sizeof(*ret_totals));
	add_kept(windows, now_ns, cpu_ratio, ret_totals);
}

void windows__sum_recent(const struct windows *windows, uint64_t now_ns, double cpu_ratio,
			 struct window_totals *ret_totals)
{
	memset(ret_totals, 0, sizeof(*ret_totals));
	add_kept(windows, now_ns, cpu_ratio, ret_totals);
}

size_t windows__bytes(const struct windows *windows)
{
	size_t bytes = windows->folded ? sizeof(*windows->folded) : 0;

	for (size_t i = 0; i < windows->cnt; i++)
		bytes += windows->kept[i].counters.row_cnt * sizeof(struct counters_row);
	return bytes;
}
