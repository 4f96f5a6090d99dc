/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process as a target: who it is, which allocators it carries and by what means that was found,
 * what hides from view, why it is refused, and where each probe may go. Built once per process image
 * from /proc and the mapped files; nothing here touches the target.
 *
 * Called by cmd/ (ps, doctor --probes) and by probe/ (links). Files are opened through kernel/file.h
 * so that the bytes decoded are the bytes probed: links are made on /proc/self/fd/<fd>.
 */
#ifndef HB_TARGET_H
#define HB_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define TARGET_FILES_MAX  8  /* allocator files per process: dlmopen copies are named, not probed */
#define TARGET_PLACES_MAX 16 /* functions per file */

enum family { FAMILY_HEAP = 0, FAMILY_VM = 1 };

/* Where the probe of one function goes, or why it cannot. */
struct place {
	uint16_t func;		 /* enum hb_func */
	const char *symbol;	 /* name that was found, static */
	uint64_t function_vaddr; /* link-time */
	uint64_t probe_vaddr;
	uint64_t file_offset; /* of the probe, for the link */
	uint32_t delta;	      /* probe_vaddr - function_vaddr */
	bool usable;
	bool emulated;	      /* false: single-stepped (only with --allow-stepped) */
	bool after_syscall;   /* rax holds the result */
	bool can_return;      /* rsp unmoved: a return probe is right here */
	uint8_t regs[3];      /* enum hb_reg that hold the first three arguments at the probe */
	uint16_t sp_words;    /* 8-byte words that rsp has moved down since entry */
	char instruction[64]; /* text of the instruction at the probe */
	char reason[128];     /* why it is not usable */
};

struct target_file {
	int fd;	    /* O_RDONLY, owned by the target; -1 if it could not be opened */
	char *path; /* as the target's maps name it */
	uint64_t dev, ino;
	uint8_t build_id[20];
	uint32_t build_id_bytes;
	const char *allocator; /* "glibc", "jemalloc": row of the allocator table */
	const char *means;     /* by what it was found: "exports malloc", ... static text */
	enum family family;
	struct place places[TARGET_PLACES_MAX];
	size_t place_cnt;
};

struct target {
	pid_t pid;
	uint64_t start_ticks; /* /proc/PID/stat field 22 */
	uid_t uid;
	char comm[32];	       /* raw bytes, at most 15 */
	char *exe;	       /* path, "" if unreadable */
	const char *runtime;   /* "native", "go", "static", "kernel" */
	const char *allocator; /* of the heap file, "" if none is observed */
	char *hides;	       /* "; "-separated, "" if nothing: what malloc probes will not see */
	char *refusal;	       /* NULL if attachable; else one line with the reason */
	enum exit_code refusal_code;
	uint64_t rss_bytes;
	/* of the cgroup at or above it whose limit is nearest to its use; 0: there is none */
	uint64_t memory_limit_bytes, memory_used_bytes;
	struct target_file files[TARGET_FILES_MAX];
	size_t file_cnt;
	int go_fd; /* of the executable, if it is a Go program: owned by the target; else -1 */
};

struct target_options {
	bool allow_stepped;  /* also use single-stepped instructions */
	bool own_child;	     /* calibration: no refusal */
	bool at_exec;	     /* stopped at its exec: files as its interpreter lists them */
	bool function_entry; /* bench only: offset 0 of every function, emulated or not */
};

/*
 * Look at process @pid. 0 with *ret_target set - also when it is refused (target->refusal tells) -
 * or negative errno with @error filled: -ESRCH (no such process: EXIT_RUNTIME), -EACCES
 * (EXIT_REFUSED). Free with target__free.
 */
int target__open(pid_t pid, const struct target_options *options, struct target **ret_target,
		 struct error *error);
void target__free(struct target *target);

/* What the host has of memory, and could give now. 0, or -ENOENT. */
int target__host_memory(uint64_t *ret_bytes, uint64_t *ret_available_bytes);

/* Whether the process is gone, or a zombie whose last thread has ended. */
bool target__has_ended(const struct target *target);

#endif
