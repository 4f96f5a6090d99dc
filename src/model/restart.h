/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new span: what a process has done so far no longer counts, what is live stays. Called by model.c;
 * each part keeps the names and stacks that it knows.
 */
#ifndef HB_MODEL_RESTART_H
#define HB_MODEL_RESTART_H

#include "model/process.h"

/* 0 or -ENOMEM (in part). */
int process__restart(struct process *process, struct store *store, uint64_t now_ns);

#endif
