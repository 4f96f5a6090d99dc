// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "export/escape_text.h"
#include "export/go_text.h"
#include "export/human.h"
#include "export/process_text.h"
#include "export/report_columns.h"
#include "export/report_exit.h"
#include "export/report_failures.h"
#include "export/report_tables.h"
#include "export/style.h"

#include "base/banned.h"

#define STACKS_SHOWN  10
#define NUMBERS_WIDTH REPORT_NUMBERS_WIDTH
#define INDENT	      "          "

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "function (file:line)", or "function (module)" where no line is known. */
static void add_place(struct text *text, const char *function, const char *file, uint32_t line,
		      const char *module)
{
	char name[NAME_BYTES], place[NAME_BYTES];

	text__add(text, "%s", human__function(name, sizeof(name), function));
	if (file && line)
		text__add(text, " (%s:%" PRIu32 ")",
			  human__name(place, sizeof(place), base_name(file)), line);
	else if (module && *module && !strchr(name, '+'))
		text__add(text, " (%s)", human__name(place, sizeof(place), base_name(module)));
}

/* The site, cut to @columns; its caller behind it, or where that does not fit on a line of its own. */
static int print_name(FILE *file, const struct view_site *site, size_t columns)
{
	char caller[NAME_BYTES];
	struct text name = {0};

	if (site->vm)
		text__add(&name, "%s: ", report__func_name(site->func));
	add_place(&name, site->function, site->file, site->line, site->module);
	if (text__failed(&name)) {
		text__release(&name);
		return -ENOMEM;
	}
	human__function(caller, sizeof(caller), site->caller);
	if (!*caller)
		fprintf(file, "%s\n", human__cut(name.data, columns));
	else if (human__width(name.data) + human__width(caller) + 4 <= columns)
		fprintf(file, "%s <- %s\n", name.data, caller);
	else
		fprintf(file, "%s\n%*s<- %s\n", human__cut(name.data, columns), NUMBERS_WIDTH, "",
			human__cut(caller, columns - 3));
	text__release(&name);
	return 0;
}

static int print_site(FILE *file, const struct report_options *options,
		      const struct view_site *site, double all)
{
	struct report_total total = {.all = all};

	report_columns__site(file, options, site, &total);
	return print_name(file, site, options->width - NUMBERS_WIDTH);
}

static int print_frame(FILE *file, const struct name_source *names, const struct frame *frame,
		       const struct report_options *options)
{
	const struct symbol_name *list;
	int cnt = names__of_frame(names, frame, &list);
	struct text line = {0};

	if (cnt < 0)
		return cnt;
	if (!cnt)
		fprintf(file, INDENT "      0x%" PRIx64 "\n", frame->offset);
	for (int i = 0; i < cnt; i++) {
		text__clear(&line);
		add_place(&line, list[i].function, list[i].file, list[i].line, NULL);
		if (list[i].inlined)
			text__add(&line, " [inlined]");
		if (text__failed(&line)) {
			text__release(&line);
			return -ENOMEM;
		}
		fprintf(file, INDENT "      %s\n", human__cut(line.data, options->width - 16));
	}
	text__release(&line);
	return 0;
}

/* "lives 8.19 us (median), 99 % at most 23.2 us"; nothing where neither is known. */
static void print_lifetimes(FILE *file, const struct lifetimes *lifetimes)
{
	char median[HUMAN_BYTES], p99[HUMAN_BYTES], left[HUMAN_BYTES], reached[HUMAN_BYTES];

	if (!(lifetimes->reached_s > 0))
		return;
	fprintf(file, INDENT "lives ");
	if (lifetimes->median_s.basis != BASIS_UNKNOWN)
		fprintf(file, "%s (median), ",
			human__figure(median, UNIT_SECONDS, &lifetimes->median_s));
	if (lifetimes->p99_s.basis != BASIS_UNKNOWN)
		fprintf(file, "99 %% at most %s\n",
			human__figure(p99, UNIT_SECONDS, &lifetimes->p99_s));
	else
		fprintf(file, "%s longer than %s\n",
			human__value(left, UNIT_RATIO, lifetimes->left),
			human__value(reached, UNIT_SECONDS, lifetimes->reached_s));
}

static int print_stacks(FILE *file, const struct view_process *process,
			const struct view_site *site, const struct name_source *names,
			const struct report_options *options)
{
	double scale = report__stack_scale(process, site, options->by);
	size_t shown = site->stack_cnt < STACKS_SHOWN ? site->stack_cnt : STACKS_SHOWN;
	char value[HUMAN_BYTES];
	int err = 0;

	for (size_t i = 0; i < shown && !err; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		human__value(value, options->by == BY_RATE ? UNIT_BYTES_PER_S : UNIT_BYTES,
			     report__stack_value(stack, options->by, scale));
		fprintf(file, INDENT "%s by %s%s\n", value, report__func_name(stack->func),
			stack->complete ? "" : " (stack not complete)");
		for (uint32_t j = 0; j < stack->frame_cnt && !err; j++)
			err = print_frame(file, names, &stack->frames[j], options);
	}
	if (site->stack_cnt > shown)
		fprintf(file, INDENT "and %zu more stacks\n", site->stack_cnt - shown);
	return err;
}

/* Whether a row would say something: Go's own profile keeps sites of long ago, and of what is
 * temporary, grows or was there at the peak most sites have nothing. */
static bool is_idle(const struct view_site *site, enum report_by by)
{
	if (by == BY_TEMPORARY || by == BY_GROWTH || by == BY_PEAK)
		return !(report__figure(site, by)->value > 0);
	return site->go && !(site->bytes.value > 0) && !(site->live_bytes.value > 0);
}

static size_t drop_idle(const struct view_process *process, size_t *order, size_t cnt,
			enum report_by by)
{
	size_t kept = 0;

	for (size_t i = 0; i < cnt; i++)
		if (!is_idle(&process->sites[order[i]], by))
			order[kept++] = order[i];
	return kept;
}

static int print_family(FILE *file, const struct view_process *process, enum report_family family,
			const struct name_source *names, const struct report_options *options)
{
	/* nothing of the vm family is live in the heap's sense */
	struct report_options mine = *options;
	size_t *order, cnt, shown;
	double all = 0;
	int err;

	if (family == FAMILY_PAGES && !report__has_pages(mine.by))
		return 0;
	if (family == FAMILY_PAGES && mine.by == BY_LIVE)
		mine.by = BY_BYTES;
	err = report__order(process, family, mine.by, &order, &cnt);
	if (err)
		return err;
	cnt = drop_idle(process, order, cnt, mine.by);
	for (size_t i = 0; i < cnt; i++)
		all += report__figure(&process->sites[order[i]], mine.by)->value;
	shown = mine.limit && mine.limit < cnt ? mine.limit : cnt;
	if (shown)
		report_columns__header(file, &mine, family);
	for (size_t i = 0; i < shown && !err; i++) {
		const struct view_site *site = &process->sites[order[i]];

		err = print_site(file, &mine, site, all);
		if (mine.verbose)
			print_lifetimes(file, &site->lifetimes);
		if (!err && mine.verbose)
			err = print_stacks(file, process, site, names, &mine);
	}
	if (shown < cnt)
		fprintf(file, "  %8s %zu more\n", "", cnt - shown);
	free(order);
	return err;
}

/* Only Go says what its heap is taken for. */
static int print_escapes(FILE *file, const struct view_process *process,
			 const struct name_source *names, const struct report_options *options)
{
	if (process->go && process->go->site_basis != BASIS_UNKNOWN)
		return escape_text__table(file, process, names, options);
	fprintf(file, process->go
			      ? "\n  no escape hotspots: it keeps no heap profile, and no probe "
				"has sampled it\n"
			      : "\n  no escape hotspots: no Go program\n");
	return 0;
}

static int print_process(FILE *file, const struct view_process *process,
			 const struct name_source *names, const struct report_options *options)
{
	int err = 0;

	process_text__title(file, process, options);
	process_text__coverage(file, process, options);
	if (process->refusal && *process->refusal && !process->go)
		return 0;
	process_text__figures(file, process);
	if (options->by == BY_ESCAPE)
		return print_escapes(file, process, names, options);
	report_tables__note(file, process, options);
	if (options->by == BY_SIZE)
		report_tables__sizes(file, process, options);
	if (options->by == BY_THREAD)
		report_tables__threads(file, process, options);
	for (int family = 0; family < REPORT_FAMILIES && !err; family++)
		err = print_family(file, process, family, names, options);
	report_failures__write(file, process, options);
	if (!err && report_exit__is_known(process) && options->by != BY_LIVE)
		err = report_exit__write(file, process, options, print_site);
	if (process->go)
		go_text__tables(file, process->go, options);
	return err;
}

int report_text__write(FILE *file, const struct view *view, const struct name_source *names,
		       const struct report_options *options)
{
	int err = 0;

	if (view->truncated)
		fprintf(file, "the capture ends early: this is the part that was written\n\n");
	if (!view->process_cnt)
		fprintf(file, "no process was observed\n");
	for (size_t i = 0; i < view->process_cnt && !err; i++) {
		if (i)
			fputc('\n', file);
		err = print_process(file, &view->processes[i], names, options);
	}
	if (!err && ferror(file))
		err = -EIO;
	return err;
}
