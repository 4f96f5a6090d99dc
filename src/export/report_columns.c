// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report_columns.h"

#include "export/human.h"
#include "export/style.h"

#include "base/banned.h"

#define COLUMNS 5

typedef void (*cell_fn)(char *dst, const struct view_site *site, const struct report_total *total);

struct column {
	const char *title;
	cell_fn cell;
};

static const int widths[COLUMNS] = {8, 10, 6, 8, 9};

static void share_of_bytes(char *dst, const struct view_site *site,
			   const struct report_total *total)
{
	(void)total;
	human__value(dst, UNIT_RATIO, site->bytes_share.value);
}

static void share(char *dst, double part, double all)
{
	if (all > 0)
		human__value(dst, UNIT_RATIO, part / all);
	else
		snprintf(dst, HUMAN_BYTES, "-");
}

#define SHARE(name, field)                                                   \
	static void share_of_##name(char *dst, const struct view_site *site, \
				    const struct report_total *total)        \
	{                                                                    \
		share(dst, site->field.value, total->all);                   \
	}
SHARE(live, live_bytes)
SHARE(gained, gained_bytes)
SHARE(peak, peak_bytes)
SHARE(temporary, temporary)

#define FIGURE(name, unit, field)                                 \
	static void name(char *dst, const struct view_site *site, \
			 const struct report_total *total)        \
	{                                                         \
		(void)total;                                      \
		human__figure(dst, unit, &site->field);           \
	}
FIGURE(bytes_rate, UNIT_BYTES, bytes_rate)
FIGURE(bytes, UNIT_BYTES, bytes)
FIGURE(calls, UNIT_COUNT, calls)
FIGURE(calls_rate, UNIT_PER_S, calls_rate)
FIGURE(live, UNIT_BYTES, live_bytes)
FIGURE(gained, UNIT_BYTES, gained_bytes)
FIGURE(growth, UNIT_BYTES, live_growth)
FIGURE(peak, UNIT_BYTES, peak_bytes)
FIGURE(peak_blocks, UNIT_COUNT, peak_objects)
FIGURE(temporary, UNIT_COUNT, temporary)
FIGURE(life_median, UNIT_SECONDS, lifetimes.median_s)
FIGURE(life_p99, UNIT_SECONDS, lifetimes.p99_s)

#define ERROR(name, field)                                        \
	static void name(char *dst, const struct view_site *site, \
			 const struct report_total *total)        \
	{                                                         \
		(void)total;                                      \
		human__relative_error(dst, &site->field);         \
	}
ERROR(bytes_rate_error, bytes_rate)
ERROR(bytes_error, bytes)
ERROR(live_error, live_bytes)
ERROR(peak_error, peak_bytes)
ERROR(temporary_error, temporary)

static void life_mean(char *dst, const struct view_site *site, const struct report_total *total)
{
	(void)total;
	human__value(dst, UNIT_SECONDS, report__life_s(site));
}

/* Blocks that were not freed, of those that were followed. */
static void kept(char *dst, const struct view_site *site, const struct report_total *total)
{
	(void)total;
	if (site->share_freed < 0)
		snprintf(dst, HUMAN_BYTES, "-");
	else
		human__value(dst, UNIT_RATIO, 1 - site->share_freed);
}

static void temporary_part(char *dst, const struct view_site *site,
			   const struct report_total *total)
{
	(void)total;
	human__value(dst, UNIT_RATIO, site->temporary_share);
}

static void steady(char *dst, const struct view_site *site, const struct report_total *total)
{
	(void)total;
	snprintf(dst, HUMAN_BYTES, "%s",
		 site->live_growth.basis == BASIS_UNKNOWN ? "-"
		 : site->growing			  ? "yes"
							  : "no");
}

static void mean_size(char *dst, const struct view_site *site, const struct report_total *total)
{
	(void)total;
	if (site->calls.value > 0)
		human__value(dst, UNIT_BYTES, site->bytes.value / site->calls.value);
	else
		snprintf(dst, HUMAN_BYTES, "-");
}

static const struct column views[REPORT_BYS][COLUMNS] = {
	[BY_RATE] = {{"share", share_of_bytes},
		     {"bytes/s", bytes_rate},
		     {"+-", bytes_rate_error},
		     {"calls/s", calls_rate},
		     {"live", live}},
	[BY_BYTES] = {{"share", share_of_bytes},
		      {"bytes", bytes},
		      {"+-", bytes_error},
		      {"calls/s", calls_rate},
		      {"live", live}},
	[BY_LIVE] = {{"share", share_of_live},
		     {"live", live},
		     {"+-", live_error},
		     {"calls/s", calls_rate},
		     {"bytes/s", bytes_rate}},
	[BY_LIFETIME] = {{"mean", life_mean},
			 {"median", life_median},
			 {"kept", kept},
			 {"99 %", life_p99},
			 {"bytes", bytes}},
	[BY_SIZE] = {{"share", share_of_bytes},
		     {"bytes", bytes},
		     {"+-", bytes_error},
		     {"calls", calls},
		     {"mean size", mean_size}},
	[BY_TEMPORARY] = {{"share", share_of_temporary},
			  {"temporary", temporary},
			  {"+-", temporary_error},
			  {"of site", temporary_part},
			  {"bytes", bytes}},
	[BY_GROWTH] = {{"share", share_of_gained},
		       {"gained", gained},
		       {"steady", steady},
		       {"bytes/s", growth},
		       {"live", live}},
	[BY_PEAK] = {{"share", share_of_peak},
		     {"at peak", peak},
		     {"+-", peak_error},
		     {"blocks", peak_blocks},
		     {"live now", live}},
	[BY_THREAD] = {{"share", share_of_bytes},
		       {"bytes", bytes},
		       {"+-", bytes_error},
		       {"calls/s", calls_rate},
		       {"live", live}},
};

void report_columns__header(FILE *file, const struct report_options *options,
			    enum report_family family)
{
	static const char *const names[] = {"heap site", "go heap site", "vm call"};
	const struct column *columns = views[options->by];

	fprintf(file, "\n%s  ", style__dim(options));
	for (int i = 0; i < COLUMNS; i++)
		fprintf(file, "%*s ", widths[i], columns[i].title);
	fprintf(file, " %s%s\n", names[family], style__off(options));
}

void report_columns__site(FILE *file, const struct report_options *options,
			  const struct view_site *site, const struct report_total *total)
{
	const struct column *columns = views[options->by];
	char cell[HUMAN_BYTES];

	fprintf(file, "  ");
	for (int i = 0; i < COLUMNS; i++) {
		columns[i].cell(cell, site, total);
		fprintf(file, "%*s ", widths[i], cell);
	}
	fputc(' ', file);
}
