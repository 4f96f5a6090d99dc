/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentences of advice: templates of advice/rule.h with an advice's numbers and names filled in.
 * For the text and JSON writers. Pure. */
#ifndef HB_PROSE_H
#define HB_PROSE_H

#include "advice/advice.h"
#include "base/text.h"

/* Append @template_text with everything filled in. A placeholder that names nothing becomes "-"; the
 * number of those is returned, so that a test can ask for 0. */
size_t prose__expand(struct text *text, const struct advice *advice, const char *template_text);

/* Append "function (file:line)". */
void prose__place(struct text *text, const struct view_site *site);

/* Append where @advice applies: the same and "<- caller", or "the whole process". */
void prose__where(struct text *text, const struct advice *advice);

/* Append @template_text as it reads of no advice in particular: "N" for each number, "the function"
 * and the like for names, of alternatives the first, and no other conditions. */
void prose__plain(struct text *text, const char *template_text);

/* Append why a rule could not speak: "29 s observed, needs 30 s". */
void prose__lack(struct text *text, const struct advice_note *note);

/* The sections of a recommendation in their order; the sketch stands below "do". */
struct prose_section {
	const char *label; /* in text, and the key in JSON with '_' for ' ' */
	size_t offset;	   /* in struct rule, of the template */
};

extern const struct prose_section prose_sections[];
extern const size_t prose_section_cnt;

/* Template of section @section of @advice's rule. */
const char *prose__section(const struct prose_section *section, const struct advice *advice);

/* Template of the code sketch: the one that the check has chosen, else the rule's. */
const char *prose__sketch(const struct advice *advice);

#endif
