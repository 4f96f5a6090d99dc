// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/diff_text.h"

#include <errno.h>
#include <math.h>

#include "advice/rule.h"
#include "export/advice_md.h"
#include "export/diff_words.h"
#include "export/markdown.h"
#include "export/prose.h"

#include "base/banned.h"

static void add_name(struct text *text, const char *name)
{
	char printable[NAME_BYTES];

	markdown__name(text, human__name(printable, sizeof(printable), name));
}

static void add_movement(struct text *text, enum advice_unit unit, const struct movement *movement)
{
	char before[HUMAN_BYTES], after[HUMAN_BYTES], change[HUMAN_BYTES];
	const char *mark = movement->moved ? "**" : "";

	text__add(text, " %s | %s | %s%s%s |", human__figure(before, unit, &movement->before),
		  human__figure(after, unit, &movement->after), mark,
		  diff_words__change(change, movement), mark);
}

static void add_sites(struct text *text, const struct compare_program *program, size_t limit)
{
	text__add(text, "| | bytes | after | change | objects | after | change |\n"
			"|---|---|---|---|---|---|---|\n");
	for (int family = 0; family < COMPARE_FAMILIES; family++) {
		const struct compare_family_totals *totals = &program->totals[family];

		if (!totals->known)
			continue;
		text__add(text, "| all of %s |", compare_family__name((enum compare_family)family));
		add_movement(text, UNIT_BYTES, &totals->bytes);
		add_movement(text, UNIT_COUNT, &totals->calls);
		text__add(text, "\n");
	}
	for (size_t i = 0; i < program->moved_cnt && (!limit || i < limit); i++) {
		struct text site = {0};

		diff_words__site(&site, &program->sites[i]);
		text__add(text, "| ");
		markdown__name(text, text__str(&site));
		text__add(text, " |");
		add_movement(text, UNIT_BYTES, &program->sites[i].bytes);
		add_movement(text, UNIT_COUNT, &program->sites[i].calls);
		text__add(text, "\n");
		text->failed |= text__failed(&site);
		text__release(&site);
	}
	text__add(text,
		  "\n%zu of %zu sites moved (bold: z-test at %g %%, Holm's correction over %zu "
		  "tests).\n\n",
		  program->moved_cnt, program->site_cnt, 100 * MOVEMENT_ALPHA, program->test_cnt);
}

static void add_go(struct text *text, const struct compare_program *program)
{
	struct diff_go_row rows[DIFF_GO_ROWS];
	size_t cnt = diff_words__go(program, rows);

	if (!cnt)
		return;
	text__add(text, "| the Go runtime | before | after |\n|---|---|---|\n");
	for (size_t i = 0; i < cnt; i++) {
		text__add(text, "| %s |", rows[i].label);
		for (int side = 0; side < COMPARE_SIDES; side++) {
			text__add(text, " ");
			markdown__text(text, rows[i].values[side]);
			text__add(text, " |");
		}
		text__add(text, "\n");
	}
	text__add(text, "\n");
}

static void add_prediction(struct text *text, const struct compare_prediction *prediction)
{
	char said[3 * HUMAN_BYTES], seen[2 * HUMAN_BYTES];
	const char *per = diff_words__per(prediction->unit);

	text__add(text, "<br>`%s` %s%s predicted, ", prediction->key,
		  human__with_interval(said, prediction->unit, &prediction->predicted), per);
	if (prediction->fit == FIT_UNKNOWN)
		text__add(text, "not compared: %s", prediction->why);
	else
		text__add(text, "%s%s measured: %s",
			  human__with_error(seen, prediction->unit, &prediction->measured), per,
			  prediction_fit__name(prediction->fit));
}

static void add_row(struct text *text, const struct compare_advice *item)
{
	const struct advice *advice = item->sides[AFTER] ? item->sides[AFTER] : item->sides[BEFORE];
	struct text place = {0}, doubt = {0};

	prose__where(&place, advice);
	diff_words__doubt(&doubt, item);
	text__add(text, "| %s | %s | %s | %s | ", advice_outcome__name(item->outcome), advice->id,
		  advice->rule->id, severity__name(advice->severity));
	markdown__name(text, text__str(&place));
	text__add(text, " | ");
	if (advice->state == ADVICE_MUTED)
		text__add(text, "muted ");
	markdown__text(text, text__str(&doubt));
	for (size_t i = 0; i < item->prediction_cnt; i++)
		add_prediction(text, &item->predictions[i]);
	text__add(text, " |\n");
	text->failed |= text__failed(&place) || text__failed(&doubt);
	text__release(&place);
	text__release(&doubt);
}

static void add_advice(struct text *text, const struct compare_program *program,
		       const struct diff_options *options)
{
	if (!program->advice_cnt) {
		text__add(text, "No advice before, none after.\n\n");
		return;
	}
	text__add(text, "| advice | id | rule | severity | place | saved |\n"
			"|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < program->advice_cnt; i++)
		if (diff_options__want(options, &program->advice[i]))
			add_row(text, &program->advice[i]);
	text__add(text, "\n");
	for (size_t i = 0; i < program->advice_cnt; i++) {
		const struct compare_advice *item = &program->advice[i];

		if (item->outcome == OUTCOME_NEW && item->sides[AFTER]->state != ADVICE_MUTED &&
		    diff_options__want(options, item))
			advice_md__details(text, item->sides[AFTER]);
	}
}

static void add_alone(struct text *text, const struct comparison *comparison, int side,
		      const char *label)
{
	for (size_t i = 0; i < comparison->alone_cnt[side]; i++) {
		text__add(text, "Only %s: ", label);
		add_name(text, comparison->alone[side][i]);
		text__add(text, "\n\n");
	}
}

int diff_md__write(FILE *file, const struct comparison *comparison,
		   const struct diff_options *options)
{
	struct text text = {0};
	int err = 0;

	for (size_t i = 0; i < comparison->program_cnt; i++) {
		const struct compare_program *program = &comparison->programs[i];

		text__add(&text, "## What changed in ");
		add_name(&text, program->name);
		text__add(&text, ": ");
		add_name(&text, options->names[BEFORE]);
		text__add(&text, " to ");
		add_name(&text, options->names[AFTER]);
		text__add(&text, ", per %s\n\n", diff_words__unit(comparison));
		if (!options->advice_id) {
			add_sites(&text, program, options->report.limit);
			add_go(&text, program);
		}
		add_advice(&text, program, options);
	}
	add_alone(&text, comparison, BEFORE, "before");
	add_alone(&text, comparison, AFTER, "after");
	if (text__failed(&text))
		err = -ENOMEM;
	else if (fputs(text__str(&text), file) == EOF)
		err = -EIO;
	text__release(&text);
	return err;
}
