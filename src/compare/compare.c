// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "compare/compared_sites.h"
#include "compare/outcome.h"

#include "base/banned.h"

#define THROUGHOUT 0.8 /* of the span: the start and the end of a process are what is missing */

struct programs {
	struct compare_program *items;
	size_t cnt, cap;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static const char *name_of(const struct view_process *process)
{
	return base_name(*process->exe ? process->exe : process->comm);
}

/* Of others nothing is known that could be compared. */
static bool is_compared(const struct view_process *process)
{
	if (process->refusal && *process->refusal)
		return false;
	return process->window_cnt || (process->go && process->go->state_known);
}

static struct compare_program *find(struct programs *programs, const char *name)
{
	struct compare_program fresh = {.name = name};

	for (size_t i = 0; i < programs->cnt; i++)
		if (!strcmp(programs->items[i].name, name))
			return &programs->items[i];
	return vec__add(programs, fresh) ? NULL : &programs->items[programs->cnt - 1];
}

static double cpu_of(const struct view_process *process)
{
	return fmax(0, process->cpu_s - process->charged_s);
}

double compare__seconds(const struct view_process *process)
{
	if (process->go && process->go->primary)
		return process->span_s;
	return process->observed_s >= THROUGHOUT * process->span_s ? process->observed_s
								   : process->span_s;
}

static int add_process(struct compare_part *part, const struct view_process *process)
{
	const struct view_process **more =
		reallocarray(part->processes, part->process_cnt + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	part->processes = more;
	part->processes[part->process_cnt++] = process;
	part->cpu_s += cpu_of(process);
	part->span_s = fmax(part->span_s, compare__seconds(process));
	return 0;
}

static int take_side(struct programs *programs, const struct view *view, int side)
{
	for (size_t i = 0; i < view->process_cnt; i++) {
		const struct view_process *process = &view->processes[i];
		struct compare_program *program;

		if (!is_compared(process))
			continue;
		program = find(programs, name_of(process));
		if (!program || add_process(&program->parts[side], process))
			return -ENOMEM;
	}
	return 0;
}

static int more_cpu_first(const void *a, const void *b)
{
	const struct view_process *x = *(const struct view_process *const *)a;
	const struct view_process *y = *(const struct view_process *const *)b;

	if (cpu_of(x) != cpu_of(y))
		return cpu_of(x) < cpu_of(y) ? 1 : -1;
	return (x->tgid > y->tgid) - (x->tgid < y->tgid);
}

static const struct view_module *module_of(const struct view *view,
					   const struct view_process *process)
{
	for (size_t i = 0; i < view->module_cnt; i++)
		if (!strcmp(view->modules[i].path, process->exe) && view->modules[i].build_id_bytes)
			return &view->modules[i];
	return NULL;
}

static int fill_program(struct comparison *comparison, struct compare_program *program)
{
	int err;

	for (int side = 0; side < COMPARE_SIDES; side++) {
		struct compare_part *part = &program->parts[side];

		qsort(part->processes, part->process_cnt, sizeof(*part->processes), more_cpu_first);
		part->units = comparison->ops[side] > 0 ? comparison->ops[side] : part->cpu_s;
		part->module = module_of(comparison->lists[side]->view, part->processes[0]);
	}
	err = compared_sites__fill(program);
	return err ? err : outcome__fill(comparison, program);
}

static void release_program(struct compare_program *program)
{
	for (int side = 0; side < COMPARE_SIDES; side++)
		free(program->parts[side].processes);
	free(program->sites);
	free(program->advice);
}

static int add_alone(struct comparison *comparison, int side, const char *name)
{
	const char **more = reallocarray(comparison->alone[side], comparison->alone_cnt[side] + 1,
					 sizeof(*more));

	if (!more)
		return -ENOMEM;
	comparison->alone[side] = more;
	comparison->alone[side][comparison->alone_cnt[side]++] = name;
	return 0;
}

/* Keep the programs that both captures hold, name the others. */
static int take_matched(struct comparison *comparison, struct programs *programs)
{
	int err = 0;

	for (size_t i = 0; i < programs->cnt; i++) {
		struct compare_program *program = &programs->items[i];
		bool before = program->parts[BEFORE].process_cnt,
		     after = program->parts[AFTER].process_cnt;

		if (before && after && !err) {
			comparison->programs[comparison->program_cnt++] = *program;
			continue;
		}
		if (!err)
			err = add_alone(comparison, before ? BEFORE : AFTER, program->name);
		release_program(program);
	}
	return err;
}

static int busier_first(const void *a, const void *b)
{
	const struct compare_program *x = a, *y = b;
	double x_cpu = x->parts[BEFORE].cpu_s, y_cpu = y->parts[BEFORE].cpu_s;

	if (x_cpu != y_cpu)
		return x_cpu < y_cpu ? 1 : -1;
	return strcmp(x->name, y->name);
}

static int fill(struct comparison *comparison, struct programs *programs)
{
	int err = 0;

	for (int side = 0; side < COMPARE_SIDES && !err; side++)
		err = take_side(programs, comparison->lists[side]->view, side);
	comparison->programs = calloc(programs->cnt + 1, sizeof(*comparison->programs));
	if (!comparison->programs)
		err = -ENOMEM;
	if (err) {
		for (size_t i = 0; i < programs->cnt; i++)
			release_program(&programs->items[i]);
		return err;
	}
	err = take_matched(comparison, programs);
	for (size_t i = 0; i < comparison->program_cnt && !err; i++)
		err = fill_program(comparison, &comparison->programs[i]);
	if (!err)
		qsort(comparison->programs, comparison->program_cnt, sizeof(*comparison->programs),
		      busier_first);
	return err;
}

struct comparison *comparison__new(const struct advice_list *before,
				   const struct advice_list *after,
				   const struct compare_options *options)
{
	struct comparison *comparison = calloc(1, sizeof(*comparison));
	struct programs programs = {0};
	int err;

	if (!comparison)
		return NULL;
	*comparison = (struct comparison){
		.lists = {before, after},
		.ops = {options->ops[BEFORE], options->ops[AFTER]},
	};
	err = fill(comparison, &programs);
	free(programs.items);
	if (!err)
		return comparison;
	comparison__free(comparison);
	errno = -err;
	return NULL;
}

void comparison__free(struct comparison *comparison)
{
	if (!comparison)
		return;
	for (size_t i = 0; i < comparison->program_cnt; i++)
		release_program(&comparison->programs[i]);
	free(comparison->programs);
	free(comparison->alone[BEFORE]);
	free(comparison->alone[AFTER]);
	free(comparison);
}

bool comparison__reaches(const struct comparison *comparison, enum severity least)
{
	for (size_t i = 0; i < comparison->program_cnt; i++)
		for (size_t j = 0; j < comparison->programs[i].advice_cnt; j++) {
			const struct compare_advice *item = &comparison->programs[i].advice[j];

			if (item->outcome == OUTCOME_NEW && item->sides[AFTER]->severity >= least &&
			    item->sides[AFTER]->state != ADVICE_MUTED)
				return true;
		}
	return false;
}

const struct compare_advice *comparison__find(const struct comparison *comparison, const char *id,
					      const struct compare_program **ret_program)
{
	for (size_t i = 0; i < comparison->program_cnt; i++)
		for (size_t j = 0; j < comparison->programs[i].advice_cnt; j++) {
			const struct compare_advice *item = &comparison->programs[i].advice[j];

			if (strcmp((item->sides[BEFORE] ?: item->sides[AFTER])->id, id))
				continue;
			*ret_program = &comparison->programs[i];
			return item;
		}
	return NULL;
}

const char *advice_outcome__name(enum advice_outcome outcome)
{
	static const char *const names[OUTCOMES] = {
		[OUTCOME_NEW] = "new",
		[OUTCOME_OPEN] = "open",
		[OUTCOME_UNKNOWN] = "unknown",
		[OUTCOME_RESOLVED] = "resolved",
	};

	return names[outcome];
}

const char *prediction_fit__name(enum prediction_fit fit)
{
	static const char *const names[FITS] = {
		[FIT_UNKNOWN] = "not compared",
		[FIT_INSIDE] = "inside",
		[FIT_NEAR] = "near",
		[FIT_OUTSIDE] = "outside",
	};

	return names[fit];
}

const char *compare_family__name(enum compare_family family)
{
	static const char *const names[COMPARE_FAMILIES] = {
		[COMPARE_MALLOC] = "malloc", [COMPARE_GO] = "go", [COMPARE_PAGES] = "pages"};

	return names[family];
}
