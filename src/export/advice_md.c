// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/advice_md.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "advice/rule.h"
#include "export/human.h"
#include "export/markdown.h"
#include "export/prose.h"

#include "base/banned.h"

static void add_name(struct text *text, const char *name)
{
	char printable[NAME_BYTES];

	markdown__name(text, human__name(printable, sizeof(printable), name));
}

static void add_where(struct text *text, const struct advice *advice)
{
	struct text where = {0};

	prose__where(&where, advice);
	markdown__name(text, text__str(&where));
	text->failed |= text__failed(&where);
	text__release(&where);
}

static void add_sentence(struct text *text, const struct advice *advice, const char *template_text)
{
	struct text sentence = {0};

	prose__expand(&sentence, advice, template_text);
	markdown__text(text, text__str(&sentence));
	text->failed |= text__failed(&sentence);
	text__release(&sentence);
}

static const char *language_of(const struct rule *rule)
{
	return rule->scope >= SCOPE_GO_SITE ? "go" : "c";
}

static void add_sketch(struct text *text, const struct advice *advice)
{
	struct text sketch = {0};

	prose__expand(&sketch, advice, prose__sketch(advice));
	text__add(text, "\n");
	markdown__block(text, language_of(advice->rule), text__str(&sketch));
	text__add(text, "\n");
	text->failed |= text__failed(&sketch);
	text__release(&sketch);
}

void advice_md__details(struct text *text, const struct advice *advice)
{
	text__add(text, "<details>\n<summary>%s %s: ", advice->id, advice->rule->id);
	add_where(text, advice);
	/* an empty line, or what follows would be HTML */
	text__add(text, "</summary>\n\n");
	for (size_t i = 0; i < prose_section_cnt; i++) {
		const struct prose_section *section = &prose_sections[i];

		text__add(text, "**%s**: ", section->label);
		add_sentence(text, advice, prose__section(section, advice));
		text__add(text, "\n\n");
		if (!strcmp(section->label, "do"))
			add_sketch(text, advice);
	}
	text__add(text, "</details>\n\n");
}

static void add_row(struct text *text, const struct advice *advice)
{
	text__add(text, "| %s | %s | %s | ", advice->id, advice->rule->id,
		  severity__name(advice->severity));
	add_where(text, advice);
	if (advice->more_sites)
		text__add(text, " and %zu more", advice->more_sites);
	text__add(text, " | ");
	add_sentence(text, advice, advice->rule->saves);
	text__add(text, " |\n");
}

static bool is_said(const struct advice *advice, const struct view_process *process)
{
	return advice->process == process && advice->state != ADVICE_MUTED;
}

static void add_muted(struct text *text, const struct advice_list *list,
		      const struct view_process *process)
{
	const char *separator = "Muted: ";

	for (size_t i = 0; i < list->cnt; i++) {
		const struct advice *advice = &list->items[i];

		if (advice->process != process || advice->state != ADVICE_MUTED)
			continue;
		text__add(text, "%s%s (%s)", separator, advice->id, advice->rule->id);
		separator = ", ";
	}
	if (*separator == ',')
		text__add(text, "\n\n");
}

static void add_notes(struct text *text, const struct advice_list *list,
		      const struct view_process *process)
{
	bool any = false;

	for (size_t i = 0; i < list->note_cnt; i++) {
		const struct advice_note *note = &list->notes[i];
		struct text lack = {0};

		if (note->process != process)
			continue;
		prose__lack(&lack, note);
		text__add(text, "- not enough data: %s", note->rule->id);
		if (note->site) {
			text__add(text, " at ");
			add_name(text, note->site->function);
		}
		text__add(text, ": ");
		markdown__text(text, text__str(&lack));
		text__add(text, "\n");
		text->failed |= text__failed(&lack);
		text__release(&lack);
		any = true;
	}
	if (any)
		text__add(text, "\n");
}

static size_t count_said(const struct advice_list *list, const struct view_process *process)
{
	size_t cnt = 0;

	for (size_t i = 0; i < list->cnt; i++)
		cnt += is_said(&list->items[i], process);
	return cnt;
}

static void add_process(struct text *text, const struct advice_list *list,
			const struct view_process *process)
{
	char span[HUMAN_BYTES];

	text__add(text, "## Advice on ");
	add_name(text, process->comm);
	text__add(text, " (pid %" PRIu32 "), %s\n\n", process->tgid,
		  human__value(span, UNIT_SECONDS, process->span_s));
	if (count_said(list, process)) {
		text__add(text,
			  "| id | rule | severity | place | saves |\n|---|---|---|---|---|\n");
		for (size_t i = 0; i < list->cnt; i++)
			if (is_said(&list->items[i], process))
				add_row(text, &list->items[i]);
		text__add(text, "\n");
		for (size_t i = 0; i < list->cnt; i++)
			if (is_said(&list->items[i], process))
				advice_md__details(text, &list->items[i]);
	} else {
		text__add(text, "No advice: nothing passed the floors of the %zu rules.\n\n",
			  rule_cnt);
	}
	add_muted(text, list, process);
	add_notes(text, list, process);
}

int advice_md__write(FILE *file, const struct advice_list *list)
{
	struct text text = {0};
	int err = 0;

	for (size_t i = 0; i < list->view->process_cnt; i++)
		add_process(&text, list, &list->view->processes[i]);
	if (text__failed(&text))
		err = -ENOMEM;
	else if (fputs(text__str(&text), file) == EOF)
		err = -EIO;
	text__release(&text);
	return err;
}
