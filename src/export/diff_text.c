// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/diff_text.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "advice/rule.h"
#include "base/text.h"
#include "export/diff_words.h"
#include "export/prose.h"
#include "export/style.h"

#include "base/banned.h"

static const char *const side_names[COMPARE_SIDES] = {[BEFORE] = "before", [AFTER] = "after"};

static void print_captures(FILE *file, const struct comparison *comparison,
			   const struct diff_options *options)
{
	for (int side = 0; side < COMPARE_SIDES; side++) {
		const struct view *view = comparison->lists[side]->view;
		time_t seconds = (time_t)(view->wall_ns / 1000000000);
		char name[NAME_BYTES], at[40] = "", span[HUMAN_BYTES];
		struct tm tm;

		if (gmtime_r(&seconds, &tm))
			strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
		fprintf(file, "%-7s %s  %s  %s%s\n", side_names[side],
			human__name(name, sizeof(name), options->names[side]), at,
			human__value(span, UNIT_SECONDS, view->span_s),
			view->truncated ? "  truncated" : "");
	}
}

static void print_alone(FILE *file, const struct comparison *comparison)
{
	for (int side = 0; side < COMPARE_SIDES; side++)
		for (size_t i = 0; i < comparison->alone_cnt[side]; i++) {
			char name[NAME_BYTES];

			fprintf(file, "only %s: %s\n", side_names[side],
				human__name(name, sizeof(name), comparison->alone[side][i]));
		}
}

static void print_heading(FILE *file, const struct comparison *comparison,
			  const struct compare_program *program, const struct diff_options *options)
{
	const struct compare_part *before = &program->parts[BEFORE],
				  *after = &program->parts[AFTER];
	char name[NAME_BYTES], builds[COMPARE_SIDES][HUMAN_BYTES];

	fprintf(file, "\n%s%s%s   %zu process%s before, %zu after; per %s",
		style__bold(&options->report), human__name(name, sizeof(name), program->name),
		style__off(&options->report), before->process_cnt,
		before->process_cnt == 1 ? "" : "es", after->process_cnt,
		diff_words__unit(comparison));
	if (!(comparison->ops[BEFORE] > 0))
		fprintf(file, " (%.3g -> %.3g cores)",
			before->span_s > 0 ? before->cpu_s / before->span_s : 0,
			after->span_s > 0 ? after->cpu_s / after->span_s : 0);
	else
		fprintf(file, " (%g -> %g of them, CPU of each %.3g -> %.3g us)", before->units,
			after->units, 1e6 * before->cpu_s / before->units,
			1e6 * after->cpu_s / after->units);
	diff_words__build(builds[BEFORE], before->module);
	diff_words__build(builds[AFTER], after->module);
	if (*builds[BEFORE] && *builds[AFTER])
		fprintf(file,
			strcmp(builds[BEFORE], builds[AFTER]) ? "; build %s -> %s"
							      : "; the same build %s",
			builds[BEFORE], builds[AFTER]);
	fputc('\n', file);
}

static void print_movement(FILE *file, enum advice_unit unit, const struct movement *movement)
{
	char before[HUMAN_BYTES], after[HUMAN_BYTES], change[HUMAN_BYTES];

	fprintf(file, "%10s %10s %8s%c", human__figure(before, unit, &movement->before),
		human__figure(after, unit, &movement->after), diff_words__change(change, movement),
		movement->moved ? '*' : ' ');
}

static void print_totals(FILE *file, const struct compare_program *program)
{
	fprintf(file, "  %10s %10s %8s  %10s %10s %8s\n", "bytes", "after", "change", "objects",
		"after", "change");
	for (int family = 0; family < COMPARE_FAMILIES; family++) {
		const struct compare_family_totals *totals = &program->totals[family];

		if (!totals->known)
			continue;
		fputs("  ", file);
		print_movement(file, UNIT_BYTES, &totals->bytes);
		fputc(' ', file);
		print_movement(file, UNIT_COUNT, &totals->calls);
		fprintf(file, " all of %s\n", compare_family__name((enum compare_family)family));
	}
}

static int print_site(FILE *file, const struct compare_site *site)
{
	struct text text = {0};
	int err;

	diff_words__site(&text, site);
	fputs("  ", file);
	print_movement(file, UNIT_BYTES, &site->bytes);
	fputc(' ', file);
	print_movement(file, UNIT_COUNT, &site->calls);
	fprintf(file, " %s\n", text__str(&text));
	err = text__failed(&text) ? -ENOMEM : 0;
	text__release(&text);
	return err;
}

static int print_sites(FILE *file, const struct compare_program *program,
		       const struct diff_options *options)
{
	size_t limit = options->report.limit ?: program->moved_cnt;
	int err = 0;

	print_totals(file, program);
	for (size_t i = 0; i < program->moved_cnt && i < limit && !err; i++)
		err = print_site(file, &program->sites[i]);
	fprintf(file,
		"  %zu of %zu sites moved (*: z-test at %g %%, Holm's correction over %zu tests; "
		"at least %g %% of the site, %g %% of the total)\n",
		program->moved_cnt, program->site_cnt, 100 * MOVEMENT_ALPHA, program->test_cnt,
		100 * MOVEMENT_SHARE, 100 * MOVEMENT_TOTAL_SHARE);
	if (program->moved_cnt > limit)
		fprintf(file, "  %zu more of them: --json\n", program->moved_cnt - limit);
	return err;
}

static void print_go(FILE *file, const struct compare_program *program)
{
	struct diff_go_row rows[DIFF_GO_ROWS];
	size_t cnt = diff_words__go(program, rows);

	for (size_t i = 0; i < cnt; i++)
		fprintf(file, "  %10s %10s  %s\n", rows[i].values[BEFORE], rows[i].values[AFTER],
			rows[i].label);
}

static const char *fit_style(const struct diff_options *options, enum prediction_fit fit)
{
	return fit == FIT_OUTSIDE ? style__bad(&options->report) : "";
}

static void print_prediction(FILE *file, const struct compare_prediction *prediction,
			     const struct diff_options *options)
{
	char said[3 * HUMAN_BYTES], seen[2 * HUMAN_BYTES];
	const char *style = fit_style(options, prediction->fit);
	const char *per = diff_words__per(prediction->unit);

	fprintf(file, "      %-20s predicted %s%s", prediction->key,
		human__with_interval(said, prediction->unit, &prediction->predicted), per);
	if (prediction->fit == FIT_UNKNOWN)
		fprintf(file, "; not compared: %s\n", prediction->why);
	else
		fprintf(file, ", measured %s%s: %s%s%s\n",
			human__with_error(seen, prediction->unit, &prediction->measured), per,
			style, prediction_fit__name(prediction->fit),
			*style ? style__off(&options->report) : "");
}

static int print_advice(FILE *file, const struct compare_advice *item,
			const struct diff_options *options)
{
	const struct advice *advice = item->sides[AFTER] ?: item->sides[BEFORE];
	struct text text = {0};
	int err;

	prose__where(&text, advice);
	fprintf(file, "  %-9s %s%s%s  %s  %s   %s%s\n", advice_outcome__name(item->outcome),
		style__bold(&options->report), advice->id, style__off(&options->report),
		advice->rule->id, severity__name(advice->severity), text__str(&text),
		advice->state == ADVICE_MUTED ? "   (muted)" : "");
	text__clear(&text);
	diff_words__doubt(&text, item);
	if (text.len)
		fprintf(file, "      %s\n", text__str(&text));
	for (size_t i = 0; i < item->prediction_cnt; i++)
		print_prediction(file, &item->predictions[i], options);
	err = text__failed(&text) ? -ENOMEM : 0;
	text__release(&text);
	return err;
}

static int print_program(FILE *file, const struct comparison *comparison,
			 const struct compare_program *program, const struct diff_options *options)
{
	int err = 0;

	print_heading(file, comparison, program, options);
	if (!options->advice_id) {
		err = print_sites(file, program, options);
		print_go(file, program);
		if (!program->advice_cnt)
			fputs("  no advice before, none after\n", file);
	}
	for (size_t i = 0; i < program->advice_cnt && !err; i++)
		if (diff_options__want(options, &program->advice[i]))
			err = print_advice(file, &program->advice[i], options);
	return err;
}

static bool has_wanted(const struct compare_program *program, const struct diff_options *options)
{
	for (size_t i = 0; i < program->advice_cnt; i++)
		if (diff_options__want(options, &program->advice[i]))
			return true;
	return !options->advice_id;
}

int diff_text__write(FILE *file, const struct comparison *comparison,
		     const struct diff_options *options)
{
	int err = 0;

	print_captures(file, comparison, options);
	print_alone(file, comparison);
	for (size_t i = 0; i < comparison->program_cnt && !err; i++)
		if (has_wanted(&comparison->programs[i], options))
			err = print_program(file, comparison, &comparison->programs[i], options);
	return !err && ferror(file) ? -EIO : err;
}
