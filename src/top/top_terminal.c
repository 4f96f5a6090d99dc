// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_terminal.h"

#include <curses.h>
#include <errno.h>
#include <term.h>
#include <unistd.h>

#include "base/banned.h"

int top_terminal__probe(void)
{
	const char *move_cursor;
	int known;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return -ENOTTY;
	if (setupterm(NULL, STDOUT_FILENO, &known) != OK)
		return -ENODEV;
	move_cursor = tigetstr("cup");
	known = move_cursor && move_cursor != (const char *)-1;
	del_curterm(cur_term);
	return known ? 0 : -ENODEV;
}
