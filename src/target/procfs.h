/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/PID/{stat,status,statm,maps,cgroup} : parsers of text that the process has a hand in (its
 * name, its file names), and bounded readers. Parsers are pure. Called by target.c and module.c.
 */
#ifndef HB_TARGET_PROCFS_H
#define HB_TARGET_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_SMALL_MAX_BYTES (64U << 10) /* stat, status, ... */
#define PROC_MAPS_MAX_BYTES  (32U << 20)
#define PROC_MAPS_MAX	     (1U << 17) /* file mappings kept */

struct proc_stat {
	char comm[32]; /* raw bytes, cut at 31 */
	char state;    /* 'R', 'S', 'Z', ... */
	bool is_kernel_thread;
	uint64_t thread_cnt;
	uint64_t start_ticks;
};

struct proc_status {
	uid_t uid; /* real */
	pid_t tgid;
	unsigned namespace_cnt; /* pid namespaces between here and the process: 1 is ours */
	pid_t inner_pid;	/* in the innermost */
};

/* One mapping of a file. */
struct proc_map {
	uint64_t start, end, offset;
	uint64_t dev, ino; /* as the maps text has them: may disagree with fstat on overlayfs */
	bool readable, writable, executable, shared;
	bool deleted; /* the name ended in " (deleted)", which @path leaves out */
	char *path;   /* \012 is a newline again */
};

struct proc_maps {
	struct proc_map *items;
	size_t cnt, cap;
	bool truncated; /* there were more than we keep */
};

/* Parsers: 0, or -EINVAL if @text is not what the kernel writes; @ret untouched then. */
int proc_stat__parse(const char *text, size_t len, struct proc_stat *ret);
int proc_status__parse(const char *text, size_t len, struct proc_status *ret);
int proc_statm__parse(const char *text, size_t len, uint64_t *ret_resident_pages);
/* Mappings of files only. 0, -EINVAL, -ENOMEM; release @maps in any case. */
int proc_maps__parse(const char *text, size_t len, struct proc_maps *maps);
void proc_maps__release(struct proc_maps *maps);
/* The path of a cgroup: the v2 one for @controller "", else that of the v1 hierarchy that carries
 * @controller. 0, -ENOENT, -ENAMETOOLONG. */
int proc_cgroup__parse(const char *text, const char *controller, char *path, size_t path_bytes);

/* Readers. The whole of /proc/@pid/@name, at most @max bytes (then *ret_len == max), with a NUL
 * behind it; free(*ret_text). 0 or -errno: -ESRCH if the process is gone. */
int procfs__read(pid_t pid, const char *name, size_t max, char **ret_text, size_t *ret_len);
/* /proc/@pid/stat. 0 or -errno: -ESRCH if the process is gone. */
int procfs__read_stat(pid_t pid, struct proc_stat *ret);
/* Target of a link below /proc/@pid. 0 or -errno; free(*ret_path). */
int procfs__read_link(pid_t pid, const char *name, char **ret_path);

#endif
