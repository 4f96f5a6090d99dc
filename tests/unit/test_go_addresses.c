// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses of a runtime's variables from the code that names them. The program is a stand-in: its
 * functions are those few instructions, as compilers of several versions wrote them, between others.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "target/go_addresses.h"
#include "target/go_layout.h"
#include "target/insn.h"

#define FUNCTIONS 16
#define START	  0x401000
#define STEP	  0x100

static struct {
	struct {
		const char *name;
		uint8_t code[STEP];
		size_t bytes;
	} functions[FUNCTIONS];
	size_t cnt;
	unsigned minor;
} fake;

int go_program__find(struct go_program *program, const char *name, struct go_function *ret)
{
	(void)program;
	for (size_t i = 0; i < fake.cnt; i++) {
		if (strcmp(fake.functions[i].name, name) != 0)
			continue;
		*ret = (struct go_function){.vaddr = START + i * STEP,
					    .bytes = fake.functions[i].bytes};
		return 0;
	}
	return -ENOENT;
}

int go_program__read(const struct go_program *program, uint64_t vaddr, void *buf, size_t bytes)
{
	size_t index = (vaddr - START) / STEP;

	(void)program;
	if (index >= fake.cnt || bytes > STEP)
		return -ENOENT;
	memcpy(buf, fake.functions[index].code, bytes);
	return 0;
}

const struct go_layout *go_program__layout(const struct go_program *program)
{
	(void)program;
	return go_layout__find(fake.minor);
}

static int forget(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.minor = 26;
	return 0;
}

static void function(const char *name)
{
	fake.functions[fake.cnt++].name = name;
}

static void put(const void *code, size_t bytes)
{
	size_t *end = &fake.functions[fake.cnt - 1].bytes;

	memcpy(fake.functions[fake.cnt - 1].code + *end, code, bytes);
	*end += bytes;
}

#define PUT(...) put((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* An instruction that ends in the 32-bit distance to @vaddr. */
static void put_relative(const void *opcode, size_t bytes, uint64_t vaddr)
{
	uint64_t next;
	int32_t distance;

	put(opcode, bytes);
	next = START + (fake.cnt - 1) * STEP + fake.functions[fake.cnt - 1].bytes + 4;
	distance = (int32_t)(vaddr - next);
	put(&distance, sizeof(distance));
}

#define RELATIVE(vaddr, ...)                                                                 \
	put_relative((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), \
		     (vaddr))
#define LOAD_RCX(vaddr)	 RELATIVE(vaddr, 0x48, 0x8b, 0x0d)
#define LOAD_ECX(vaddr)	 RELATIVE(vaddr, 0x8b, 0x0d)
#define STORE_RCX(vaddr) RELATIVE(vaddr, 0x48, 0x89, 0x0d)
#define LEA_RAX(vaddr)	 RELATIVE(vaddr, 0x48, 0x8d, 0x05)
#define ADD_RCX(vaddr)	 RELATIVE(vaddr, 0x48, 0x01, 0x0d)
#define CALL(vaddr)	 RELATIVE(vaddr, 0xe8)

static uint64_t address_of(const char *name)
{
	struct go_function found = {.vaddr = 0};

	assert_int_equal(go_program__find(NULL, name, &found), 0);
	return found.vaddr;
}

static struct go_addresses find(void)
{
	struct go_addresses found;

	go_addresses__find(NULL, &found);
	return found;
}

static void insn_says_which_variable_it_names(void **state)
{
	static const uint8_t movslq[] = {0x48, 0x63, 0x0d, 0x10, 0, 0, 0};
	static const uint8_t xchg[] = {0x48, 0x87, 0x58, 0x68};
	static const uint8_t mov_index[] = {0x48, 0x8b, 0x04, 0xc8};
	static const uint8_t mov_tls[] = {0x64, 0x48, 0x8b, 0x0c, 0x25, 0xf8, 0xff, 0xff, 0xff};
	static const uint8_t add_reg[] = {0x48, 0x01, 0xc8};
	struct insn insn;

	(void)state;
	assert_int_equal(insn__decode(movslq, sizeof(movslq), 0x1000, &insn), 0);
	assert_int_equal(insn.access, ACCESS_LOAD);
	assert_int_equal(insn.access_bytes, 4);
	assert_int_equal(insn.access_reg, HB_REG_CX);
	assert_true(insn.is_relative);
	assert_int_equal(insn.access_vaddr, 0x1017);
	assert_int_equal(insn__decode(xchg, sizeof(xchg), 0, &insn), 0);
	assert_int_equal(insn.access, ACCESS_STORE);
	assert_int_equal(insn.access_reg, HB_REG_BX);
	assert_int_equal(insn.base, HB_REG_AX);
	assert_int_equal(insn.displacement, 0x68);
	assert_int_equal(insn__decode(mov_index, sizeof(mov_index), 0, &insn), 0);
	assert_int_equal(insn.base, INSN_NO_REGISTER);
	assert_false(insn.is_relative);
	assert_int_equal(insn__decode(mov_tls, sizeof(mov_tls), 0, &insn), 0);
	assert_int_equal(insn.access, ACCESS_NONE);
	assert_int_equal(insn__decode(add_reg, sizeof(add_reg), 0, &insn), 0);
	assert_int_equal(insn.access, ACCESS_NONE);
}

static void heap_profile_is_what_its_functions_load(void **state)
{
	struct go_addresses found;

	(void)state;
	function("runtime.mProf_FlushLocked");
	LOAD_ECX(0x500000); /* the cycle, until 1.18 */
	LOAD_RCX(0x500008);
	function("runtime.profilealloc");
	LOAD_RCX(0x500010); /* mcache0 */
	LOAD_RCX(0x500010);
	LOAD_RCX(0x500020);
	LOAD_RCX(0x500030);
	function("runtime.procresize");
	LOAD_ECX(0x500040);
	found = find();
	assert_int_equal(found.buckets, 0x500008);
	assert_int_equal(found.profile_rate, 0x500020);
	assert_int_equal(found.procs, 0x500040);
}

static void receivers_are_in_rax_at_the_call(void **state)
{
	struct go_addresses found;

	(void)state;
	function("runtime.(*gcControllerState).startCycle");
	PUT(0xc3);
	function("runtime.(*consistentHeapStats).acquire");
	PUT(0xc3);
	function("runtime.gcStart");
	LEA_RAX(0x600000);
	CALL(START + 0x900);
	LEA_RAX(0x600100);
	PUT(0x48, 0x89, 0xd9); /* mov rcx, rbx */
	CALL(address_of("runtime.(*gcControllerState).startCycle"));
	function("runtime.(*mcache).refill");
	LEA_RAX(0x700000);
	CALL(address_of("runtime.(*consistentHeapStats).acquire"));
	/* The result of another call is nobody's address. */
	CALL(address_of("runtime.(*consistentHeapStats).acquire"));
	LEA_RAX(0x700000);
	PUT(0x48, 0x89, 0xd8); /* mov rax, rbx */
	CALL(address_of("runtime.(*consistentHeapStats).acquire"));
	function("runtime.(*mcache).releaseAll");
	LEA_RAX(0x700800);
	CALL(address_of("runtime.(*consistentHeapStats).acquire"));
	LEA_RAX(0x700800);
	CALL(address_of("runtime.(*consistentHeapStats).acquire"));
	found = find();
	assert_int_equal(found.controller, 0x600100);
	assert_int_equal(found.stats, 0x700800);
}

static void live_heap_is_stored_behind_what_was_marked(void **state)
{
	struct go_addresses found;

	(void)state;
	function("runtime.(*gcControllerState).resetLive");
	PUT(0x48, 0x89, 0x44, 0x24, 0x08);	       /* mov [rsp+8], rax */
	PUT(0x48, 0x89, 0x98, 0x98, 0x00, 0x00, 0x00); /* mov [rax+0x98], rbx */
	PUT(0x48, 0x89, 0xd9);
	PUT(0x48, 0x87, 0x58, 0x68); /* xchg [rax+0x68], rbx */
	found = find();
	assert_int_equal(found.marked_at, 0x98);
	assert_int_equal(found.live_at, 0x68);
}

static void pauses_begin_with_what_lies_right_to_the_statistics(void **state)
{
	struct go_addresses found;

	(void)state;
	function("runtime.(*consistentHeapStats).acquire");
	PUT(0xc3);
	function("runtime.(*mcache).refill");
	LEA_RAX(0x700000);
	CALL(address_of("runtime.(*consistentHeapStats).acquire"));
	function("runtime.gcMarkTermination");
	ADD_RCX(0x500000);
	ADD_RCX(0x700000 + 3576);
	ADD_RCX(0x500000);
	found = find();
	assert_int_equal(found.pause_cnt, 2);
	assert_int_equal(found.pauses[0], 0x700000 + 3576);
	assert_int_equal(found.pauses[1], 0x500000);
	fake.minor = 17;
	found = find();
	assert_int_equal(found.pauses[0], 0x500000);
}

static void goroutines_are_a_slice_of_three_words(void **state)
{
	struct go_addresses found;

	(void)state;
	function("runtime.allgadd");
	LEA_RAX(0x800020); /* a lock beside it */
	LOAD_RCX(0x800010);
	LOAD_RCX(0x800008);
	LOAD_RCX(0x800000);
	STORE_RCX(0x800010);
	LOAD_RCX(0x800100); /* allgptr, alone */
	found = find();
	assert_int_equal(found.allgs, 0x800000);
}

static void without_code_nothing_is_found(void **state)
{
	static const struct go_addresses none;
	struct go_addresses found = find();

	(void)state;
	assert_memory_equal(&found, &none, sizeof(none));
	function("runtime.allgadd");
	PUT(0x06, 0x06, 0x06); /* no instruction */
	LOAD_RCX(0x800000);
	function("runtime.profilealloc");
	PUT(0x48, 0x8b, 0x0d); /* cut */
	found = find();
	assert_memory_equal(&found, &none, sizeof(none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(insn_says_which_variable_it_names),
		cmocka_unit_test_setup(heap_profile_is_what_its_functions_load, forget),
		cmocka_unit_test_setup(receivers_are_in_rax_at_the_call, forget),
		cmocka_unit_test_setup(live_heap_is_stored_behind_what_was_marked, forget),
		cmocka_unit_test_setup(pauses_begin_with_what_lies_right_to_the_statistics, forget),
		cmocka_unit_test_setup(goroutines_are_a_slice_of_three_words, forget),
		cmocka_unit_test_setup(without_code_nothing_is_found, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
