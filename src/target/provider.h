/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mapped file provides a process's malloc, and which its system calls: the first object in
 * the dynamic linker's look-up order that exports malloc, and glibc. Called by target.c.
 */
#ifndef HB_TARGET_PROVIDER_H
#define HB_TARGET_PROVIDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/text.h"
#include "target/allocator.h"
#include "target/elf_image.h"
#include "target/module.h"
#include "target/procfs.h"

struct provider {
	const struct module *heap; /* NULL: no object exports malloc, or it is not observed */
	const struct allocator *heap_allocator;
	const char *means;	   /* static text */
	const struct module *libc; /* glibc, for the vm family; NULL: none is loaded */
};

/* What to look at. @exe_image is the executable's file, @exe its module; either may be NULL. */
struct provider_request {
	pid_t pid;
	const struct proc_maps *maps;
	const struct modules *modules;
	const struct module *exe;
	const struct elf_image *exe_image;
};

/* Fill @ret_provider; what is seen but not observed is appended to @hides. 0 or -ENOMEM. */
int provider__find(const struct provider_request *request, struct provider *ret_provider,
		   struct text *hides);

#endif
