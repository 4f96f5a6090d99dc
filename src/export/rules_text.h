/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of rules for readers: text, JSON (docs/schema/rules.v1.json), and the catalogue in the
 * README. */
#ifndef HB_RULES_TEXT_H
#define HB_RULES_TEXT_H

#include <stdio.h>

#include "advice/rule.h"
#include "export/report.h"

/* Print @only, or every rule if it is NULL. 0, -EIO or -ENOMEM. */
int rules_text__write(FILE *file, const struct rule *only, const struct report_options *options);
/* @frame: host and time of the document. */
int rules_json__write(FILE *file, const struct rule *only, const struct view *frame);

#define RULES_MARK_BEGIN "<!-- rules: written from the table by `make rules-doc` -->\n"
#define RULES_MARK_END	 "<!-- end of the rules -->\n"

/* The Markdown table that stands between the marks. 0, -EIO or -ENOMEM. */
int rules__write_catalogue(FILE *file);

#endif
