// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/link_order.h"

#include <elf.h>

#include "base/banned.h"

#define DYNAMIC_MAX 256 /* entries of a dynamic section */

/* The public part of r_debug and link_map on 64-bit targets. */
struct target_r_debug {
	uint64_t version; /* int and padding */
	uint64_t map;
};

struct target_link_map {
	uint64_t bias;
	uint64_t name;
	uint64_t dynamic;
	uint64_t next;
};

/* Address of r_debug, or 0. */
static int find_r_debug(link_order_reader read, void *context, uint64_t dynamic_address,
			uint64_t *ret_address)
{
	*ret_address = 0;
	for (size_t i = 0; i < DYNAMIC_MAX; i++) {
		Elf64_Dyn entry;
		int err = read(context, dynamic_address + i * sizeof(entry), &entry, sizeof(entry));

		if (err)
			return err;
		if (entry.d_tag == DT_DEBUG)
			*ret_address = entry.d_un.d_ptr;
		if (entry.d_tag == DT_DEBUG || entry.d_tag == DT_NULL)
			break;
	}
	return 0;
}

int link_order__read(link_order_reader read, void *context, uint64_t dynamic_address,
		     uint64_t *ret_addresses, size_t max)
{
	struct target_r_debug debug;
	uint64_t at;
	size_t cnt;
	int err = find_r_debug(read, context, dynamic_address, &at);

	if (err || !at)
		return err;
	err = read(context, at, &debug, sizeof(debug));
	if (err)
		return err;
	at = debug.map;
	for (cnt = 0; at && cnt < max; cnt++) {
		struct target_link_map map;

		err = read(context, at, &map, sizeof(map));
		if (err)
			return err;
		ret_addresses[cnt] = map.dynamic;
		at = map.next;
	}
	return (int)cnt;
}
