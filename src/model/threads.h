/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads of one process image and what each of them has allocated: sums of its samples, and what
 * became of the blocks. Called by process.c and tracking.c where a report has asked for it; read by
 * snapshot.c. Beyond THREADS_MAX threads go without a row and are counted.
 */
#ifndef HB_THREADS_H
#define HB_THREADS_H

#include "base/table.h"
#include "model/stacks.h"

#define THREADS_MAX 1024
#define THREAD_NONE UINT16_MAX

struct thread_row {
	uint32_t tid;
	char *comm;		  /* NULL unknown; owned */
	struct sample_sums *sums; /* SIZE_CLASSES, of heap calls; NULL: none yet */
	struct live_sums live;	  /* blocks born in it */
	double freed, elsewhere; /* weights of those whose end was seen; of these, in another one */
	uint64_t freed_n;
};

struct threads {
	struct thread_row *items;
	size_t cnt, cap;
	struct table by_tid;
	uint64_t dropped; /* calls of threads without a row */
};

void threads__free(struct threads *threads);
/* The index of @tid, made if need be; THREAD_NONE if there is no room. */
uint16_t threads__index(struct threads *threads, uint32_t tid);
/* Name it. 0 or -ENOMEM. */
int threads__name(struct threads *threads, uint32_t tid, const char *comm);
/* Count a heap call of @tid. Its index, or THREAD_NONE where it could not be counted. */
uint16_t threads__count(struct threads *threads, uint32_t tid, uint32_t size_class,
			double size_bytes, double probability);
/* The figures of a span begin anew; names and live blocks stay. */
void threads__restart(struct threads *threads);
/* Forget the live blocks: the window is over. */
void threads__drop_live(struct threads *threads);
size_t threads__bytes(const struct threads *threads);

/* Rows of @to, heaviest bytes first, with estimates from the exact classes of @to. 0 or -ENOMEM. */
int threads__fill(struct view *view, struct view_process *to, const struct threads *threads);

#endif
