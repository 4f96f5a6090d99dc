/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table in which looks at Go programs sum up what they see: one for all processes. Read by
 * observe/ when a look has closed, and now and then while one stays open.
 */
#ifndef HB_KERNEL_GO_CALLS_MAP_H
#define HB_KERNEL_GO_CALLS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

struct object;

struct go_calls_row {
	struct hb_go_call_key key;
	struct hb_go_call call;
};

/*
 * The rows of process image @image, in *ret_rows (freed by the caller) and *ret_cnt; taken out of the
 * table if @remove, which must not be while its probes are linked. 0 or -errno.
 */
int go_calls_map__read(struct object *object, uint32_t image, bool remove,
		       struct go_calls_row **ret_rows, size_t *ret_cnt);

#endif
