/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A child process that runs a loop of malloc and free pairs when asked and tells what it cost. It
 * calls the allocator that the process was started with: glibc's, or a preloaded one.
 */
#ifndef HB_BENCH_LOOP_H
#define HB_BENCH_LOOP_H

#include <stddef.h>
#include <sys/types.h>

#define LOOP_BYTES 64 /* of each block */

struct loop {
	pid_t pid;
	int to, from; /* pipes */
};

/* Fork the child. 0 or -errno; end it with loop__stop. */
int loop__start(struct loop *loop);
void loop__stop(struct loop *loop);

/* CPU time of one pair, ns, over @pairs of them; or -errno as a double if the child is gone. */
double loop__run(struct loop *loop, size_t pairs);

#endif
