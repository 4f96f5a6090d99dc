/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one owner of the BPF object: loads it for a way of linking, sizes its maps, shows its counters
 * as memory. Called by probe/ (links, configs), collect/ (ring, counters) and cmd/doctor.
 */
#ifndef HB_KERNEL_OBJECT_H
#define HB_KERNEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "bpf/abi.h"

/* How probes are linked; numbers appear in captures (RECORD_PLAN). */
enum link_kind {
	LINK_BEST = 0,	  /* the best one that loads here */
	LINK_PERF = 1,	  /* one perf event per probe: 110 ms each to detach */
	LINK_MULTI = 2,	  /* one link per file and end; kernel 6.6 */
	LINK_SESSION = 3, /* one link per file, return hooked on demand; kernel 6.13 */
};

const char *link_kind__name(enum link_kind kind);
/* "perf", "multi", "session" -> kind; -EINVAL otherwise. */
int link_kind__parse(const char *name, enum link_kind *ret_kind);

struct object_options {
	enum link_kind link;
	size_t slot_cnt;     /* process slots; at least 1 */
	size_t ring_bytes;   /* power of two of pages */
	size_t live_entries; /* blocks in the live map */
	bool stacks;	     /* room for a stack in every sample */
	size_t go_calls;     /* rows of all looks at Go programs; 0: OBJECT_GO_CALLS */
};

#define OBJECT_RING_BYTES   (8U << 20)
#define OBJECT_LIVE_ENTRIES (512U << 10)
#define OBJECT_GO_CALLS	    (16U << 10)

enum object_program {
	PROGRAM_SESSION,
	PROGRAM_ENTRY,
	PROGRAM_RETURN,
	PROGRAM_EMPTY,
	PROGRAM_GO_SAMPLE, /* entries of a Go runtime; link_set__new_entries() */
	PROGRAM_GO_GC,
	PROGRAM_GO_LOOK, /* see go_calls_map.h for what it sees */
	PROGRAM_CNT,
};

struct object;

/* Load. NULL with @error filled: EXIT_REFUSED when not permitted or unsupported. */
struct object *object__new(const struct object_options *options, struct error *error);
void object__free(struct object *object);

enum link_kind object__link(const struct object *object);
size_t object__slot_cnt(const struct object *object);
size_t object__ring_bytes(const struct object *object);
/* Shared memory with the programs: stores take effect at the next hit. */
struct hb_config *object__config(struct object *object, size_t slot);
volatile struct hb_counters *object__counters(struct object *object, size_t slot);
/* Negative if this program was not wanted by the way of linking, or does not load on this kernel. */
int object__program_fd(const struct object *object, enum object_program program);
/* The same of a Go process; see struct hb_go_config. */
struct hb_go_config *object__go_config(struct object *object, size_t slot);
volatile struct hb_go_counters *object__go_counters(struct object *object, size_t slot);
/* Forget the samplers and the GC cycle of a slot's former process. 0 or -errno. */
int object__clear_go(struct object *object, size_t slot);
/* The same of a look at a Go process. */
struct hb_go_look *object__go_look(struct object *object, size_t slot);
volatile struct hb_go_look_counters *object__go_look_counters(struct object *object, size_t slot);
int object__go_calls_fd(const struct object *object);
int object__ring_fd(const struct object *object);
int object__deaths_fd(const struct object *object);
int object__live_fd(const struct object *object);

/* Remove every live entry of (@image, @epoch), epoch 0 = all epochs. Their number, or -errno. */
int64_t object__purge_live(struct object *object, uint32_t image, uint32_t epoch);
/* Live entries of @image (all epochs). Their number, or -errno. */
int64_t object__count_live(struct object *object, uint32_t image);

struct bpf_object;
/* libbpf's handle, for this room alone. */
struct bpf_object *object__bpf(const struct object *object);

#endif
