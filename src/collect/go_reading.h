/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime of a live Go process knows, read from its memory without stopping it: the border
 * between the reader (go_reader.h), which is asked in a thread of its own, and the stream. Addresses
 * come from decoding the program's own code; reads are not atomic, so every walk is bounded and what
 * contradicts itself is left out. Nothing is ever written.
 *
 * Rows are laid out as the records of collect/record.h hold them; frames carry link-time addresses
 * and module 1, which whoever puts them into a stream replaces by the program's number there.
 */
#ifndef HB_COLLECT_GO_READING_H
#define HB_COLLECT_GO_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "collect/record.h"

#define GO_BUCKETS_MAX	  65536
#define GO_GOROUTINES_MAX (1U << 20) /* walked */
#define GO_CREATED_MAX	  1024	     /* creation sites told apart */
#define GO_CYCLES_MAX	  256	     /* the runtime's own ring */

struct go_bucket {
	uint32_t number; /* from 1, in the order of first sight */
	uint32_t frame_cnt;
	uint64_t size_bytes;
	struct frame *frames;
};

/* One reading. Parts that were not asked for, or could not be read this time, are not in @parts. */
struct go_reading {
	uint64_t time_ns; /* CLOCK_BOOTTIME */
	uint32_t parts;	  /* enum go_part of what follows */
	uint64_t profile_rate_bytes;
	struct record_go_state state; /* head and image unset */
	struct go_class_row *classes;
	size_t class_cnt;
	struct go_bucket *buckets; /* new ones only */
	size_t bucket_cnt;
	struct go_count_row *counts; /* changed ones only */
	size_t count_cnt;
	struct go_goroutine_row *goroutines; /* the heaviest first */
	size_t goroutine_cnt;
	uint64_t goroutine_total, goroutine_dropped;
	struct record_go_cycle *cycles; /* new ones only, oldest first; head and image unset */
	size_t cycle_cnt;
	uint64_t read_bytes, read_calls; /* what it took */
	uint64_t cpu_ns;		 /* of the reading thread */
};

void go_reading__free(struct go_reading *reading);

/* A live process whose runtime can be read. One thread at a time. */
struct go_reader;
struct go_program;

/*
 * Find out what can be read of process @pid whose executable is @fd (duplicated) and check each part
 * on live data. NULL with @error filled if nothing can be. A part whose check fails is left out and
 * named in go_reader__coverage().
 */
struct go_reader *go_reader__open(pid_t pid, int fd, struct error *error);
void go_reader__free(struct go_reader *reader);

const char *go_reader__version(const struct go_reader *reader);
/* "; "-separated: what cannot be read and why; "" if everything can. */
const char *go_reader__coverage(const struct go_reader *reader);
uint32_t go_reader__parts(const struct go_reader *reader);	    /* enum go_part */
const uint8_t *go_reader__build_id(const struct go_reader *reader); /* GO_BUILD_ID_BYTES */
/* Its executable, owned by the reader. */
struct go_program *go_reader__program(struct go_reader *reader);
/* What live addresses of the executable exceed link-time ones by. */
uint64_t go_reader__bias(const struct go_reader *reader);

/* Read @parts now. 0 with *ret_reading set (free it), or -ESRCH (the process is gone), -ENOMEM. */
int go_reader__read(struct go_reader *reader, uint32_t parts, struct go_reading **ret_reading);

#endif
