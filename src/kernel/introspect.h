/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of our own maps and programs. Called by daemon/, for its self-metrics. */
#ifndef HB_KERNEL_INTROSPECT_H
#define HB_KERNEL_INTROSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object;

struct map_facts {
	char name[16];
	uint32_t capacity;
	uint64_t memory_bytes;
};

struct program_facts {
	char name[16];
	uint64_t runs, run_ns, recursion_misses;
	uint64_t memory_bytes;
};

/* Of what is loaded, up to @max of each; their number. */
size_t introspect__maps(const struct object *object, struct map_facts *ret, size_t max);
size_t introspect__programs(const struct object *object, struct program_facts *ret, size_t max);

/* Count runs and run time of every BPF program of the machine until the descriptor is closed. It, or
 * -errno. */
int introspect__enable_stats(void);

#endif
