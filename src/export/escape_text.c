// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/escape_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "export/escape_rows.h"
#include "export/human.h"
#include "export/style.h"
#include "symbol/escape_join.h"
#include "symbol/go_construct.h"

#include "base/banned.h"

#define NUMBERS_WIDTH 50 /* columns before the place */
#define CALLER_INDENT 40
#define QUOTE_INDENT  12
#define QUOTES_SHOWN  2 /* of what the compiler says of one line */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "main.go:46"; the function where no line is known. */
static void add_line(struct text *text, const struct view_site *site)
{
	char name[NAME_BYTES];

	if (site->file && site->line)
		text__add(text, "%s:%" PRIu32,
			  human__name(name, sizeof(name), base_name(site->file)), site->line);
	else
		text__add(text, "%s", human__function(name, sizeof(name), site->function));
}

static bool is_of_elements(enum go_construct construct)
{
	return construct == GO_BY_APPEND || construct == GO_BY_MAKE_SLICE ||
	       construct == GO_BY_TO_BYTES;
}

void escape_text__cause(struct text *text, const struct view_go_trait *trait)
{
	bool closure = trait->construct == GO_BY_NEW && trait->type &&
		       !strcmp(trait->type, "func()") && trait->type_bytes > sizeof(uint64_t);
	char name[NAME_BYTES];

	text__add(text, "%s", closure ? "closure" : go_construct__name(trait->construct));
	/* what strings are made for has no other type */
	if (trait->type && !closure && strcmp(trait->type, "string") != 0)
		text__add(text, ": %s%s", is_of_elements(trait->construct) ? "[]" : "",
			  human__name(name, sizeof(name), trait->type));
	else if (trait->type && trait->construct == GO_BY_INTERFACE)
		text__add(text, ": string");
}

static void print_below(FILE *file, const struct report_options *options, size_t indent,
			struct text *text)
{
	if (!text__failed(text))
		fprintf(file, "%*s%s\n", (int)indent, "",
			human__cut(text->data, options->width - indent));
	text__clear(text);
}

static void print_callers(FILE *file, const struct report_options *options,
			  const struct escape_row *row, struct text *text)
{
	size_t shown = row->caller_cnt < ESCAPE_CALLERS ? row->caller_cnt : ESCAPE_CALLERS;
	char share[HUMAN_BYTES], name[NAME_BYTES];

	for (size_t i = 0; i < shown; i++) {
		const struct escape_caller *caller = &row->callers[i];
		double part = row->bytes_share.value * caller->bytes / row->stack_bytes;

		text__add(text, "%8s  ", human__value(share, UNIT_RATIO, part));
		add_line(text, caller->use);
		text__add(text, "  %s", human__function(name, sizeof(name), caller->use->function));
		text__add(text, " calls %s",
			  human__function(name, sizeof(name), caller->use->trait->via));
		print_below(file, options, CALLER_INDENT, text);
	}
	if (row->caller_cnt <= shown)
		return;
	text__add(text, "%8s  %zu more", "", row->caller_cnt - shown);
	print_below(file, options, CALLER_INDENT, text);
}

/* What the compiler said, its last step behind it. */
static void print_quotes(FILE *file, const struct report_options *options,
			 const struct view_site *site, const struct name_source *names,
			 struct text *text)
{
	const struct escape_entry *entries;
	char said[NAME_BYTES];
	size_t cnt;

	if (!options->escape_log)
		return;
	cnt = escape_join__find(options->escape_log, site, names, &entries);
	for (size_t i = 0; i < cnt && i < QUOTES_SHOWN; i++) {
		text__add(text, "go: %s", human__name(said, sizeof(said), entries[i].text));
		print_below(file, options, QUOTE_INDENT, text);
		if (!entries[i].reason)
			continue;
		text__add(text, "    %s", human__name(said, sizeof(said), entries[i].reason));
		print_below(file, options, QUOTE_INDENT, text);
	}
}

static void print_row(FILE *file, const struct report_options *options,
		      const struct escape_row *row, const struct name_source *names,
		      struct text *text)
{
	char share[HUMAN_BYTES], bytes[HUMAN_BYTES], error[HUMAN_BYTES], objects[HUMAN_BYTES],
		each[HUMAN_BYTES], name[NAME_BYTES];
	const struct view_site *site = row->site;

	add_line(text, site);
	text__add(text, "  ");
	escape_text__cause(text, site->trait);
	if (text__failed(text))
		return;
	fprintf(file, "  %8s %10s %6s %10s %8s  %s\n",
		human__figure(share, UNIT_RATIO, &row->bytes_share),
		human__figure(bytes, UNIT_BYTES_PER_S, &row->bytes_rate),
		human__relative_error(error, &row->bytes),
		human__figure(objects, UNIT_PER_S, &row->calls_rate),
		row->each_bytes > 0 ? human__value(each, UNIT_BYTES, row->each_bytes) : "-",
		human__cut(text->data, options->width - NUMBERS_WIDTH));
	text__clear(text);
	text__add(text, "%s", human__function(name, sizeof(name), site->function));
	if (site->caller)
		text__add(text, " <- %s", human__function(name, sizeof(name), site->caller));
	print_below(file, options, NUMBERS_WIDTH, text);
	if (site->trait->callee) {
		text__add(text, "boxed for %s",
			  human__function(name, sizeof(name), site->trait->callee));
		print_below(file, options, NUMBERS_WIDTH, text);
	}
	print_callers(file, options, row, text);
	print_quotes(file, options, site, names, text);
}

int escape_text__table(FILE *file, const struct view_process *process,
		       const struct name_source *names, const struct report_options *options)
{
	struct escape_rows rows;
	struct text text = {0};
	size_t shown;
	int err = escape_rows__init(&rows, process);

	shown = options->limit && options->limit < rows.cnt ? options->limit : rows.cnt;
	if (!err && shown)
		fprintf(file, "\n%s  %8s %10s %6s %10s %8s  %s%s\n", style__dim(options), "share",
			"bytes/s", "+-", "objects/s", "each", "escape hotspot",
			style__off(options));
	for (size_t i = 0; i < shown && !err; i++)
		print_row(file, options, &rows.items[i], names, &text);
	if (!err && text__failed(&text))
		err = -ENOMEM;
	if (shown < rows.cnt)
		fprintf(file, "  %8s %zu more\n", "", rows.cnt - shown);
	text__release(&text);
	escape_rows__release(&rows);
	return err;
}
