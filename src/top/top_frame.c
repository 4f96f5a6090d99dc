// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/human.h"
#include "top/top_detail.h"
#include "top/top_fit.h"
#include "top/top_help.h"
#include "base/banned.h"

#define ROWS_FOR_KEYS	5 /* below, the last line is one more of the table */
#define ROWS_FOR_ABOUT	12
#define ABOUT_LINES_MAX 4
#define TIME_AT		11 /* of 2026-11-24T12:00:00Z */
#define TIME_BYTES	8

void top_frame__release(struct top_frame *frame)
{
	for (size_t i = 0; i < frame->rows; i++)
		text__release(&frame->lines[i].text);
	free(frame->lines);
	*frame = (struct top_frame){0};
}

/* The next line of @frame, or NULL where it is full. */
static struct frame_line *next_line(struct top_frame *frame, size_t *at, enum line_style style)
{
	struct frame_line *line = *at < frame->rows ? &frame->lines[(*at)++] : NULL;

	if (line)
		line->style = style;
	return line;
}

static void put_line(struct top_frame *frame, size_t *at, enum line_style style, const char *s)
{
	struct frame_line *line = next_line(frame, at, style);

	if (line)
		fit__cut(&line->text, s, frame->columns);
}

/* Something to the left and something to the right, which gives way. */
static void put_two(struct top_frame *frame, size_t *at, enum line_style style, const char *left,
		    const char *right)
{
	struct frame_line *line = next_line(frame, at, style);
	size_t width = fit__width(right), taken;

	if (!line)
		return;
	taken = fit__cut(&line->text, left, frame->columns);
	if (width && taken + 1 + width <= frame->columns)
		fit__pad(&line->text, right, frame->columns - taken, 1);
}

static void name_view(struct top_state *state, struct text *text)
{
	const char *filter = top_state__list(state)->filter.pattern;
	const struct top_process *process = top_fleet__find(&state->fleet, state->pid);
	static const char *const views[] = {"", "sites", "site", "advice", "help"};
	bool gone = !process || strcmp(process->id, state->id) != 0;

	if (state->view == VIEW_PROCESSES)
		text__add(text, "heapbeat  %zu processes, %zu observed", state->fleet.cnt,
			  state->fleet.attached);
	else if (state->view == VIEW_HELP)
		text__add(text, "heapbeat top: help");
	else
		text__add(text, "%s (pid %u)%s  %s", state->comm, state->pid, gone ? ", gone" : "",
			  views[state->view]);
	if (state->paused)
		text__add(text, "  [paused]");
	if ((state->view == VIEW_PROCESSES || state->view == VIEW_SITES) && *filter)
		text__add(text, "  /%s/", filter);
}

static void put_title(struct top_frame *frame, size_t *at, struct top_state *state)
{
	const char *when = top_json__string(state->fleet.document, "at");
	char host[NAME_BYTES];
	struct text left = {0}, right = {0};

	name_view(state, &left);
	human__name(host, sizeof(host), top_json__string(state->fleet.document, "host"));
	if (strlen(when) >= TIME_AT + TIME_BYTES)
		text__add(&right, "%s  %.*s UTC", host, TIME_BYTES, when + TIME_AT);
	put_two(frame, at, LINE_TITLE, text__str(&left), text__str(&right));
	text__release(&left);
	text__release(&right);
}

/* Why there is nothing new, or else nothing. */
static void put_problem(struct top_frame *frame, size_t *at, const struct top_state *state)
{
	struct text text = {0};

	if (*state->problem && state->own && !state->fleet.round)
		text__add(&text, "starting the observer ...");
	else if (*state->problem)
		text__add(&text, "daemon gone, retrying (%s)", state->problem);
	else if (!state->fleet.round)
		text__add(&text, "asking ...");
	if (*text__str(&text))
		put_line(frame, at, LINE_WARN, text__str(&text));
	text__release(&text);
}

static void put_keys(struct top_frame *frame, const struct top_state *state)
{
	static const char *const hints[][2] = {
		[VIEW_PROCESSES] = {"Enter sites  e advice  / filter  <> sort  c change  p pause  "
				    "h help  q quit",
				    "Enter e / <> r c p d  h help  q quit"},
		[VIEW_SITES] = {"Enter site  e advice  / filter  <> sort  Esc back  h help  q quit",
				"Enter e / <> r  Esc back  h help"},
		[VIEW_SITE] = {"Up Down scroll  e advice  Esc back  h help  q quit",
			       "e advice  Esc back  h help"},
		[VIEW_ADVICE] = {"Up Down scroll  Esc back  h help  q quit", "Esc back  h help"},
		[VIEW_HELP] = {"Up Down scroll  Esc back  q quit", "Esc back  q quit"},
	};
	size_t at = frame->rows - 1;
	struct text text = {0};

	if (state->prompt == PROMPT_NONE) {
		const char *const *hint = hints[state->view];

		put_line(frame, &at, LINE_KEYS, hint[fit__width(hint[0]) > frame->columns]);
		return;
	}
	text__add(&text, state->prompt == PROMPT_FILTER ? "/%s" : "delay (s): %s", state->typed);
	frame->cursor = (int)fit__width(text__str(&text));
	if (frame->cursor >= (int)frame->columns)
		frame->cursor = (int)frame->columns - 1;
	put_line(frame, &at, LINE_PLAIN, text__str(&text));
	text__release(&text);
}

static void put_header(struct top_frame *frame, size_t *at, const struct top_list *list,
		       const struct grid_layout *layout)
{
	struct frame_line *line = next_line(frame, at, LINE_HEADER);
	struct text titles = {0};

	if (!line)
		return;
	grid__header(&list->grid, layout, &titles);
	fit__pad(&line->text, text__str(&titles), frame->columns, 0);
	text__release(&titles);
	for (size_t i = 0; i < layout->cnt; i++)
		if (layout->items[i].column == list->sort)
			line->spans[line->span_cnt++] = (struct grid_span){
				layout->items[i].at, layout->items[i].width, MARK_STRONG};
}

static void put_row(struct top_frame *frame, size_t *at, const struct top_list *list,
		    const struct grid_layout *layout, size_t number)
{
	const struct grid_row *row = &list->grid.rows[number];
	bool selected = number == list->at;
	struct frame_line *line = next_line(frame, at,
					    selected   ? LINE_SELECTED
					    : row->dim ? LINE_DIM
						       : LINE_PLAIN);
	struct text cells = {0};

	if (!line)
		return;
	line->span_cnt = grid__row(&list->grid, layout, row, &cells, line->spans);
	fit__pad(&line->text, text__str(&cells), frame->columns, 0);
	text__release(&cells);
}

/* Such that the selected row is among the @rows shown, and no space is left at the end. */
static void scroll_list(struct top_list *list, size_t rows)
{
	if (list->at < list->first)
		list->first = list->at;
	if (rows && list->at >= list->first + rows)
		list->first = list->at - rows + 1;
	if (list->first + rows > list->grid.cnt)
		list->first = list->grid.cnt > rows ? list->grid.cnt - rows : 0;
}

static void put_nothing(struct top_frame *frame, size_t *at, struct top_state *state)
{
	if (*top_state__list(state)->filter.pattern)
		put_line(frame, at, LINE_DIM, "nothing passes the filter; Esc removes it");
	else if (state->view == VIEW_SITES)
		put_line(frame, at, LINE_DIM, "no site has been sampled yet");
	else if (state->pid_cnt && state->fleet.round && !state->observed)
		put_line(frame, at, LINE_DIM, "none of these processes runs");
	else if (state->observed && state->fleet.round)
		put_line(frame, at, LINE_DIM,
			 "nothing has been seen of any process yet; o shows all");
}

static void put_table(struct top_frame *frame, size_t *at, size_t end, struct top_state *state)
{
	struct top_list *list = top_state__list(state);
	bool processes = list == &state->processes;
	struct grid_layout layout;
	size_t rows;

	grid__layout(&list->grid, processes ? top_state__hidden(state) : 0, list->sort,
		     frame->columns, &layout);
	put_header(frame, at, list, &layout);
	rows = end > *at ? end - *at : 0;
	state->rows = rows;
	scroll_list(list, rows);
	for (size_t i = 0; i < rows && list->first + i < list->grid.cnt; i++)
		put_row(frame, at, list, &layout, list->first + i);
	if (!list->grid.cnt && rows)
		put_nothing(frame, at, state);
}

static enum line_style style_of(enum page_style style)
{
	switch (style) {
	case PAGE_HEADING:
		return LINE_HEADING;
	case PAGE_DIM:
		return LINE_DIM;
	case PAGE_WARN:
		return LINE_WARN;
	case PAGE_PLAIN:
		break;
	}
	return LINE_PLAIN;
}

static void put_page(struct top_frame *frame, size_t *at, size_t end, const struct page *page,
		     size_t *scroll)
{
	struct page_lines lines;
	size_t rows = end > *at ? end - *at : 0, most;

	page__break(page, frame->columns, &lines);
	most = lines.cnt > rows ? lines.cnt - rows : 0;
	if (*scroll > most)
		*scroll = most;
	for (size_t i = 0; i < rows && *scroll + i < lines.cnt; i++)
		put_line(frame, at, style_of(lines.items[*scroll + i].style),
			 lines.items[*scroll + i].text);
	page_lines__release(&lines);
}

static void fill_page(struct page *page, struct top_state *state)
{
	const json_t *site = top_sites__find(&state->details, state->site);

	if (state->view == VIEW_HELP)
		top_help__fill(page);
	else if (state->view == VIEW_ADVICE)
		detail__advice(page, state->advice, state->pid);
	else if (site)
		detail__site(page, state->details.process, site, state->advice);
	else
		page__add(page, PAGE_DIM, 0, "This site is no longer among those known.");
}

/* Above the sites: what is known of their process. */
static void put_about(struct top_frame *frame, size_t *at, const struct top_state *state)
{
	size_t none = 0, end = *at + ABOUT_LINES_MAX, cnt;
	struct page page = {0};

	detail__process(&page, state->details.process);
	cnt = detail__advice_cnt(state->advice, state->pid);
	if (cnt)
		page__add(&page, PAGE_WARN, 0, "%zu recommendation%s: press e", cnt,
			  cnt == 1 ? "" : "s");
	put_page(frame, at, end < frame->rows ? end : frame->rows, &page, &none);
	page__release(&page);
}

static void put_body(struct top_frame *frame, size_t *at, size_t end, struct top_state *state)
{
	struct page page = {0};

	if (state->view == VIEW_SITES && frame->rows >= ROWS_FOR_ABOUT)
		put_about(frame, at, state);
	if (state->view == VIEW_PROCESSES || state->view == VIEW_SITES) {
		put_table(frame, at, end, state);
		return;
	}
	state->rows = end > *at ? end - *at : 0;
	fill_page(&page, state);
	put_page(frame, at, end, &page, &state->scroll);
	page__release(&page);
}

int top_frame__draw(struct top_frame *frame, struct top_state *state, size_t rows, size_t columns)
{
	size_t at = 0, end;

	rows = rows < 1 ? 1 : rows > FRAME_ROWS_MAX ? FRAME_ROWS_MAX : rows;
	columns = columns < 1 ? 1 : columns > FRAME_COLUMNS_MAX ? FRAME_COLUMNS_MAX : columns;
	top_frame__release(frame);
	frame->lines = calloc(rows, sizeof(*frame->lines));
	if (!frame->lines)
		return -ENOMEM;
	frame->rows = rows;
	if (top_state__fill(state))
		return -ENOMEM;
	frame->columns = columns;
	frame->cursor = -1;
	end = rows >= ROWS_FOR_KEYS || state->prompt ? rows - 1 : rows;
	put_title(frame, &at, state);
	put_problem(frame, &at, state);
	put_body(frame, &at, end, state);
	if (end < rows)
		put_keys(frame, state);
	return 0;
}
