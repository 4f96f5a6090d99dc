// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_processes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export/human.h"
#include "base/banned.h"

#define COST_STRONG 0.01 /* the budget that nobody has changed */

const struct grid_column process_columns[PROCESS_COLUMNS] = {
	[PROCESS_PID] = {"pid", "PID", 'P', 7, 0, .ascending = true, .help = "process id"},
	[PROCESS_RUNTIME] = {"runtime", "RUNTIME", 'T', 7, 6, .is_text = true,
			     .help = "native, go, static"},
	[PROCESS_HOW] = {"how", "HOW", 'H', 8, 11, .is_text = true,
			 .help = "look, exact, full: windows; read: the runtime's own counts"},
	[PROCESS_CALLS] = {"allocs", "ALLOC/S", 'A', 7, 3, .help = "allocations per second"},
	[PROCESS_BYTES] = {"bytes", "BYTES/S", 'B', 8, 0, .help = "bytes allocated per second"},
	[PROCESS_LIVE] = {"live", "LIVE", 'L', 8, 4, .help = "bytes allocated and not freed"},
	[PROCESS_GROWTH] = {"growth", "GROWTH/H", 'G', 9, 5,
			    .help = "of live bytes where they are known, else of RSS; ~0 within "
				    "its error, ! it rises"},
	[PROCESS_CHANGE] = {"change", "CHANGE", 'X', 9, 2,
			    .help = "of the column sorted by, since the start (c); * all of it: a "
				    "new process"},
	[PROCESS_RSS] = {"rss", "RSS", 'R', 8, 1, .help = "resident memory"},
	[PROCESS_GC] = {"gc", "GC", 'I', 7, 10, .help = "between garbage collections (Go)"},
	[PROCESS_CPU] = {"cpu", "CPU", 'U', 6, 9, .help = "of one core"},
	[PROCESS_INTERVAL] = {"sampling", "SAMPLE", 'S', 7, 12,
			      .help = "mean bytes between samples"},
	[PROCESS_COST] = {"cost", "COST", 'C', 6, 7,
			  .help = "charged to it for being observed, of its CPU time"},
	[PROCESS_SEEN] = {"coverage", "SEEN", 'V', 6, 8, .help = "share of the time seen"},
	[PROCESS_UNIT] = {"unit", "UNIT", 'N', 16, 13, .is_text = true,
			  .help = "container, systemd unit or cgroup"},
	[PROCESS_COMMAND] = {"command", "COMMAND", 'M', 12, 0, .is_text = true, .flexible = true,
			     .wish = 16, .help = "command name"},
};

/* Where a column's number is, and its unit below the title that names it already. */
static const struct {
	enum processes_column column;
	enum top_value value;
	enum advice_unit unit;
} numbers[] = {
	{PROCESS_CALLS, TOP_CALLS, UNIT_PER_S}, {PROCESS_BYTES, TOP_BYTES, UNIT_BYTES},
	{PROCESS_LIVE, TOP_LIVE, UNIT_BYTES},	{PROCESS_GROWTH, TOP_GROWTH, UNIT_BYTES},
	{PROCESS_RSS, TOP_RSS, UNIT_BYTES},	{PROCESS_GC, TOP_GC, UNIT_SECONDS},
	{PROCESS_CPU, TOP_CPU, UNIT_RATIO},	{PROCESS_INTERVAL, TOP_INTERVAL, UNIT_BYTES},
	{PROCESS_COST, TOP_COST, UNIT_RATIO},	{PROCESS_SEEN, TOP_SEEN, UNIT_RATIO},
};

#define NUMBER_CNT (sizeof(numbers) / sizeof(numbers[0]))

bool processes__is_number(size_t column)
{
	for (size_t i = 0; i < NUMBER_CNT; i++)
		if (numbers[i].column == column)
			return true;
	return false;
}

static void set_number(struct grid_cell *cell, enum advice_unit unit, double value,
		       const char *sign)
{
	char text[HUMAN_BYTES];

	cell->known = isfinite(value);
	cell->value = value;
	snprintf(cell->text, sizeof(cell->text), "%s%.*s", sign, CELL_BYTES - 3,
		 human__value(text, unit, value));
}

static void set_string(struct grid_cell *cell, const char *s)
{
	cell->known = *s;
	cell->string = s;
}

static void fill_numbers(struct grid_row *row, const struct top_process *process)
{
	for (size_t i = 0; i < NUMBER_CNT; i++) {
		enum top_value which = numbers[i].value;
		double value = process->values[which];
		bool signed_one = which == TOP_GROWTH && value > 0;

		set_number(&row->cells[numbers[i].column], numbers[i].unit, value,
			   process->at_least[which] ? ">"
			   : signed_one		    ? "+"
						    : "");
	}
}

static void mark_row(struct grid_row *row, const struct top_process *process)
{
	struct grid_cell *growth = &row->cells[PROCESS_GROWTH];
	struct grid_cell *cost = &row->cells[PROCESS_COST];

	if (growth->known && process->growing) {
		size_t len = strlen(growth->text);

		growth->mark = MARK_WARN;
		if (len + 1 < sizeof(growth->text)) {
			memmove(growth->text + 1, growth->text, len + 1);
			growth->text[0] = '!'; /* where there is no colour, or it is not seen */
		}
	}
	if (cost->known && cost->value > COST_STRONG)
		cost->mark = MARK_STRONG;
	if (growth->known && process->steady)
		snprintf(growth->text, sizeof(growth->text), "~0");
	row->dim = !process->attached;
	row->tie = isfinite(process->values[TOP_RSS]) ? process->values[TOP_RSS] : 0;
}

static void fill_change(struct grid_row *row, const struct top_fleet *fleet,
			const struct top_process *process, enum processes_column of)
{
	struct grid_cell *cell = &row->cells[PROCESS_CHANGE];

	for (size_t i = 0; i < NUMBER_CNT; i++) {
		enum top_value which = numbers[i].value;
		bool is_new;
		double then, change;

		if (numbers[i].column != of)
			continue;
		then = top_fleet__then(fleet, process, which, &is_new);
		change = process->values[which] - then;
		set_number(cell, numbers[i].unit, change, change > 0 ? "+" : "");
		if (!is_new)
			continue;
		/* All of it has come since. */
		set_number(cell, numbers[i].unit, process->values[which], "*");
		cell->mark = MARK_STRONG;
	}
}

static bool is_chosen(const struct top_process *process, const struct processes_choice *choice)
{
	bool named = !choice->pid_cnt;

	for (size_t i = 0; i < choice->pid_cnt && !named; i++)
		named = (uint32_t)choice->pids[i] == process->pid;
	return named && (!choice->observed || isfinite(process->values[TOP_BYTES])) &&
	       (top_filter__passes(choice->filter, process->comm) ||
		top_filter__passes(choice->filter, process->exe) ||
		top_filter__passes(choice->filter, process->unit));
}

static void fill_row(struct grid_row *row, const struct top_fleet *fleet,
		     const struct top_process *process, const struct processes_choice *choice)
{
	struct grid_cell *pid = &row->cells[PROCESS_PID];

	snprintf(row->key, sizeof(row->key), "%s", process->id);
	pid->known = true;
	pid->value = process->pid;
	snprintf(pid->text, sizeof(pid->text), "%u", process->pid);
	set_string(&row->cells[PROCESS_RUNTIME], process->runtime);
	set_string(&row->cells[PROCESS_HOW], process->how);
	set_string(&row->cells[PROCESS_UNIT], process->unit);
	set_string(&row->cells[PROCESS_COMMAND], process->comm);
	fill_numbers(row, process);
	fill_change(row, fleet, process, choice->change_of);
	mark_row(row, process);
}

int processes__fill(struct grid *grid, const struct top_fleet *fleet,
		    const struct processes_choice *choice)
{
	grid__clear(grid);
	for (size_t i = 0; i < fleet->cnt; i++) {
		struct grid_row *row;

		if (!is_chosen(&fleet->items[i], choice))
			continue;
		row = grid__add(grid);
		if (!row)
			return -ENOMEM;
		row->source = i;
		fill_row(row, fleet, &fleet->items[i], choice);
	}
	return 0;
}
