// SPDX-License-Identifier: GPL-2.0-or-later
/* Readings of members as records in their subscriber's stream. */
#include "observe/state.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/reading.h"
#include "kernel/tasks.h"
#include "target/cgroup.h"
#include "base/banned.h"

void subscriber__put(struct subscriber *subscriber, const struct record *record)
{
	if (!subscriber->err)
		subscriber->err =
			record ? subscriber->sink.put(subscriber->sink.ctx, record) : -ENOMEM;
}

void stream__host(struct observer *observer, struct subscriber *subscriber)
{
	struct utsname name = {0};

	uname(&name);
	subscriber__put(subscriber,
			record_buffer__host(&observer->buffer, clock__boottime_ns(), name.release,
					    name.nodename, HEAPBEAT_VERSION,
					    (uint32_t)sysconf(_SC_NPROCESSORS_ONLN)));
}

static void put_image(struct observer *observer, const struct member *member)
{
	const struct target *target = member->watch.target;
	struct record_image fixed = {
		.head.time_ns = clock__boottime_ns(),
		.image = member->watch.image,
		.tgid = (uint32_t)target->pid,
		.start_ticks = target->start_ticks,
		.exec_id = member->watch.exec_id,
	};
	struct image_strings strings = {
		.comm = target->comm,
		.exe = target->exe,
		.runtime = target->runtime,
		.allocator = target->allocator,
		.hides = target->hides,
		.refusal = target->refusal,
	};

	subscriber__put(member->subscriber,
			record_buffer__image(&observer->buffer, &fixed, &strings));
}

static void put_memory(const struct member *member)
{
	const struct target *target = member->watch.target;
	struct record_memory memory = {
		.image = member->watch.image,
		.limit_bytes = target->memory_limit_bytes,
		.used_bytes = target->memory_used_bytes,
	};

	target__host_memory(&memory.host_bytes, &memory.host_available_bytes);
	record__init(&memory.head, RECORD_MEMORY, sizeof(memory), clock__boottime_ns());
	subscriber__put(member->subscriber, &memory.head);
}

/* At the root of all control groups a process belongs to nothing. */
static void put_unit(struct observer *observer, const struct member *member)
{
	struct record_unit fixed = {.head.time_ns = clock__boottime_ns(),
				    .image = member->watch.image};
	char path[CGROUP_PATH_BYTES], unit[CGROUP_UNIT_BYTES];

	if (cgroup__read(member->watch.target->pid, path, sizeof(path)))
		return;
	cgroup__unit(path, unit, sizeof(unit));
	if (*unit)
		subscriber__put(member->subscriber,
				record_buffer__unit(&observer->buffer, &fixed, unit));
}

void stream__introduce(struct observer *observer, struct member *member)
{
	put_image(observer, member);
	put_unit(observer, member);
	put_memory(member);
	stream__vitals(observer, member);
}

void stream__plan(struct observer *observer, const struct member *member)
{
	const struct watch *watch = &member->watch;
	bool open = watch->mode != PLAN_REST;
	uint64_t now = clock__boottime_ns();
	struct record_plan plan = {
		.image = watch->image,
		.epoch = watch->epoch,
		.mode = (uint32_t)(open ? watch->mode : member->last_mode),
		.link = (uint32_t)object__link(observer->object),
		.interval_bytes = watch->interval_bytes,
		.opened_ns = watch->opened_ns,
		.closed_ns = watch->closed_ns,
		.observed_ns = (open ? now : watch->closed_ns) - watch->opened_ns,
		.charged_ns = watch__charged_ns(watch) - member->charged_before_ns,
		.stolen_ns = watch__stolen_ns(watch),
	};
	uint64_t cpu = open ? watch->cpu_ns : watch->cpu_closed_ns;

	if (!watch->epoch || !member->streamed)
		return;
	plan.cpu_ns = cpu > watch->cpu_opened_ns ? cpu - watch->cpu_opened_ns : 0;
	record__init(&plan.head, RECORD_PLAN, sizeof(plan), now);
	subscriber__put(member->subscriber, &plan.head);
	member->subscriber->saw_window = true;
}

void stream__counters(struct observer *observer, const struct member *member)
{
	const struct watch *watch = &member->watch;
	struct record_counters fixed = {
		.head.time_ns = clock__boottime_ns(),
		.image = watch->image,
		.epoch = watch->epoch,
	};

	if (!watch->epoch || !member->streamed)
		return;
	subscriber__put(member->subscriber,
			reading__counters(&observer->buffer, &fixed, &watch->base, &watch->last));
}

/* CPU time outlives the process in our last reading of it; memory does not. */
void stream__vitals(struct observer *observer, struct member *member)
{
	struct watch *watch = &member->watch;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct record_vitals vitals = {.image = watch->image, .cpu_ns = watch__cpu_ns(watch)};
	struct hb_task_row row;

	if (watch->gone)
		return;
	if (member->memory_noted)
		member->memory_noted = false;
	else if (!tasks__row(observer->object, watch->target->pid, &row) && row.anon_pages) {
		member->anon_bytes = row.anon_pages * page;
		member->rss_bytes = (row.anon_pages + row.file_pages + row.shmem_pages) * page;
	}
	vitals.anon_bytes = member->anon_bytes;
	vitals.rss_bytes = member->rss_bytes;
	record__init(&vitals.head, RECORD_VITALS, sizeof(vitals), clock__boottime_ns());
	subscriber__put(member->subscriber, &vitals.head);
}

void stream__loss(struct observer *observer, const struct member *member)
{
	const struct watch *watch = &member->watch;
	struct reading_loss user = {.delivered = watch->delivered, .lost_queue = watch->lost_queue};
	struct hb_counters now;
	struct record_loss loss;
	int64_t live;

	watch__read(watch, &now);
	/* Walking the live map is for the end; until then the counters know how many there are. */
	live = member->subscriber->closing ? object__count_live(observer->object, watch->image)
					   : -1;
	user.still_live = live >= 0 ? (uint64_t)live : now.live_objects;
	reading__loss(&loss, watch->image, clock__boottime_ns(), &now, &user);
	subscriber__put(member->subscriber, &loss.head);
}

void stream__exit(struct observer *observer, const struct member *member, enum exit_reason reason)
{
	struct record_exit record = {.image = member->watch.image, .reason = reason};

	(void)observer;
	record__init(&record.head, RECORD_EXIT, sizeof(record), clock__boottime_ns());
	subscriber__put(member->subscriber, &record.head);
}

void observer__note_memory(struct observer *observer, pid_t pid, uint64_t rss_bytes,
			   uint64_t anon_bytes)
{
	for (struct subscriber *s = observer->subscribers; s; s = s->next) {
		struct member *member = observer__member_of(observer, s, pid);

		if (!member || !anon_bytes)
			continue;
		member->rss_bytes = rss_bytes;
		member->anon_bytes = anon_bytes;
		member->memory_noted = true;
	}
}
