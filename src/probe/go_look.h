/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look at the entries of one Go process's runtime at which it takes memory: every object with its
 * type, every slice and map that grows, every string that is put together. A hit costs about 1 us
 * whether it counts or not, so links are made for each look and taken off after it.
 *
 *	go_look__find(&look, pid, fd, bias, program, &error);	in any thread
 *	go_look__init(&look, object, slot, image, costs, &error);
 *	go_look__open(&look, &error); ... go_look__shut(&look); go_look__unlink_step(&look) until true
 *	rows: go_calls_map__read(); sums: go_look__read(); price: go_look__charged_ns()
 *	go_look__release(&look);
 *
 * Entries only, on instructions that the kernel emulates. Refused targets must not come here. Called
 * by observe/; one thread.
 */
#ifndef HB_PROBE_GO_LOOK_H
#define HB_PROBE_GO_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "bpf/abi.h"
#include "probe/cost.h"
#include "target/go_program.h"

#define GO_LOOK_PROBES_MAX 48

struct link_set;

struct go_look_point {
	uint64_t offset; /* of the file */
	uint8_t probe;	 /* enum hb_go_look_probe */
	bool at_check;
};

struct go_look {
	struct object *object;
	size_t slot;
	pid_t pid;
	int fd; /* of the executable, ours */
	unsigned minor;
	const struct cost_table *costs;
	struct go_look_point points[GO_LOOK_PROBES_MAX];
	size_t point_cnt;
	uint64_t malloc_from, malloc_to;
	uint64_t bounds[HB_GO_BOUNDS]; /* of the runtime's code, live */
	struct link_set *links;	       /* NULL: not linked */
	char missing[160];	       /* what cannot be seen and why; "" nothing */
};

/* Find the places of all probes in process @pid. @fd is duplicated, @program is read now and not kept.
 * May take tens of ms, and runs in any thread. 0 - also if no probe is usable - or -errno with @error
 * filled. */
int go_look__find(struct go_look *look, pid_t pid, int fd, uint64_t bias,
		  struct go_program *program, struct error *error);
/* Objects can be counted, each once. */
bool go_look__usable(const struct go_look *look);
/* Fill the slot for process image @image and zero its counters. 0, or -errno with @error filled: the
 * process is gone. */
int go_look__init(struct go_look *look, struct object *object, size_t slot, uint32_t image,
		  const struct cost_table *costs, struct error *error);
/* Unlink and close the file. A zeroed look, or one that was only found, is fine. */
void go_look__release(struct go_look *look);

/* Link all probes, then begin to count. 0, or -errno with @error filled and nothing linked. */
int go_look__open(struct go_look *look, struct error *error);
/* Count no more; hits go on costing until the links are gone. */
void go_look__shut(struct go_look *look);
/* Take one link off, the busiest first; true: none is left. Perf links take 110 ms each. */
bool go_look__unlink_step(struct go_look *look);
/* All of them. */
void go_look__unlink(struct go_look *look);
bool go_look__is_linked(const struct go_look *look);

/* The slot's counters now; exact at quiescence. */
void go_look__read(const struct go_look *look, struct hb_go_look_counters *ret);
/* CPU charged to the process since the init, ns. */
uint64_t go_look__charged_ns(const struct go_look *look);

#endif
