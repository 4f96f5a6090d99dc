// SPDX-License-Identifier: GPL-2.0-or-later
#include "shot.h"

#include <time.h>

#include "base/banned.h"

static void chain_is_found_from_the_return_of_a_call(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct unwind_answer *answer;
	struct bench bench;

	(void)state;
	setup(&bench);
	answer = ask(&bench, shot);
	assert_int_equal(answer->tag, 77);
	assert_memory_equal(&answer->sample, &shot->sample, sizeof(shot->sample));
	expect_chain(&bench, answer, chain, 4);
	assert_true(answer->complete);
	assert_false(answer->no_stack);
	assert_int_equal(answer->frames[0].flags, 0);
	assert_true(answer->caller_cfa == shot->caller_cfa);
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void chain_is_found_from_within_a_function(void **state)
{
	void (*const captures[])(__u64 *) = {capture_entry, capture_bare};
	struct bench bench;

	(void)state;
	setup(&bench);
	/* capture_bare() has no CFI: the caller's state is worked out from the return slot. */
	for (size_t i = 0; i < 2; i++) {
		struct shot *shot = take_shot(captures[i], 0, false);
		struct unwind_answer *answer = ask(&bench, shot);

		expect_chain(&bench, answer, chain, 4);
		assert_true(answer->complete);
		assert_true(answer->caller_cfa == shot->caller_cfa);
		unwind_answer__free(answer);
		free(shot);
	}
	teardown(&bench);
}

static void return_address_replaced_by_a_probe_is_known(void **state)
{
	void (*const captures[])(__u64 *) = {capture_entry, capture_bare};
	struct bench bench;

	(void)state;
	setup(&bench);
	for (size_t i = 0; i < 2; i++) {
		struct shot *shot = take_shot(captures[i], 0, false);
		uint64_t trampoline = TRAMPOLINE;
		struct unwind_answer *answer;

		memcpy(shot->stack.data + ENTRY_GAP, &trampoline, 8);
		answer = ask(&bench, shot);
		expect_chain(&bench, answer, chain, 4);
		assert_true(answer->complete);
		unwind_answer__free(answer);
		free(shot);
	}
	teardown(&bench);
}

static void fixed_word_gives_the_same_frames(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	uint64_t slot, trampoline = TRAMPOLINE, before;
	struct unwind_answer *whole, *broken, *fixed;
	unsigned char *word;
	struct bench bench;

	(void)state;
	setup(&bench);
	whole = ask(&bench, shot);
	/* chain_c()'s return into chain_b(). */
	slot = whole->caller_cfa - 8;
	word = shot->stack.data + (slot - shot->sample.regs[HB_REG_SP]);
	memcpy(&before, word, 8);
	memcpy(word, &trampoline, 8);
	broken = ask(&bench, shot);
	assert_int_equal(broken->frame_cnt, 2);
	assert_int_equal(broken->frames[1].module, 0);
	assert_true(broken->frames[1].offset == TRAMPOLINE);
	assert_false(broken->complete);
	shot->sample.fixes[1] = (struct hb_fix){slot, before};
	shot->sample.fix_cnt = 2;
	fixed = ask(&bench, shot);
	assert_int_equal(fixed->frame_cnt, whole->frame_cnt);
	assert_memory_equal(fixed->frames, whole->frames, sizeof(whole->frames));
	assert_true(fixed->complete);
	unwind_answer__free(whole);
	unwind_answer__free(broken);
	unwind_answer__free(fixed);
	teardown(&bench);
	free(shot);
}

static void cut_copies_are_incomplete(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct unwind_answer *whole, *cut;
	struct bench bench;

	(void)state;
	setup(&bench);
	whole = ask(&bench, shot);
	assert_true(whole->complete);
	for (uint64_t bytes = 0; bytes <= 64; bytes += 8) {
		shot->stack.bytes = bytes;
		cut = ask(&bench, shot);
		assert_false(cut->complete);
		assert_true(cut->frame_cnt >= 1 && cut->frame_cnt < whole->frame_cnt);
		assert_memory_equal(cut->frames, whole->frames,
				    cut->frame_cnt * sizeof(cut->frames[0]));
		assert_int_equal(cut->no_stack, bytes == 0);
		unwind_answer__free(cut);
	}
	unwind_answer__free(whole);
	teardown(&bench);
	free(shot);
}

static void sample_without_a_stack_has_its_caller(void **state)
{
	struct shot *shot = take_shot(capture_entry, 0, false);
	struct unwind_answer *answer;
	struct bench bench;

	(void)state;
	setup(&bench);
	assert_int_equal(unwind_worker__post(bench.worker, getpid(), 1, 0, &shot->sample, NULL), 0);
	answer = take(&bench);
	assert_int_equal(answer->frame_cnt, 1);
	assert_true(answer->no_stack);
	assert_false(answer->complete);
	assert_int_equal(answer->caller_cfa, 0);
	assert_string_equal(name_of(&bench, &answer->frames[0]), "chain_c");
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void frame_under_a_signal_is_exact(void **state)
{
	static const char *const names[] = {"chain_c", "chain_b", "chain_a", "on_signal"};
	struct shot *shot = take_shot(capture_return, 0, true);
	struct unwind_answer *answer;
	struct bench bench;
	size_t exact = 0;

	(void)state;
	setup(&bench);
	answer = ask(&bench, shot);
	expect_chain(&bench, answer, names, 4);
	assert_true(answer->complete);
	for (uint32_t i = 0; i < answer->frame_cnt; i++)
		exact += answer->frames[i].flags == FRAME_EXACT_PC;
	assert_int_equal(exact, 1);
	/* on_signal(), the kernel's return code, the interrupted call. */
	assert_int_equal(answer->frames[5].flags, FRAME_EXACT_PC);
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void deep_stacks_are_cut_and_incomplete(void **state)
{
	struct shot *shot = take_shot(capture_return, 300, false);
	struct unwind_answer *answer;
	struct bench bench;

	(void)state;
	setup(&bench);
	answer = ask(&bench, shot);
	assert_true(answer->frame_cnt > 40 && answer->frame_cnt <= FRAMES_MAX);
	assert_false(answer->complete);
	expect_chain(&bench, answer, chain, 3);
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

/* Part of the words are real ones, so that steps lead into real code with false state. */
static void spoil(struct shot *shot, const struct shot *whole, int round)
{
	*shot = *whole;
	for (int i = 0; i < HB_REG_MAX; i++)
		if (rand() % 4 == 0)
			shot->sample.regs[i] = rand() % 2 ? (uint64_t)rand() * (uint64_t)rand()
							  : whole->sample.regs[rand() % HB_REG_MAX];
	for (int i = 0; i < round % 200; i++)
		shot->stack.data[rand() % HB_STACK_BYTES] = (unsigned char)rand();
	for (int i = 0; i < round % 100; i++)
		memcpy(shot->stack.data + rand() % (HB_STACK_BYTES / 8) * 8,
		       whole->stack.data + rand() % (HB_STACK_BYTES / 8) * 8, 8);
	if (round % 7 == 0)
		shot->stack.bytes = (uint64_t)rand() << 10;
	if (round % 5 == 0)
		memset(&shot->sample.event, 0xff, sizeof(shot->sample) - sizeof(shot->sample.regs));
	if (round % 3 == 0)
		shot->sample.flags ^= HB_SAMPLE_AT_ENTRY;
	if (round % 11 == 0)
		shot->sample.fix_cnt = (uint32_t)rand();
}

static void garbage_gives_bounded_answers(void **state)
{
	struct shot *whole = take_shot(capture_return, 20, true);
	struct shot *shot = calloc(1, sizeof(*shot));
	struct bench bench;

	(void)state;
	setup(&bench);
	srand(7);
	for (int round = 0; round < 3000; round++) {
		struct unwind_answer *answer;

		spoil(shot, whole, round);
		answer = ask(&bench, shot);
		assert_true(answer->frame_cnt <= FRAMES_MAX);
		assert_true(answer->frame_cnt >= 1 || !shot->sample.return_address);
		unwind_answer__free(answer);
	}
	teardown(&bench);
	free(whole);
	free(shot);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Reports what a stack costs; judges no clock. */
static void cost_is_reported(void **state)
{
	struct shot *shot = take_shot(capture_return, 6, false);
	uint64_t frames = 0, stacks = 0;
	struct bench bench;
	double begin;

	(void)state;
	setup(&bench);
	unwind_answer__free(ask(&bench, shot));
	begin = now_s();
	for (int round = 0; round < 200; round++) {
		struct unwind_answer *answer;

		for (int i = 0; i < QUEUE; i++)
			unwind_worker__post(bench.worker, getpid(), 1, 0, &shot->sample,
					    &shot->stack);
		unwind_worker__drain(bench.worker, 20000);
		while ((answer = unwind_worker__take(bench.worker))) {
			frames += answer->frame_cnt;
			stacks++;
			unwind_answer__free(answer);
		}
	}
	assert_int_equal(stacks, 200 * QUEUE);
	print_message("%.1f us per stack of %.1f frames, %.0f frames/s\n",
		      (now_s() - begin) * 1e6 / (double)stacks, (double)frames / (double)stacks,
		      (double)frames / (now_s() - begin));
	teardown(&bench);
	free(shot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_is_found_from_the_return_of_a_call),
		cmocka_unit_test(chain_is_found_from_within_a_function),
		cmocka_unit_test(return_address_replaced_by_a_probe_is_known),
		cmocka_unit_test(fixed_word_gives_the_same_frames),
		cmocka_unit_test(cut_copies_are_incomplete),
		cmocka_unit_test(sample_without_a_stack_has_its_caller),
		cmocka_unit_test(frame_under_a_signal_is_exact),
		cmocka_unit_test(deep_stacks_are_cut_and_incomplete),
		cmocka_unit_test(garbage_gives_bounded_answers),
		cmocka_unit_test(cost_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
