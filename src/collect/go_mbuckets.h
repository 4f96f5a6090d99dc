/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap profile that a Go runtime keeps of itself (runtime.mbuckets): a list that only grows, at
 * its head. A bucket's stack never changes and is read once; a reading reads only the counts.
 *
 * bucket {next, allnext, typ, hash, size, nstk}, stk[nstk], then {allocs, frees...} four times: what
 * is published, and three cycles that are not yet. Stacks hold a return address for each function
 * of the source, also of those that are inlined: at each only the innermost name is meant, but at
 * the last one, where a stack that was cut may end within inlined calls.
 */
#ifndef HB_COLLECT_GO_MBUCKETS_H
#define HB_COLLECT_GO_MBUCKETS_H

#include "collect/go_process.h"
#include "collect/go_reading.h"

#define GO_NEW_BUCKETS_MAX 4096 /* in one reading; the rest follows in the next ones */

struct go_mbuckets;

/* NULL if out of memory. */
struct go_mbuckets *go_mbuckets__new(const struct go_process *process);
void go_mbuckets__free(struct go_mbuckets *buckets);

/* Is there such a list? 0 (also an empty one), -EINVAL, -ESRCH. */
int go_mbuckets__check(struct go_mbuckets *buckets);
/* Are there more buckets than are followed? */
bool go_mbuckets__is_full(const struct go_mbuckets *buckets);

/* New buckets and changed counts into @reading; what contradicts itself is left out. 0, -EINVAL (the
 * list cannot be read), -ESRCH, -ENOMEM. */
int go_mbuckets__read(struct go_mbuckets *buckets, struct go_reading *reading);

#endif
