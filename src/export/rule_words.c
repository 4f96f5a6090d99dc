// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/rule_words.h"

#include <string.h>

#include "export/human.h"

#include "base/banned.h"

static const struct {
	const char *name, *meaning;
} scopes[] = {
	[SCOPE_SITE] = {"site", "each heap site"},
	[SCOPE_PROCESS] = {"process", "the process as a whole"},
	[SCOPE_GO_SITE] = {"go-site", "each site of Go's heap"},
	[SCOPE_GO_PROCESS] = {"go-process", "a Go program as a whole"},
	[SCOPE_GO_USE] = {"go-use", "each place where a Go program's own code allocates"},
	[SCOPE_GO_ROUTINES] = {"go-routines", "each go statement"},
};

const char *rule_scope__name(enum rule_scope scope)
{
	return scopes[scope].name;
}

const char *rule_scope__meaning(enum rule_scope scope)
{
	return scopes[scope].meaning;
}

/* Of places of Go's heap profile, where the row does not say. */
#define USE_REASON                                                                         \
	"below that a change is not felt, and fewer samples of the program's own profile " \
	"say little of one place"

const char *rule_words__reason(const struct rule *rule)
{
	if (rule->reason)
		return rule->reason;
	return rule->scope == SCOPE_GO_USE ? USE_REASON : "";
}

static const char *call_word(const struct rule *rule)
{
	if (rule->call_word)
		return rule->call_word;
	return rule->scope == SCOPE_GO_USE ? "objects" : "calls";
}

static const char *measure(const struct rule *rule)
{
	if (rule->measure)
		return rule->measure;
	return rule->scope == SCOPE_GO_USE ? "of the bytes that the program allocates"
					   : "by the rule's own measure";
}

static const char *otherwise(const char *word, const char *else_word)
{
	return word ? word : else_word;
}

/* One more item of a list that begins at @from. */
static void next(struct text *text, size_t from)
{
	if (text->len > from)
		text__add(text, "; ");
}

static void add_rates(struct text *text, size_t from, const struct rule *rule)
{
	const struct thresholds *floor = &rule->floor;
	char value[HUMAN_BYTES];

	if (floor->bytes_per_s > 0) {
		next(text, from);
		text__add(text, "%s", human__value(value, UNIT_BYTES_PER_S, floor->bytes_per_s));
	}
	if (floor->calls_per_s > 0) {
		if (floor->bytes_per_s > 0)
			text__add(text, " or ");
		else
			next(text, from);
		text__add(text, "%.0f %s a second", floor->calls_per_s, call_word(rule));
	}
}

static void add_shape(struct text *text, size_t from, const struct thresholds *floor)
{
	char life[HUMAN_BYTES], left[HUMAN_BYTES];

	if (floor->growing > 0) {
		next(text, from);
		text__add(text, "%s of the blocks grow",
			  human__value(left, UNIT_RATIO, floor->growing));
	}
	if (floor->life_s > 0 && floor->left > 0) {
		next(text, from);
		text__add(text, "at most %s outlive %s",
			  human__value(left, UNIT_RATIO, floor->left),
			  human__value(life, UNIT_SECONDS, floor->life_s));
	} else if (floor->life_s > 0) {
		next(text, from);
		text__add(text, "a mean life below %s",
			  human__value(life, UNIT_SECONDS, floor->life_s));
	}
	if (floor->spread > 0) {
		next(text, from);
		text__add(text, "p95 at most %.0f times the median", floor->spread);
	}
}

void rule_words__floors(struct text *text, const struct rule *rule)
{
	const struct thresholds *floor = &rule->floor;
	char value[HUMAN_BYTES];
	size_t from = text->len;

	if (floor->share > 0)
		text__add(text, "%s of %s", human__value(value, UNIT_RATIO, floor->share),
			  otherwise(rule->share_of, "the process's allocated bytes"));
	add_rates(text, from, rule);
	if (floor->bytes > 0) {
		next(text, from);
		text__add(text, "%s", human__value(value, UNIT_BYTES, floor->bytes));
	}
	add_shape(text, from, floor);
	if (floor->samples && text->len == from)
		text__add(text, "%llu %s", (unsigned long long)floor->samples,
			  otherwise(rule->sample_word, "samples"));
}

static bool reads_profile(const struct rule *rule)
{
	return rule->scope == SCOPE_GO_SITE || rule->scope == SCOPE_GO_USE;
}

void rule_words__needs(struct text *text, const struct rule *rule)
{
	const struct thresholds *floor = &rule->floor;
	char value[HUMAN_BYTES];
	size_t from = text->len;

	if (rule->scope >= SCOPE_GO_SITE)
		text__add(text, "a Go program whose runtime is read");
	if (reads_profile(rule)) {
		next(text, from);
		text__add(text, "the heap profile that it keeps itself");
	}
	if (rule->needs_frees) {
		next(text, from);
		text__add(text, "every free seen (exact or full windows throughout)");
	}
	if (floor->hold_s > 0) {
		next(text, from);
		text__add(text, "%s observed", human__value(value, UNIT_SECONDS, floor->hold_s));
	}
	if (floor->points) {
		next(text, from);
		text__add(text, "%zu points in time", floor->points);
	}
	if (floor->samples) {
		next(text, from);
		text__add(text, "%llu %s", (unsigned long long)floor->samples,
			  otherwise(rule->sample_word, "samples"));
	}
}

void rule_words__severity(struct text *text, const struct rule *rule)
{
	const struct thresholds *floor = &rule->floor;

	if (floor->high > 0)
		text__add(text, "medium from %g, high from %g %s", floor->medium, floor->high,
			  measure(rule));
}
