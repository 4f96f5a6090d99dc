/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two views and the advice on them -> what has changed. Programs are matched by the name of their
 * executable, all processes of one name together; their sites by names that outlive a rebuild; their
 * advice by id. All quantities are per CPU second of the program, or per operation where the caller
 * knows how many there were. Pure; called by cmd/diff.c, printed by export/diff_*.
 *
 * Everything borrows from the views and lists, which must outlive the comparison.
 */
#ifndef HB_COMPARE_H
#define HB_COMPARE_H

#include "advice/advice.h"
#include "compare/movement.h"
#include "compare/site_key.h"
#include "model/view.h"

enum compare_side { BEFORE, AFTER, COMPARE_SIDES };

struct compare_site {
	uint64_t key, place;
	enum compare_family family;
	const struct view_site *sites[COMPARE_SIDES]; /* the heaviest with this key; or NULL */
	struct movement bytes, calls;
};

/* Advice that both captures, or one of them, draw. */
enum advice_outcome {
	OUTCOME_NEW,
	OUTCOME_OPEN,
	OUTCOME_UNKNOWN, /* not drawn after, but its rule lacked data there */
	OUTCOME_RESOLVED,
	OUTCOMES,
};

enum prediction_fit {
	FIT_UNKNOWN, /* nothing measured to hold against it: why */
	FIT_INSIDE,  /* of the predicted interval */
	FIT_NEAR,    /* outside, by less than the measurement's own 95 % interval */
	FIT_OUTSIDE,
	FITS,
};

#define COMPARE_PREDICTIONS 8

/* What was to be saved and what was: in the unit of the advice, at the pace of the first capture. */
struct compare_prediction {
	const char *key;
	enum advice_unit unit;
	struct figure predicted, measured;
	enum prediction_fit fit;
	const char *why; /* static; of FIT_UNKNOWN */
};

struct compare_advice {
	const struct advice *sides[COMPARE_SIDES]; /* the heaviest of this id; at least one */
	enum advice_outcome outcome;
	/* of the side that does not draw it: why its rule could not speak there, or NULL */
	const struct advice_note *lack;
	struct compare_prediction predictions[COMPARE_PREDICTIONS];
	size_t prediction_cnt;
};

/* All processes of one executable in one capture. */
struct compare_part {
	const struct view_process **processes; /* most CPU first */
	size_t process_cnt;
	double span_s;			  /* of the longest */
	double cpu_s;			  /* of all, without what observing was charged */
	double units;			  /* CPU seconds, or operations; 0: unknown */
	const struct view_module *module; /* of the executable; NULL unknown */
};

struct compare_program {
	const char *name; /* of the executable, without its path */
	struct compare_part parts[COMPARE_SIDES];
	struct compare_family_totals {
		bool known;
		struct movement bytes, calls;
	} totals[COMPARE_FAMILIES];
	struct compare_site *sites; /* the largest change of bytes first */
	size_t site_cnt, moved_cnt, test_cnt;
	struct compare_advice
		*advice; /* by outcome: new, open, unknown, resolved; severest first */
	size_t advice_cnt;
};

struct comparison {
	const struct advice_list *lists[COMPARE_SIDES];
	double ops[COMPARE_SIDES];	  /* 0: by CPU */
	struct compare_program *programs; /* most CPU first */
	size_t program_cnt;
	const char **alone[COMPARE_SIDES]; /* executables that the other capture lacks */
	size_t alone_cnt[COMPARE_SIDES];
};

struct compare_options {
	double ops[COMPARE_SIDES]; /* operations in each capture; 0: per CPU second */
};

/* Compare the views of @before and @after. NULL with errno: ENOMEM. */
struct comparison *comparison__new(const struct advice_list *before,
				   const struct advice_list *after,
				   const struct compare_options *options);
/* NULL is fine. */
void comparison__free(struct comparison *comparison);

/* Seconds that rates of @process are carried over: those that were seen where that is nearly all of its
 * span, so that what was counted comes out as counted, else its span. */
double compare__seconds(const struct view_process *process);

/* Whether advice of @least or severer is new and not muted. */
bool comparison__reaches(const struct comparison *comparison, enum severity least);
/* The advice with @id, and in *ret_program its program; or NULL. */
const struct compare_advice *comparison__find(const struct comparison *comparison, const char *id,
					      const struct compare_program **ret_program);

const char *advice_outcome__name(enum advice_outcome outcome);
const char *prediction_fit__name(enum prediction_fit fit);
/* "malloc", "go", "pages". */
const char *compare_family__name(enum compare_family family);

#endif
