// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/units.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "base/banned.h"

#define UNITS_MAX      (1U << 20)
#define RANGES_MAX     (2U << 20)
#define UNIT_DIES_MAX  (4U << 20)
#define DEPTH_MAX      96 /* of DIEs within DIEs */
#define LOOK_BACK_ROWS 16 /* ranges that overlap: only broken files have more */

static int compare_ranges(const void *va, const void *vb)
{
	const struct unit_range *a = va, *b = vb;

	if (a->low != b->low)
		return a->low < b->low ? -1 : 1;
	/* The smaller one last: it is found first. */
	return a->high < b->high ? 1 : a->high > b->high ? -1 : 0;
}

static void sort_ranges(struct unit_ranges *ranges)
{
	if (ranges->cnt)
		qsort(ranges->items, ranges->cnt, sizeof(*ranges->items), compare_ranges);
}

static const struct unit_range *find_range(const struct unit_ranges *ranges, uint64_t address)
{
	size_t low = 0, high = ranges->cnt;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (ranges->items[mid].low <= address)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t back = 0; low > 0 && back < LOOK_BACK_ROWS; back++)
		if (address < ranges->items[--low].high)
			return &ranges->items[low];
	return NULL;
}

/* Add the ranges of @die, tagged @what. */
static int add_ranges(struct unit_ranges *ranges, Dwarf_Die *die, uint64_t what)
{
	Dwarf_Addr base, low, high;
	ptrdiff_t at = 0;

	while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0) {
		int err;

		/* Linkers leave discarded functions at address 0 or 1. */
		if (low <= 1 || low >= high)
			continue;
		if (ranges->cnt >= RANGES_MAX)
			return -EFBIG;
		err = vec__add(ranges, (struct unit_range){low, high, what});
		if (err)
			return err;
	}
	return 0;
}

int units__init(struct units *units, Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t type;
	int err = 0;

	*units = (struct units){.dwarf = dwarf};
	while (!err && dwarf_get_units(dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		if (type != DW_UT_compile || dwarf_tag(&die) != DW_TAG_compile_unit)
			continue;
		if (units->cnt >= UNITS_MAX) {
			err = -EFBIG;
			break;
		}
		err = vec__add(units, (struct unit){.die = dwarf_dieoffset(&die)});
		if (!err)
			err = add_ranges(&units->ranges, &die, units->cnt - 1);
	}
	if (!err && !units->ranges.cnt)
		err = -ENODATA;
	if (err)
		units__release(units);
	else
		sort_ranges(&units->ranges);
	return err;
}

void units__release(struct units *units)
{
	for (size_t i = 0; i < units->cnt; i++)
		free(units->items[i].functions.items);
	free(units->items);
	free(units->ranges.items);
	*units = (struct units){0};
}

struct unit *units__find(struct units *units, uint64_t address)
{
	const struct unit_range *range = find_range(&units->ranges, address);

	return range ? &units->items[range->what] : NULL;
}

/* Functions stand in units, namespaces and types, and (nested functions) in blocks. */
static bool may_hold_functions(int tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
	case DW_TAG_enumeration_type:
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block:
		return true;
	default:
		return false;
	}
}

static int list_functions(struct unit *unit, Dwarf_Die *parent, int depth, size_t *visited)
{
	Dwarf_Die die;
	int err = 0;

	if (depth > DEPTH_MAX || dwarf_child(parent, &die))
		return 0;
	do {
		int tag = dwarf_tag(&die);

		if (++*visited > UNIT_DIES_MAX)
			return -EFBIG;
		if (tag == DW_TAG_subprogram)
			err = add_ranges(&unit->functions, &die, dwarf_dieoffset(&die));
		if (!err && may_hold_functions(tag) && dwarf_haschildren(&die) == 1)
			err = list_functions(unit, &die, depth + 1, visited);
	} while (!err && dwarf_siblingof(&die, &die) == 0);
	return err;
}

bool units__function(struct units *units, struct unit *unit, uint64_t address, Dwarf_Die *ret_die)
{
	const struct unit_range *range;
	Dwarf_Die unit_die;
	size_t visited = 0;

	if (!unit->listed) {
		unit->listed = true;
		/* What was listed before a bound was met still holds. */
		if (dwarf_offdie(units->dwarf, unit->die, &unit_die))
			list_functions(unit, &unit_die, 0, &visited);
		sort_ranges(&unit->functions);
	}
	range = find_range(&unit->functions, address);
	return range && dwarf_offdie(units->dwarf, range->what, ret_die);
}
