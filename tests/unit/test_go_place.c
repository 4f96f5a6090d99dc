// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the probe of a Go function goes: prologues as the compiler writes them, and hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "target/go_place.h"

#define VADDR 0x40adc0

#define CODE(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

/* Pieces of prologues. */
#define CMP_RSP	       0x49, 0x3b, 0x66, 0x10
#define CMP_RSP_SYSTEM 0x49, 0x3b, 0x66, 0x18
#define CMP_R12	       0x4d, 0x3b, 0x66, 0x10
#define LEA_8	       0x4c, 0x8d, 0x64, 0x24, 0xc0
#define LEA_32	       0x4c, 0x8d, 0xa4, 0x24, 0x60, 0xfe, 0xff, 0xff
#define JBE(n)	       0x76, (n)
#define JBE_32(n)      0x0f, 0x86, (n), 0, 0, 0
#define PUSH_RBP       0x55
#define SUB_RSP	       0x48, 0x83, 0xec, 0x30
#define RET	       0xc3
#define SPILL	       0x48, 0x89, 0x44, 0x24, 0x08
#define RELOAD	       0x48, 0x8b, 0x44, 0x24, 0x08
#define CALL	       0xe8, 0, 1, 0, 0
#define JMP_BACK(n)    0xe9, (uint8_t)(0x100 - (n)), 0xff, 0xff, 0xff
/* spill, call, reload, jump to the first byte: 20 bytes, @n of them from the first byte on */
#define GROW(at) SPILL, CALL, RELOAD, JMP_BACK((at) + 20)

static struct go_place find(const uint8_t *code, size_t bytes)
{
	struct go_place place;

	go_place__find(code, bytes, VADDR, &place);
	return place;
}

static void assert_place(const uint8_t *code, size_t bytes, uint32_t delta, bool at_check)
{
	struct go_place place = find(code, bytes);

	if (!place.usable)
		print_error("%s\n", place.reason);
	assert_true(place.usable);
	assert_int_equal(place.delta, delta);
	assert_int_equal(place.function_vaddr, VADDR);
	assert_int_equal(place.probe_vaddr, VADDR + delta);
	assert_int_equal(place.at_check, at_check);
	assert_string_equal(place.reason, "");
	assert_string_not_equal(place.instruction, "");
}

static void assert_none(const uint8_t *code, size_t bytes)
{
	struct go_place place = find(code, bytes);

	assert_false(place.usable);
	assert_string_not_equal(place.reason, "");
}

static void push_behind_the_check_is_taken(void **state)
{
	(void)state;
	assert_place(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, GROW(8)), 6, false);
	assert_place(CODE(CMP_RSP, JBE_32(2), PUSH_RBP, RET, GROW(12)), 10, false);
	assert_place(CODE(LEA_8, CMP_R12, JBE(2), PUSH_RBP, RET, GROW(13)), 11, false);
	assert_place(CODE(LEA_8, CMP_R12, JBE_32(2), PUSH_RBP, RET, GROW(17)), 15, false);
	assert_place(CODE(LEA_32, CMP_R12, JBE_32(2), PUSH_RBP, RET, GROW(20)), 18, false);
}

static void check_is_taken_where_the_frame_is_subtracted_at_once(void **state)
{
	(void)state;
	assert_place(CODE(CMP_RSP, JBE(5), SUB_RSP, RET, GROW(11)), 4, true);
	assert_place(CODE(LEA_8, CMP_R12, JBE_32(5), SUB_RSP, RET, GROW(20)), 9, true);
	assert_place(CODE(LEA_32, CMP_R12, JBE_32(5), SUB_RSP, RET, GROW(23)), 12, true);
}

static void functions_of_the_system_stack_have_their_own_limit(void **state)
{
	(void)state;
	assert_place(CODE(CMP_RSP_SYSTEM, JBE(2), PUSH_RBP, RET, GROW(8)), 6, false);
}

static void huge_frames_are_checked_twice(void **state)
{
	(void)state;
	/* mov %rsp,%r12; sub $0x10000,%r12; jb grow; cmp; jbe grow; push %rbp; ret */
	assert_place(CODE(0x49, 0x89, 0xe4, 0x49, 0x81, 0xec, 0, 0, 1, 0, 0x72, 8, CMP_R12, JBE(2),
			  PUSH_RBP, RET, GROW(20)),
		     18, false);
	/* ... of which the first leads elsewhere */
	assert_none(CODE(0x49, 0x89, 0xe4, 0x49, 0x81, 0xec, 0, 0, 1, 0, 0x72, 7, CMP_R12, JBE(2),
			 PUSH_RBP, RET, GROW(20)));
}

static void function_without_a_check_is_taken_at_its_frame(void **state)
{
	(void)state;
	assert_place(CODE(PUSH_RBP, 0x48, 0x89, 0xe5, 0x5d, RET), 0, false);
	/* before 1.21: nothing there is emulated */
	assert_none(CODE(SUB_RSP, RET));
	/* a push of something else is no frame of Go's */
	assert_none(CODE(0x53, 0x48, 0x89, 0xe5, 0x5b, RET));
}

static void assembler_with_the_other_calling_convention_is_refused(void **state)
{
	(void)state;
	/* mov %fs:-8,%rcx; cmp 0x10(%rcx),%rsp; jbe: rcx is lost */
	assert_none(CODE(0x64, 0x48, 0x8b, 0x0c, 0x25, 0xf8, 0xff, 0xff, 0xff, 0x48, 0x3b, 0x61,
			 0x10, JBE(2), PUSH_RBP, RET, GROW(17)));
}

static void another_register_or_limit_or_condition_is_refused(void **state)
{
	(void)state;
	/* lea into rax */
	assert_none(CODE(0x48, 0x8d, 0x44, 0x24, 0xc0, CMP_R12, JBE(2), PUSH_RBP, RET, GROW(13)));
	/* cmp 0x20(%r14) */
	assert_none(CODE(0x49, 0x3b, 0x66, 0x20, JBE(2), PUSH_RBP, RET, GROW(8)));
	/* r12 that nothing has set, rsp where r12 was */
	assert_none(CODE(CMP_R12, JBE(2), PUSH_RBP, RET, GROW(8)));
	assert_none(CODE(LEA_8, CMP_RSP, JBE(2), PUSH_RBP, RET, GROW(13)));
	/* ja, jb */
	assert_none(CODE(CMP_RSP, 0x77, 2, PUSH_RBP, RET, GROW(8)));
	assert_none(CODE(CMP_RSP, 0x72, 2, PUSH_RBP, RET, GROW(8)));
}

static void check_must_lead_to_a_new_start(void **state)
{
	(void)state;
	/* out of the function, before it, into the check, to itself */
	assert_none(CODE(CMP_RSP, JBE(0x70), PUSH_RBP, RET, GROW(8)));
	assert_none(CODE(CMP_RSP, JBE(0xf0), PUSH_RBP, RET, GROW(8)));
	assert_none(CODE(CMP_RSP, JBE(0xfa), PUSH_RBP, RET, GROW(8)));
	assert_none(CODE(CMP_RSP, JBE(0xfe), PUSH_RBP, RET, GROW(8)));
	/* no call before the jump, no jump after the call, a conditional one */
	assert_none(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, SPILL, RELOAD, JMP_BACK(23)));
	assert_none(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, SPILL, CALL, RELOAD, RET));
	assert_none(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, SPILL, CALL, 0x76, 0xed));
	/* a jump to the second byte */
	assert_none(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, SPILL, CALL, RELOAD, JMP_BACK(27)));
}

static void branches_back_to_the_probe_are_refused(void **state)
{
	(void)state;
	/* push; jmp push; ret */
	assert_none(CODE(CMP_RSP, JBE(4), PUSH_RBP, 0xeb, 0xfd, RET, GROW(10)));
	/* push; jmp check; ret */
	assert_none(CODE(CMP_RSP, JBE(4), PUSH_RBP, 0xeb, 0xfb, RET, GROW(10)));
	/* push; jmp first byte; ret: a loop that would be counted each time */
	assert_none(CODE(CMP_RSP, JBE(4), PUSH_RBP, 0xeb, 0xf7, RET, GROW(10)));
	assert_none(CODE(PUSH_RBP, 0x48, 0x89, 0xe5, 0xeb, 0xfa, RET));
	/* behind the growth nothing may */
	assert_none(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, GROW(8), 0xeb, 0xe8));
	/* a loop of its own and a call of itself are fine */
	assert_place(CODE(CMP_RSP, JBE(4), PUSH_RBP, 0x90, 0xeb, 0xfd, GROW(10)), 6, false);
	assert_place(CODE(CMP_RSP, JBE(7), PUSH_RBP, 0xe8, 0xf4, 0xff, 0xff, 0xff, RET, GROW(13)),
		     6, false);
}

static void padding_behind_the_function_does_no_harm(void **state)
{
	(void)state;
	assert_place(CODE(CMP_RSP, JBE(2), PUSH_RBP, RET, GROW(8), 0xcc, 0xcc, 0xcc, 0xcc), 6,
		     false);
}

static void function_cut_anywhere_is_refused_or_whole(void **state)
{
	static const uint8_t whole[] = {LEA_32, CMP_R12, JBE_32(2), PUSH_RBP, RET, GROW(20)};

	(void)state;
	for (size_t bytes = 0; bytes < sizeof(whole); bytes++) {
		/* On the heap, so that a read behind the end is seen. */
		uint8_t *cut = malloc(bytes + 1);

		assert_non_null(cut);
		memcpy(cut, whole, bytes);
		cut = realloc(cut, bytes ? bytes : 1);
		assert_none(cut, bytes);
		free(cut);
	}
	assert_place(whole, sizeof(whole), 18, false);
}

static void bytes_at_random_never_confuse_it(void **state)
{
	static const uint8_t whole[] = {LEA_8, CMP_R12, JBE_32(5), SUB_RSP, RET, GROW(20)};
	uint8_t code[sizeof(whole)];
	uint64_t random = 88172645463325252ULL;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct go_place place;

		memcpy(code, whole, sizeof(code));
		for (int k = 0; k <= i % 3; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			code[random % sizeof(code)] = (uint8_t)(random >> 32);
		}
		place = find(code, sizeof(code));
		/* Whatever else has changed: only these two instructions carry a probe. */
		if (place.usable && place.delta)
			assert_true(code[place.delta] == 0x55 || code[place.delta] == 0x76 ||
				    (code[place.delta] == 0x0f && code[place.delta + 1] == 0x86));
		else if (place.usable)
			assert_int_equal(code[0], 0x55);
	}
}

static void sizes_out_of_bounds_are_refused(void **state)
{
	uint8_t *large = calloc(1, GO_PLACE_CODE_MAX + 1);

	(void)state;
	assert_non_null(large);
	assert_none(large, 0);
	assert_none(large, GO_PLACE_CODE_MAX + 1);
	assert_none(large, GO_PLACE_CODE_MAX);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(push_behind_the_check_is_taken),
		cmocka_unit_test(check_is_taken_where_the_frame_is_subtracted_at_once),
		cmocka_unit_test(functions_of_the_system_stack_have_their_own_limit),
		cmocka_unit_test(huge_frames_are_checked_twice),
		cmocka_unit_test(function_without_a_check_is_taken_at_its_frame),
		cmocka_unit_test(assembler_with_the_other_calling_convention_is_refused),
		cmocka_unit_test(another_register_or_limit_or_condition_is_refused),
		cmocka_unit_test(check_must_lead_to_a_new_start),
		cmocka_unit_test(branches_back_to_the_probe_are_refused),
		cmocka_unit_test(padding_behind_the_function_does_no_harm),
		cmocka_unit_test(function_cut_anywhere_is_refused_or_whole),
		cmocka_unit_test(bytes_at_random_never_confuse_it),
		cmocka_unit_test(sizes_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
