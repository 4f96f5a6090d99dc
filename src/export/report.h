/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report of a view: by which figure sites are ordered, and what every writer of it shares. The
 * writers (report_text, report_json, folded) take a folded view and print it, nothing else.
 */
#ifndef HB_REPORT_H
#define HB_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "model/view.h"
#include "symbol/name_source.h"

struct escape_log;

enum report_by {
	BY_RATE,      /* bytes allocated per second */
	BY_BYTES,     /* bytes allocated while observed */
	BY_LIVE,      /* bytes allocated while observed and not freed yet */
	BY_LIFETIME,  /* mean lifetime of blocks, those that are live cut off */
	BY_SIZE,      /* bytes, with the sizes that they come in */
	BY_TEMPORARY, /* calls whose block is freed within TEMPORARY_NS */
	BY_GROWTH,    /* live bytes gained over the span */
	BY_PEAK,      /* bytes live when most of the process's heap was */
	BY_THREAD,    /* bytes, and a table of threads */
	BY_ESCAPE,    /* bytes per second of Go's lines, with their causes */
	REPORT_BYS,
};

struct report_options {
	enum report_by by;
	size_t limit;			     /* sites per process and family; 0: all */
	bool verbose;			     /* text: stacks below each site */
	unsigned int width;		     /* text: columns, at least 60 */
	bool color;			     /* text */
	uint32_t pid;			     /* JSON: this process alone; 0: all */
	const struct escape_log *escape_log; /* what the compiler says of sites; NULL: not known */
};

#define REPORT_LIMIT 20

/* "rate", "bytes", "live", ... -> enum report_by; 0, or -EINVAL. */
int report__parse_by(const char *s, enum report_by *ret_by);

/* Width and colour that suit @file: the terminal's width (else 100), colour only on a terminal and
 * that can show it, without NO_COLOR. */
void report_options__fit(struct report_options *options, FILE *file);

/* Mean lifetime of the blocks of @site, seconds, those that are live cut off at their age; NAN
 * unknown. */
double report__life_s(const struct view_site *site);
/* The figure of @site that @by means. */
const struct figure *report__figure(const struct view_site *site, enum report_by by);

/* Sites are listed by family: their figures are shares of different things. */
enum report_family { FAMILY_MALLOC, FAMILY_RUNTIME, FAMILY_PAGES, REPORT_FAMILIES };

/* Sites of one family of @process by @by, heaviest first, sites whose figure is unknown left out:
 * *ret_cnt indices in *ret_order (free it). 0 or -ENOMEM. */
int report__order(const struct view_process *process, enum report_family family, enum report_by by,
		  size_t **ret_order, size_t *ret_cnt);

/* Whether mmap and its like have this figure; the others are of heap blocks alone. */
static inline bool report__has_pages(enum report_by by)
{
	return by <= BY_LIVE || by == BY_SIZE;
}

/* What a byte of a stack's samples stands for in the figure that @by means of its @site, so that the
 * stacks of a site add up to it. */
double report__stack_scale(const struct view_process *process, const struct view_site *site,
			   enum report_by by);
/* That figure of @stack. */
double report__stack_value(const struct view_stack *stack, enum report_by by, double scale);

#define FUNC_NAMES 12
/* Name of an observed function (enum hb_func): "malloc"; "?" if there is none. */
const char *report__func_name(uint16_t func);
/* "rest", "look", "exact", "full". */
const char *report__mode_name(enum plan_mode mode);

#endif
