// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_screen.h"

#include <curses.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/banned.h"

#define ESCAPE_MS     50
#define ORANGE	      208
#define LIGHT_BLUE    75
#define MANY_COLORS   256
#define ROWS_USUAL    24
#define COLUMNS_USUAL 80
#define CTRL_L	      12
#define CTRL_H	      8
#define DEL	      127

enum { PAIR_WARN = 1, PAIR_HEADING };

static SCREEN *screen;
static bool colored;

/* Blue and orange are told apart by all; nothing is said by colour alone. */
static void choose_colors(void)
{
	const char *none = getenv("NO_COLOR");

	colored = !(none && *none) && has_colors() && start_color() == OK;
	if (!colored)
		return;
	use_default_colors();
	init_pair(PAIR_WARN, COLORS >= MANY_COLORS ? ORANGE : COLOR_YELLOW, -1);
	init_pair(PAIR_HEADING, COLORS >= MANY_COLORS ? LIGHT_BLUE : COLOR_BLUE, -1);
}

int top_screen__open(void)
{
	set_escdelay(ESCAPE_MS);
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -ENODEV;
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	choose_colors();
	return 0;
}

void top_screen__close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void top_screen__fit(size_t *ret_rows, size_t *ret_columns)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){.ws_row = (unsigned short)(LINES > 0 ? LINES : ROWS_USUAL),
					.ws_col =
						(unsigned short)(COLS > 0 ? COLS : COLUMNS_USUAL)};
	if (size.ws_row != LINES || size.ws_col != COLS) {
		resizeterm(size.ws_row, size.ws_col);
		top_screen__spoil();
	}
	*ret_rows = size.ws_row;
	*ret_columns = size.ws_col;
}

void top_screen__spoil(void)
{
	clearok(stdscr, TRUE);
}

static attr_t attributes_of(enum line_style style, short *ret_pair)
{
	*ret_pair = 0;
	switch (style) {
	case LINE_TITLE:
		return A_BOLD;
	case LINE_HEADER:
		return A_REVERSE;
	case LINE_SELECTED:
		return A_REVERSE | A_BOLD;
	case LINE_DIM:
		return A_DIM;
	case LINE_HEADING:
		*ret_pair = PAIR_HEADING;
		return A_BOLD;
	case LINE_WARN:
		*ret_pair = PAIR_WARN;
		return A_BOLD;
	case LINE_KEYS:
		return A_DIM;
	case LINE_PLAIN:
		break;
	}
	return A_NORMAL;
}

static void show(int row, const struct grid_span *span, attr_t attributes, short pair)
{
	mvchgat(row, span->at, span->width, attributes, colored ? pair : 0, NULL);
}

static void draw_line(int row, const struct frame_line *line)
{
	struct grid_span whole = {.at = 0, .width = (uint16_t)COLS};
	short pair;
	attr_t attributes = attributes_of(line->style, &pair);

	move(row, 0);
	clrtoeol();
	addstr(text__str(&line->text));
	show(row, &whole, attributes, pair);
	for (size_t i = 0; i < line->span_cnt; i++)
		show(row, &line->spans[i], (attributes | A_BOLD) & ~(attr_t)A_DIM,
		     line->spans[i].mark == MARK_WARN ? PAIR_WARN
		     : line->style == LINE_HEADER     ? PAIR_WARN
						      : pair);
}

void top_screen__draw(const struct top_frame *frame)
{
	for (size_t i = 0; i < frame->rows; i++)
		draw_line((int)i, &frame->lines[i]);
	if (frame->cursor >= 0)
		move((int)frame->rows - 1, frame->cursor);
	curs_set(frame->cursor >= 0);
	refresh();
}

static uint32_t key_of(wint_t code)
{
	static const struct {
		wint_t code;
		uint32_t key;
	} keys[] = {
		{KEY_UP, TOP_KEY_UP},	       {KEY_DOWN, TOP_KEY_DOWN},
		{KEY_PPAGE, TOP_KEY_PAGE_UP},  {KEY_NPAGE, TOP_KEY_PAGE_DOWN},
		{KEY_HOME, TOP_KEY_HOME},      {KEY_END, TOP_KEY_END},
		{KEY_ENTER, TOP_KEY_ENTER},    {KEY_RIGHT, TOP_KEY_ENTER},
		{KEY_BACKSPACE, TOP_KEY_BACK}, {KEY_LEFT, TOP_KEY_BACK},
		{KEY_F(1), TOP_KEY_HELP},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].code == code)
			return keys[i].key;
	return 0;
}

bool top_screen__key(uint32_t *ret_key)
{
	wint_t code;
	int kind = get_wch(&code);

	if (kind == ERR)
		return false;
	*ret_key = kind == KEY_CODE_YES		   ? key_of(code)
		   : code == CTRL_H || code == DEL ? TOP_KEY_BACK
		   : code == 27			   ? TOP_KEY_ESCAPE
						   : code;
	if (kind != KEY_CODE_YES && code == CTRL_L) {
		top_screen__spoil();
		*ret_key = 0;
	}
	return true;
}
