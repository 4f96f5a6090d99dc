/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row of the table of rules in words, the same in `heapbeat rules`, its JSON and the catalogue of
 * the README. Pure.
 */
#ifndef HB_RULE_WORDS_H
#define HB_RULE_WORDS_H

#include "advice/rule.h"
#include "base/text.h"

/* Name of a scope in JSON: "site", "go-use"; and what it means: "each heap site". */
const char *rule_scope__name(enum rule_scope scope);
const char *rule_scope__meaning(enum rule_scope scope);

/* Append what must be exceeded for @rule to speak, joined by "; ": "1 % of the process's allocated
 * bytes; 1 MB/s or 10000 calls a second". */
void rule_words__floors(struct text *text, const struct rule *rule);
/* Append the evidence without which it says that it lacks data: "30 s observed; every free seen". */
void rule_words__needs(struct text *text, const struct rule *rule);
/* Why the floors are what they are; "" if it does not say. */
const char *rule_words__reason(const struct rule *rule);
/* Append "medium from 5 %, high from 20 % of ...". Nothing if it has no such thresholds. */
void rule_words__severity(struct text *text, const struct rule *rule);

#endif
