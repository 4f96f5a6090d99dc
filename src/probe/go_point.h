/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe of one function of a live Go program: where it goes, and whether what runs there is what
 * was decoded. Called by go_watch.c and go_look.c.
 */
#ifndef HB_PROBE_GO_POINT_H
#define HB_PROBE_GO_POINT_H

#include <stdint.h>
#include <sys/types.h>

#include "target/go_place.h"
#include "target/go_program.h"

/* The process whose code is probed. */
struct go_point_source {
	pid_t pid;
	int fd; /* of its executable */
	uint64_t bias;
	struct go_program *program;
};

/* Into @ret_place, and the probe's file offset into @ret_offset where it is usable. 0, also if it is
 * not, or -ENOMEM. */
int go_point__find(const struct go_point_source *source, const struct go_function *function,
		   struct go_place *ret_place, uint64_t *ret_offset);
/* As above, by name. */
int go_point__find_name(const struct go_point_source *source, const char *name,
			struct go_place *ret_place, uint64_t *ret_offset);

#endif
