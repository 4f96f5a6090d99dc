// SPDX-License-Identifier: GPL-2.0-or-later
/* What each key does to what is shown. */
#include "top/top_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/human.h"
#include "base/banned.h"

static void move_to(struct top_list *list, size_t at)
{
	if (!list->grid.cnt)
		return;
	list->at = at < list->grid.cnt ? at : list->grid.cnt - 1;
	snprintf(list->selected, sizeof(list->selected), "%s", list->grid.rows[list->at].key);
}

static void move_list(struct top_state *state, struct top_list *list, uint32_t key)
{
	size_t page = state->rows > 1 ? state->rows - 1 : 1;

	if (key == TOP_KEY_HOME) {
		move_to(list, 0);
		list->selected[0] = 0;
	} else if (key == TOP_KEY_END) {
		move_to(list, SIZE_MAX);
	} else if (key == TOP_KEY_UP || key == TOP_KEY_PAGE_UP) {
		size_t step = key == TOP_KEY_UP ? 1 : page;

		move_to(list, list->at > step ? list->at - step : 0);
	} else {
		move_to(list, list->at + (key == TOP_KEY_DOWN ? 1 : page));
	}
}

/* The frame keeps it within the page. */
static void move_page(struct top_state *state, uint32_t key)
{
	size_t page = state->rows > 1 ? state->rows - 1 : 1;
	size_t step = key == TOP_KEY_UP || key == TOP_KEY_DOWN ? 1 : page;

	if (key == TOP_KEY_HOME)
		state->scroll = 0;
	else if (key == TOP_KEY_END)
		state->scroll = SIZE_MAX / 2;
	else if (key == TOP_KEY_UP || key == TOP_KEY_PAGE_UP)
		state->scroll = state->scroll > step ? state->scroll - step : 0;
	else
		state->scroll += step;
}

static void move(struct top_state *state, uint32_t key)
{
	if (state->view == VIEW_PROCESSES || state->view == VIEW_SITES)
		move_list(state, top_state__list(state), key);
	else
		move_page(state, key);
}

static void close_process(struct top_state *state)
{
	grid__clear(&state->sites.grid);
	top_sites__release(&state->details);
	top_filter__release(&state->sites.filter);
	json_decref(state->advice);
	state->advice = NULL;
	state->pid = 0;
	state->sites.selected[0] = 0;
	state->sites.at = state->sites.first = 0;
	state->view = VIEW_PROCESSES;
}

static enum top_action open_process(struct top_state *state, enum top_view view)
{
	struct top_list *list = &state->processes;
	const struct top_process *process;

	if (!list->grid.cnt)
		return TOP_NOTHING;
	process = &state->fleet.items[list->grid.rows[list->at].source];
	state->pid = process->pid;
	snprintf(state->id, sizeof(state->id), "%s", process->id);
	human__name(state->comm, sizeof(state->comm), process->comm);
	snprintf(list->selected, sizeof(list->selected), "%s", process->id);
	state->view = view;
	state->scroll = 0;
	return TOP_ASK;
}

static void open_site(struct top_state *state)
{
	struct top_list *list = &state->sites;

	if (!list->grid.cnt)
		return;
	snprintf(state->site, sizeof(state->site), "%s", list->grid.rows[list->at].key);
	snprintf(list->selected, sizeof(list->selected), "%s", state->site);
	state->view = VIEW_SITE;
	state->scroll = 0;
}

static enum top_action enter(struct top_state *state)
{
	if (state->view == VIEW_PROCESSES)
		return open_process(state, VIEW_SITES);
	if (state->view == VIEW_SITES)
		open_site(state);
	return TOP_NOTHING;
}

static enum top_action explain(struct top_state *state)
{
	if (state->view == VIEW_PROCESSES)
		return open_process(state, VIEW_ADVICE);
	state->view = VIEW_ADVICE;
	state->scroll = 0;
	return TOP_NOTHING;
}

/* One step out. What was filtered is shown again before a table is left. */
static void back(struct top_state *state)
{
	struct top_list *list = top_state__list(state);

	state->scroll = 0;
	if (state->view == VIEW_HELP)
		state->view = state->below;
	else if (state->view == VIEW_SITE || state->view == VIEW_ADVICE)
		state->view = VIEW_SITES;
	else if (*list->filter.pattern)
		top_filter__release(&list->filter);
	else if (state->view == VIEW_SITES)
		close_process(state);
}

static void sort_by(struct top_state *state, struct top_list *list, size_t column)
{
	list->sort = column;
	list->reverse = false;
	if (list == &state->processes && processes__is_number(column))
		state->change_of = (enum processes_column)column;
	state->change |= list == &state->processes && column == PROCESS_CHANGE;
}

/* The next column to the right or left; round the end. */
static void sort_aside(struct top_state *state, int step)
{
	struct top_list *list = top_state__list(state);
	uint32_t hidden = list == &state->processes ? top_state__hidden(state) : 0;
	size_t column = list->sort, cnt = list->grid.column_cnt;

	do
		column = (column + cnt + (size_t)step) % cnt;
	while (hidden & 1u << column);
	sort_by(state, list, column);
}

static bool sort_by_letter(struct top_state *state, uint32_t key)
{
	struct top_list *list = top_state__list(state);
	size_t column;

	if (key < 'A' || key > 'Z')
		return false;
	column = grid_columns__by_letter(list->grid.columns, list->grid.column_cnt, (char)key);
	if (column != GRID_NO_COLUMN)
		sort_by(state, list, column);
	return true;
}

static void begin_prompt(struct top_state *state, enum top_prompt prompt)
{
	state->prompt = prompt;
	state->typed[0] = 0;
	if (prompt == PROMPT_FILTER)
		snprintf(state->typed, sizeof(state->typed), "%s",
			 top_state__list(state)->filter.pattern);
}

static void toggle_change(struct top_state *state)
{
	state->change = !state->change;
	if (!state->change && state->processes.sort == PROCESS_CHANGE)
		sort_by(state, &state->processes, state->change_of);
}

static enum top_action open_help(struct top_state *state)
{
	if (state->view == VIEW_HELP) {
		back(state);
		return TOP_NOTHING;
	}
	state->below = state->view;
	state->view = VIEW_HELP;
	state->scroll = 0;
	return TOP_NOTHING;
}

static enum top_action pause_or_go_on(struct top_state *state)
{
	state->paused = !state->paused;
	return state->paused ? TOP_NOTHING : TOP_ASK;
}

/* Keys of tables: they mean nothing on a page of text. */
static enum top_action press_table(struct top_state *state, uint32_t key)
{
	struct top_list *list = top_state__list(state);

	if (sort_by_letter(state, key))
		return TOP_NOTHING;
	switch (key) {
	case '<':
	case ',':
		sort_aside(state, -1);
		break;
	case '>':
	case '.':
		sort_aside(state, 1);
		break;
	case 'r':
		list->reverse = !list->reverse;
		break;
	case '/':
		begin_prompt(state, PROMPT_FILTER);
		break;
	case 'c':
		toggle_change(state);
		break;
	case 'o':
		state->observed = !state->observed;
		break;
	case 'e':
		return explain(state);
	case TOP_KEY_ENTER:
		return enter(state);
	default:
		break;
	}
	return TOP_NOTHING;
}

static bool is_move(uint32_t key)
{
	return key >= TOP_KEY_UP && key <= TOP_KEY_END;
}

/* Those of pagers, as well. */
static uint32_t plain(uint32_t key)
{
	static const struct {
		uint32_t key, means;
	} others[] = {{'j', TOP_KEY_DOWN},  {'k', TOP_KEY_UP},	 {'g', TOP_KEY_HOME},
		      {'?', TOP_KEY_HELP},  {'h', TOP_KEY_HELP}, {'\r', TOP_KEY_ENTER},
		      {'\n', TOP_KEY_ENTER}};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].key == key)
			return others[i].means;
	return key;
}

static enum top_action press(struct top_state *state, uint32_t key)
{
	key = plain(key);
	if (is_move(key)) {
		move(state, key);
		return TOP_NOTHING;
	}
	switch (key) {
	case 'q':
		return TOP_QUIT;
	case 'p':
	case ' ':
		return pause_or_go_on(state);
	case 'd':
		begin_prompt(state, PROMPT_DELAY);
		return TOP_NOTHING;
	case TOP_KEY_HELP:
		return open_help(state);
	case TOP_KEY_ESCAPE:
	case TOP_KEY_BACK:
		back(state);
		return TOP_NOTHING;
	default:
		break;
	}
	if (state->view == VIEW_PROCESSES || state->view == VIEW_SITES)
		return press_table(state, key);
	if (state->view == VIEW_SITE && key == 'e')
		return explain(state);
	return TOP_NOTHING;
}

static void set_delay(struct top_state *state)
{
	char *end;
	double delay = strtod(state->typed, &end);

	if (end != state->typed && !*end && isfinite(delay))
		state->delay_s = fmin(fmax(delay, TOP_DELAY_LEAST_S), TOP_DELAY_MOST_S);
}

/* One character of UTF-8 away, or behind the others. */
static void erase(char *typed)
{
	size_t len = strlen(typed);

	while (len && ((unsigned char)typed[len - 1] & 0xc0) == 0x80)
		len--;
	typed[len ? len - 1 : 0] = 0;
}

static void append(char *typed, uint32_t key)
{
	size_t len = strlen(typed), more = key < 0x80 ? 1 : key < 0x800 ? 2 : key < 0x10000 ? 3 : 4;

	if (key < ' ' || key == 0x7f || key > 0x10ffff || len + more >= FILTER_BYTES)
		return;
	if (more == 1) {
		typed[len] = (char)key;
	} else {
		static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};

		for (size_t i = more - 1; i; i--, key >>= 6)
			typed[len + i] = (char)(0x80 | (key & 0x3f));
		typed[len] = (char)(lead[more] | key);
	}
	typed[len + more] = 0;
}

static enum top_action type(struct top_state *state, uint32_t key)
{
	enum top_prompt prompt = state->prompt;
	struct top_filter *filter = &top_state__list(state)->filter;

	if (key == TOP_KEY_ESCAPE) {
		state->prompt = PROMPT_NONE;
		if (prompt == PROMPT_FILTER)
			top_filter__release(filter);
		return TOP_NOTHING;
	}
	if (plain(key) == TOP_KEY_ENTER) {
		state->prompt = PROMPT_NONE;
		if (prompt == PROMPT_DELAY)
			set_delay(state);
		return TOP_NOTHING;
	}
	if (key == TOP_KEY_BACK)
		erase(state->typed);
	else
		append(state->typed, key);
	if (prompt == PROMPT_FILTER)
		top_filter__set(filter, state->typed);
	return TOP_NOTHING;
}

enum top_action top_state__key(struct top_state *state, uint32_t key)
{
	if (state->prompt)
		return type(state, key);
	/* What the key is about may have come since the last frame. */
	if (state->view == VIEW_PROCESSES || state->view == VIEW_SITES)
		(void)top_state__fill(state);
	return press(state, key);
}
