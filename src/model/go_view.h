/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is published of the runtime of a Go program: struct go -> struct view_go, the stacks of its
 * sites, and the figures of the process where no other heap is observed. Called by snapshot.c alone.
 */
#ifndef HB_MODEL_GO_VIEW_H
#define HB_MODEL_GO_VIEW_H

#include "model/process.h"

/* State and totals: a few microseconds. After process_figures__fill(). 0 or -ENOMEM. */
int go_view__light(struct view *view, struct view_process *to, const struct process *process);

/* The heap of Go in a program that has another one beside it (cgo), as if it were all of the process:
 * in *ret, which borrows from @from. False where there is none, or nothing of it is known. */
bool go_view__heap(const struct view_process *from, struct view_process *ret);

/* Trends, classes, cycles, goroutines, points; after process_figures__analyse(). 0 or -ENOMEM. */
int go_view__full(struct view *view, struct view_process *to, const struct process *process);

/* Stacks of its sites, behind the @to->stack_cnt that are there; go->stacks.cnt more have room. 0 or
 * -ENOMEM. */
int go_view__stacks(struct view *view, struct view_process *to, const struct process *process);
/* The places of its goroutines, the heaviest first. 0 or -ENOMEM. */
int go_view__goroutines(struct view *view, struct view_go *to, const struct go_places *goroutines);

#endif
