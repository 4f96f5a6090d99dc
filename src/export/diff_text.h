/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison as text, JSON (docs/schema/diff.v1.json) and Markdown. */
#ifndef HB_DIFF_TEXT_H
#define HB_DIFF_TEXT_H

#include <stdio.h>
#include <string.h>

#include "compare/compare.h"
#include "export/report.h"

struct diff_options {
	const char *names[COMPARE_SIDES]; /* of the captures */
	const char *advice_id;		  /* the only advice to tell of, without sites; or NULL */
	struct report_options report;	  /* width, colour; limit of sites */
};

/* Each 0, -EIO or -ENOMEM. */
int diff_text__write(FILE *file, const struct comparison *comparison,
		     const struct diff_options *options);
int diff_json__write(FILE *file, const struct comparison *comparison,
		     const struct diff_options *options);
int diff_md__write(FILE *file, const struct comparison *comparison,
		   const struct diff_options *options);

/* Whether @options ask for @item. */
static inline bool diff_options__want(const struct diff_options *options,
				      const struct compare_advice *item)
{
	const struct advice *advice =
		item->sides[BEFORE] ? item->sides[BEFORE] : item->sides[AFTER];

	return !options->advice_id || !strcmp(options->advice_id, advice->id);
}

#endif
