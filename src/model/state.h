/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of struct model: for model.c, which changes it, and snapshot.c, which reads it. */
#ifndef HB_MODEL_STATE_H
#define HB_MODEL_STATE_H

#include "base/table.h"
#include "model/model.h"
#include "model/process.h"

struct module_list {
	struct view_module *items; /* paths owned */
	size_t cnt, cap;
};

struct process_list {
	struct process **items; /* in the order of their first sight */
	size_t cnt, cap;
};

struct model {
	struct store store;
	size_t processes_max, modules_max;
	uint64_t samples; /* ever */
	size_t sheddable; /* processes that have ended and still hold stacks, blocks or chains */
	struct process_list processes;
	struct table by_image; /* -> struct process * */
	struct module_list modules;
	struct table by_module; /* -> index */
	char *host, *kernel, *version;
	uint64_t boottime_ns, wall_ns;
	uint64_t first_ns, last_ns; /* of all records */
	bool ended;
	uint64_t dropped_processes, dropped_modules;
};

#endif
