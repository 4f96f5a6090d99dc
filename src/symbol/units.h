/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which compilation unit and which function of a file's DWARF an address belongs to. Built from the
 * units' own ranges (.debug_aranges is missing in what clang and rustc make); the functions of a
 * unit are listed when the unit is first asked for. Bounded in units, functions and DIEs visited.
 *
 * Called by lines.c. Units that keep their DWARF in other files (.dwo) are left out: looking for
 * those would open paths that the watched file names.
 */
#ifndef HB_UNITS_H
#define HB_UNITS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Addresses [low, high) and what lies there: index of a unit, or offset of a function's DIE. */
struct unit_range {
	uint64_t low, high;
	uint64_t what;
};

struct unit_ranges {
	struct unit_range *items;
	size_t cnt, cap;
};

struct unit {
	Dwarf_Off die;
	bool listed; /* functions are in */
	struct unit_ranges functions;
};

/* Zero-initialise to begin with. */
struct units {
	Dwarf *dwarf;
	struct unit *items;
	size_t cnt, cap;
	struct unit_ranges ranges;
};

/* List the units of @dwarf, which must outlive @units. 0, -ENODATA (none covers anything), -ENOMEM,
 * -EFBIG. */
int units__init(struct units *units, Dwarf *dwarf);
void units__release(struct units *units);

/* The unit that covers @address, or NULL. */
struct unit *units__find(struct units *units, uint64_t address);
/* DIE of the concrete function of @unit that covers @address. False if none does. */
bool units__function(struct units *units, struct unit *unit, uint64_t address, Dwarf_Die *ret_die);

#endif
