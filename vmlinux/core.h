/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel structs that the programs read, by CO-RE: only the fields in use, order does not matter. */
#ifndef HB_VMLINUX_CORE_H
#define HB_VMLINUX_CORE_H

#include <linux/bpf.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef __s32 s32;
#ifndef __cplusplus
typedef _Bool bool;
enum { false = 0, true = 1 };
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct percpu_counter {
	s64 count;
};

/* The uretprobe trampoline of a process: start of its [uprobes] mapping. */
struct xol_area {
	unsigned long vaddr;
};

struct uprobes_state {
	struct xol_area *xol_area;
};

struct mm_struct {
	struct uprobes_state uprobes_state;
	struct percpu_counter rss_stat[4];
};

/* A return address that a uretprobe has replaced. */
struct return_instance {
	unsigned long stack;
	unsigned long orig_ret_vaddr;
	struct return_instance *next;
};

struct uprobe_task {
	struct return_instance *return_instances;
};

struct sched_entity {
	u64 sum_exec_runtime;
};

/* Of a process: what its ended threads have used; its memory, once it was chosen to be killed. */
struct signal_struct {
	u64 sum_sched_runtime;
	struct mm_struct *oom_mm;
};

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	int exit_state;
	u64 self_exec_id;
	u64 start_boottime;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct uprobe_task *utask;
	struct sched_entity se;
	struct signal_struct *signal;
	char comm[16];
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

#endif
