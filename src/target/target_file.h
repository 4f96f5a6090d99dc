/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One allocator file of a target: opened, identified, and a place for each of its functions. Called
 * by target.c.
 */
#ifndef HB_TARGET_TARGET_FILE_H
#define HB_TARGET_TARGET_FILE_H

#include <sys/types.h>

#include "target/allocator.h"
#include "target/module.h"
#include "target/procfs.h"
#include "target/target.h"

struct target_file_request {
	pid_t pid;
	const struct proc_maps *maps;
	const struct module *module;
	const struct allocator *allocator;
	const char *means;
	struct target_options options;
};

/* Fill @file. A file that cannot be opened or decoded still has its rows: fd -1 or places that say
 * why not. 0 or -ENOMEM; release @file in any case. */
int target_file__open(const struct target_file_request *request, struct target_file *file);
void target_file__release(struct target_file *file);

#endif
