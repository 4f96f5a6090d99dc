/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every process of the host with its vitals and what is known of its heap, as JSON:
 * docs/schema/processes.v1.json, the kind of items that a daemon gives. */
#ifndef HB_PROCESSES_JSON_H
#define HB_PROCESSES_JSON_H

#include <stdio.h>

#include "export/publication.h"

struct processes_filter {
	uint32_t pid;	  /* 0: any */
	const char *comm; /* NULL: any */
	uint64_t limit;	  /* the largest by resident memory; 0: all */
};

/* "young", "attached", ... */
const char *target_state__name(enum target_state state);

/* By resident memory, largest first. @publication has a host. 0, -EIO, or -ENOMEM with nothing
 * written. */
int processes_json__write(FILE *file, const struct publication *publication,
			  const struct processes_filter *filter);

#endif
