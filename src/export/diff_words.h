/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words and rows that the writers of a comparison share. Pure. */
#ifndef HB_DIFF_WORDS_H
#define HB_DIFF_WORDS_H

#include "base/text.h"
#include "compare/compare.h"
#include "export/human.h"

/* "-59 %", "new", "gone", "-" if unknown. Returns @dst (HUMAN_BYTES). */
char *diff_words__change(char *dst, const struct movement *movement);
/* Append the site's place, as its newer capture names it, and what tells it from others there:
 * "f (a.c:12) <- g", "main.f (a.go:12) append []int". */
void diff_words__site(struct text *text, const struct compare_site *site);
/* "CPU second" or "operation". */
const char *diff_words__unit(const struct comparison *comparison);
/* "/s" behind counts per second, whose unit human.h does not show. */
const char *diff_words__per(enum advice_unit unit);
/* Append how the advice came out where that is not plain: why nothing can be told. */
void diff_words__doubt(struct text *text, const struct compare_advice *item);
/* Build ids shortened; "" unknown. Returns @dst (HUMAN_BYTES). */
char *diff_words__build(char *dst, const struct view_module *module);

/* One figure of the Go runtime on both sides, as text; "-" unknown. */
struct diff_go_row {
	const char *label;
	char values[COMPARE_SIDES][HUMAN_BYTES];
};

#define DIFF_GO_ROWS 12

/* The rows of @program's heaviest processes; 0 if it is no Go program on both sides. */
size_t diff_words__go(const struct compare_program *program, struct diff_go_row *ret_rows);

/* The view of the heaviest process; NULL: no Go program, or nothing was read. */
const struct view_go *diff_words__go_of(const struct compare_part *part);

#endif
