/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stack copies -> frames, by libdw over .eh_frame, in a worker thread that is spoken to only by
 * messages: post a request, take an answer. Moving the worker into a sandboxed child changes
 * worker.c alone. Raw stack copies end here; they are never written anywhere.
 */
#ifndef HB_UNWIND_H
#define HB_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bpf/abi.h"
#include "collect/record.h"

/* A module that answers refer to from now on. */
struct unwind_module {
	uint32_t module; /* number, unique in the session, from 1; same file = same number */
	char *path;	 /* as the target's maps name it */
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t build_id_bytes;
	int fd;	   /* of the file, owned by the answer; -1 none */
	pid_t pid; /* process in whose root separate debug files may be looked for */
};

struct unwind_answer {
	uint64_t tag;		 /* of the request */
	struct hb_sample sample; /* as posted, without the stack */
	struct frame frames[FRAMES_MAX];
	uint32_t frame_cnt;	       /* at least 1: the return address, for samples with one */
	bool complete;		       /* the outermost frame was reached */
	bool no_stack;		       /* no copy was in the request */
	uint64_t caller_cfa;	       /* frame address of the caller, 0 unknown */
	struct unwind_module *modules; /* first referred to by this answer */
	size_t module_cnt;
};

void unwind_answer__free(struct unwind_answer *answer);

struct unwind_worker;

/* Starts the thread. @queue_max bounds requests in flight (8.5 KB each). NULL with errno set. */
struct unwind_worker *unwind_worker__new(size_t queue_max);
/* Ends the thread; answers not taken are freed. NULL is fine. */
void unwind_worker__free(struct unwind_worker *worker);

/* Queue one sample of process @pid, process image @image. @stack may be NULL. 0, -EAGAIN if the
 * queue is full (the caller counts the loss), -ENOMEM. */
int unwind_worker__post(struct unwind_worker *worker, pid_t pid, uint32_t image, uint64_t tag,
			const struct hb_sample *sample, const struct hb_stack *stack);
/* Look at the mappings of @image (process @pid) now, while it lives, so that later samples unwind
 * even after its exit. 0 or -EAGAIN. */
int unwind_worker__prepare(struct unwind_worker *worker, pid_t pid, uint32_t image);
/* The mappings of @image changed (dlopen) or it is gone (exec, exit): look again, or forget. */
int unwind_worker__refresh(struct unwind_worker *worker, uint32_t image);
int unwind_worker__forget(struct unwind_worker *worker, uint32_t image);

/* The next answer, in the order of posting, or NULL if none is ready. Caller frees it. */
struct unwind_answer *unwind_worker__take(struct unwind_worker *worker);
/* Readable (eventfd) while answers wait. Owned by the worker. */
int unwind_worker__fd(const struct unwind_worker *worker);
/* Wait until every request posted so far has its answer. True, or false at @timeout_ms. */
bool unwind_worker__drain(struct unwind_worker *worker, int timeout_ms);

#endif
