/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How advice has stood over the evaluations of a daemon, by id and owner (a group of like processes, so
 * that a restart does not begin anew):
 *
 *	new		found; not yet in two evaluations a minute apart
 *	open		it has stood for that long
 *	resolved	its rule could speak and was silent: in the first evaluation after a build or a
 *			setting has changed and nothing of the old is left, or for ten minutes
 *	regressed	it was resolved, and is found again
 *
 * A rule that lacks data has not spoken: nothing is resolved by silence of that kind, nor by the end of
 * a process. What is muted keeps its state behind ADVICE_MUTED. Bounded: HISTORY_MAX pairs; the longest
 * resolved, then the longest unseen make room. Pure but for memory; called by daemon/ once per
 * evaluation.
 */
#ifndef HB_HISTORY_H
#define HB_HISTORY_H

#include "advice/advice.h"

#define HISTORY_MAX	  1024
#define HISTORY_OPEN_NS	  (60ULL * 1000000000)
#define HISTORY_SILENT_NS (600ULL * 1000000000)
#define HISTORY_LISTED_NS (3600ULL * 1000000000) /* resolved ones, and those without a process */
/* Of a process of a new build: before, silence may be that of a start. */
#define HISTORY_SETTLED_S 60

/* Whom advice on a process belongs to. Strings are copied. */
struct advice_owner {
	uint64_t key; /* 0: not known, as the process has gone */
	const char *comm, *exe, *unit;
	uint32_t pid; /* 0: of several processes */
};

struct advice_history;

/* NULL with errno set. */
struct advice_history *advice_history__new(void);
/* NULL is fine. */
void advice_history__free(struct advice_history *history);

/*
 * One evaluation at @now_ns: set state and since_ns of the items of @list (those that are muted stay
 * so) and its resolved ones. @owners: one for each process of its view. 0, or -ENOMEM with the list
 * without resolved ones.
 */
int advice_history__update(struct advice_history *history, struct advice_list *list,
			   const struct advice_owner *owners, uint64_t now_ns);

/* Pairs of id and owner that are kept. */
size_t advice_history__cnt(const struct advice_history *history);

#endif
