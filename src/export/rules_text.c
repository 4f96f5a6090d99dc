// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/rules_text.h"

#include <errno.h>

#include "base/text.h"
#include "export/markdown.h"
#include "export/prose.h"
#include "export/rule_words.h"
#include "export/style.h"
#include "export/wrapped.h"

#include "base/banned.h"

#define LABEL_WIDTH 13

static void say_floors(struct text *text, const struct rule *rule)
{
	rule_words__floors(text, rule);
}

static void say_change(struct text *text, const struct rule *rule)
{
	prose__plain(text, rule->remedy);
}

static void say_costs(struct text *text, const struct rule *rule)
{
	prose__plain(text, rule->costs);
}

static void say_wrong(struct text *text, const struct rule *rule)
{
	prose__plain(text, rule->wrong_if);
}

static void say_scope(struct text *text, const struct rule *rule)
{
	text__add(text, "%s", rule_scope__meaning(rule->scope));
}

static void say_reason(struct text *text, const struct rule *rule)
{
	text__add(text, "%s", rule_words__reason(rule));
}

static const struct {
	const char *label;
	void (*say)(struct text *text, const struct rule *rule);
} lines[] = {
	{"looks at", say_scope},      {"floors", say_floors},
	{"because", say_reason},      {"severity", rule_words__severity},
	{"needs", rule_words__needs}, {"change", say_change},
	{"costs", say_costs},	      {"wrong if", say_wrong},
};

static int print_rule(FILE *file, const struct rule *rule, const struct report_options *options)
{
	struct text text = {0};
	int err;

	fprintf(file, "%s%s%s   %s\n", style__bold(options), rule->id, style__off(options),
		rule->title);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		text__clear(&text);
		lines[i].say(&text, rule);
		if (!text.len)
			continue;
		fprintf(file, "  %-*s", LABEL_WIDTH - 2, lines[i].label);
		wrapped__print(file, text__str(&text), LABEL_WIDTH, options->width);
	}
	err = text__failed(&text) ? -ENOMEM : 0;
	text__release(&text);
	return err;
}

int rules_text__write(FILE *file, const struct rule *only, const struct report_options *options)
{
	int err = 0;

	for (size_t i = 0; i < rule_cnt && !err; i++) {
		if (only && rules[i] != only)
			continue;
		if (i && !only)
			fputc('\n', file);
		err = print_rule(file, rules[i], options);
	}
	return !err && ferror(file) ? -EIO : err;
}

static void print_cell(FILE *file, struct text *text, const char *end)
{
	struct text cell = {0};

	markdown__text(&cell, text__str(text));
	fputs(text__str(&cell), file);
	fputs(end, file);
	text->failed |= text__failed(&cell);
	text__release(&cell);
	text__clear(text);
}

int rules__write_catalogue(FILE *file)
{
	struct text text = {0};
	int err;

	fputs("\n| rule | speaks of | floors | the change |\n|---|---|---|---|\n", file);
	for (size_t i = 0; i < rule_cnt; i++) {
		const struct rule *rule = rules[i];
		size_t len;

		fprintf(file, "| `%s` | ", rule->id);
		text__add(&text, "%s", rule->title);
		print_cell(file, &text, " | ");
		rule_words__floors(&text, rule);
		print_cell(file, &text, " | ");
		prose__plain(&text, rule->remedy);
		/* it introduces a sketch */
		len = text.len;
		if (len && text.data[len - 1] == ':')
			text.data[--text.len] = 0;
		print_cell(file, &text, " |\n");
	}
	fputc('\n', file);
	err = text__failed(&text) ? -ENOMEM : 0;
	text__release(&text);
	return !err && ferror(file) ? -EIO : err;
}
