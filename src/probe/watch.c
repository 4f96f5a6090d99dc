// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/watch.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "kernel/tasks.h"
#include "probe/point.h"
#include "base/banned.h"

#define P_FLOOR_Q32 (1ULL << 16) /* 2^-16: small sizes are sampled now and then, too */
#define NEVER_BYTES (1ULL << 31) /* the largest interval: with no floor, nothing below is chosen */

static int uprobe_open(struct watch *watch, struct error *error)
{
	struct probe_point points[POINTS_MAX_PER_PROCESS];
	size_t cnt = point__build(watch->target, watch->slot, points);

	if (watch->partial)
		cnt = point__keep_malloc(points, cnt);
	else if (watch->lean)
		point__drop_plain_returns(points, cnt);
	if (!cnt)
		return error__set(error, EXIT_REFUSED, -ENOTSUP,
				  "process %d: no allocator function can be probed; see heapbeat "
				  "doctor --probes -p %d",
				  watch->target->pid, watch->target->pid);
	watch->links = link_set__new(watch->object, watch->target->pid, points, cnt, error);
	return watch->links ? 0 : -errno;
}

static void uprobe_close(struct watch *watch)
{
	link_set__free(watch->links);
	watch->links = NULL;
}

/* What a hit outside the gate costs: that of a session link has no return, nor has a lean one. */
static enum link_kind charged_as(const struct watch *watch)
{
	return watch->lean ? LINK_SESSION : object__link(watch->object);
}

static uint64_t uprobe_cost(const struct watch *watch)
{
	/* Read in place: a copy of all classes is 13 KB, and this is asked for every few ms. */
	const struct hb_counters *now =
		(const struct hb_counters *)object__counters(watch->object, watch->slot);

	return (uint64_t)cost__charge(watch->costs, charged_as(watch), now);
}

const struct mechanism mechanism_uprobe = {
	.name = "uprobe",
	.open = uprobe_open,
	.close = uprobe_close,
	.cost_ns = uprobe_cost,
};

int watch__init(struct watch *watch, struct object *object, size_t slot, uint32_t image,
		struct target *target, const struct cost_table *costs, struct error *error)
{
	struct hb_task_row row;
	int err;

	*watch = (struct watch){
		.object = object,
		.target = target,
		.slot = slot,
		.image = image,
		.costs = costs,
		.mechanism = &mechanism_uprobe,
		.stacks = true,
	};
	err = tasks__row(object, target->pid, &row);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "process %d is gone", target->pid);
	watch->exec_id = row.exec_id;
	memset((void *)object__counters(object, slot), 0, sizeof(struct hb_counters));
	*object__config(object, slot) = (struct hb_config){
		.tgid = (uint32_t)target->pid,
		.image = image,
		.exec_id = row.exec_id,
		.interval_bytes = NEVER_BYTES,
	};
	return 0;
}

void watch__release(struct watch *watch)
{
	watch__detach(watch);
	target__free(watch->target);
	watch->target = NULL;
}

int watch__attach(struct watch *watch, struct error *error)
{
	return watch->links ? 0 : watch->mechanism->open(watch, error);
}

void watch__detach(struct watch *watch)
{
	if (!watch->links)
		return;
	watch__shut_gate(watch);
	watch->mechanism->close(watch);
}

bool watch__detach_step(struct watch *watch)
{
	if (watch->links && link_set__close_next(watch->links))
		return false;
	watch__detach(watch);
	return true;
}

static void store_flags(struct watch *watch, uint32_t flags)
{
	__atomic_store_n(&object__config(watch->object, watch->slot)->flags, flags,
			 __ATOMIC_RELEASE);
}

void watch__set_interval(struct watch *watch, uint64_t interval_bytes)
{
	struct hb_config *config = object__config(watch->object, watch->slot);

	watch->interval_bytes = interval_bytes;
	if (interval_bytes > NEVER_BYTES)
		interval_bytes = NEVER_BYTES;
	__atomic_store_n(&config->p_floor_q32, interval_bytes ? P_FLOOR_Q32 : 0, __ATOMIC_RELAXED);
	__atomic_store_n(&config->interval_bytes, interval_bytes ? interval_bytes : NEVER_BYTES,
			 __ATOMIC_RELAXED);
}

void watch__open_gate(struct watch *watch, enum plan_mode mode, uint64_t interval_bytes)
{
	struct hb_config *config = object__config(watch->object, watch->slot);

	watch__set_interval(watch, interval_bytes);
	watch->mode = mode;
	watch->epoch++;
	config->epoch = watch->epoch;
	watch->cpu_opened_ns = watch__cpu_ns(watch);
	watch__read(watch, &watch->base);
	watch->last = watch->base;
	watch->opened_ns = clock__boottime_ns();
	watch->closed_ns = 0;
	store_flags(watch,
		    HB_GATE_OPEN | (watch->full ? HB_FULL : 0) | (watch->stacks ? HB_STACKS : 0));
}

void watch__shut_gate(struct watch *watch)
{
	if (watch->mode == PLAN_REST)
		return;
	store_flags(watch, watch->full ? HB_FULL : 0);
	watch->closed_ns = clock__boottime_ns();
	watch__read(watch, &watch->last);
	watch->cpu_closed_ns = watch__cpu_ns(watch);
	watch->mode = PLAN_REST;
}

void watch__read(const struct watch *watch, struct hb_counters *ret)
{
	memcpy(ret, (const void *)object__counters(watch->object, watch->slot), sizeof(*ret));
}

uint64_t watch__cpu_ns(struct watch *watch)
{
	uint64_t cpu = clock__process_cpu_ns(watch->target->pid);

	if (cpu > watch->cpu_ns)
		watch->cpu_ns = cpu;
	return watch->cpu_ns;
}

uint64_t watch__charged_ns(const struct watch *watch)
{
	return watch->mechanism->cost_ns(watch);
}

uint64_t watch__stolen_ns(const struct watch *watch)
{
	enum link_kind link = charged_as(watch);
	double at_close = cost__charge(watch->costs, link, &watch->last);
	double at_open = cost__charge(watch->costs, link, &watch->base);

	return at_close > at_open ? (uint64_t)(at_close - at_open) : 0;
}
