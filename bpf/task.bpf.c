// SPDX-License-Identifier: GPL-2.0-or-later
/* Task iterator: one row per process - exec generation, start, resident pages - without /proc. */
#include "compat.bpf.h"

SEC("iter/task")
int task_rows(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct hb_task_row row = {};
	struct mm_struct *mm;

	if (!task || task != task->group_leader)
		return 0;
	row.tgid = task->tgid;
	row.flags = task->exit_state != 0;
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
