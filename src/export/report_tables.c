// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report_tables.h"

#include <inttypes.h>
#include <math.h>

#include "export/human.h"
#include "export/style.h"

#include "base/banned.h"

static void note_temporary(FILE *file, const struct view_process *process)
{
	char text[2][2 * HUMAN_BYTES];
	double temporary = 0;

	for (size_t i = 0; i < process->site_cnt; i++)
		if (process->sites[i].temporary.basis != BASIS_UNKNOWN)
			temporary += process->sites[i].temporary.value;
	fprintf(file, "\n  temporary: freed within %s of the allocation",
		human__value(text[0], UNIT_SECONDS, (double)TEMPORARY_NS / 1e9));
	if (process->calls.value > 0)
		fprintf(file, "; %s of %s allocations",
			human__value(text[0], UNIT_COUNT, temporary),
			human__figure(text[1], UNIT_COUNT, &process->calls));
	fputc('\n', file);
}

static void note_peak(FILE *file, const struct view_process *process)
{
	char bytes[2 * HUMAN_BYTES];

	if (process->peak_bytes.basis == BASIS_UNKNOWN) {
		fprintf(file, "\n  no sites at the peak: not every free was seen; --budget off "
			      "sees each\n");
		return;
	}
	fprintf(file, "\n  live when most was live: %s",
		human__with_error(bytes, UNIT_BYTES, &process->peak_bytes));
	if (process->peak_at_s >= 0)
		fprintf(file, ", %s after the start",
			human__value(bytes, UNIT_SECONDS, process->peak_at_s));
	fputc('\n', file);
}

static void note_growth(FILE *file, const struct view_process *process)
{
	char span[HUMAN_BYTES];

	if (process->live_bytes.basis == BASIS_UNKNOWN)
		fprintf(file,
			"\n  no growth by site: not every free was seen; --budget off sees each\n");
	else
		fprintf(file,
			"\n  live bytes gained in %s; steady: two tests agree that it goes on\n",
			human__value(span, UNIT_SECONDS, process->span_s));
}

static void note_lifetime(FILE *file, const struct view_process *process)
{
	char reached[HUMAN_BYTES];

	if (!(process->lifetimes.reached_s > 0)) {
		fprintf(file, "\n  no lifetimes: no block was followed to its end\n");
		return;
	}
	fprintf(file, "\n  blocks were followed for up to %s; kept: not freed until the end\n",
		human__value(reached, UNIT_SECONDS, process->lifetimes.reached_s));
}

void report_tables__note(FILE *file, const struct view_process *process,
			 const struct report_options *options)
{
	if (options->by == BY_TEMPORARY)
		note_temporary(file, process);
	else if (options->by == BY_PEAK)
		note_peak(file, process);
	else if (options->by == BY_GROWTH)
		note_growth(file, process);
	else if (options->by == BY_LIFETIME)
		note_lifetime(file, process);
	else if (options->by == BY_LIVE && !process->frees_seen && !process->go)
		fprintf(file, "\n  no sites by live bytes: not every free was seen; --budget off "
			      "sees each\n");
}

/* Bytes that @site is estimated to take in size class @class. */
static double class_bytes(const struct view_process *process, const struct view_site *site,
			  size_t class)
{
	double bytes = 0;

	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		for (uint32_t k = 0; k < stack->class_cnt; k++)
			if (stack->classes[k].size_class == class)
				bytes += stack->classes[k].sums.bytes;
	}
	return bytes;
}

/* The site with the most bytes in @class; its share of what all sites have there. */
static const struct view_site *heaviest(const struct view_process *process, size_t class,
					double *ret_share)
{
	const struct view_site *most = NULL;
	double all = 0, bytes = 0;

	for (size_t i = 0; i < process->site_cnt; i++) {
		const struct view_site *site = &process->sites[i];
		double mine = site->vm ? 0 : class_bytes(process, site, class);

		all += mine;
		if (mine <= bytes)
			continue;
		bytes = mine;
		most = site;
	}
	*ret_share = all > 0 ? bytes / all : 0;
	return most;
}

static void size_range(char *dst, size_t class)
{
	char from[HUMAN_BYTES], to[HUMAN_BYTES];

	if (!class) {
		snprintf(dst, 2 * HUMAN_BYTES, "0");
		return;
	}
	if (class < 11) { /* whole numbers */
		snprintf(dst, 2 * HUMAN_BYTES, "%" PRIu64 " - %" PRIu64, UINT64_C(1) << (class - 1),
			 (UINT64_C(1) << class) - 1);
		return;
	}
	human__value(from, UNIT_BYTES, ldexp(1, (int)class - 1));
	human__value(to, UNIT_BYTES, ldexp(1, (int)class) - 1);
	snprintf(dst, 2 * HUMAN_BYTES, "%.24s - %.24s", from, to);
}

void report_tables__sizes(FILE *file, const struct view_process *process,
			  const struct report_options *options)
{
	char range[2 * HUMAN_BYTES], calls[HUMAN_BYTES], bytes[HUMAN_BYTES], part[HUMAN_BYTES],
		name[NAME_BYTES];
	double all = process->bytes.value, share;

	if (process->bytes.basis == BASIS_UNKNOWN || !(all > 0))
		return;
	fprintf(file, "\n%s  %19s %8s %10s %8s  mostly from%s\n", style__dim(options), "size",
		"calls", "bytes", "share", style__off(options));
	for (size_t class = 0; class < SIZE_CLASSES; class ++) {
		const struct view_class *row = &process->heap_class[class];
		const struct view_site *site;

		if (!row->calls)
			continue;
		size_range(range, class);
		site = heaviest(process, class, &share);
		fprintf(file, "  %19s %8s %10s %8s  ", range,
			human__value(calls, UNIT_COUNT, (double)row->calls),
			human__value(bytes, UNIT_BYTES, (double)row->bytes),
			human__value(part, UNIT_RATIO, (double)row->bytes / all));
		if (site)
			fprintf(file, "%s (%s)\n",
				human__cut(human__function(name, sizeof(name), site->function),
					   options->width - 62),
				human__value(part, UNIT_RATIO, share));
		else
			fprintf(file, "-\n");
	}
}

static void print_thread(FILE *file, const struct view_thread *thread)
{
	char share[HUMAN_BYTES], bytes[HUMAN_BYTES], error[HUMAN_BYTES], calls[HUMAN_BYTES],
		live[HUMAN_BYTES], elsewhere[HUMAN_BYTES] = "-", name[NAME_BYTES];

	if (thread->freed_elsewhere >= 0)
		human__value(elsewhere, UNIT_RATIO, thread->freed_elsewhere);
	fprintf(file, "  %8s %10s %6s %8s %9s %9s  %s (tid %" PRIu32 ")\n",
		human__value(share, UNIT_RATIO, thread->bytes_share.value),
		human__figure(bytes, UNIT_BYTES, &thread->bytes),
		human__relative_error(error, &thread->bytes),
		human__figure(calls, UNIT_PER_S, &thread->calls_rate),
		human__figure(live, UNIT_BYTES, &thread->live_bytes), elsewhere,
		*thread->comm ? human__name(name, sizeof(name), thread->comm) : "?", thread->tid);
}

void report_tables__threads(FILE *file, const struct view_process *process,
			    const struct report_options *options)
{
	size_t cnt = process->thread_cnt, shown = cnt;

	if (!cnt) {
		fprintf(file, "\n  no threads: no allocation was sampled%s\n",
			process->go ? ", and Go's own profile does not tell them apart" : "");
		return;
	}
	if (options->limit && options->limit < cnt)
		shown = options->limit;
	fprintf(file, "\n%s  %8s %10s %6s %8s %9s %9s  thread%s\n", style__dim(options), "share",
		"bytes", "+-", "calls/s", "live", "elsewhere", style__off(options));
	for (size_t i = 0; i < shown; i++)
		print_thread(file, &process->threads[i]);
	if (shown < cnt)
		fprintf(file, "  %8s %zu more\n", "", cnt - shown);
	if (process->dropped_thread_calls)
		fprintf(file, "  %8s %" PRIu64 " sampled calls of threads beyond the first 1024\n",
			"", process->dropped_thread_calls);
	fprintf(file, "  elsewhere: of its blocks that were freed, those that another thread "
		      "freed\n");
}
