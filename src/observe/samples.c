// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples: from the ring through the unwinder into the streams, and the names of their frames. */
#include "observe/state.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "base/banned.h"

#define ROOM_MS	    1000 /* how long the drain waits for the unwinder before it drops a sample */
#define THRIFTY_MS  10	 /* a daemon's loop has more to do */
#define UNNAMED_MAX (256U << 10)

static struct subscriber *find_subscriber(const struct observer *observer, uint32_t id)
{
	struct subscriber *subscriber = observer->subscribers;

	while (subscriber && subscriber->id != id)
		subscriber = subscriber->next;
	return subscriber;
}

static void ask_name(struct observer *observer, struct subscriber *subscriber, uint32_t module,
		     uint64_t address)
{
	int err = naming_worker__ask(observer->naming, subscriber->id, module, address);

	if (!err)
		subscriber->names_pending++;
	else if (err == -EAGAIN && subscriber->unnamed.cnt < UNNAMED_MAX)
		(void)vec__add(&subscriber->unnamed, (struct name_wanted){module, address});
}

void observer__ask_names(struct observer *observer)
{
	for (struct subscriber *s = observer->subscribers; s; s = s->next) {
		size_t cnt = s->unnamed.cnt;

		s->unnamed.cnt = 0; /* those that still find no room are put back in place */
		for (size_t i = 0; i < cnt; i++)
			ask_name(observer, s, s->unnamed.items[i].module,
				 s->unnamed.items[i].address);
	}
}

void stream__want_name(struct observer *observer, struct subscriber *subscriber,
		       const struct frame *frame)
{
	uint64_t address = frame->offset - (frame->flags & FRAME_EXACT_PC ? 0 : 1);
	uint64_t key = hash__bytes(HASH_SEED, &frame->module, sizeof(frame->module));

	if (!frame->module)
		return;
	key = hash__bytes(key, &address, sizeof(address));
	if (table__get(&subscriber->named, key, NULL) || table__put(&subscriber->named, key, 1))
		return;
	ask_name(observer, subscriber, frame->module, address);
}

void stream__module(struct observer *observer, struct subscriber *subscriber, uint32_t number)
{
	const struct known_module *known;
	struct record_module fixed = {.head.time_ns = clock__boottime_ns(), .module = number};
	uint64_t index;

	if (!number || table__get(&subscriber->modules, number, NULL) ||
	    !table__get(&observer->by_module, number, &index))
		return;
	known = &observer->modules.items[index];
	fixed.build_id_bytes = known->build_id_bytes;
	memcpy(fixed.build_id, known->build_id, sizeof(fixed.build_id));
	if (!table__put(&subscriber->modules, number, 1))
		subscriber__put(subscriber,
				record_buffer__module(&observer->buffer, &fixed, known->path));
}

int observer__know_module(struct observer *observer, const struct known_module *known)
{
	int err = table__put(&observer->by_module, known->module, observer->modules.cnt);

	if (!err)
		err = vec__add(&observer->modules, *known);
	if (!err)
		return 0;
	table__remove(&observer->by_module, known->module, NULL);
	free(known->path);
	return err;
}

static void learn_module(struct observer *observer, const struct unwind_module *module)
{
	struct known_module known = {
		.module = module->module,
		.build_id_bytes = module->build_id_bytes,
		.path = strdup(module->path),
	};

	memcpy(known.build_id, module->build_id, sizeof(known.build_id));
	if (!known.path || observer__know_module(observer, &known))
		return;
	(void)naming_worker__add_module(observer->naming, module->module, module->fd, module->path,
					module->build_id, module->build_id_bytes, module->pid);
}

static void put_sample(struct observer *observer, struct subscriber *subscriber,
		       const struct unwind_answer *answer)
{
	const struct hb_sample *sample = &answer->sample;
	struct record_sample fixed = {
		.head.time_ns = sample->event.time_ns,
		.image = sample->event.image,
		.epoch = sample->event.epoch,
		.sample_id = sample->event.sample_id,
		.address = sample->address,
		.size_bytes = sample->size_bytes,
		.old_size_bytes = sample->old_size_bytes,
		.probability_q32 = sample->probability_q32,
		.call_cfa = sample->call_cfa,
		.return_slot = sample->return_slot,
		.return_address = sample->return_address,
		.caller_cfa = answer->caller_cfa,
		.tid = sample->event.tid,
		.func = sample->func,
	};

	if (sample->flags & HB_SAMPLE_FAILED_CALL)
		fixed.head.type = RECORD_FAILURE;
	if (sample->flags & HB_SAMPLE_TRACKED)
		fixed.flags |= SAMPLE_TRACKED;
	if (answer->complete)
		fixed.flags |= SAMPLE_COMPLETE;
	if (answer->no_stack)
		fixed.flags |= SAMPLE_NO_STACK;
	for (uint32_t i = 0; i < answer->frame_cnt; i++) {
		stream__module(observer, subscriber, answer->frames[i].module);
		stream__want_name(observer, subscriber, &answer->frames[i]);
	}
	subscriber__put(subscriber, record_buffer__sample(&observer->buffer, &fixed, answer->frames,
							  answer->frame_cnt));
}

static struct member *member_at(struct observer *observer, const struct hb_event *event)
{
	struct member *member =
		event->slot < observer->slot_cnt ? observer->members[event->slot] : NULL;

	/* The calibrating child's records, and what a retired image left in the ring. */
	return member && member->watch.image == event->image ? member : NULL;
}

void observer__take_answers(struct observer *observer)
{
	struct unwind_answer *answer;

	while ((answer = unwind_worker__take(observer->unwinder))) {
		struct member *member = member_at(observer, &answer->sample.event);

		observer->unwinder_hangs = false;
		for (size_t i = 0; i < answer->module_cnt; i++)
			learn_module(observer, &answer->modules[i]);
		if (member) {
			member->unwinding--;
			put_sample(observer, member->subscriber, answer);
		}
		unwind_answer__free(answer);
	}
}

static void put_names(struct observer *observer, struct subscriber *subscriber,
		      const struct naming_answer *answer)
{
	for (int depth = 0; depth < answer->cnt; depth++) {
		const struct symbol_name *name = &answer->names[depth];
		struct record_symbol fixed = {
			.head.time_ns = clock__boottime_ns(),
			.module = answer->module,
			.depth = (uint32_t)depth,
			.offset = answer->address,
			.line = name->line,
			.flags = (name->inlined ? SYMBOL_INLINED : 0) |
				 (name->no_name ? SYMBOL_NO_NAME : 0),
		};
		struct symbol_strings strings = {.function = name->function, .file = name->file};

		subscriber__put(subscriber,
				record_buffer__symbol(&observer->buffer, &fixed, &strings));
	}
}

static void put_site(struct observer *observer, struct subscriber *subscriber,
		     const struct naming_answer *answer)
{
	const struct symbol_site *site = answer->site;
	struct go_site_strings strings;
	struct record_go_site fixed = {
		.head.time_ns = clock__boottime_ns(),
		.module = answer->module,
		.offset = answer->address,
	};

	if (!site)
		return;
	fixed.type_bytes = site->type_bytes;
	strings = (struct go_site_strings){site->type, site->callee, site->call};
	subscriber__put(subscriber, record_buffer__go_site(&observer->buffer, &fixed, &strings));
}

void observer__take_names(struct observer *observer)
{
	struct naming_answer *answer;

	while ((answer = naming_worker__take(observer->naming))) {
		struct subscriber *subscriber = find_subscriber(observer, answer->tag);

		if (subscriber) {
			subscriber->names_pending--;
			put_names(observer, subscriber, answer);
			put_site(observer, subscriber, answer);
		}
		free(answer);
	}
}

/* The unwinder is behind: take what it has done, so that the ring, not its queue, is what fills
 * up. False when it has not caught up soon; one that hangs is waited for once, not for each sample of
 * a full ring: gates must be shut in time. */
static bool make_room(struct observer *observer, const struct member *member)
{
	struct pollfd answers = {.fd = unwind_worker__fd(observer->unwinder), .events = POLLIN};
	/* A daemon's own samples are many and few are missed; a client may want every one. */
	bool own = observer->options.thrifty && !member->subscriber->next;
	int patience = own ? THRIFTY_MS : ROOM_MS;

	if (poll(&answers, 1, observer->unwinder_hangs ? 0 : patience) <= 0) {
		observer->unwinder_hangs = true;
		return false;
	}
	observer__take_answers(observer);
	return true;
}

static int post(struct observer *observer, const struct member *member,
		const struct hb_sample *sample, const struct hb_stack *stack)
{
	const struct watch *watch = &member->watch;
	int err;

	do {
		err = unwind_worker__post(observer->unwinder, watch->target->pid, watch->image,
					  sample->event.time_ns, sample, stack);
	} while (err == -EAGAIN && make_room(observer, member));
	return err;
}

static void handle_sample(void *ctx, const struct hb_sample *sample, const struct hb_stack *stack)
{
	struct observer *observer = ctx;
	struct member *member = member_at(observer, &sample->event);

	if (!member)
		return;
	member->watch.delivered++;
	if (!member->streamed)
		return;
	member__name_thread(observer, member, sample->event.tid);
	if (stack && !stack->bytes)
		stack = NULL;
	if (post(observer, member, sample, stack))
		member->watch.lost_queue++;
	else
		member->unwinding++;
}

static void handle_block(void *ctx, const struct hb_block *block)
{
	struct observer *observer = ctx;
	struct member *member = member_at(observer, &block->event);
	struct record_block record = {
		.image = block->event.image,
		.epoch = block->event.epoch,
		.sample_id = block->event.sample_id,
		.address = block->address,
		.size_bytes = block->size_bytes,
		.old_size_bytes = block->old_size_bytes,
		.born_ns = block->born_ns,
		.stack_address = block->stack_address,
		.steps = block->steps,
		.tid = block->event.tid,
		.birth_tid = block->birth_tid,
	};

	if (!member || !member->streamed)
		return;
	record__init(&record.head, block->event.type == HB_EVENT_STEP ? RECORD_STEP : RECORD_FREE,
		     sizeof(record), block->event.time_ns);
	subscriber__put(member->subscriber, &record.head);
}

static void handle_go_sample(void *ctx, const struct hb_go_sample *sample)
{
	struct member *member = member_at(ctx, &sample->event);

	if (member)
		observer__handle_go_sample(ctx, member, sample);
}

static void handle_go_cycle(void *ctx, const struct hb_go_cycle *cycle)
{
	struct member *member = member_at(ctx, &cycle->event);

	if (member)
		observer__handle_go_cycle(ctx, member, cycle);
}

/* Comes before the exit itself, by a ring of its own. */
static void handle_death(void *ctx, pid_t pid)
{
	struct observer *observer = ctx;

	for (struct subscriber *s = observer->subscribers; s; s = s->next) {
		struct member *member = observer__member_of(observer, s, pid);

		if (member)
			member->starved = true;
	}
}

int observer__open_drain(struct observer *observer)
{
	const struct drain_handlers handlers = {.ctx = observer,
						.sample = handle_sample,
						.block = handle_block,
						.death = handle_death,
						.go_sample = handle_go_sample,
						.go_cycle = handle_go_cycle};

	observer->drain = drain__new(observer->object, &handlers);
	return observer->drain ? 0 : -errno;
}
