/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of addresses, looked up in a thread of its own: libdw may take milliseconds for one, and a
 * loop that shuts windows cannot wait. Spoken to by messages only, as unwind/: moving it into a
 * sandboxed child changes naming.c alone. Called by observe/.
 */
#ifndef HB_NAMING_H
#define HB_NAMING_H

#include "symbol/symbolizer.h"

struct naming_worker;

struct naming_answer {
	uint32_t tag; /* of the question */
	uint32_t module;
	uint64_t address;
	const struct symbol_name *names; /* the worker's, valid until it is freed */
	int cnt;			 /* at least 1, or -ENOMEM */
	const struct symbol_site *site;	 /* likewise; NULL: nothing is known of a call there */
};

/* Starts the thread. @questions_max bounds questions in flight. NULL with errno set. */
struct naming_worker *naming_worker__new(size_t questions_max,
					 const struct symbolizer_limits *limits);
/* Ends the thread; what was not taken is freed. NULL is fine. */
void naming_worker__free(struct naming_worker *worker);

/* As symbolizer__add_module (@fd is dup'ed, @build_id may be NULL if it has no bytes); before any
 * question about it. 0 or -errno. */
int naming_worker__add_module(struct naming_worker *worker, uint32_t module, int fd,
			      const char *path, const uint8_t *build_id, size_t build_id_bytes,
			      pid_t root_pid);
/* 0, -EAGAIN if too many are in flight, -ENOMEM. */
int naming_worker__ask(struct naming_worker *worker, uint32_t tag, uint32_t module,
		       uint64_t address);
/* The next answer, in the order of asking, or NULL. free() it. */
struct naming_answer *naming_worker__take(struct naming_worker *worker);
/* Readable (eventfd) while answers wait. */
int naming_worker__fd(const struct naming_worker *worker);

#endif
