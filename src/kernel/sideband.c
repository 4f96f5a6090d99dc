// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/sideband.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

#define DATA_PAGES	128
#define EVENT_MAX_BYTES 8192 /* an mmap2 record with the longest path */

struct cpu_ring {
	int fd;
	struct perf_event_mmap_page *page;
};

struct sideband {
	struct cpu_ring *rings;
	size_t cnt;
	size_t data_bytes;
	unsigned char *event; /* EVENT_MAX_BYTES: a record that wraps is put together here */
};

/* Behind every record, by sample_id_all with TID | TIME | CPU. */
struct trailer {
	uint32_t pid, tid;
	uint64_t time_ns;
	uint32_t cpu, reserved;
};

static int open_event(int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
		.mmap = 1,
		.mmap2 = 1, /* mmap2 or comm_exec alone deliver nothing */
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.sample_id_all = 1,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU,
		.use_clockid = 1,
		.clockid = CLOCK_BOOTTIME,
		.watermark = 1,
		.wakeup_watermark = DATA_PAGES * 1024,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int open_ring(struct sideband *sideband, int cpu)
{
	struct cpu_ring *ring = &sideband->rings[sideband->cnt];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory;

	ring->fd = open_event(cpu);
	if (ring->fd == -ENODEV) /* offline */
		return 0;
	if (ring->fd < 0)
		return ring->fd;
	memory = mmap(NULL, page + sideband->data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		      ring->fd, 0);
	if (memory == MAP_FAILED) {
		int err = -errno;

		close(ring->fd);
		return err;
	}
	ring->page = memory;
	sideband->cnt++;
	return 0;
}

struct sideband *sideband__new(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct sideband *sideband = calloc(1, sizeof(*sideband));
	int err = 0;

	if (!sideband)
		return NULL;
	sideband->data_bytes = DATA_PAGES * (size_t)sysconf(_SC_PAGESIZE);
	sideband->rings = calloc((size_t)cpus, sizeof(*sideband->rings));
	sideband->event = malloc(EVENT_MAX_BYTES);
	if (!sideband->rings || !sideband->event)
		err = -ENOMEM;
	for (int cpu = 0; cpu < cpus && !err; cpu++)
		err = open_ring(sideband, cpu);
	if (err) {
		sideband__free(sideband);
		errno = -err;
		return NULL;
	}
	return sideband;
}

void sideband__free(struct sideband *sideband)
{
	if (!sideband)
		return;
	for (size_t i = 0; i < sideband->cnt; i++) {
		munmap(sideband->rings[i].page,
		       (size_t)sysconf(_SC_PAGESIZE) + sideband->data_bytes);
		close(sideband->rings[i].fd);
	}
	free(sideband->rings);
	free(sideband->event);
	free(sideband);
}

/* True if the record at @head is of interest. */
static bool parse(const struct perf_event_header *head, struct sideband_event *event)
{
	const unsigned char *body = (const unsigned char *)(head + 1);
	size_t bytes = head->size - sizeof(*head);
	struct trailer trailer = {0};
	uint32_t ids[4]; /* pid, ppid, tid, ptid */
	uint64_t lost[2];

	if (bytes < sizeof(ids))
		return false;
	memcpy(ids, body, sizeof(ids));
	if (bytes >= sizeof(ids) + sizeof(trailer))
		memcpy(&trailer, body + bytes - sizeof(trailer), sizeof(trailer));
	*event = (struct sideband_event){.pid = (pid_t)ids[0], .time_ns = trailer.time_ns};
	switch (head->type) {
	case PERF_RECORD_FORK:
		event->type = SIDEBAND_FORK;
		event->parent = (pid_t)ids[1];
		return ids[0] != ids[1];
	case PERF_RECORD_EXIT:
		event->type = SIDEBAND_EXIT;
		return ids[0] == ids[2];
	case PERF_RECORD_COMM:
		event->type = SIDEBAND_EXEC;
		return head->misc & PERF_RECORD_MISC_COMM_EXEC;
	case PERF_RECORD_MMAP:
	case PERF_RECORD_MMAP2:
		event->type = SIDEBAND_MMAP;
		return !(head->misc & PERF_RECORD_MISC_MMAP_DATA) && event->pid > 0;
	case PERF_RECORD_LOST:
		memcpy(lost, body, sizeof(lost));
		event->type = SIDEBAND_LOST;
		event->count = lost[1];
		return true;
	}
	return false;
}

static void copy_out(const struct sideband *sideband, const unsigned char *data, uint64_t at,
		     size_t bytes)
{
	size_t offset = at % sideband->data_bytes;
	size_t first = sideband->data_bytes - offset;

	if (first > bytes)
		first = bytes;
	memcpy(sideband->event, data + offset, first);
	memcpy(sideband->event + first, data, bytes - first);
}

static size_t drain_ring(struct sideband *sideband, struct cpu_ring *ring,
			 void (*handle)(void *ctx, const struct sideband_event *event), void *ctx)
{
	const unsigned char *data =
		(const unsigned char *)ring->page + (size_t)sysconf(_SC_PAGESIZE);
	uint64_t head = __atomic_load_n(&ring->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = ring->page->data_tail;
	struct perf_event_header *record = (struct perf_event_header *)sideband->event;
	struct sideband_event event;
	size_t cnt = 0;

	while (tail < head) {
		copy_out(sideband, data, tail, sizeof(*record));
		if (record->size < sizeof(*record) || record->size > EVENT_MAX_BYTES)
			break;
		copy_out(sideband, data, tail, record->size);
		if (parse(record, &event)) {
			handle(ctx, &event);
			cnt++;
		}
		tail += record->size;
	}
	__atomic_store_n(&ring->page->data_tail, head, __ATOMIC_RELEASE);
	return cnt;
}

size_t sideband__drain(struct sideband *sideband,
		       void (*handle)(void *ctx, const struct sideband_event *event), void *ctx)
{
	size_t cnt = 0;

	for (size_t i = 0; i < sideband->cnt; i++)
		cnt += drain_ring(sideband, &sideband->rings[i], handle, ctx);
	return cnt;
}
