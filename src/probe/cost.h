/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Charged cost: hits x calibrated CPU per hit. Calibrated at start on an own child, never taken from
 * another machine.
 */
#ifndef HB_COST_H
#define HB_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "kernel/object.h"

/* CPU of the target per event, ns. */
struct cost_table {
	double bare_ns;	  /* a malloc and free pair without probes, for comparison */
	double hit_ns;	  /* a hit whose return is left alone */
	double return_ns; /* on top: a hooked return, its block put into the live map and taken out */
	double sample_ns;    /* on top: a record with its stack copy */
	double go_sample_ns; /* on top of a hit: a Go record with a stack walked to its middle depth */
	double go_look_ns; /* a hit of a look at a Go program, the way to its site included */
	bool calibrated;
};

/* What the hits counted in @counters have cost, ns. On multi and perf links hits outside the gate
 * pay for their return as well. */
double cost__charge(const struct cost_table *table, enum link_kind link,
		    const struct hb_counters *counters);

/* The same of the probes of a Go runtime, which have no returns. */
double cost__charge_go(const struct cost_table *table, const struct hb_go_counters *counters);

/*
 * Measure on a forked child of this process, in the slot @slot of @object (which must be unused).
 * Takes about 0.1 s (1 s on perf links). 0, or -errno with @error filled.
 */
int cost__calibrate(struct object *object, size_t slot, struct cost_table *ret_table,
		    struct error *error);

#endif
