// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/process_text.h"

#include <inttypes.h>
#include <math.h>

#include "export/go_text.h"
#include "export/human.h"
#include "export/losses.h"
#include "export/style.h"

#include "base/banned.h"

static const char *link_name(uint32_t link)
{
	static const char *const names[] = {"", "perf links", "multi links", "session links"};

	return link < sizeof(names) / sizeof(*names) ? names[link] : "";
}

static const char *end_of(enum exit_reason reason)
{
	switch (reason) {
	case EXIT_REASON_EXEC:
		return "(went on as another program)";
	case EXIT_REASON_OOM:
		return "(was killed for memory)";
	case EXIT_REASON_RELEASED:
		return "(lives on, no longer observed)";
	case EXIT_REASON_EXIT:
	case EXIT_REASON_LOST:
		break;
	}
	return "(has exited)";
}

void process_text__title(FILE *file, const struct view_process *process,
			 const struct report_options *options)
{
	char comm[NAME_BYTES], exe[NAME_BYTES], allocator[NAME_BYTES], runtime[NAME_BYTES],
		unit[NAME_BYTES];

	human__name(comm, sizeof(comm), process->comm);
	human__name(exe, sizeof(exe), process->exe);
	human__name(allocator, sizeof(allocator), process->allocator);
	human__name(runtime, sizeof(runtime), process->runtime);
	fprintf(file, "%s%s (pid %" PRIu32 ")%s  %s", style__bold(options), comm, process->tgid,
		style__off(options), exe);
	if (*runtime)
		fprintf(file, "  %s", runtime);
	if (*allocator)
		fprintf(file, "  %s", allocator);
	if (process->unit && *process->unit)
		fprintf(file, "  in %s", human__name(unit, sizeof(unit), process->unit));
	if (process->exited)
		fprintf(file, "  %s", end_of(process->exit_reason));
	fputc('\n', file);
}

/* What was counted and what was sampled, in one sentence. */
static void print_how(FILE *file, const struct view_process *process)
{
	char interval[HUMAN_BYTES];

	human__value(interval, UNIT_BYTES, (double)process->interval_bytes);
	switch (process->mode) {
	case PLAN_REST:
		fprintf(file, "not attached");
		return;
	case PLAN_LOOK:
		fprintf(file, "%" PRIu32 " look%s under the budget: shares and rates from them",
			process->window_cnt, process->window_cnt == 1 ? "" : "s");
		break;
	case PLAN_EXACT:
		fprintf(file, "every call counted");
		break;
	case PLAN_FULL:
		fprintf(file, "every call counted, every block followed");
		break;
	}
	if (process->interval_bytes <= 1)
		fprintf(file, ", every call with its stack");
	else
		fprintf(file, ", one stack per %s allocated", interval);
}

static void print_losses(FILE *file, const struct view_process *process,
			 const struct report_options *options)
{
	struct identities off = losses__check(&process->loss);

	for (size_t i = 0; i < loss_row_cnt; i++) {
		uint64_t value = loss_row__value(&loss_rows[i], process);

		if (value)
			fprintf(file, "  %slost%s      %" PRIu64 " %s: %s\n", style__warn(options),
				style__off(options), value, loss_rows[i].what, loss_rows[i].remedy);
	}
	if (process->loss_known && (off.hits || off.samples || off.blocks || off.ends))
		fprintf(file,
			"  %slost%s      unaccounted: hits %" PRId64 ", samples %" PRId64
			", blocks %" PRId64 ", ends of blocks %" PRId64 "\n",
			style__warn(options), style__off(options), off.hits, off.samples,
			off.blocks, off.ends);
}

static void print_hidden(FILE *file, const struct view_process *process)
{
	char name[NAME_BYTES];

	if (process->hides && *process->hides)
		fprintf(file, "  hidden    %s\n", human__name(name, sizeof(name), process->hides));
}

/* What the heading of the lines on malloc is: beside Go's heap it is not the only one. */
static const char *label(const struct view_process *process)
{
	return process->go ? "  malloc    " : "  seen      ";
}

static void print_windows(FILE *file, const struct view_process *process)
{
	char observed[HUMAN_BYTES], span[HUMAN_BYTES], share[HUMAN_BYTES];

	fputs(label(process), file);
	print_how(file, process);
	fprintf(file, "\n  time      %s of %s",
		human__value(observed, UNIT_SECONDS, process->observed_s),
		human__value(span, UNIT_SECONDS, process->span_s));
	if (process->span_s > 0)
		fprintf(file, " (%s)",
			human__value(share, UNIT_RATIO,
				     fmin(1, process->observed_s / process->span_s)));
	fprintf(file, "%s%s\n", *link_name(process->link) ? ", " : "", link_name(process->link));
	if (process->cpu_s > 0)
		fprintf(file, "  cost      %s of its CPU time charged (%s)\n",
			human__value(share, UNIT_RATIO, process->charged_ratio),
			human__value(span, UNIT_SECONDS, process->charged_s));
	if (process->sample_n)
		fprintf(file, "  stacks    %s complete, of %" PRIu64 " samples\n",
			human__value(share, UNIT_RATIO,
				     (double)process->complete_n / (double)process->sample_n),
			process->sample_n);
}

void process_text__coverage(FILE *file, const struct view_process *process,
			    const struct report_options *options)
{
	char name[NAME_BYTES];

	if (process->go)
		go_text__head(file, process->go);
	if (process->refusal && *process->refusal) {
		fprintf(file, "  %srefused%s   %s\n", style__warn(options), style__off(options),
			human__name(name, sizeof(name), process->refusal));
		return;
	}
	if (process->window_cnt)
		print_windows(file, process);
	else if (!process->go || !process->go->primary)
		fprintf(file, "%snot attached, %s\n", label(process),
			*process->allocator ? "no window within the budget"
					    : "no allocator that is observed");
	print_hidden(file, process);
	if (process->window_cnt || process->go)
		print_losses(file, process, options);
}

/* A slope is called growth only where the tests agree that it is one. */
static const char *trend(bool growing)
{
	return growing ? "growth" : "no steady growth:";
}

static void print_live(FILE *file, const struct view_process *process)
{
	char bytes[2 * HUMAN_BYTES], objects[2 * HUMAN_BYTES], growth[3 * HUMAN_BYTES];

	if (process->live_bytes.basis == BASIS_UNKNOWN) {
		fprintf(file, "  live      not known: not every free was seen\n");
		return;
	}
	fprintf(file, "  live      %s in %s blocks allocated since attach",
		human__with_error(bytes, UNIT_BYTES, &process->live_bytes),
		human__with_error(objects, UNIT_COUNT, &process->live_objects));
	if (process->live_growth.basis != BASIS_UNKNOWN)
		fprintf(file, ", %s %s", trend(process->growing),
			human__with_interval(growth, UNIT_BYTES_PER_S, &process->live_growth));
	fputc('\n', file);
	if (process->peak_bytes.basis != BASIS_UNKNOWN)
		fprintf(file, "  peak      %s\n",
			human__with_error(bytes, UNIT_BYTES, &process->peak_bytes));
}

void process_text__figures(FILE *file, const struct view_process *process)
{
	char calls[2 * HUMAN_BYTES], bytes[2 * HUMAN_BYTES], frees[2 * HUMAN_BYTES];
	char growth[3 * HUMAN_BYTES], rss[HUMAN_BYTES];

	bool go = process->go && process->go->primary;

	if (process->go)
		go_text__figures(file, process->go);
	if (!go && process->calls_rate.basis != BASIS_UNKNOWN) {
		fprintf(file, "  %s%s allocations/s, %s, %s frees/s\n",
			process->go ? "malloc    " : "heap      ",
			human__with_error(calls, UNIT_PER_S, &process->calls_rate),
			human__with_error(bytes, UNIT_BYTES_PER_S, &process->bytes_rate),
			human__with_error(frees, UNIT_PER_S, &process->frees_rate));
		print_live(file, process);
	}
	if (process->rss_bytes) {
		fprintf(file, "  resident  %s",
			human__value(rss, UNIT_BYTES, (double)process->rss_bytes));
		if (process->rss_growth.basis != BASIS_UNKNOWN)
			fprintf(file, ", %s %s", trend(process->rss_growing),
				human__with_interval(growth, UNIT_BYTES_PER_S,
						     &process->rss_growth));
		fputc('\n', file);
	}
	if (process->vm_calls.basis != BASIS_UNKNOWN && process->vm_calls.value > 0)
		fprintf(file, "  vm        %s calls/s, %s (mmap, mremap, brk; not heap)\n",
			human__with_error(calls, UNIT_PER_S, &process->vm_calls_rate),
			human__with_error(bytes, UNIT_BYTES_PER_S, &process->vm_bytes_rate));
	if (process->failures)
		fprintf(file, "  failed    %" PRIu64 " allocations\n", process->failures);
}
