/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of the last document, and what is remembered of each since top was started: its
 * first known figures (the change since then), and its last sums (the rate of now, of those that
 * are seen without a gap: the document's own is a mean since the attach). Pure.
 */
#ifndef HB_TOP_FLEET_H
#define HB_TOP_FLEET_H

#include "base/table.h"
#include "top/top_process.h"

#define TOP_PROCESSES_MAX 65536

struct top_fleet {
	json_t *document; /* owner of the strings below */
	struct top_process *items;
	size_t cnt, attached;
	struct table memories; /* hash of the id -> struct memory */
	uint64_t round;	       /* documents taken */
};

void top_fleet__release(struct top_fleet *fleet);
/* Take @document over. 0; -EBADMSG (not a document of processes) or -ENOMEM with @fleet unchanged
 * and @document freed. */
int top_fleet__take(struct top_fleet *fleet, json_t *document);
/* What @value of @process was when it was first known, NAN if it never was; true in *ret_new if the
 * process was not there when top was started. */
double top_fleet__then(const struct top_fleet *fleet, const struct top_process *process,
		       enum top_value value, bool *ret_new);
const struct top_process *top_fleet__find(const struct top_fleet *fleet, uint32_t pid);

#endif
