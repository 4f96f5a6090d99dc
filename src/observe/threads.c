// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of the threads that allocate, each told once. */
#include "observe/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "target/procfs.h"
#include "base/banned.h"

#define THREADS_NAMED_MAX 1024
#define COMM_BYTES_MAX	  64

void member__name_thread(struct observer *observer, struct member *member, uint32_t tid)
{
	struct record_thread fixed = {
		.head.time_ns = clock__boottime_ns(), .image = member->watch.image, .tid = tid};
	char file[48], *comm;
	size_t len;

	/* The daemon's own model does not tell threads apart. */
	if (observer->options.thrifty && !member->subscriber->next)
		return;
	if (member->threads.cnt >= THREADS_NAMED_MAX || table__get(&member->threads, tid, NULL) ||
	    table__put(&member->threads, tid, 1))
		return;
	snprintf(file, sizeof(file), "task/%u/comm", tid);
	/* One that has ended since has no name. */
	if (procfs__read(member->watch.target->pid, file, COMM_BYTES_MAX, &comm, &len))
		return;
	if (len && comm[len - 1] == '\n')
		comm[len - 1] = 0;
	subscriber__put(member->subscriber, record_buffer__thread(&observer->buffer, &fixed, comm));
	free(comm);
}
