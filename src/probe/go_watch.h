/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The standing probes of one Go process: its runtime's own samples, spans and large objects where it
 * samples nothing, and its GC cycles. Entries only, on instructions that the kernel emulates. To link
 * and to unlink walks every process that maps the file: attach once and stay.
 *
 *	go_watch__find(&watch, pid, fd, bias, program, &error);
 *	go_watch__init(&watch, object, slot, image, costs, &error);
 *	go_watch__attach(&watch, GO_WATCH_SAMPLES | GO_WATCH_CYCLES, &error);  (rate 0: REFILLS)
 *	drain handlers go_sample, go_cycle (events carry slot and image)
 *		-> go_sample__build(), go_sample__build_cycle() -> records
 *	go_watch__charged_ns(&watch) beside watch__charged_ns(); go_watch__coverage() into hides
 *	go_watch__release(&watch);
 *
 * Refused targets (translated, zombie) must not come here. Called by observe/; one thread.
 */
#ifndef HB_PROBE_GO_WATCH_H
#define HB_PROBE_GO_WATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "bpf/abi.h"
#include "probe/cost.h"
#include "target/go_place.h"
#include "target/go_program.h"

struct link_set;

enum go_watch_part {
	GO_WATCH_SAMPLES = 1, /* profilealloc: GO_PART_SAMPLES */
	GO_WATCH_REFILLS = 2, /* refill and allocLarge: GO_PART_REFILLS */
	GO_WATCH_CYCLES = 4,
};

#define GO_WATCH_PARTS	       3
#define GO_WATCH_SAMPLES_PER_S 1000 /* of each probe: about 0.4 % of a core; beyond, one in N */

struct go_watch {
	struct object *object;
	size_t slot;
	pid_t pid;
	int fd; /* of the executable, ours */
	unsigned minor;
	const struct cost_table *costs;
	struct go_place places[HB_GO_PROBE_MAX];
	uint64_t offsets[HB_GO_PROBE_MAX];	/* file offsets of the probes */
	struct link_set *links[GO_WATCH_PARTS]; /* NULL: not attached */
	uint32_t linked[GO_WATCH_PARTS];	/* probes of each */
};

/* Find the places of all probes in process @pid. @fd is duplicated, @program is read now and not kept.
 * May take tens of ms, and runs in any thread. 0 - also if no probe is usable - or -errno with @error
 * filled. */
int go_watch__find(struct go_watch *watch, pid_t pid, int fd, uint64_t bias,
		   struct go_program *program, struct error *error);
/* Fill the config of @slot for process image @image and zero its counters. 0, or -errno with @error
 * filled: the process is gone. On failure the watch stays as it was found. */
int go_watch__init(struct go_watch *watch, struct object *object, size_t slot, uint32_t image,
		   const struct cost_table *costs, struct error *error);
/* Unlink all and close the file. A zeroed watch, or one that was only found, is fine. */
void go_watch__release(struct go_watch *watch);

/* Link @parts (enum go_watch_part) that are not linked yet. 0, or -errno with @error filled: a part
 * that cannot be linked (-ENOTSUP: not usable); those linked before it stay. */
int go_watch__attach(struct go_watch *watch, uint32_t parts, struct error *error);
/* Unlink @parts. Hits may come by until it returns. */
void go_watch__detach(struct go_watch *watch, uint32_t parts);

/* Parts that stand / that can: all probes of a part, or none. */
uint32_t go_watch__attached(const struct go_watch *watch);
uint32_t go_watch__usable(const struct go_watch *watch);
/* Probes that stand / that have no place although this version has the function. */
size_t go_watch__linked_cnt(const struct go_watch *watch);
size_t go_watch__unusable_cnt(const struct go_watch *watch);
/* "; "-separated: functions that cannot be probed and why, into @text; "" if all can. */
char *go_watch__coverage(const struct go_watch *watch, char *text, size_t bytes);

/* Bound each sampled probe's samples; 0: every hit is one. Weights travel in the events. */
void go_watch__set_bound(struct go_watch *watch, uint64_t samples_per_s);
/* The slot's counters now; exact at quiescence. */
void go_watch__read(const struct go_watch *watch, struct hb_go_counters *ret);
/* CPU charged to the process since the init, ns. */
uint64_t go_watch__charged_ns(const struct go_watch *watch);

#endif
