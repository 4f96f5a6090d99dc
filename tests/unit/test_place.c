// SPDX-License-Identifier: GPL-2.0-or-later
/* Where a probe may go: synthetic code, and the allocators of this machine. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "target/allocator.h"
#include "target/elf_image.h"
#include "target/insn.h"
#include "target/place.h"

#define VADDR 0x401000

#define CODE(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

static struct place find(unsigned args, enum place_return hook, const uint8_t *code, size_t bytes)
{
	struct place_request request = {
		.code = code, .code_bytes = bytes, .vaddr = VADDR, .arg_cnt = args, .hook = hook};
	struct place place = {0};

	place__find(&request, &place);
	return place;
}

static void assert_place(const struct place *place, uint32_t delta)
{
	if (!place->usable)
		print_error("%s\n", place->reason);
	assert_true(place->usable);
	assert_true(place->emulated);
	assert_int_equal(place->delta, delta);
	assert_int_equal(place->probe_vaddr, VADDR + delta);
	assert_string_equal(place->reason, "");
	assert_string_not_equal(place->instruction, "");
}

static void assert_none(const struct place *place)
{
	assert_false(place->usable);
	assert_string_not_equal(place->reason, "");
}

static void push_at_the_start_is_taken(void **state)
{
	struct place a = find(2, RETURN_NEEDED, CODE(0x55, 0xc3));	 /* push rbp */
	struct place b = find(2, RETURN_NEEDED, CODE(0x41, 0x57, 0xc3)); /* push r15 */

	(void)state;
	assert_place(&a, 0);
	assert_place(&b, 0);
	assert_true(a.can_return);
	assert_int_equal(a.sp_words, 0);
	assert_int_equal(a.regs[0], HB_REG_DI);
	assert_int_equal(a.regs[1], HB_REG_SI);
}

static void jcc_after_a_test_is_taken_not_the_test(void **state)
{
	/* test rdi, rdi; je +1; push rbp; ret */
	struct place place = find(1, RETURN_NEVER, CODE(0x48, 0x85, 0xff, 0x74, 0x01, 0x55, 0xc3));

	(void)state;
	assert_place(&place, 3);
	assert_false(place.can_return);
}

static void endbr64_is_stepped_over_by_choice(void **state)
{
	struct place place = find(1, RETURN_NEEDED, CODE(0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0x54, 0xc3));

	(void)state;
	assert_place(&place, 4);
	assert_string_equal(place.instruction, "push r12");
}

static void copies_of_arguments_are_followed(void **state)
{
	/* mov rbx, rdi; mov rdi, rsi; jmp */
	struct place place =
		find(2, RETURN_NEEDED, CODE(0x48, 0x89, 0xfb, 0x48, 0x89, 0xf7, 0xe9, 0, 1, 0, 0));

	(void)state;
	assert_place(&place, 6);
	assert_int_equal(place.regs[0], HB_REG_BX);
	assert_int_equal(place.regs[1], HB_REG_SI);
}

static void overwritten_arguments_end_the_search(void **state)
{
	struct place zeroed =
		find(1, RETURN_NEVER, CODE(0x31, 0xff, 0x55, 0xc3)); /* xor edi, edi */
	struct place part =
		find(1, RETURN_NEVER, CODE(0x40, 0xb7, 0x01, 0x55, 0xc3)); /* mov dil, 1 */
	/* mov eax, edi keeps 32 bits of it only; xor edi, edi; push */
	struct place half = find(1, RETURN_NEVER, CODE(0x89, 0xf8, 0x31, 0xff, 0x55, 0xc3));
	/* xchg rdi, rsi; push: nothing is lost, but it is not followed */
	struct place swapped = find(2, RETURN_NEVER, CODE(0x48, 0x87, 0xf7, 0x55, 0xc3));
	/* rep stosb moves rdi without naming it */
	struct place hidden = find(1, RETURN_NEVER, CODE(0xf3, 0xaa, 0x55, 0xc3));

	(void)state;
	assert_none(&zeroed);
	assert_none(&part);
	assert_none(&half);
	assert_none(&swapped);
	assert_none(&hidden);
}

static void an_argument_that_is_not_wanted_may_go(void **state)
{
	struct place place = find(1, RETURN_NEVER, CODE(0x31, 0xf6, 0x55, 0xc3)); /* xor esi, esi */

	(void)state;
	assert_place(&place, 2);
}

static void nothing_behind_a_branch_is_taken(void **state)
{
	/* jrcxz +1 and loop +1 are branches that the kernel does not emulate */
	struct place jrcxz = find(1, RETURN_NEVER, CODE(0xe3, 0x01, 0x90, 0x55, 0xc3));
	struct place loop = find(1, RETURN_NEVER, CODE(0xe2, 0x01, 0x90, 0x55, 0xc3));
	struct place indirect = find(1, RETURN_NEVER, CODE(0xff, 0xe0, 0x55, 0xc3)); /* jmp rax */
	struct place call = find(1, RETURN_NEVER, CODE(0xff, 0xd0, 0x55, 0xc3));
	struct place ret = find(1, RETURN_NEVER, CODE(0xc3, 0x55, 0xc3));
	struct place trap = find(1, RETURN_NEVER, CODE(0xcc, 0x55, 0xc3));
	struct place undefined = find(1, RETURN_NEVER, CODE(0x0f, 0x0b, 0x55, 0xc3));

	(void)state;
	assert_none(&jrcxz);
	assert_none(&loop);
	assert_none(&indirect);
	assert_none(&call);
	assert_none(&ret);
	assert_none(&trap);
	assert_none(&undefined);
}

static void a_direct_call_is_emulated(void **state)
{
	/* mov eax, 1; call */
	struct place place = find(2, RETURN_NEEDED, CODE(0xb8, 1, 0, 0, 0, 0xe8, 0, 1, 0, 0, 0xc3));

	(void)state;
	assert_place(&place, 5);
}

static void branches_with_a_size_prefix_are_not_emulated(void **state)
{
	struct place place = find(1, RETURN_NEVER, CODE(0x66, 0x74, 0x01, 0x90, 0x55, 0xc3));

	(void)state;
	assert_none(&place);
}

static void a_branch_back_into_the_prologue_is_seen(void **state)
{
	/* test rdi, rdi; je +0; jmp -5 -> the je */
	struct place into = find(1, RETURN_NEVER, CODE(0x48, 0x85, 0xff, 0x74, 0x00, 0xeb, 0xfc));
	/* push rbp; jmp -3 -> the start */
	struct place start = find(1, RETURN_NEVER, CODE(0x55, 0xeb, 0xfd));
	/* push rbp; call start; ret: recursion is a call */
	struct place recursion =
		find(1, RETURN_NEVER, CODE(0x55, 0xe8, 0xfa, 0xff, 0xff, 0xff, 0xc3));
	/* test rdi, rdi; je +2; jmp -4 -> behind the je */
	struct place behind =
		find(1, RETURN_NEVER, CODE(0x48, 0x85, 0xff, 0x74, 0x02, 0x90, 0xeb, 0xfd, 0xc3));

	(void)state;
	assert_none(&into);
	assert_non_null(strstr(into.reason, "leads back"));
	assert_none(&start);
	assert_place(&recursion, 0);
	assert_place(&behind, 3);
}

static void a_moved_stack_is_tracked(void **state)
{
	/* sub rsp, 0x58; cmp ecx, 7; ja */
	static const uint8_t code[] = {0x48, 0x83, 0xec, 0x58, 0x83, 0xf9, 0x07, 0x77, 0x5a};
	struct place optional = find(3, RETURN_OPTIONAL, code, sizeof(code));
	struct place needed = find(3, RETURN_NEEDED, code, sizeof(code));
	/* lea rsp, [rsp-0x10]; add rsp, 8; je */
	struct place mixed =
		find(1, RETURN_NEVER,
		     CODE(0x48, 0x8d, 0x64, 0x24, 0xf0, 0x48, 0x83, 0xc4, 0x08, 0x74, 0));

	(void)state;
	assert_place(&optional, 7);
	assert_int_equal(optional.sp_words, 11);
	assert_false(optional.can_return);
	assert_none(&needed);
	assert_place(&mixed, 9);
	assert_int_equal(mixed.sp_words, 1);
}

static void an_unknown_stack_ends_the_search(void **state)
{
	struct place masked =
		find(1, RETURN_NEVER, CODE(0x48, 0x83, 0xe4, 0xf0, 0x74, 0x00)); /* and rsp */
	struct place popped = find(1, RETURN_NEVER, CODE(0x58, 0x74, 0x00));	 /* pop rax */
	struct place odd = find(1, RETURN_NEVER, CODE(0x48, 0x83, 0xec, 0x04, 0x74, 0x00));
	struct place huge =
		find(1, RETURN_NEVER, CODE(0x48, 0x81, 0xec, 0, 0, 0, 0x01, 0x74, 0x00));

	(void)state;
	assert_none(&masked);
	assert_none(&popped);
	assert_none(&odd);
	assert_none(&huge);
}

static void behind_a_system_call_the_result_must_be_left(void **state)
{
	/* mov eax, 11; syscall; cmp rax, -4095; jae */
	struct place munmap = find(2, RETURN_OPTIONAL,
				   CODE(0xb8, 0x0b, 0, 0, 0, 0x0f, 0x05, 0x48, 0x3d, 0x01, 0xf0,
					0xff, 0xff, 0x73, 0x01, 0xc3));
	/* syscall; mov eax, 0; je */
	struct place lost =
		find(2, RETURN_OPTIONAL, CODE(0x0f, 0x05, 0xb8, 0, 0, 0, 0, 0x74, 0x00, 0xc3));
	/* mov rcx, rdi; mov rdi, rax; syscall; je: the copy died in the system call */
	struct place clobbered = find(
		1, RETURN_OPTIONAL, CODE(0x48, 0x89, 0xf9, 0x48, 0x89, 0xc7, 0x0f, 0x05, 0x74, 0));

	(void)state;
	assert_place(&munmap, 13);
	assert_true(munmap.after_syscall);
	assert_none(&lost);
	assert_none(&clobbered);
}

static void a_long_nop_is_taken_only_at_the_very_start(void **state)
{
	struct place start = find(1, RETURN_NEEDED, CODE(0x0f, 0x1f, 0x44, 0x00, 0x00, 0xc3));
	/* test eax, eax; nop5; je */
	struct place middle = find(
		1, RETURN_NEEDED, CODE(0x85, 0xc0, 0x0f, 0x1f, 0x44, 0x00, 0x00, 0x74, 0x00, 0xc3));
	struct place short_one = find(1, RETURN_NEEDED, CODE(0x85, 0xc0, 0x66, 0x90, 0xc3));

	(void)state;
	assert_place(&start, 0);
	assert_place(&middle, 7);
	assert_place(&short_one, 2);
}

static void what_only_looks_like_a_nop_is_none(void **state)
{
	struct place exchange = find(1, RETURN_NEVER, CODE(0x41, 0x90, 0xc3)); /* xchg r8, rax */
	struct place pause = find(1, RETURN_NEVER, CODE(0xf3, 0x90, 0xc3));
	struct place other = find(1, RETURN_NEVER, CODE(0x0f, 0x1f, 0xc0, 0xc3)); /* nop eax */

	(void)state;
	assert_none(&exchange);
	assert_none(&pause);
	assert_none(&other);
}

static void stepping_is_a_last_resort(void **state)
{
	static const uint8_t code[] = {0x48, 0x89, 0xf8, 0xc3}; /* mov rax, rdi; ret */
	struct place_request request = {
		.code = code, .code_bytes = sizeof(code), .vaddr = VADDR, .arg_cnt = 1};
	struct place place = {0};

	(void)state;
	place__find(&request, &place);
	assert_none(&place);
	request.allow_stepped = true;
	place__find(&request, &place);
	assert_true(place.usable);
	assert_false(place.emulated);
	assert_int_equal(place.delta, 0);
	assert_string_equal(place.reason, "");
}

static void function_entry_takes_offset_zero(void **state)
{
	static const uint8_t code[] = {0x48, 0x85, 0xff, 0x74, 0x01, 0x55, 0xc3};
	struct place_request request = {.code = code,
					.code_bytes = sizeof(code),
					.vaddr = VADDR,
					.arg_cnt = 1,
					.function_entry = true};
	struct place place = {0};

	(void)state;
	place__find(&request, &place);
	assert_true(place.usable);
	assert_false(place.emulated);
	assert_int_equal(place.delta, 0);
}

static void code_that_ends_too_early_has_no_place(void **state)
{
	struct place cut = find(1, RETURN_NEVER, CODE(0x48, 0x81));
	struct place empty = find(1, RETURN_NEVER, (const uint8_t *)"", 0);
	struct place invalid = find(1, RETURN_NEVER, CODE(0x06, 0x55));
	struct place runs_out = find(1, RETURN_NEVER, CODE(0x48, 0x89, 0xf8));

	(void)state;
	assert_none(&cut);
	assert_none(&empty);
	assert_none(&invalid);
	assert_none(&runs_out);
}

/* Whatever the bytes, a usable place is an instruction boundary on the straight line from the start. */
static void random_bytes_never_give_an_unproven_place(void **state)
{
	uint32_t seed = 23;
	unsigned usable = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		uint8_t code[48];
		struct place place;
		struct insn insn;
		size_t at = 0;

		for (size_t i = 0; i < sizeof(code); i++) {
			seed = seed * 1664525 + 1013904223;
			code[i] = (uint8_t)(seed >> 24);
		}
		place = find(2, RETURN_NEEDED, code, sizeof(code));
		if (!place.usable)
			continue;
		usable++;
		while (at < place.delta) {
			assert_int_equal(
				insn__decode(code + at, sizeof(code) - at, VADDR + at, &insn), 0);
			assert_true(insn.flow == FLOW_NEXT || insn.flow == FLOW_SYSCALL);
			at += insn.bytes;
		}
		assert_int_equal(at, place.delta);
	}
	assert_true(usable > 100);
}

/* Places that were checked against objdump, by row of the allocator table. */
static const uint32_t glibc_heap[] = {3, 0, 0, 0, 7, 7, 7};
static const uint32_t glibc_vm[] = {13, 10, 28, 20};
static const uint32_t jemalloc_heap[] = {48, 7, 0, 0, 0, 0, 0};

static bool has_build_id(const struct elf_header *header, const char *hex)
{
	char text[2 * ELF_BUILD_ID_MAX + 1] = "";

	for (uint32_t i = 0; i < header->build_id_bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", header->build_id[i]);
	return !strcmp(text, hex);
}

static void check_library(const char *path, const struct allocator *row, const char *build_id,
			  const uint32_t *deltas)
{
	struct elf_symbol symbols[TARGET_PLACES_MAX];
	const char *names[TARGET_PLACES_MAX];
	int fd = open(path, O_RDONLY);
	struct elf_image *image;

	if (fd < 0)
		skip();
	image = elf_image__open(fd);
	assert_non_null(image);
	for (size_t i = 0; i < row->function_cnt; i++)
		names[i] = row->functions[i].symbol;
	assert_int_equal(elf_image__find_functions(image, names, row->function_cnt, symbols), 0);
	for (size_t i = 0; i < row->function_cnt; i++) {
		struct place_request request = {.code_bytes = symbols[i].bytes,
						.vaddr = symbols[i].vaddr,
						.arg_cnt = row->functions[i].arg_cnt,
						.hook = row->functions[i].hook};
		struct place place = {0};
		uint8_t *code;

		assert_true(symbols[i].found);
		code = malloc(symbols[i].bytes);
		assert_int_equal(elf_image__read(image, symbols[i].vaddr, code, symbols[i].bytes),
				 0);
		request.code = code;
		place__find(&request, &place);
		if (!place.usable)
			print_error("%s: %s\n", names[i], place.reason);
		assert_true(place.usable && place.emulated);
		if (has_build_id(elf_image__header(image), build_id))
			assert_int_equal(place.delta, deltas[i]);
		free(code);
	}
	elf_image__free(image);
	close(fd);
}

#define GLIBC	       "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define GLIBC_BUILD    "93ac61ec5a8eb1396f9fbd350e3169a558528a40" /* Debian 2.36-9+deb12u14 */
#define JEMALLOC       "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
#define JEMALLOC_BUILD "1d5163c246dc9cd2b4d339f2ac42efd95c6e0ae1" /* Debian 5.3.0-1 */

static void every_function_of_this_glibc_has_a_place(void **state)
{
	(void)state;
	check_library(GLIBC, allocator__find_by_name("libc.so.6"), GLIBC_BUILD, glibc_heap);
	check_library(GLIBC, allocator__vm(), GLIBC_BUILD, glibc_vm);
}

static void every_function_of_this_jemalloc_has_a_place(void **state)
{
	(void)state;
	check_library(JEMALLOC, allocator__find_by_name("libjemalloc.so.2"), JEMALLOC_BUILD,
		      jemalloc_heap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(push_at_the_start_is_taken),
		cmocka_unit_test(jcc_after_a_test_is_taken_not_the_test),
		cmocka_unit_test(endbr64_is_stepped_over_by_choice),
		cmocka_unit_test(copies_of_arguments_are_followed),
		cmocka_unit_test(overwritten_arguments_end_the_search),
		cmocka_unit_test(an_argument_that_is_not_wanted_may_go),
		cmocka_unit_test(nothing_behind_a_branch_is_taken),
		cmocka_unit_test(a_direct_call_is_emulated),
		cmocka_unit_test(branches_with_a_size_prefix_are_not_emulated),
		cmocka_unit_test(a_branch_back_into_the_prologue_is_seen),
		cmocka_unit_test(a_moved_stack_is_tracked),
		cmocka_unit_test(an_unknown_stack_ends_the_search),
		cmocka_unit_test(behind_a_system_call_the_result_must_be_left),
		cmocka_unit_test(a_long_nop_is_taken_only_at_the_very_start),
		cmocka_unit_test(what_only_looks_like_a_nop_is_none),
		cmocka_unit_test(stepping_is_a_last_resort),
		cmocka_unit_test(function_entry_takes_offset_zero),
		cmocka_unit_test(code_that_ends_too_early_has_no_place),
		cmocka_unit_test(random_bytes_never_give_an_unproven_place),
		cmocka_unit_test(every_function_of_this_glibc_has_a_place),
		cmocka_unit_test(every_function_of_this_jemalloc_has_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
