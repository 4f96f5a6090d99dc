// SPDX-License-Identifier: GPL-2.0-or-later
/* The session's stream: readings, samples and names into records. */
#include "observe/session_state.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "collect/reading.h"
#include "base/banned.h"

#define ROOM_MS 1000 /* how long the drain waits for the unwinder before it drops a sample */

void session__put(struct session *session, const struct record *record)
{
	int err;

	if (session->sink_err)
		return;
	err = record ? session->sink->put(session->sink->ctx, record) : -ENOMEM;
	if (err)
		session->sink_err = err;
}

void session__put_host(struct session *session)
{
	struct utsname name = {0};

	uname(&name);
	session__put(session, record_buffer__host(&session->buffer, session->begun_ns, name.release,
						  name.nodename, HEAPBEAT_VERSION,
						  (uint32_t)sysconf(_SC_NPROCESSORS_ONLN)));
}

static void put_image(struct session *session, const struct member *member)
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

	session__put(session, record_buffer__image(&session->buffer, &fixed, &strings));
}

void session__introduce(struct session *session, struct member *member)
{
	put_image(session, member);
	session__put_vitals(session, member);
}

void session__put_plan(struct session *session, const struct member *member)
{
	const struct watch *watch = &member->watch;
	bool open = watch->mode != PLAN_REST;
	uint64_t now = clock__boottime_ns();
	struct record_plan plan = {
		.image = watch->image,
		.epoch = watch->epoch,
		.mode = (uint32_t)(open ? watch->mode : member->last_mode),
		.link = (uint32_t)object__link(session->object),
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
	session__put(session, &plan.head);
}

void session__put_counters(struct session *session, const struct member *member)
{
	const struct watch *watch = &member->watch;
	struct record_counters fixed = {
		.head.time_ns = clock__boottime_ns(),
		.image = watch->image,
		.epoch = watch->epoch,
	};

	if (!watch->epoch || !member->streamed)
		return;
	session__put(session,
		     reading__counters(&session->buffer, &fixed, &watch->base, &watch->last));
}

/* CPU time outlives the process in our last reading of it; memory does not. */
void session__put_vitals(struct session *session, struct member *member)
{
	struct watch *watch = &member->watch;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct record_vitals vitals = {.image = watch->image, .cpu_ns = watch__cpu_ns(watch)};
	struct hb_task_row row;

	if (watch->gone)
		return;
	if (!object__task_row(session->object, watch->target->pid, &row) && row.anon_pages) {
		member->anon_bytes = row.anon_pages * page;
		member->rss_bytes = (row.anon_pages + row.file_pages + row.shmem_pages) * page;
	}
	vitals.anon_bytes = member->anon_bytes;
	vitals.rss_bytes = member->rss_bytes;
	record__init(&vitals.head, RECORD_VITALS, sizeof(vitals), clock__boottime_ns());
	session__put(session, &vitals.head);
}

void session__put_loss(struct session *session, const struct member *member)
{
	const struct watch *watch = &member->watch;
	struct reading_loss user = {.delivered = watch->delivered, .lost_queue = watch->lost_queue};
	struct hb_counters now;
	struct record_loss loss;
	int64_t live;

	watch__read(watch, &now);
	/* Walking the live map is for the end; until then the counters know how many there are. */
	live = session->closing ? object__count_live(session->object, watch->image) : -1;
	user.still_live = live >= 0 ? (uint64_t)live : now.live_objects;
	reading__loss(&loss, watch->image, clock__boottime_ns(), &now, &user);
	session__put(session, &loss.head);
}

static void note_unnamed(struct session *session, const struct frame *frame)
{
	uint64_t address = frame->offset - (frame->flags & FRAME_EXACT_PC ? 0 : 1);
	uint64_t key = hash__bytes(HASH_SEED, &frame->module, sizeof(frame->module));

	if (!frame->module)
		return;
	key = hash__bytes(key, &address, sizeof(address));
	if (table__get(&session->named, key, NULL) || table__put(&session->named, key, 1))
		return;
	(void)vec__add(&session->unnamed, (struct session_address){frame->module, address});
}

static void put_module(struct session *session, const struct unwind_module *module)
{
	struct record_module fixed = {
		.head.time_ns = clock__boottime_ns(),
		.module = module->module,
		.build_id_bytes = module->build_id_bytes,
	};

	memcpy(fixed.build_id, module->build_id, sizeof(fixed.build_id));
	session__put(session, record_buffer__module(&session->buffer, &fixed, module->path));
	symbolizer__add_module(session->symbolizer, module->module, module->fd, module->path,
			       module->build_id, module->build_id_bytes, module->pid);
}

static void put_sample(struct session *session, const struct unwind_answer *answer)
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

	if (sample->flags & HB_SAMPLE_TRACKED)
		fixed.flags |= SAMPLE_TRACKED;
	if (answer->complete)
		fixed.flags |= SAMPLE_COMPLETE;
	if (answer->no_stack)
		fixed.flags |= SAMPLE_NO_STACK;
	for (uint32_t i = 0; i < answer->frame_cnt; i++)
		note_unnamed(session, &answer->frames[i]);
	session__put(session, record_buffer__sample(&session->buffer, &fixed, answer->frames,
						    answer->frame_cnt));
}

void session__take_answers(struct session *session)
{
	struct unwind_answer *answer;

	while ((answer = unwind_worker__take(session->unwinder))) {
		for (size_t i = 0; i < answer->module_cnt; i++)
			put_module(session, &answer->modules[i]);
		put_sample(session, answer);
		unwind_answer__free(answer);
	}
}

static void put_names(struct session *session, uint32_t module, uint64_t address)
{
	const struct symbol_name *names;
	int cnt = symbolizer__lookup(session->symbolizer, module, address, &names);

	for (int depth = 0; depth < cnt; depth++) {
		struct record_symbol fixed = {
			.head.time_ns = session->tick_ns,
			.module = module,
			.depth = (uint32_t)depth,
			.offset = address,
			.line = names[depth].line,
			.flags = (names[depth].inlined ? SYMBOL_INLINED : 0) |
				 (names[depth].no_name ? SYMBOL_NO_NAME : 0),
		};
		struct symbol_strings strings = {.function = names[depth].function,
						 .file = names[depth].file};

		session__put(session, record_buffer__symbol(&session->buffer, &fixed, &strings));
	}
}

void session__put_symbols(struct session *session)
{
	for (size_t i = 0; i < session->unnamed.cnt; i++)
		put_names(session, session->unnamed.items[i].module,
			  session->unnamed.items[i].address);
	session->unnamed.cnt = 0;
}

static struct member *member_at(struct session *session, const struct hb_event *event)
{
	struct member *member = event->slot < SESSION_SLOTS ? session->members[event->slot] : NULL;

	/* The calibrating child's records, and what a retired image left in the ring. */
	return member && member->watch.image == event->image ? member : NULL;
}

/* The unwinder is behind: take what it has done, so that the ring, not its queue, is what fills
 * up. False when it has not caught up within a second. */
static bool make_room(struct session *session)
{
	struct pollfd answers = {.fd = unwind_worker__fd(session->unwinder), .events = POLLIN};

	if (poll(&answers, 1, ROOM_MS) <= 0)
		return false;
	session__take_answers(session);
	return true;
}

static int post(struct session *session, const struct member *member,
		const struct hb_sample *sample, const struct hb_stack *stack)
{
	const struct watch *watch = &member->watch;
	int err;

	do {
		err = unwind_worker__post(session->unwinder, watch->target->pid, watch->image,
					  sample->event.time_ns, sample, stack);
	} while (err == -EAGAIN && make_room(session));
	return err;
}

static void handle_sample(void *ctx, const struct hb_sample *sample, const struct hb_stack *stack)
{
	struct session *session = ctx;
	struct member *member = member_at(session, &sample->event);

	if (!member)
		return;
	member->watch.delivered++;
	if (!member->streamed)
		return;
	if (stack && !stack->bytes)
		stack = NULL;
	if (post(session, member, sample, stack))
		member->watch.lost_queue++;
}

static void handle_block(void *ctx, const struct hb_block *block)
{
	struct session *session = ctx;
	struct member *member = member_at(session, &block->event);
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
	session__put(session, &record.head);
}

int session__open_drain(struct session *session)
{
	const struct drain_handlers handlers = {
		.ctx = session, .sample = handle_sample, .block = handle_block};

	session->drain = drain__new(session->object, &handlers);
	return session->drain ? 0 : -errno;
}
