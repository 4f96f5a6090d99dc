/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which a process's dynamic linker looks symbols up, as its own list (r_debug) has it.
 * It says which of several malloc is the process's: preloaded libraries, dlopen and a link order
 * with libc first cannot be told apart from the maps. The list is the target's memory, so it is
 * bounded and nothing in it is trusted. Called by provider.c.
 */
#ifndef HB_TARGET_LINK_ORDER_H
#define HB_TARGET_LINK_ORDER_H

#include <stddef.h>
#include <stdint.h>

#define LINK_ORDER_MAX 512 /* objects */

/* Read exactly @bytes at @address of the target: 0 or -errno. */
typedef int (*link_order_reader)(void *context, uint64_t address, void *buf, size_t bytes);

/*
 * Addresses of the dynamic sections of the loaded objects, in look-up order. @dynamic_address is
 * the executable's own one in memory. Their number, at most @max, 0 if the linker has not filled the
 * list yet; or -errno of the reader.
 */
int link_order__read(link_order_reader read, void *context, uint64_t dynamic_address,
		     uint64_t *ret_addresses, size_t max);

#endif
