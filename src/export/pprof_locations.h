/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mappings, locations and functions of a profile. For pprof_message. */
#ifndef HB_PPROF_LOCATIONS_H
#define HB_PPROF_LOCATIONS_H

#include "export/pprof.h"
#include "export/pprof_strings.h"
#include "src/export/profile.pb-c.h"

struct pprof_locations {
	const struct pprof_source *source;
	struct names *memory; /* the caller's: of every message here */
	struct pprof_strings *strings;
	struct {
		Heapbeat__Pprof__Mapping **items;
		size_t cnt, cap;
	} mappings;
	struct {
		Heapbeat__Pprof__Location **items;
		size_t cnt, cap;
	} locations;
	struct {
		Heapbeat__Pprof__Function **items;
		size_t cnt, cap;
	} functions;
	struct {
		struct pprof_place {
			uint32_t module; /* PPROF_SYNTHETIC: none */
			uint64_t address;
			bool innermost; /* only that name is meant */
		} * items;
		size_t cnt, cap;
	} places;			 /* of locations, in their order */
	struct table by_module, by_name; /* module -> mapping id; name and file -> function id */
	struct table by_address;	 /* -> location id */
};

void pprof_locations__release(struct pprof_locations *locations);

/* Id of the mapping of @module, made if new; 0 if the view has no such module; -ENOMEM. */
int64_t pprof_locations__mapping(struct pprof_locations *locations, uint32_t module);
/* Id of the location of @frame; NULL: of the frame "(other)". Or -errno. */
int64_t pprof_locations__id(struct pprof_locations *locations, const struct frame *frame);

#endif
