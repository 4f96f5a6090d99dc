// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * observe/samples.c between made-up neighbours: the ring, the unwinder, the naming worker and the
 * sinks are defined here, which keeps the real ones out of the program.
 */
#include "observe/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/banned.h"

#define QUEUE 64

struct asked {
	uint32_t tag, module;
	uint64_t address;
};

/* What the neighbours were told, and what they are to say. */
static struct {
	struct drain_handlers handlers;
	struct unwind_answer *answers[QUEUE];
	size_t answer_cnt;
	int post_errs[QUEUE]; /* of the next posts; 0 when used up */
	size_t post_cnt;
	int answers_fd;
	struct asked asked[QUEUE];
	size_t asked_cnt, ask_room;
	struct naming_answer *names[QUEUE];
	size_t name_cnt;
	uint32_t modules_added[QUEUE];
	size_t module_cnt;
} staged;

/* Of the records that subscriber @id was given: type, and the number that says which. */
static struct {
	uint32_t id, type;
	uint64_t which;
	uint32_t flags;
} told[QUEUE];
static size_t told_cnt;

static struct observer *observer;
static struct subscriber subscribers[2];

struct drain *drain__new(struct object *object, const struct drain_handlers *handlers)
{
	(void)object;
	staged.handlers = *handlers;
	return (struct drain *)&staged;
}

struct unwind_answer *unwind_worker__take(struct unwind_worker *worker)
{
	struct unwind_answer *answer = staged.answers[0];

	(void)worker;
	if (!staged.answer_cnt)
		return NULL;
	staged.answer_cnt--;
	memmove(staged.answers, staged.answers + 1, staged.answer_cnt * sizeof(answer));
	return answer;
}

void unwind_answer__free(struct unwind_answer *answer)
{
	free(answer->modules);
	free(answer);
}

int unwind_worker__post(struct unwind_worker *worker, pid_t pid, uint32_t image, uint64_t tag,
			const struct hb_sample *sample, const struct hb_stack *stack)
{
	(void)worker;
	(void)tag;
	assert_int_equal(pid, 23);
	assert_int_equal(image, sample->event.image);
	assert_true(!stack || stack->bytes);
	return staged.post_errs[staged.post_cnt++];
}

int unwind_worker__fd(const struct unwind_worker *worker)
{
	(void)worker;
	return staged.answers_fd;
}

int naming_worker__ask(struct naming_worker *worker, uint32_t tag, uint32_t module,
		       uint64_t address)
{
	(void)worker;
	if (!staged.ask_room)
		return -EAGAIN;
	staged.ask_room--;
	staged.asked[staged.asked_cnt++] = (struct asked){tag, module, address};
	return 0;
}

struct naming_answer *naming_worker__take(struct naming_worker *worker)
{
	(void)worker;
	return staged.name_cnt ? staged.names[--staged.name_cnt] : NULL;
}

int naming_worker__add_module(struct naming_worker *worker, uint32_t module, int fd,
			      const char *path, const uint8_t *build_id, size_t build_id_bytes,
			      pid_t root_pid)
{
	(void)worker;
	(void)fd;
	(void)path;
	(void)build_id;
	(void)build_id_bytes;
	(void)root_pid;
	staged.modules_added[staged.module_cnt++] = module;
	return 0;
}

void subscriber__put(struct subscriber *subscriber, const struct record *record)
{
	assert_non_null(record);
	told[told_cnt].id = subscriber->id;
	told[told_cnt].type = record->type;
	if (record->type == RECORD_SAMPLE) {
		told[told_cnt].which = ((const struct record_sample *)record)->sample_id;
		told[told_cnt].flags = ((const struct record_sample *)record)->flags;
	} else if (record->type == RECORD_MODULE) {
		told[told_cnt].which = ((const struct record_module *)record)->module;
	} else if (record->type == RECORD_SYMBOL) {
		told[told_cnt].which = ((const struct record_symbol *)record)->depth;
		told[told_cnt].flags = ((const struct record_symbol *)record)->flags;
	} else {
		told[told_cnt].which = ((const struct record_block *)record)->sample_id;
	}
	told_cnt++;
}

struct member *observer__member_of(struct observer *from, const struct subscriber *subscriber,
				   pid_t pid)
{
	for (size_t i = 0; pid == 23 && i < from->slot_cnt; i++)
		if (from->members[i]->subscriber == subscriber)
			return from->members[i];
	return NULL;
}

/* Image 1 in slot 0 is subscriber 1's, image 2 in slot 1 is subscriber 2's; both are process 23. */
static int set_up(void **state)
{
	static struct target target = {.pid = 23};

	(void)state;
	memset(&staged, 0, sizeof(staged));
	told_cnt = 0;
	staged.ask_room = QUEUE;
	staged.answers_fd = eventfd(0, EFD_CLOEXEC);
	observer = calloc(1, sizeof(*observer));
	if (!observer)
		return -1;
	observer->options.thrifty = true;
	observer->slot_cnt = 2;
	for (uint32_t i = 0; i < 2; i++) {
		subscribers[i] = (struct subscriber){.id = i + 1};
		observer->members[i] = calloc(1, sizeof(struct member));
		if (!observer->members[i])
			return -1;
		observer->members[i]->watch.image = i + 1;
		observer->members[i]->watch.target = &target;
		observer->members[i]->subscriber = &subscribers[i];
		observer->members[i]->streamed = true;
	}
	subscribers[1].next = &subscribers[0];
	observer->subscribers = &subscribers[1];
	return observer__open_drain(observer);
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		free(observer->members[i]);
		table__release(&subscribers[i].modules);
		table__release(&subscribers[i].named);
		free(subscribers[i].unnamed.items);
	}
	for (size_t i = 0; i < observer->modules.cnt; i++)
		free(observer->modules.items[i].path);
	free(observer->modules.items);
	table__release(&observer->by_module);
	record_buffer__release(&observer->buffer);
	free(observer);
	close(staged.answers_fd);
	return 0;
}

/* An answer for sample @id of image @image, with one frame at @offset of @module. */
static struct unwind_answer *answer(uint32_t image, uint64_t id, uint32_t module, uint64_t offset)
{
	struct unwind_answer *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->sample.event =
		(struct hb_event){.slot = (uint16_t)(image - 1), .image = image, .sample_id = id};
	a->frames[0] = (struct frame){.module = module, .offset = offset};
	a->frame_cnt = 1;
	staged.answers[staged.answer_cnt++] = a;
	return a;
}

static void announce_module(struct unwind_answer *a, uint32_t module)
{
	a->modules = calloc(1, sizeof(*a->modules));
	assert_non_null(a->modules);
	a->module_cnt = 1;
	a->modules[0] = (struct unwind_module){.module = module, .path = (char *)"/x", .fd = -1};
}

static void expect_told(size_t index, uint32_t id, enum record_type type, uint64_t which)
{
	assert_true(index < told_cnt);
	assert_int_equal(told[index].id, id);
	assert_int_equal(told[index].type, type);
	assert_int_equal(told[index].which, which);
}

static void each_stream_gets_a_module_once_before_its_samples(void **state)
{
	(void)state;
	announce_module(answer(1, 11, 7, 100), 7);
	answer(1, 12, 7, 100);
	answer(2, 13, 7, 100);
	observer->members[0]->unwinding = 2;
	observer->members[1]->unwinding = 1;
	observer__take_answers(observer);
	assert_int_equal(told_cnt, 5);
	expect_told(0, 1, RECORD_MODULE, 7);
	expect_told(1, 1, RECORD_SAMPLE, 11);
	expect_told(2, 1, RECORD_SAMPLE, 12);
	expect_told(3, 2, RECORD_MODULE, 7);
	expect_told(4, 2, RECORD_SAMPLE, 13);
	assert_int_equal(staged.module_cnt, 1);
	assert_int_equal(observer->members[0]->unwinding + observer->members[1]->unwinding, 0);
	/* The name of each address, once a stream: of the call, before where it returns to. */
	assert_int_equal(staged.asked_cnt, 2);
	assert_int_equal(staged.asked[0].address, 99);
	assert_int_equal(staged.asked[0].tag, 1);
	assert_int_equal(staged.asked[1].tag, 2);
}

static void sample_of_a_retired_image_is_dropped_but_its_modules_are_learned(void **state)
{
	(void)state;
	announce_module(answer(1, 11, 7, 100), 7);
	observer->members[0]->watch.image = 3; /* the slot is somebody else's by now */
	answer(2, 12, 7, 100)->sample.event.slot = 9999;
	observer__take_answers(observer);
	assert_int_equal(told_cnt, 0);
	assert_int_equal(staged.module_cnt, 1);
	answer(2, 13, 7, 100);
	observer->members[1]->unwinding = 1;
	observer__take_answers(observer);
	expect_told(0, 2, RECORD_MODULE, 7);
	expect_told(1, 2, RECORD_SAMPLE, 13);
}

static void flags_and_unknown_modules_travel(void **state)
{
	struct unwind_answer *a = answer(1, 11, 0, 0x7fff0000);

	(void)state;
	a->sample.flags = HB_SAMPLE_TRACKED;
	a->complete = true;
	a = answer(1, 12, 5, 1); /* nobody has announced module 5 */
	a->no_stack = true;
	observer->members[0]->unwinding = 2;
	observer__take_answers(observer);
	assert_int_equal(told_cnt, 2);
	assert_int_equal(told[0].flags, SAMPLE_TRACKED | SAMPLE_COMPLETE);
	assert_int_equal(told[1].flags, SAMPLE_NO_STACK);
	/* A raw address has no name to be asked for. */
	assert_int_equal(staged.asked_cnt, 1);
	assert_int_equal(staged.asked[0].module, 5);
}

static void names_without_room_are_asked_again_and_none_twice(void **state)
{
	(void)state;
	staged.ask_room = 1;
	for (uint64_t i = 0; i < 5; i++)
		answer(1, i, 7, 100 + i);
	observer->members[0]->unwinding = 5;
	observer__take_answers(observer);
	assert_int_equal(staged.asked_cnt, 1);
	assert_int_equal(subscribers[0].names_pending, 1);
	assert_int_equal(subscribers[0].unnamed.cnt, 4);
	staged.ask_room = 2;
	observer__ask_names(observer);
	assert_int_equal(subscribers[0].unnamed.cnt, 2);
	staged.ask_room = QUEUE;
	observer__ask_names(observer);
	observer__ask_names(observer);
	assert_int_equal(subscribers[0].unnamed.cnt, 0);
	assert_int_equal(subscribers[0].names_pending, 5);
	assert_int_equal(staged.asked_cnt, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(staged.asked[i].address, 99 + i);
}

static void add_names(uint32_t tag, const struct symbol_name *names, int cnt)
{
	struct naming_answer *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	*a = (struct naming_answer){.tag = tag, .module = 7, .names = names, .cnt = cnt};
	staged.names[staged.name_cnt++] = a;
}

static void names_go_to_who_asked_if_it_is_still_there(void **state)
{
	const struct symbol_name names[] = {
		{.function = (char *)"inner", .file = (char *)"x.c", .line = 23, .inlined = true},
		{.function = (char *)"outer", .no_name = true},
	};

	(void)state;
	subscribers[1].names_pending = 1;
	add_names(2, names, 2);
	add_names(99, names, 2); /* a subscriber that has gone */
	observer__take_names(observer);
	assert_int_equal(told_cnt, 2);
	expect_told(0, 2, RECORD_SYMBOL, 0);
	expect_told(1, 2, RECORD_SYMBOL, 1);
	assert_int_equal(told[0].flags, SYMBOL_INLINED);
	assert_int_equal(told[1].flags, SYMBOL_NO_NAME);
	assert_int_equal(subscribers[1].names_pending, 0);
	/* A lookup that failed says nothing, but is no longer waited for. */
	subscribers[1].names_pending = 1;
	add_names(2, NULL, -ENOMEM);
	observer__take_names(observer);
	assert_int_equal(told_cnt, 2);
	assert_int_equal(subscribers[1].names_pending, 0);
}

static void ring(uint32_t image, uint64_t id, const struct hb_stack *stack)
{
	const struct hb_sample sample = {
		.event = {.slot = (uint16_t)(image - 1), .image = image, .sample_id = id}};

	staged.handlers.sample(staged.handlers.ctx, &sample, stack);
}

static void samples_are_posted_counted_and_lost_ones_told(void **state)
{
	static struct hb_stack none, some = {.bytes = 8};
	struct watch *watch = &observer->members[0]->watch;

	(void)state;
	ring(1, 11, &none);
	ring(1, 12, &some);
	ring(3, 13, &some); /* of no image here */
	assert_int_equal(staged.post_cnt, 2);
	assert_int_equal(watch->delivered, 2);
	assert_int_equal(observer->members[0]->unwinding, 2);
	staged.post_errs[2] = -ENOMEM;
	ring(1, 14, &some);
	assert_int_equal(watch->delivered, 3);
	assert_int_equal(watch->lost_queue, 1);
	assert_int_equal(observer->members[0]->unwinding, 2);
	/* Of a trial nothing is streamed, and nothing is lost. */
	observer->members[0]->streamed = false;
	ring(1, 15, &some);
	assert_int_equal(staged.post_cnt, 3);
	assert_int_equal(watch->lost_queue, 1);
}

static void unwinder_that_is_behind_is_waited_for(void **state)
{
	(void)state;
	staged.post_errs[0] = -EAGAIN;
	observer->members[0]->unwinding = 1;
	answer(1, 11, 0, 1);
	assert_int_equal(eventfd_write(staged.answers_fd, 1), 0);
	ring(1, 12, NULL);
	/* Its answer was taken, then there was room. */
	expect_told(0, 1, RECORD_SAMPLE, 11);
	assert_int_equal(staged.post_cnt, 2);
	assert_int_equal(observer->members[0]->unwinding, 1);
	assert_int_equal(observer->members[0]->watch.lost_queue, 0);
}

/* A ring full of them at a second each would hold the loop for hours. */
static void unwinder_that_hangs_costs_samples_but_is_waited_for_once(void **state)
{
	struct member *member = observer->members[0];
	size_t cnt = QUEUE - 2;

	(void)state;
	for (size_t i = 0; i < cnt; i++)
		staged.post_errs[i] = -EAGAIN;
	for (size_t i = 0; i < cnt; i++)
		ring(1, i, NULL);
	assert_int_equal(staged.post_cnt, cnt);
	assert_int_equal(member->watch.lost_queue, cnt);
	assert_int_equal(member->unwinding, 0);
	assert_true(observer->unwinder_hangs);
	/* It has come back. */
	member->unwinding = 1;
	answer(1, 11, 0, 1);
	observer__take_answers(observer);
	assert_false(observer->unwinder_hangs);
	ring(1, 99, NULL);
	assert_int_equal(member->unwinding, 1);
}

static void steps_and_frees_are_told_as_such(void **state)
{
	struct hb_block block = {
		.event = {.slot = 1, .image = 2, .sample_id = 11, .type = HB_EVENT_STEP}};

	(void)state;
	staged.handlers.block(staged.handlers.ctx, &block);
	block.event.type = HB_EVENT_FREE;
	staged.handlers.block(staged.handlers.ctx, &block);
	block.event.image = 9;
	staged.handlers.block(staged.handlers.ctx, &block);
	block.event.image = 2;
	observer->members[1]->streamed = false;
	staged.handlers.block(staged.handlers.ctx, &block);
	assert_int_equal(told_cnt, 2);
	expect_told(0, 2, RECORD_STEP, 11);
	expect_told(1, 2, RECORD_FREE, 11);
}

static void death_for_memory_is_noted_in_each_stream_that_has_the_process(void **state)
{
	(void)state;
	staged.handlers.death(staged.handlers.ctx, 2309);
	assert_false(observer->members[0]->starved || observer->members[1]->starved);
	staged.handlers.death(staged.handlers.ctx, 23);
	assert_true(observer->members[0]->starved && observer->members[1]->starved);
}

#define OBSERVED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		OBSERVED(each_stream_gets_a_module_once_before_its_samples),
		OBSERVED(sample_of_a_retired_image_is_dropped_but_its_modules_are_learned),
		OBSERVED(flags_and_unknown_modules_travel),
		OBSERVED(names_without_room_are_asked_again_and_none_twice),
		OBSERVED(names_go_to_who_asked_if_it_is_still_there),
		OBSERVED(samples_are_posted_counted_and_lost_ones_told),
		OBSERVED(unwinder_that_is_behind_is_waited_for),
		OBSERVED(unwinder_that_hangs_costs_samples_but_is_waited_for_once),
		OBSERVED(steps_and_frees_are_told_as_such),
		OBSERVED(death_for_memory_is_noted_in_each_stream_that_has_the_process),
	};

	return cmocka_run_group_tests_name("observe_samples", tests, NULL, NULL);
}
