/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A way of seeing the calls of one process for a while: open, close, and what it has cost so far.
 * Uprobe windows are the first row; hardware-breakpoint windows will be the next. The governor
 * knows mechanisms only through this.
 */
#ifndef HB_MECHANISM_H
#define HB_MECHANISM_H

#include <stdint.h>

#include "base/error.h"

struct watch;

struct mechanism {
	const char *name;
	/* Start to see hits (the gate stays shut). 0 or -errno with @error filled. */
	int (*open)(struct watch *watch, struct error *error);
	/* Stop. Hits may still come by until it returns; they are cost, not figures. */
	void (*close)(struct watch *watch);
	/* CPU charged to the process since the watch began, in ns. */
	uint64_t (*cost_ns)(const struct watch *watch);
};

extern const struct mechanism mechanism_uprobe;

#endif
