/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that must not be probed, or cannot be: gathered facts in, one line with the reason out.
 * A probe in a process that translates its code kills it, hence the reasons that need no proof but
 * a name. Pure; called by target.c.
 */
#ifndef HB_TARGET_REFUSAL_H
#define HB_TARGET_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/exit.h"
#include "target/module.h"

#define REFUSAL_TEXT_BYTES 256
#define REFUSAL_HEADROOM_BYTES \
	(1U << 20) /* probes copy text pages, charged to the target's cgroup */

struct refusal {
	enum exit_code code;
	char text[REFUSAL_TEXT_BYTES];
};

/* What is known of a process at once; zero means not known or not so. */
struct refusal_facts {
	char state; /* of the leader, /proc/PID/stat */
	uint64_t thread_cnt;
	bool is_kernel_thread;
	bool is_self;		       /* runs our own executable */
	const char *exe_name;	       /* behind the last '/', "" unknown */
	int maps_err;		       /* negative errno of reading maps */
	const struct modules *modules; /* NULL: not read */
	bool has_limit;
	uint64_t headroom_bytes; /* below the nearest memory limit */
	/* of the executable's file */
	int exe_err; /* negative errno of opening it as an ELF image */
	bool exe_is_64bit;
	uint16_t exe_machine;
	const char *exe_sanitizer; /* name of a runtime linked into it, or NULL */
};

/* What is missing where a process's file gave @err, to be put behind "cannot be read"; or "". */
const char *refusal__need(int err);

/* True and *ret_refusal if the process must not be probed. */
bool refusal__test(const struct refusal_facts *facts, struct refusal *ret_refusal);

#endif
