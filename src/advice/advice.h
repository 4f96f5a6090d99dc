/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * View -> recommendations. One table of rules (advice/rule.h), each with a pure check that fills
 * numbers; the sentences stand in the row and are expanded by export/. Called by cmd/ once a view is
 * folded. Nothing is advised on a ratio alone, and "not enough data" is an answer of its own.
 */
#ifndef HB_ADVICE_H
#define HB_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/view.h"

#define ADVICE_NUMBERS_MAX 24
#define ADVICE_ID_BYTES	   16

enum advice_unit {
	UNIT_COUNT,
	UNIT_PER_S,
	UNIT_BYTES,
	UNIT_BYTES_PER_S,
	UNIT_BYTES_PER_HOUR,
	UNIT_RATIO, /* shown in per cent */
	UNIT_SECONDS,
	UNIT_MAX,
};

enum advice_role {
	ROLE_EVIDENCE,	 /* measured */
	ROLE_PREDICTION, /* what the change is expected to save, with its interval */
	ROLE_COST,	 /* what the change is expected to cost */
};

enum severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH };

/* New until it has stood for a while; regressed: it was resolved. See history.h. */
enum advice_state {
	ADVICE_NEW,
	ADVICE_OPEN,
	ADVICE_REGRESSED,
	ADVICE_RESOLVED,
	ADVICE_MUTED, /* by configuration: it is found, and does not count */
	ADVICE_STATES,
};

struct advice_number {
	const char *key; /* static */
	enum advice_unit unit;
	enum advice_role role;
	struct figure figure;
};

struct rule;

/* One recommendation. Rule, process and site are borrowed: the view must outlive it. */
struct advice {
	char id[ADVICE_ID_BYTES]; /* "HB-7f3a91": survives restarts and most rebuilds */
	const struct rule *rule;
	const struct view_process *process;
	const struct view_site *site; /* NULL: of the process as a whole, and no site to name */
	const struct view_go_site
		*place; /* of goroutines: the site is their go statement; or NULL */
	enum severity severity;
	enum advice_state state;
	double weight;	    /* orders advice of one severity: heavier first */
	size_t more_sites;  /* further calls of the same function from the same caller */
	const char *sketch; /* that fits better than the rule's; or NULL */
	/* What tells it from advice of the same rule in the same function, in the id: where a check
	 * sums several uses. NULL: caller and type do. */
	const char *apart;
	struct advice_number numbers[ADVICE_NUMBERS_MAX];
	size_t number_cnt;
	uint64_t since_ns; /* CLOCK_BOOTTIME when it was first found, or came back; 0: not kept */
};

/* Why advice counts as resolved. */
enum resolution {
	RESOLVED_BY_CHANGE,  /* not found after a build or a setting had changed */
	RESOLVED_BY_SILENCE, /* not found any more for ten minutes */
	RESOLUTIONS,
};

/* Advice that no longer holds, by copies (cut where they are long). */
struct advice_resolved {
	char id[ADVICE_ID_BYTES];
	const struct rule *rule;
	enum severity severity;
	enum resolution why;
	char comm[64], exe[256], unit[256];	    /* of its owner */
	uint32_t pid;				    /* 0: of several processes */
	char function[256], caller[256], file[256]; /* "" none, or unknown */
	uint32_t line;
	uint64_t since_ns, resolved_ns; /* CLOCK_BOOTTIME */
};

/* Why a rule could not speak of a process. */
enum lack {
	LACK_NONE,
	LACK_FREES,   /* not every free was seen */
	LACK_SPAN,    /* seconds observed: have, need */
	LACK_POINTS,  /* points of the series: have, need */
	LACK_SAMPLES, /* samples: have, need */
	LACK_PROFILE, /* the Go program keeps no heap profile */
	LACK_LOOKS,   /* what samples show has two meanings: a look at the calls is needed */
	LACK_MAX,
};

struct advice_note {
	const struct rule *rule;
	const struct view_process *process;
	const struct view_site *site; /* NULL: the process as a whole */
	enum lack lack;
	double have, need;
};

struct advice_place;

struct advice_list {
	const struct view *view;
	struct advice *items; /* severest and heaviest first */
	size_t cnt;
	struct advice_note *notes;
	size_t note_cnt;
	struct advice_place *places; /* advice.c's own */
	struct advice_resolved
		*resolved; /* of history.h: those of the last hour, the latest first */
	size_t resolved_cnt;
	uint64_t at_ns; /* CLOCK_BOOTTIME of the evaluation; 0: states are not kept */
};

/* Every rule on every process of @view, whose sites are folded. NULL if out of memory. The list
 * borrows from the view; free it with advice_list__free (NULL is fine). */
struct advice_list *advice__evaluate(const struct view *view);
void advice_list__free(struct advice_list *list);

/* The figure named @key, or NULL. */
const struct advice_number *advice__number(const struct advice *advice, const char *key);

const char *severity__name(enum severity severity);
/* "low", "medium" or "high". 0 or -EINVAL. */
int severity__parse(const char *name, enum severity *ret_severity);
/* Whether @list holds advice of @least or severer that is not muted. */
bool advice_list__reaches(const struct advice_list *list, enum severity least);
const char *advice_state__name(enum advice_state state);
/* "changed", "silent". */
const char *resolution__name(enum resolution why);

#endif
