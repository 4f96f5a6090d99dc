// SPDX-License-Identifier: GPL-2.0-or-later
/* Task iterator: one row per process - exec generation, start, resident pages, CPU - and a short one
 * per further thread, without /proc. */
#include "compat.bpf.h"

/* Deaths for want of memory: of the whole host, and few. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} deaths SEC(".maps");

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

SEC("iter/task")
int task_rows(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct hb_task_row row = {};
	struct mm_struct *mm;

	if (!task)
		return 0;
	row.tgid = task->tgid;
	row.cpu_ns = task->se.sum_exec_runtime;
	if (task != task->group_leader) {
		row.flags = HB_TASK_THREAD;
		bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
		return 0;
	}
	row.cpu_ns += task->signal->sum_sched_runtime;
	row.flags = (task->exit_state ? HB_TASK_ZOMBIE : 0) |
		    (task->flags & PF_KTHREAD ? HB_TASK_KERNEL : 0);
	row.exec_id = task->self_exec_id;
	row.start_boottime_ns = task->start_boottime;
	mm = task->mm;
	if (mm) {
		row.anon_pages = rss_pages(mm, RSS_ANON);
		row.file_pages = rss_pages(mm, RSS_FILE);
		row.shmem_pages = rss_pages(mm, RSS_SHMEM);
	}
	bpf_probe_read_kernel(row.comm, sizeof(row.comm), task->comm);
	bpf_seq_write(ctx->meta->seq, &row, sizeof(row));
	return 0;
}

/* A leader that dies for want of memory: told before its exit is, so that its last figures say why. */
SEC("tp_btf/sched_process_exit")
int process_exit(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct hb_event event = {.type = HB_EVENT_OOM};

	if (task != task->group_leader || !task->signal->oom_mm)
		return 0;
	event.tid = task->tgid;
	event.time_ns = bpf_ktime_get_boot_ns();
	bpf_ringbuf_output(&deaths, &event, sizeof(event), 0);
	return 0;
}
