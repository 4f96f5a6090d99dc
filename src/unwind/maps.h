/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The executable file mappings of a process, from /proc/PID/maps, and marks by which a later look
 * tells whether it is still the same process image. Bounded: a target may have any number of
 * mappings.
 *
 * Called by image.c.
 */
#ifndef HB_MAPS_H
#define HB_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define MAPS_MAX 512 /* executable file mappings kept */

struct mapping {
	uint64_t start, end;
	uint64_t offset;
	char *path; /* as in the text: newlines escaped, perhaps " (deleted)" behind */
};

/* Zero-initialise to begin with. */
struct maps {
	struct mapping *items; /* by address */
	size_t cnt, cap;
	uint64_t vdso; /* its address, which is random per exec; 0 none */
	uint64_t hash; /* of the list */
};

/* 0, or -errno; -ESRCH also for a process that has ended (its maps are empty). */
int maps__read(struct maps *maps, pid_t pid);
/* As above, from @text. */
int maps__parse(struct maps *maps, FILE *text);
void maps__release(struct maps *maps);

/* /proc/PID/stat field 22, or 0 if it cannot be read. */
uint64_t maps__start_ticks(pid_t pid);

#endif
