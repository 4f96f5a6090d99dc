// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/image_totals.h"

#include <math.h>

#include "base/banned.h"

/* What a view says of one image: cumulative sums, and rates for the time between windows. */
struct reading {
	double seen[TOTALS];
	double rate[TOTALS];
	bool known[TOTALS];
};

static void set(struct reading *to, int which, double seen, double rate)
{
	to->known[which] = true;
	to->seen[which] = seen;
	to->rate[which] = rate;
}

static double known_rate(const struct figure *rate)
{
	return rate->basis == BASIS_UNKNOWN || !isfinite(rate->value) ? 0 : fmax(0, rate->value);
}

/* The rate of a part of the calls: as they are shared in what was counted. */
static double part_rate(double part, double whole, const struct figure *rate)
{
	return whole > 0 ? known_rate(rate) * part / whole : 0;
}

/* Buckets are cumulative sums like the counters. Where blocks end between windows is not known, so
 * lifetimes have no rate. */
static void read_histogram(struct reading *to, int first, const struct histogram *from,
			   double calls, const struct figure *calls_rate, double sum_rate)
{
	if (from->basis == BASIS_UNKNOWN)
		return;
	for (int i = 0; i < GROUP_BUCKETS; i++)
		set(to, first + i, from->counts[i],
		    calls_rate ? part_rate(from->counts[i], calls, calls_rate) : 0);
	set(to, first + GROUP_BUCKETS, from->sum, sum_rate);
}

static void read_heap(struct reading *to, const struct view_process *from)
{
	const struct view_sums *sums = &from->sums;
	double calls = (double)sums->calls;

	set(to, GROUP_ALLOCATIONS, calls, known_rate(&from->recent_calls_rate));
	set(to, GROUP_ALLOCATED_BYTES, (double)sums->bytes, known_rate(&from->recent_bytes_rate));
	set(to, GROUP_FAILURES, (double)sums->failures,
	    part_rate((double)sums->failures, calls, &from->recent_calls_rate));
	if (from->frees_fig.basis != BASIS_UNKNOWN)
		set(to, GROUP_FREES, (double)sums->frees, known_rate(&from->recent_frees_rate));
	if (sums->freed_basis != BASIS_UNKNOWN)
		set(to, GROUP_FREED_BYTES, sums->freed_bytes, 0);
	read_histogram(to, TOTAL_SIZES, &from->sizes, calls, &from->recent_calls_rate,
		       known_rate(&from->recent_bytes_rate));
	read_histogram(to, TOTAL_LIVES, &from->ended, 0, NULL, 0);
}

static void read_vm(struct reading *to, const struct view_process *from)
{
	static const enum group_counter counters[] = {GROUP_VM_MMAP_CALLS, GROUP_VM_MUNMAP_CALLS,
						      GROUP_VM_MREMAP_CALLS, GROUP_VM_BRK_CALLS};
	const struct figure *rate = &from->recent_vm_calls_rate;
	double calls = from->vm_calls.value, mapped = 0, unmapped = (double)from->sums.vm[1].bytes;

	for (int i = 0; i < 4; i++) {
		double part = (double)from->sums.vm[i].calls;

		set(to, (int)counters[i], part, part_rate(part, calls, rate));
		mapped += i == 1 ? 0 : (double)from->sums.vm[i].bytes;
	}
	set(to, GROUP_VM_MAPPED_BYTES, mapped, known_rate(&from->recent_vm_bytes_rate));
	set(to, GROUP_VM_UNMAPPED_BYTES, unmapped, part_rate(unmapped, calls, rate));
}

/* Seconds between windows that have not been carried on yet. Only what exceeds the longest such
 * time so far counts: a view that lags behind the clock must not be carried on twice. */
static double take_gap(struct image_totals *totals, double observed_s, uint64_t now_ns)
{
	double unseen, gap;

	if (!totals->since_ns) {
		totals->since_ns = now_ns;
		totals->seen_before_s = observed_s;
	}
	unseen = (double)(now_ns - totals->since_ns) / 1e9 - (observed_s - totals->seen_before_s);
	gap = fmax(0, unseen - totals->unseen_s);
	totals->unseen_s += gap;
	return gap;
}

static bool is_stale(const struct view_process *process, uint64_t now_ns)
{
	return now_ns > process->last_seen_ns &&
	       (double)(now_ns - process->last_seen_ns) / 1e9 > RATE_STALE_S;
}

/* Of what is counted in windows alone, and of what is ours, all is news. */
static double before(struct image_totals *totals, int q, double seen)
{
	bool of_runtime = q < GROUP_OBSERVED_SECONDS || q >= GROUP_COUNTERS;

	if (!totals->begun[q] && totals->skip_before && of_runtime)
		totals->before[q] = seen;
	totals->begun[q] = true;
	return totals->before[q];
}

bool image_totals__advance(struct image_totals *totals, struct group_totals *group,
			   const struct view_process *process, uint64_t now_ns, bool alive,
			   bool counted)
{
	struct reading reading = {0};
	double gap;

	if (!process->window_cnt && !process->go)
		return false;
	if (process->window_cnt) {
		set(&reading, GROUP_OBSERVED_SECONDS, process->sums.observed_s, 0);
		set(&reading, GROUP_CHARGED_SECONDS, process->sums.charged_s, 0);
	}
	if (process->calls.basis != BASIS_UNKNOWN)
		read_heap(&reading, process);
	if (process->vm_calls.basis != BASIS_UNKNOWN)
		read_vm(&reading, process);
	gap = take_gap(totals, process->sums.observed_s, now_ns);
	if (!alive || counted || is_stale(process, now_ns))
		gap = 0;
	for (int q = 0; q < TOTALS; q++) {
		double total;

		if (!reading.known[q])
			continue;
		totals->carried[q] += reading.rate[q] * gap;
		total = reading.seen[q] - before(totals, q, reading.seen[q]) + totals->carried[q];
		if (total > totals->published[q]) {
			group->value[q] += total - totals->published[q];
			totals->published[q] = total;
		}
		group->known[q] = true;
	}
	return true;
}
