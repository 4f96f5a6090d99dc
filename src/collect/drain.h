/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Takes records off the ring and hands them on by kind. Called by the session's loop. */
#ifndef HB_DRAIN_H
#define HB_DRAIN_H

#include <sys/types.h>

#include "bpf/abi.h"

struct object;
struct drain;

struct drain_handlers {
	void *ctx;
	/* @stack NULL: none was copied. Valid only during the call. */
	void (*sample)(void *ctx, const struct hb_sample *sample, const struct hb_stack *stack);
	/* STEP or FREE, by block->event.type. */
	void (*block)(void *ctx, const struct hb_block *block);
	/* Process @pid dies, killed for memory. NULL: nobody asks. */
	void (*death)(void *ctx, pid_t pid);
	/* From here on, NULL: ignored. */
	void (*go_sample)(void *ctx, const struct hb_go_sample *sample);
	void (*go_cycle)(void *ctx, const struct hb_go_cycle *cycle);
};

/* NULL with errno set. */
struct drain *drain__new(struct object *object, const struct drain_handlers *handlers);
void drain__free(struct drain *drain);

/* Everything that is in the ring now. Number of records, or -errno. */
int drain__consume(struct drain *drain);
/* Readable when the programs force a wakeup: a quarter of the ring is pending. */
int drain__fd(const struct drain *drain);

#endif
