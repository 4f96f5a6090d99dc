// SPDX-License-Identifier: GPL-2.0-or-later
/* From events of Go probes to records: frames, weights, and events that contradict themselves. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/go_sample.h"
#include "collect/go_span.h"

#define BIAS  0x7f0000000000
#define TEXT  0x401000
#define ETEXT 0x480000
#define RATE  524288

static const struct go_sample_source source = {.image = 4,
					       .module = 9,
					       .bias = BIAS,
					       .text = TEXT,
					       .etext = ETEXT,
					       .profile_rate_bytes = RATE};

/* profilealloc at +0x100 <- mallocgc +0x200 <- newobject +0x300 <- main +0x400 */
static struct hb_go_sample event_of(uint64_t size)
{
	return (struct hb_go_sample){
		.event = {.type = HB_EVENT_GO_SAMPLE, .time_ns = 77, .tid = 5},
		.probe = HB_GO_PROFILE,
		.size_bytes = size,
		.probability_q32 = 1ULL << 32,
		.return_address = BIAS + TEXT + 0x200,
		.frame_cnt = 3,
		.frames = {BIAS + TEXT + 0x100, BIAS + TEXT + 0x300, BIAS + TEXT + 0x400},
	};
}

static void caller_that_the_walk_has_missed_is_put_in(void **state)
{
	struct hb_go_sample event = event_of(48);
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	(void)state;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 4);
	assert_int_equal(fixed.frame_cnt, 4);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(frames[i].module, 9);
		assert_int_equal(frames[i].offset, TEXT + 0x100 * (i + 1));
		assert_int_equal(frames[i].flags, i ? 0 : FRAME_EXACT_PC);
	}
	assert_int_equal(fixed.head.time_ns, 77);
	assert_int_equal(fixed.image, 4);
	assert_int_equal(fixed.tid, 5);
	assert_int_equal(fixed.kind, GO_SAMPLE_PROFILE);
	assert_int_equal(fixed.size_bytes, 48);
}

static void caller_that_the_kernel_has_put_in_stays_one(void **state)
{
	struct hb_go_sample event = event_of(48);
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	(void)state;
	event.frames[1] = event.return_address;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 3);
	assert_int_equal(frames[1].offset, TEXT + 0x200);
	assert_int_equal(frames[2].offset, TEXT + 0x400);
}

static void full_and_empty_stacks_fit(void **state)
{
	struct hb_go_sample event = event_of(48);
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	(void)state;
	for (int i = 0; i < HB_GO_FRAMES_MAX; i++)
		event.frames[i] = BIAS + TEXT + 0x1000 + (uint64_t)i;
	event.frame_cnt = HB_GO_FRAMES_MAX;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), GO_SAMPLE_FRAMES_MAX);
	assert_true(GO_SAMPLE_FRAMES_MAX <= FRAMES_MAX);
	event.frame_cnt = 1;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 2);
	event.return_address = 0; /* could not be read */
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 1);
	event.frame_cnt = 0;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 0);
}

static void addresses_outside_the_program_are_of_no_module(void **state)
{
	static const uint64_t outside[] = {
		0, 0x1000, BIAS, BIAS + TEXT - 1, BIAS + ETEXT + 1, UINT64_MAX};
	struct hb_go_sample event = event_of(48);
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	(void)state;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		event.frames[2] = outside[i];
		assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 4);
		assert_int_equal(frames[3].module, 0);
		assert_int_equal(frames[3].offset, outside[i]);
	}
	/* The return address of a call that is the text's last instruction. */
	event.frames[2] = BIAS + ETEXT;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 4);
	assert_int_equal(frames[3].module, 9);
}

static uint64_t weight_of(const struct hb_go_sample *event, uint64_t rate)
{
	struct go_sample_source other = source;
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	other.profile_rate_bytes = rate;
	assert_true(go_sample__build(event, &other, &fixed, frames) > 0);
	return fixed.weight_bytes;
}

static void weights_are_as_the_runtime_samples(void **state)
{
	struct hb_go_sample small = event_of(48), mean = event_of(RATE), large = event_of(64 << 20);
	struct hb_go_sample empty = event_of(0);

	(void)state;
	assert_int_equal(weight_of(&small, RATE), RATE + 24); /* rate + size/2, to first order */
	assert_int_equal(weight_of(&mean, RATE), (uint64_t)llround(RATE / (1 - exp(-1))));
	assert_int_equal(weight_of(&large, RATE), 64 << 20);
	assert_int_equal(weight_of(&small, 1), 48);
	assert_int_equal(weight_of(&small, 0), 48);
	assert_int_equal(weight_of(&empty, RATE), 0);
	small.probability_q32 = 1ULL << 30;
	assert_int_equal(weight_of(&small, 1), 4 * 48);
}

static void weight_of_hostile_sizes_is_bounded(void **state)
{
	struct hb_go_sample event = event_of(UINT64_MAX);

	(void)state;
	event.probability_q32 = 1;
	assert_int_equal(weight_of(&event, RATE), 1ULL << 62);
}

static void refills_stand_for_their_span(void **state)
{
	struct hb_go_sample event = event_of(0);
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	(void)state;
	event.probe = HB_GO_REFILL;
	event.span_class = 5 << 1 | 1; /* 48 bytes */
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 4);
	assert_int_equal(fixed.kind, GO_SAMPLE_REFILL);
	assert_int_equal(fixed.size_bytes, 48);
	assert_int_equal(fixed.weight_bytes, 170 * 48);
	event.span_class = 255; /* none */
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 4);
	assert_int_equal(fixed.size_bytes, 0);
	assert_int_equal(fixed.weight_bytes, 0);
	event.probe = HB_GO_LARGE;
	event.size_bytes = 40000;
	assert_int_equal(go_sample__build(&event, &source, &fixed, frames), 4);
	assert_int_equal(fixed.kind, GO_SAMPLE_LARGE);
	assert_int_equal(fixed.weight_bytes, 40000);
}

static void events_that_contradict_themselves_are_refused(void **state)
{
	struct hb_go_sample probe = event_of(48), frame = event_of(48);
	struct hb_go_sample never = event_of(48), often = event_of(48);
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;

	(void)state;
	probe.probe = HB_GO_SAMPLED;
	frame.frame_cnt = HB_GO_FRAMES_MAX + 1;
	never.probability_q32 = 0;
	often.probability_q32 = (1ULL << 32) + 1;
	assert_true(go_sample__build(&probe, &source, &fixed, frames) < 0);
	assert_true(go_sample__build(&frame, &source, &fixed, frames) < 0);
	assert_true(go_sample__build(&never, &source, &fixed, frames) < 0);
	assert_true(go_sample__build(&often, &source, &fixed, frames) < 0);
}

static void cycles_keep_what_is_known_of_them(void **state)
{
	struct hb_go_cycle event = {.event = {.time_ns = 99},
				    .cause = HB_GO_CAUSE_FORCED,
				    .mark_ns = 300,
				    .stopped_ns = 40};
	struct record_go_cycle record;

	(void)state;
	go_sample__build_cycle(&event, 4, &record);
	assert_int_equal(record.head.type, RECORD_GO_CYCLE);
	assert_int_equal(record.head.bytes, sizeof(record));
	assert_int_equal(record.head.time_ns, 99);
	assert_int_equal(record.image, 4);
	assert_int_equal(record.cause, GO_CAUSE_FORCED);
	assert_int_equal(record.mark_ns, 300);
	assert_int_equal(record.pause_ns, 40);
	event.cause = 17;
	go_sample__build_cycle(&event, 4, &record);
	assert_int_equal(record.cause, GO_CAUSE_UNKNOWN);
}

static void spans_hold_whole_objects(void **state)
{
	(void)state;
	for (uint32_t class = 1; class < GO_SIZE_CLASSES; class ++) {
		uint32_t object = go_span__object_bytes(class);

		assert_true(object > go_span__object_bytes(class - 1));
		assert_true(go_span__bytes(class) >= object);
		assert_int_equal(go_span__bytes(class) % object, 0);
	}
	assert_int_equal(go_span__object_bytes(1), 8);
	assert_int_equal(go_span__object_bytes(GO_SIZE_CLASSES - 1), 32768);
	assert_int_equal(go_span__bytes(0), 0);
	assert_int_equal(go_span__bytes(GO_SIZE_CLASSES), 0);
	assert_int_equal(go_span__object_bytes(UINT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caller_that_the_walk_has_missed_is_put_in),
		cmocka_unit_test(caller_that_the_kernel_has_put_in_stays_one),
		cmocka_unit_test(full_and_empty_stacks_fit),
		cmocka_unit_test(addresses_outside_the_program_are_of_no_module),
		cmocka_unit_test(weights_are_as_the_runtime_samples),
		cmocka_unit_test(weight_of_hostile_sizes_is_bounded),
		cmocka_unit_test(refills_stand_for_their_span),
		cmocka_unit_test(events_that_contradict_themselves_are_refused),
		cmocka_unit_test(cycles_keep_what_is_known_of_them),
		cmocka_unit_test(spans_hold_whole_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
