/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles in pprof's format: a gzip body that `go tool pprof`, Parca, Pyroscope and speedscope
 * read. Called by cmd/ and by the HTTP server, from any thread; pure but for the names it asks for.
 *
 * Sample types, always these four in this order: alloc_objects/count, alloc_space/bytes,
 * inuse_objects/count, inuse_space/bytes. See pprof_rows.h for what the values are. Labels: pid
 * (number) and comm (string). At most PPROF_STACKS_MAX stacks and PPROF_BYTES_MAX unpacked; what is
 * beyond is in the frame "(other)" of its process. Without any stack it is a valid empty profile.
 */
#ifndef HB_PPROF_H
#define HB_PPROF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "export/pprof_floor.h"
#include "model/view.h"
#include "symbol/name_source.h"

#define PPROF_STACKS_MAX 16000
#define PPROF_BYTES_MAX	 (4U << 20)

enum pprof_kind {
	PPROF_ALLOCS, /* shown first: alloc_space */
	PPROF_HEAP,   /* shown first: inuse_space */
};

/* Whose stacks: a view with sites (fold__sites) and its names. */
struct pprof_source {
	const struct view *view;
	const struct name_source *names;
	const struct view_process *const *processes; /* of @view; NULL: all of them */
	size_t process_cnt;			     /* of @processes */
};

struct pprof_options {
	enum pprof_kind kind;
	uint64_t time_ns;     /* wall clock now */
	uint64_t duration_ns; /* of a delta; 0: cumulative */
	size_t max_stacks;    /* 0: PPROF_STACKS_MAX, which is also the most */
	size_t max_bytes;     /* unpacked; 0: PPROF_BYTES_MAX, which is also the most */
};

/* The cumulative profile of @source; @floor may be NULL. 0, -EIO or -ENOMEM; @floor is advanced only
 * if the profile could be made. */
int pprof__write(FILE *file, const struct pprof_source *source, const struct pprof_options *options,
		 struct pprof_floor *floor);

/*
 * What has come between two views of the same session: alloc_* of @after less those of @before, never
 * negative; inuse_* of @after. A process that is not in @before is new: all it did counts.
 * @options->duration_ns is the time between them. 0, -EIO or -ENOMEM.
 */
int pprof__write_delta(FILE *file, const struct pprof_source *before,
		       const struct pprof_source *after, const struct pprof_options *options);

/* Bytes and calls of the heap family that @process is estimated to have allocated since its image
 * was first seen; 0 where nothing is known. */
double pprof__alloc_space(const struct view_process *process);
double pprof__alloc_objects(const struct view_process *process);

#endif
