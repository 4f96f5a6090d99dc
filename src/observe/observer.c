// SPDX-License-Identifier: GPL-2.0-or-later
#include "observe/state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/banned.h"

#define UNWIND_QUEUE	 8192 /* 8.5 KB each: one look's samples */
#define THRIFTY_QUEUE	 1024
#define NAMES_QUEUE	 4096
#define NAMES_NS	 1000000000ULL
#define HASTY_NS	 1000000 /* at the end of a look: its budget is a few ms */
#define CALM_MS		 20
#define THRIFTY_MS	 50
#define SELF_TEST_NS	 2000000000ULL
#define SELF_TEST_CPU_NS 500000000ULL

/* What a daemon holds of names, for all that it has ever seen. */
static const struct symbolizer_limits thrifty_names = {
	.addresses = 32U << 10,
	.name_bytes = 6U << 20,
	.rows = 100U << 10,
	.lines_bytes = 4U << 20,
};

static int open_workers(struct observer *observer, struct error *error)
{
	bool thrifty = observer->options.thrifty;
	int err = observer__open_drain(observer);

	if (!err &&
	    !(observer->unwinder = unwind_worker__new(thrifty ? THRIFTY_QUEUE : UNWIND_QUEUE)))
		err = -errno;
	if (!err &&
	    !(observer->naming = naming_worker__new(NAMES_QUEUE, thrifty ? &thrifty_names : NULL)))
		err = -errno;
	if (!err && !(observer->go_worker = go_worker__new()))
		err = -errno;
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot start the workers: %s",
				  strerror(-err));
	observer->sideband = sideband__new();
	if (!observer->sideband)
		return error__set(error, EXIT_REFUSED, -errno,
				  "cannot open process events: %s; needs root or CAP_PERFMON",
				  strerror(errno));
	return 0;
}

static int open_all(struct observer *observer, struct error *error)
{
	struct object_options object = {
		.link = observer->options.link,
		.slot_cnt = observer->slot_cnt + 1,
		.ring_bytes = observer->options.ring_bytes,
		.live_entries = observer->options.live_entries,
		.stacks = observer->options.stacks,
	};
	int err;

	observer->object = object__new(&object, error);
	if (!observer->object)
		return -EPERM;
	err = cost__calibrate(observer->object, observer->slot_cnt, &observer->costs, error);
	if (err)
		return err;
	log_info("observer",
		 "%s links: %.0f ns a hit, %.0f a return, %.0f a sample, %.0f a hit of a look",
		 link_kind__name(object__link(observer->object)), observer->costs.hit_ns,
		 observer->costs.return_ns, observer->costs.sample_ns, observer->costs.go_look_ns);
	err = open_workers(observer, error);
	/* What the calibrating child left in the ring is nobody's. */
	if (!err)
		drain__consume(observer->drain);
	return err;
}

struct observer *observer__new(const struct observer_options *options, struct error *error)
{
	struct observer *observer = calloc(1, sizeof(*observer));

	if (!observer) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	observer->options = *options;
	observer->slot_cnt = options->slots && options->slots < OBSERVER_SLOTS - 1
				     ? options->slots
				     : OBSERVER_SLOTS - 1;
	observer->random = clock__boottime_ns() | 1;
	if (open_all(observer, error)) {
		observer__free(observer);
		return NULL;
	}
	return observer;
}

static void free_subscriber(struct subscriber *subscriber)
{
	table__release(&subscriber->modules);
	table__release(&subscriber->named);
	free(subscriber->unnamed.items);
	free(subscriber);
}

void observer__free(struct observer *observer)
{
	if (!observer)
		return;
	observer__part(observer);
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		if (!observer->members[slot])
			continue;
		watch__release(&observer->members[slot]->watch);
		member__release_go(observer->members[slot]);
		table__release(&observer->members[slot]->threads);
		free(observer->members[slot]);
	}
	go_worker__free(observer->go_worker);
	unwind_worker__free(observer->unwinder);
	naming_worker__free(observer->naming);
	sideband__free(observer->sideband);
	drain__free(observer->drain);
	object__free(observer->object);
	record_buffer__release(&observer->buffer);
	while (observer->subscribers) {
		struct subscriber *next = observer->subscribers->next;

		free_subscriber(observer->subscribers);
		observer->subscribers = next;
	}
	for (size_t i = 0; i < observer->modules.cnt; i++)
		free(observer->modules.items[i].path);
	free(observer->modules.items);
	table__release(&observer->by_module);
	table__release(&observer->go_modules);
	free(observer->children.items);
	free(observer);
}

struct object *observer__object(struct observer *observer)
{
	return observer->object;
}

const struct cost_table *observer__costs(const struct observer *observer)
{
	return &observer->costs;
}

int observer__fd(const struct observer *observer)
{
	return drain__fd(observer->drain);
}

struct subscriber *observer__subscribe(struct observer *observer, const struct record_sink *sink,
				       const struct observe_terms *terms)
{
	struct subscriber *subscriber = calloc(1, sizeof(*subscriber));

	if (!subscriber)
		return NULL;
	subscriber->id = ++observer->subscriber_cnt;
	subscriber->sink = *sink;
	subscriber->terms = *terms;
	subscriber->next = observer->subscribers;
	observer->subscribers = subscriber;
	return subscriber;
}

void observer__begin(struct observer *observer, struct subscriber *subscriber)
{
	subscriber->begun = true;
	stream__host(observer, subscriber);
	observer__for_each(observer, subscriber, stream__introduce);
}

struct observe_terms *subscriber__terms(struct subscriber *subscriber)
{
	return &subscriber->terms;
}

int subscriber__error(const struct subscriber *subscriber)
{
	return subscriber->err;
}

/* Busy and attached, but never hit: a lost exit or exec, or probes that do not fire. Said once. */
static void self_test(struct observer *observer, struct member *member)
{
	const struct watch *watch = &member->watch;
	uint64_t open_ns = clock__boottime_ns() - watch->opened_ns;

	if (member->tested || watch->mode == PLAN_REST || open_ns < SELF_TEST_NS ||
	    watch->cpu_ns - watch->cpu_opened_ns < SELF_TEST_CPU_NS)
		return;
	member->tested = true;
	if (!object__counters(observer->object, watch->slot)->hits)
		log_warn("observer",
			 "process %d: busy for %.0f s without a single allocator call; "
			 "see heapbeat doctor --probes -p %d",
			 watch->target->pid, (double)open_ns / 1e9, watch->target->pid);
}

static void tick_member(struct observer *observer, struct member *member)
{
	struct watch *watch = &member->watch;

	/* The sideband may lose an exit under a storm of forks. */
	if (kill(watch->target->pid, 0) && errno == ESRCH) {
		member__retire(observer, member, EXIT_REASON_LOST);
		return;
	}
	watch__cpu_ns(watch);
	self_test(observer, member);
	if (watch->mode != PLAN_REST && member->streamed) {
		watch__read(watch, &watch->last);
		stream__counters(observer, member);
		stream__plan(observer, member);
	}
	stream__vitals(observer, member);
	stream__loss(observer, member);
}

void observer__tick(struct observer *observer)
{
	uint64_t now = clock__boottime_ns();

	observer__for_each(observer, NULL, tick_member);
	if (now >= observer->named_ns + NAMES_NS) {
		observer->named_ns = now;
		observer__ask_names(observer);
	}
}

void observer__turn(struct observer *observer)
{
	/* Gates before everything else: figures must end when the budget does. */
	observer__for_each(observer, NULL, member__govern);
	observer__for_each(observer, NULL, member__govern_look);
	/* Mappings before the samples that lie in them. */
	observer__drain_events(observer);
	drain__consume(observer->drain);
	observer__follow_leaderless(observer);
	observer__adopt_children(observer);
	observer__take_answers(observer);
	observer__take_names(observer);
	observer__take_go(observer);
	observer__for_each(observer, NULL, member__read_go);
	observer__reap(observer);
}

int observer__patience_ms(const struct observer *observer)
{
	int calm = observer->options.thrifty ? THRIFTY_MS : CALM_MS;
	uint64_t now = clock__boottime_ns(), due = now + (uint64_t)calm * 1000000;

	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		const struct member *member = observer->members[slot];

		if (member && !member->watch.gone && member->watch.mode != PLAN_REST &&
		    member->due_ns < due)
			due = member->due_ns;
		if (member && !member->watch.gone && member->go.looks.opened_ns &&
		    member->go.looks.due_ns < due)
			due = member->go.looks.due_ns;
	}
	return due > now + HASTY_NS ? (int)((due - now) / 1000000) : 1;
}

void observer__govern_now(struct observer *observer, struct subscriber *subscriber)
{
	observer__for_each(observer, subscriber, member__govern);
}

static void stop_member(struct observer *observer, struct member *member)
{
	watch__cpu_ns(&member->watch);
	stream__vitals(observer, member);
	member__shut(observer, member);
	member__shut_look(observer, member);
}

void observer__stop(struct observer *observer, struct subscriber *subscriber)
{
	/* Shut everything first: hits that are under way end meanwhile. */
	observer__for_each(observer, subscriber, stop_member);
	observer__for_each(observer, subscriber, member__leave);
	observer__for_each(observer, subscriber, member__leave_look);
	drain__consume(observer->drain);
	subscriber->closing = true;
	observer__for_each(observer, subscriber, member__end_go);
}

bool observer__is_drained(struct observer *observer, struct subscriber *subscriber)
{
	observer__take_answers(observer);
	observer__ask_names(observer);
	observer__take_names(observer);
	observer__take_go(observer);
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		const struct member *member = observer->members[slot];

		if (!member || member->subscriber != subscriber)
			continue;
		if (member->unwinding || (!member->watch.gone && member->go.ending) ||
		    member__awaits_calls(member))
			return false;
	}
	return !subscriber->names_pending && !subscriber->unnamed.cnt;
}

static void put_final_loss(struct observer *observer, struct member *member)
{
	stream__loss(observer, member);
}

void observer__close(struct observer *observer, struct subscriber *subscriber,
		     uint64_t *ret_sampled, uint64_t *ret_lost)
{
	observer__for_each(observer, subscriber, put_final_loss);
	*ret_sampled = subscriber->sampled;
	*ret_lost = subscriber->lost;
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		const struct member *member = observer->members[slot];
		const struct hb_counters *cnt;

		if (!member || member->subscriber != subscriber)
			continue;
		cnt = (const struct hb_counters *)object__counters(observer->object, slot);
		*ret_sampled += cnt->sampled;
		*ret_lost += cnt->lost[HB_LOST_RING_FULL] + member->watch.lost_queue;
	}
}

bool observer__saw_window(const struct observer *observer, const struct subscriber *subscriber)
{
	(void)observer;
	return subscriber->saw_window;
}

static void release_member(struct observer *observer, struct member *member)
{
	member__retire(observer, member, EXIT_REASON_RELEASED);
}

void observer__unsubscribe(struct observer *observer, struct subscriber *subscriber)
{
	struct subscriber **at = &observer->subscribers;

	subscriber->err = subscriber->err ?: -ECANCELED;
	observer__for_each(observer, subscriber, release_member);
	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		if (observer->members[slot] && observer->members[slot]->subscriber == subscriber)
			observer->members[slot]->unwinding = 0;
	observer__reap(observer);
	while (*at != subscriber)
		at = &(*at)->next;
	*at = subscriber->next;
	free_subscriber(subscriber);
}
