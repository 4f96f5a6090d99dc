/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Process events of the whole machine through the perf sideband: fork, exec, exit and executable
 * mappings, in one dummy event per CPU. No tracefs, no polling of /proc, CAP_PERFMON only.
 */
#ifndef HB_SIDEBAND_H
#define HB_SIDEBAND_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum sideband_type {
	SIDEBAND_FORK, /* a new process (threads are left out) */
	SIDEBAND_EXEC,
	SIDEBAND_EXIT, /* of a process: its last thread */
	SIDEBAND_MMAP, /* an executable mapping */
	SIDEBAND_LOST, /* @count events were lost in the kernel */
};

struct sideband_event {
	enum sideband_type type;
	pid_t pid;
	pid_t parent;	  /* FORK */
	uint64_t time_ns; /* CLOCK_BOOTTIME */
	uint64_t count;	  /* LOST */
};

struct sideband;

/* NULL with errno set (EACCES without CAP_PERFMON). */
struct sideband *sideband__new(void);
void sideband__free(struct sideband *sideband);

/* Hand every pending event to @handle. Their number. Order holds within a CPU only. */
size_t sideband__drain(struct sideband *sideband,
		       void (*handle)(void *ctx, const struct sideband_event *event), void *ctx);

#endif
