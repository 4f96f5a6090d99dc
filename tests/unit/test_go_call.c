// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types from the code of calls into Go's runtime. The program is a stand-in: one function whose few
 * instructions are as compilers of several versions wrote them, the runtime's functions, and types.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/abi.h"
#include "target/go_call.h"
#include "target/go_call_site.h"
#include "target/go_layout.h"

#include "base/banned.h"

#define START	 0x401000
#define CODE_MAX 512
#define RUNTIME	 0x500000 /* function i is at RUNTIME + 16 i */
#define TYPES	 0x600000 /* type i is at TYPES + 64 i */
#define TABLE	 0x700000 /* of an interface and type 2 */
#define NOWHERE	 0x710000

static struct {
	uint8_t code[CODE_MAX];
	size_t cnt;
	unsigned minor;
} fake;

static const char *const functions[] = {
	"runtime.newobject",
	"runtime.growslice",
	"runtime.mallocgcSmallScanNoHeaderSC6",
	"runtime.convTstring",
	"runtime.convT64",
	"runtime.concatstring2",
	"runtime.makemap_small",
	"runtime.gcWriteBarrier",
	"fmt.Sprintf",
	"runtime.convT",
	"runtime.printlock",
	"runtime.stringtoslicebyte",
	"reflect.unsafe_New",
	"runtime.mapassign_faststr",
};

enum {
	NEWOBJECT,
	GROWSLICE,
	MALLOC,
	CONV_STRING,
	CONV_64,
	CONCAT,
	MAKEMAP_SMALL,
	BARRIER,
	SPRINTF,
	CONV,
	PRINTLOCK,
	TO_BYTES,
	UNSAFE_NEW,
	MAPASSIGN,
};

static const struct {
	const char *name;
	uint64_t bytes;
	uint8_t kind;
} types[] = {
	{"main.Item", 64, 25},
	{"string", 16, 24},
	{"main.ID", 8, 11},
	{"*main.Item", 8, 22},
	{"struct { F uintptr; X0 int }", 16, 25},
	{"main.Text", 16, 24},
	{"go.shape.int", 8, 2},
	{"fmt.Stringer", 16, 20},
	{"int", 8, 2},
};

enum { ITEM, STRING, ID, POINTER, CLOSURE, TEXT, SHAPE, STRINGER, INT };

int go_program__read(const struct go_program *program, uint64_t vaddr, void *buf, size_t bytes)
{
	static const uint64_t table[] = {TYPES + STRINGER * 64, TYPES + ID * 64};

	(void)program;
	if (vaddr == TABLE && bytes == sizeof(table)) {
		memcpy(buf, table, bytes);
		return 0;
	}
	if (vaddr < START || vaddr - START + bytes > fake.cnt)
		return -ENOENT;
	memcpy(buf, fake.code + (vaddr - START), bytes);
	return 0;
}

int go_program__function_at(struct go_program *program, uint64_t pc, struct go_function *ret)
{
	(void)program;
	if (pc >= RUNTIME && pc < RUNTIME + 16 * sizeof(functions) / sizeof(*functions))
		*ret = (struct go_function){.vaddr = pc & ~15ULL, .bytes = 16};
	else if (pc >= START && pc < START + fake.cnt)
		*ret = (struct go_function){.vaddr = START, .bytes = fake.cnt};
	else
		return -ENOENT;
	return 0;
}

const char *go_program__name(struct go_program *program, const struct go_function *function)
{
	(void)program;
	return function->vaddr == START ? "main.main" : functions[(function->vaddr - RUNTIME) / 16];
}

static size_t type_index(uint64_t type)
{
	size_t index = (type - TYPES) / 64;

	return type < TYPES || type % 64 || index >= sizeof(types) / sizeof(*types) ? SIZE_MAX
										    : index;
}

int go_program__type(struct go_program *program, uint64_t type, char *name, size_t name_bytes,
		     uint64_t *ret_size_bytes)
{
	size_t index = type_index(type);

	(void)program;
	if (index == SIZE_MAX)
		return -ENOENT;
	snprintf(name, name_bytes, "%s", types[index].name);
	*ret_size_bytes = types[index].bytes;
	return 0;
}

uint8_t go_program__type_kind(struct go_program *program, uint64_t type)
{
	(void)program;
	return type_index(type) == SIZE_MAX ? 0 : types[type_index(type)].kind;
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

static void put(const void *code, size_t bytes)
{
	memcpy(fake.code + fake.cnt, code, bytes);
	fake.cnt += bytes;
}

#define PUT(...) put((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* An instruction that ends in the 32-bit distance to @vaddr. */
static void put_relative(const void *opcode, size_t bytes, uint64_t vaddr)
{
	int32_t distance = (int32_t)(vaddr - (START + fake.cnt + bytes + 4));

	put(opcode, bytes);
	put(&distance, sizeof(distance));
}

#define RELATIVE(vaddr, ...)                                                                 \
	put_relative((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), \
		     (vaddr))
#define LEA_RAX(type) RELATIVE(TYPES + (type)*64, 0x48, 0x8d, 0x05)
#define LEA_RBX(type) RELATIVE(TYPES + (type)*64, 0x48, 0x8d, 0x1d)
#define LEA_RCX(type) RELATIVE(TYPES + (type)*64, 0x48, 0x8d, 0x0d)
#define LEA_RSI(type) RELATIVE(TYPES + (type)*64, 0x48, 0x8d, 0x35)
#define LEA_RDX(to)   RELATIVE(to, 0x48, 0x8d, 0x15)
#define MOV_RAX_RCX() PUT(0x48, 0x89, 0xc8)
#define XOR_EAX()     PUT(0x31, 0xc0)
#define NOP()	      PUT(0x90)
#define RET()	      PUT(0xc3)

/* A call; the address that it returns to. */
static uint64_t call(int function)
{
	RELATIVE(RUNTIME + (uint64_t)function * 16, 0xe8);
	return START + fake.cnt;
}

static struct go_call_site site_at(uint64_t back)
{
	struct go_call_site site;

	assert_int_equal(go_call_site__read(NULL, back, &site), 0);
	return site;
}

static void expect(uint64_t back, const char *type, uint64_t bytes)
{
	struct go_call_site site = site_at(back);

	assert_string_equal(site.type, type);
	assert_int_equal(site.type_bytes, bytes);
}

static void type_is_in_the_register_of_its_version(void **state)
{
	uint64_t object, grown, sized, inserted;

	(void)state;
	LEA_RAX(ITEM);
	NOP();
	object = call(NEWOBJECT);
	LEA_RAX(STRING);
	LEA_RSI(ITEM);
	grown = call(GROWSLICE);
	LEA_RBX(ITEM);
	sized = call(MALLOC);
	LEA_RAX(ITEM);
	inserted = call(MAPASSIGN);
	RET();
	expect(object, "main.Item", 64);
	expect(grown, "main.Item", 64);
	expect(sized, "main.Item", 64);
	expect(inserted, "main.Item", 64);
	assert_string_equal(site_at(object).function, "runtime.newobject");
	fake.minor = 19;
	expect(grown, "string", 16);
	expect(object, "main.Item", 64);
}

static void a_copied_register_is_what_it_was_copied_from(void **state)
{
	uint64_t back;

	(void)state;
	LEA_RCX(ITEM);
	MOV_RAX_RCX();
	back = call(NEWOBJECT);
	RET();
	expect(back, "main.Item", 64);
}

static void what_has_been_overwritten_or_called_over_is_unknown(void **state)
{
	uint64_t written, called;

	(void)state;
	LEA_RAX(ITEM);
	XOR_EAX();
	written = call(NEWOBJECT);
	LEA_RAX(ITEM);
	call(BARRIER);
	called = call(NEWOBJECT);
	RET();
	expect(written, "", 0);
	expect(called, "", 0);
}

static void a_branch_into_the_middle_makes_it_unknown(void **state)
{
	uint64_t entered, jumped;

	(void)state;
	LEA_RAX(ITEM);
	NOP(); /* the target of the last branch */
	entered = call(NEWOBJECT);
	LEA_RAX(ITEM);
	PUT(0xeb, 0x00); /* jmp to the next instruction */
	jumped = call(NEWOBJECT);
	PUT(0x75, (uint8_t)(7 - (int)(fake.cnt + 2))); /* jne to the nop */
	RET();
	expect(entered, "", 0);
	expect(jumped, "", 0);
}

static void a_type_that_is_none_or_of_a_generic_body_is_unknown(void **state)
{
	uint64_t nowhere, shape;

	(void)state;
	RELATIVE(NOWHERE, 0x48, 0x8d, 0x05);
	nowhere = call(NEWOBJECT);
	LEA_RAX(SHAPE);
	shape = call(NEWOBJECT);
	RET();
	expect(nowhere, "", 0);
	expect(shape, "", 0);
}

static void closures_have_the_type_of_functions(void **state)
{
	uint64_t back;

	(void)state;
	LEA_RAX(CLOSURE);
	back = call(NEWOBJECT);
	RET();
	expect(back, "func()", 16);
}

static void functions_for_one_type_tell_it_themselves(void **state)
{
	uint64_t concat, bytes, map, reflect;

	(void)state;
	concat = call(CONCAT);
	bytes = call(TO_BYTES);
	map = call(MAKEMAP_SMALL);
	reflect = call(UNSAFE_NEW);
	RET();
	expect(concat, "string", 0);
	expect(bytes, "uint8", 1);
	expect(map, "", 0);
	expect(reflect, "", 0);
	assert_string_equal(site_at(reflect).function, "reflect.unsafe_New");
}

static void a_boxed_value_has_the_type_behind_its_call(void **state)
{
	uint64_t text, id, table;

	(void)state;
	text = call(CONV_STRING);
	LEA_RDX(TYPES + TEXT * 64);
	LEA_RDX(TYPES + INT * 64); /* of another size: no type of this value */
	id = call(CONV_64);
	LEA_RDX(TYPES + POINTER * 64); /* pointers are not boxed */
	LEA_RDX(TYPES + ID * 64);
	table = call(CONV_64);
	LEA_RDX(TABLE);
	RET();
	expect(text, "main.Text", 16);
	expect(id, "main.ID", 8);
	expect(table, "main.ID", 8);
}

static void of_two_types_behind_a_boxing_neither_is_certain(void **state)
{
	uint64_t two, branch;

	(void)state;
	two = call(CONV_64);
	LEA_RDX(TYPES + INT * 64);
	LEA_RDX(TYPES + ID * 64);
	branch = call(CONV_64);
	PUT(0x74, 0x07); /* je over it */
	LEA_RDX(TYPES + ID * 64);
	RET();
	expect(two, "", 0);
	expect(branch, "", 0);
}

static void the_function_called_next_is_whom_a_value_is_boxed_for(void **state)
{
	uint64_t first, last, lost;

	(void)state;
	LEA_RAX(ITEM);
	first = call(CONV);
	PUT(0x74, 0x00); /* je, the write barrier's */
	call(BARRIER);
	PUT(0xeb, 0x01, 0xc3); /* jmp over a ret */
	last = call(CONV_STRING);
	call(SPRINTF);
	lost = call(CONV_STRING);
	PUT(0xff, 0xd0); /* call *rax */
	call(SPRINTF);
	RET();
	assert_string_equal(site_at(first).callee, "fmt.Sprintf");
	assert_string_equal(site_at(last).callee, "fmt.Sprintf");
	assert_null(site_at(lost).callee);
}

static void other_addresses_are_no_sites(void **state)
{
	struct go_call_site site;
	uint64_t other, back;

	(void)state;
	other = call(PRINTLOCK);
	back = call(NEWOBJECT);
	assert_int_equal(go_call_site__read(NULL, other, &site), -ENOENT);
	assert_int_equal(go_call_site__read(NULL, back - 1, &site), -ENOENT);
	assert_int_equal(go_call_site__read(NULL, START, &site), -ENOENT);
	assert_int_equal(go_call_site__read(NULL, 0, &site), -ENOENT);
	assert_int_equal(go_call_site__read(NULL, UINT64_MAX, &site), -ENOENT);
	/* the last call of a function that does not return */
	assert_int_equal(go_call_site__read(NULL, back, &site), 0);
}

/* No bytes may lead the decoder beyond them or keep it for long. */
static void hostile_code_is_bounded(void **state)
{
	uint32_t random = 23;
	struct go_call found;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		fake.cnt = 1 + (size_t)round % 64;
		for (size_t i = 0; i < fake.cnt; i++) {
			random = random * 1103515245 + 12345;
			/* branches and calls more often than chance has them */
			fake.code[i] = (uint8_t)(random >> 16 & 3 ? random >> 24 : 0xeb);
		}
		for (size_t back = 0; back <= fake.cnt + 1; back++)
			(void)go_call__decode(fake.code, fake.cnt, START, START + back, &found);
	}
	assert_int_equal(go_call__decode(fake.code, 0, START, START + 5, &found), -ENOENT);
	assert_int_equal(go_call__decode(fake.code, SIZE_MAX, START, START + 5, &found), -ENOENT);
	/* a loop of one jump */
	forget(NULL);
	call(NEWOBJECT);
	PUT(0xeb, 0xfe);
	assert_int_equal(go_call__decode(fake.code, fake.cnt, START, START + 5, &found), 0);
	assert_int_equal(found.next_cnt, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(type_is_in_the_register_of_its_version, forget),
		cmocka_unit_test_setup(a_copied_register_is_what_it_was_copied_from, forget),
		cmocka_unit_test_setup(what_has_been_overwritten_or_called_over_is_unknown, forget),
		cmocka_unit_test_setup(a_branch_into_the_middle_makes_it_unknown, forget),
		cmocka_unit_test_setup(a_type_that_is_none_or_of_a_generic_body_is_unknown, forget),
		cmocka_unit_test_setup(closures_have_the_type_of_functions, forget),
		cmocka_unit_test_setup(functions_for_one_type_tell_it_themselves, forget),
		cmocka_unit_test_setup(a_boxed_value_has_the_type_behind_its_call, forget),
		cmocka_unit_test_setup(of_two_types_behind_a_boxing_neither_is_certain, forget),
		cmocka_unit_test_setup(the_function_called_next_is_whom_a_value_is_boxed_for,
				       forget),
		cmocka_unit_test_setup(other_addresses_are_no_sites, forget),
		cmocka_unit_test_setup(hostile_code_is_bounded, forget),
	};

	return cmocka_run_group_tests_name("go_call", tests, NULL, NULL);
}
