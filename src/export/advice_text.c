// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/advice_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "advice/rule.h"
#include "base/text.h"
#include "export/human.h"
#include "export/prose.h"
#include "export/style.h"
#include "export/wrapped.h"

#include "base/banned.h"

#define LABEL_WIDTH 11
#define CODE_INDENT 15

static const char *severity_style(const struct report_options *options, enum severity severity)
{
	if (severity == SEVERITY_HIGH)
		return style__bad(options);
	return severity == SEVERITY_MEDIUM ? style__warn(options) : "";
}

static int print_heading(FILE *file, const struct advice *advice,
			 const struct report_options *options)
{
	struct text place = {0};
	char comm[NAME_BYTES];
	const char *style;

	prose__where(&place, advice);
	if (text__failed(&place)) {
		text__release(&place);
		return -ENOMEM;
	}
	style = severity_style(options, advice->severity);
	fprintf(file, "%s%s%s  %s  %s%s%s   %s\n", style__bold(options), advice->id,
		style__off(options), advice->rule->id, style, severity__name(advice->severity),
		*style ? style__off(options) : "", text__str(&place));
	fprintf(file, "  in       %s (pid %" PRIu32 ")",
		human__name(comm, sizeof(comm), advice->process->comm), advice->process->tgid);
	if (advice->more_sites)
		fprintf(file, ", and %zu more call%s in this function", advice->more_sites,
			advice->more_sites == 1 ? "" : "s");
	fputc('\n', file);
	text__release(&place);
	return 0;
}

static int print_advice(FILE *file, const struct advice *advice,
			const struct report_options *options)
{
	struct text text = {0};
	int err = print_heading(file, advice, options);

	for (size_t i = 0; i < prose_section_cnt && !err; i++) {
		const struct prose_section *section = &prose_sections[i];

		text__clear(&text);
		prose__expand(&text, advice, prose__section(section, advice));
		fprintf(file, "  %-*s", LABEL_WIDTH - 2, section->label);
		wrapped__print(file, text__str(&text), LABEL_WIDTH, options->width);
		if (!strcmp(section->label, "do")) {
			text__clear(&text);
			prose__expand(&text, advice, prose__sketch(advice));
			wrapped__code(file, text__str(&text), CODE_INDENT);
		}
		if (text__failed(&text))
			err = -ENOMEM;
	}
	text__release(&text);
	return err;
}

static int print_muted(FILE *file, const struct advice *advice,
		       const struct report_options *options)
{
	struct text place = {0};
	int err;

	prose__where(&place, advice);
	fprintf(file, "%smuted%s: %s  %s  %s   %s\n", style__dim(options), style__off(options),
		advice->id, advice->rule->id, severity__name(advice->severity), text__str(&place));
	err = text__failed(&place) ? -ENOMEM : 0;
	text__release(&place);
	return err;
}

static int print_note(FILE *file, const struct advice_note *note,
		      const struct report_options *options)
{
	char comm[NAME_BYTES], function[NAME_BYTES];
	struct text text = {0};
	int err;

	prose__lack(&text, note);
	fprintf(file, "%snot enough data%s: %s in %s (pid %" PRIu32 ")", style__dim(options),
		style__off(options), note->rule->id,
		human__name(comm, sizeof(comm), note->process->comm), note->process->tgid);
	if (note->site)
		fprintf(file, ", %s",
			human__function(function, sizeof(function), note->site->function));
	fprintf(file, ": %s\n", text__str(&text));
	err = text__failed(&text) ? -ENOMEM : 0;
	text__release(&text);
	return err;
}

int advice_text__write(FILE *file, const struct advice_list *list,
		       const struct report_options *options)
{
	int err = 0;

	for (size_t i = 0; i < list->cnt && !err; i++) {
		if (list->items[i].state == ADVICE_MUTED)
			continue;
		err = print_advice(file, &list->items[i], options);
		fputc('\n', file);
	}
	for (size_t i = 0; i < list->cnt && !err; i++)
		if (list->items[i].state == ADVICE_MUTED)
			err = print_muted(file, &list->items[i], options);
	if (!list->cnt)
		fprintf(file, "no advice: no site passed the floors of the %zu rules\n", rule_cnt);
	for (size_t i = 0; i < list->note_cnt && !err; i++)
		err = print_note(file, &list->notes[i], options);
	if (!err && ferror(file))
		err = -EIO;
	return err;
}
