// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_state.h"

#include <stdio.h>

#include "base/banned.h"

void top_state__init(struct top_state *state, size_t sort)
{
	*state = (struct top_state){.delay_s = 2};
	grid__init(&state->processes.grid, process_columns, PROCESS_COLUMNS);
	grid__init(&state->sites.grid, site_columns, SITE_COLUMNS);
	state->processes.sort = sort;
	state->sites.sort = SITE_BYTES;
	state->change_of = processes__is_number(sort) ? (enum processes_column)sort : PROCESS_BYTES;
	state->change = sort == PROCESS_CHANGE;
}

void top_state__release(struct top_state *state)
{
	grid__release(&state->processes.grid);
	grid__release(&state->sites.grid);
	top_filter__release(&state->processes.filter);
	top_filter__release(&state->sites.filter);
	top_fleet__release(&state->fleet);
	top_sites__release(&state->details);
	json_decref(state->advice);
	*state = (struct top_state){0};
}

struct top_list *top_state__list(struct top_state *state)
{
	return state->view == VIEW_PROCESSES ? &state->processes : &state->sites;
}

uint32_t top_state__hidden(const struct top_state *state)
{
	return state->change ? 0 : 1u << PROCESS_CHANGE;
}

uint32_t top_state__wants(const struct top_state *state)
{
	return state->pid;
}

/* The row of what is selected; where that has gone, the one in its place. */
static void find_selected(struct top_list *list)
{
	size_t at = *list->selected ? grid__find(&list->grid, list->selected) : 0;

	if (at == SIZE_MAX)
		at = list->at;
	if (at >= list->grid.cnt)
		at = list->grid.cnt ? list->grid.cnt - 1 : 0;
	list->at = at;
}

int top_state__fill(struct top_state *state)
{
	struct processes_choice choice = {
		.filter = &state->processes.filter,
		.pids = state->pids,
		.pid_cnt = state->pid_cnt,
		.observed = state->observed,
		.change_of = state->change_of,
	};
	struct top_list *list = top_state__list(state);
	int err;

	snprintf(state->change_title, sizeof(state->change_title), "+%s",
		 process_columns[choice.change_of].title);
	state->processes.grid.renamed = PROCESS_CHANGE;
	state->processes.grid.renamed_title = state->change_title;
	err = list == &state->processes
		      ? processes__fill(&list->grid, &state->fleet, &choice)
		      : top_sites__fill(&state->details, &list->grid, &list->filter);
	grid__sort(&list->grid, list->sort, list->reverse);
	find_selected(list);
	return err;
}

/* Another image under the same number is another process. */
static void take_details(struct top_state *state, struct top_news *news)
{
	if (news->pid != state->pid || !state->pid)
		return;
	if (news->hotspots && !top_sites__take(&state->details, news->hotspots, state->pid))
		/* The rows point into what was there before. */
		grid__clear(&state->sites.grid);
	if (news->recommendations) {
		json_decref(state->advice);
		state->advice = json_incref(news->recommendations);
	}
}

void top_state__take(struct top_state *state, struct top_news *news)
{
	if (news->processes && state->paused) {
		/* What was opened meanwhile is shown as it is now, and then stays. */
		if (!state->details.process)
			take_details(state, news);
	} else if (news->processes) {
		/* As above. */
		grid__clear(&state->processes.grid);
		if (!top_fleet__take(&state->fleet, json_incref(news->processes)))
			state->problem[0] = 0;
		else
			snprintf(state->problem, sizeof(state->problem),
				 "the answer is no list of processes");
		take_details(state, news);
	} else {
		snprintf(state->problem, sizeof(state->problem), "%s", news->error.text);
	}
	top_news__release(news);
}
