/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of rules. Adding one touches a row, a check, its tests and a line of the README.
 *
 * Sentences are templates: {key} is the number of that name with its standard error, {key=} its value
 * alone, {key~} its 95 % interval, {key#} a whole number without unit; {function}, {caller}, {place},
 * {entry} is what goroutines run; of a Go use {via} is the library's function that allocated, {type}
 * and {elem} what (of a slice: the slice, an element), {callee} who takes what is boxed, {through} the
 * decoder; {comm}, {pid} and {id} are the site's, the process's and the advice's own. Text between
 * {?key} and {/} is left out where the number, or that word, is unknown.
 */
#ifndef HB_RULE_H
#define HB_RULE_H

#include "advice/advice.h"

enum verdict { VERDICT_SILENT, VERDICT_SPEAK, VERDICT_LACKS, VERDICT_NO_MEMORY };

/* A ratio and an absolute floor must both be exceeded, for a hold time, with enough evidence. 0: the
 * rule does not ask. */
struct thresholds {
	double hold_s;
	double share;	    /* ratio floor; the rule says of what */
	double bytes_per_s; /* absolute floor: this or the next */
	double calls_per_s;
	double bytes; /* absolute floor */
	uint64_t samples;
	size_t points;
	double spread;	     /* p95 / p50 at most */
	double life_s, left; /* of the blocks, a share of @left at most outlives @life_s */
	double growing;	     /* least share of blocks that grow */
	double medium, high; /* severities, of the rule's own measure */
};

enum rule_scope {
	SCOPE_SITE,    /* checked on each heap site, heaviest first */
	SCOPE_PROCESS, /* checked once, with site NULL; the check may set advice->site as a witness */
	/* of Go programs, by what has been read of them; no window is needed */
	SCOPE_GO_SITE,	   /* each site of Go's heap */
	SCOPE_GO_PROCESS,  /* as SCOPE_PROCESS */
	SCOPE_GO_USE,	   /* each place where the program's own code makes Go allocate: uses */
	SCOPE_GO_ROUTINES, /* each place that creates goroutines: advice->place */
};

struct rule {
	const char *id, *title;
	enum rule_scope scope;
	bool needs_frees; /* every free must be seen */
	struct thresholds floor;
	const char *what, *why, *remedy, *sketch, *saves, *costs, *wrong_if, *verify;
	/* Pure; fills numbers, severity and weight of @advice, or @note's lack, have and need. */
	enum verdict (*check)(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct advice *advice,
			      struct advice_note *note);
	/* For who reads the table. What the floors count, where it is not what rule_words.h takes;
	 * what severity goes by; why the floors are what they are. */
	const char *share_of, *call_word, *sample_word, *measure, *reason;
};

/* The table, and its rows: rows_*.c. */
extern const struct rule *const rules[];
extern const size_t rule_cnt;
extern const struct rule rule_prealloc;
extern const struct rule rule_leak;
extern const struct rule rule_pool;
extern const struct rule rule_mmap_churn;
extern const struct rule rule_go_goroutine_leak;
extern const struct rule rule_go_heap_leak;
extern const struct rule rule_go_gogc;
extern const struct rule rule_go_pool;
extern const struct rule rule_go_prealloc;
extern const struct rule rule_go_map_hint;
extern const struct rule rule_go_string_builder;
extern const struct rule rule_go_bytes_string;
extern const struct rule rule_go_boxing;
extern const struct rule rule_go_typed_decode;
extern const struct rule rule_go_value_slice;
extern const struct rule rule_go_escape;
extern const struct rule rule_go_memlimit;

/* The rule named @id, or NULL. */
const struct rule *rule__find(const char *id);
/* Where @rule, a row of it, stands in the table. */
size_t rule__index(const struct rule *rule);

/* Has what @rule is about been observed of @process? If not, it says nothing of it at all. */
bool rule__observes(const struct rule *rule, const struct view_process *process);

/* For checks: one more number. Beyond ADVICE_NUMBERS_MAX it is an error of the rule (asserted). */
void advice__set(struct advice *advice, const char *key, enum advice_unit unit,
		 enum advice_role role, struct figure figure);
/* Severity by the rule's own thresholds for @measure. */
enum severity rule__severity(const struct rule *rule, double measure);

enum verdict prealloc__check(const struct rule *rule, const struct view_process *process,
			     const struct view_site *site, struct advice *advice,
			     struct advice_note *note);
enum verdict leak__check(const struct rule *rule, const struct view_process *process,
			 const struct view_site *site, struct advice *advice,
			 struct advice_note *note);
enum verdict pool__check(const struct rule *rule, const struct view_process *process,
			 const struct view_site *site, struct advice *advice,
			 struct advice_note *note);
enum verdict mmap_churn__check(const struct rule *rule, const struct view_process *process,
			       const struct view_site *site, struct advice *advice,
			       struct advice_note *note);

enum verdict go_goroutine_leak__check(const struct rule *rule, const struct view_process *process,
				      const struct view_site *site, struct advice *advice,
				      struct advice_note *note);
enum verdict go_heap_leak__check(const struct rule *rule, const struct view_process *process,
				 const struct view_site *site, struct advice *advice,
				 struct advice_note *note);
enum verdict go_gogc__check(const struct rule *rule, const struct view_process *process,
			    const struct view_site *site, struct advice *advice,
			    struct advice_note *note);

enum verdict go_pool__check(const struct rule *rule, const struct view_process *process,
			    const struct view_site *site, struct advice *advice,
			    struct advice_note *note);
enum verdict go_prealloc__check(const struct rule *rule, const struct view_process *process,
				const struct view_site *site, struct advice *advice,
				struct advice_note *note);
enum verdict go_map_hint__check(const struct rule *rule, const struct view_process *process,
				const struct view_site *site, struct advice *advice,
				struct advice_note *note);
enum verdict go_string_builder__check(const struct rule *rule, const struct view_process *process,
				      const struct view_site *site, struct advice *advice,
				      struct advice_note *note);
enum verdict go_bytes_string__check(const struct rule *rule, const struct view_process *process,
				    const struct view_site *site, struct advice *advice,
				    struct advice_note *note);
enum verdict go_boxing__check(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct advice *advice,
			      struct advice_note *note);
enum verdict go_typed_decode__check(const struct rule *rule, const struct view_process *process,
				    const struct view_site *site, struct advice *advice,
				    struct advice_note *note);
enum verdict go_value_slice__check(const struct rule *rule, const struct view_process *process,
				   const struct view_site *site, struct advice *advice,
				   struct advice_note *note);
enum verdict go_escape__check(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct advice *advice,
			      struct advice_note *note);
enum verdict go_memlimit__check(const struct rule *rule, const struct view_process *process,
				const struct view_site *site, struct advice *advice,
				struct advice_note *note);

#endif
