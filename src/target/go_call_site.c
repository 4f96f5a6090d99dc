// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_call_site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "target/go_call.h"
#include "target/go_layout.h"
#include "base/banned.h"

#define NONE	       0xff
#define CALL_REL32     0xe8
#define MAGIC_SINCE_20 0xfffffff1U

enum kind {
	KIND_CHAN = 18,
	KIND_FUNC = 19,
	KIND_INTERFACE = 20,
	KIND_MAP = 21,
	KIND_POINTER = 22,
	KIND_SLICE = 23,
	KIND_STRING = 24,
	KIND_UNSAFE_POINTER = 26,
};

/* Functions of the runtime that take memory, by the start of their names: a longer name stands before
 * a shorter one that begins it. */
static const struct row {
	const char *prefix;
	uint8_t reg, reg_before_20; /* that holds the type; NONE */
	bool boxes;
	/* where the function itself tells the type */
	const char *type;
	uint8_t type_bytes;
	/* the type stands behind the call, in the interface that is made: its bytes and kind (0: any
	 * that is no pointer) */
	uint8_t boxed_bytes, boxed_kind;
} rows[] = {
#define HANDS(name, now, before)                                                      \
	{                                                                             \
		.prefix = name, .reg = HB_REG_##now, .reg_before_20 = HB_REG_##before \
	}
#define TELLS(name, text, size)                                                   \
	{                                                                         \
		.prefix = name, .reg = NONE, .reg_before_20 = NONE, .type = text, \
		.type_bytes = size                                                \
	}
#define BOXES(name, size, of)                                                      \
	{                                                                          \
		.prefix = name, .reg = NONE, .reg_before_20 = NONE, .boxes = true, \
		.boxed_bytes = size, .boxed_kind = of                              \
	}
	HANDS("runtime.newobject", AX, AX),
	HANDS("runtime.newarray", AX, AX),
	HANDS("runtime.mallocgc", BX, BX),
	HANDS("runtime.makeslice", AX, AX),
	HANDS("runtime.growslice", SI, AX),
	HANDS("runtime.moveSlice", AX, AX),
	TELLS("runtime.makemap_small", NULL, 0),
	HANDS("runtime.makemap", AX, AX),
	HANDS("runtime.makechan", AX, AX),
	HANDS("runtime.mapassign", AX, AX),
	HANDS("runtime.mapdelete", AX, AX),
	HANDS("runtime.mapaccess", AX, AX),
	BOXES("runtime.convTstring", 16, KIND_STRING),
	BOXES("runtime.convTslice", 24, KIND_SLICE),
	BOXES("runtime.convT64", 8, 0),
	BOXES("runtime.convT32", 4, 0),
	BOXES("runtime.convT16", 2, 0),
	{.prefix = "runtime.convT", .reg = HB_REG_AX, .reg_before_20 = HB_REG_AX, .boxes = true},
	TELLS("runtime.concatstring", "string", 0),
	TELLS("runtime.slicebytetostring", "string", 0),
	TELLS("runtime.slicerunetostring", "string", 0),
	TELLS("runtime.intstring", "string", 0),
	TELLS("runtime.concatbyte", "uint8", 1),
	TELLS("runtime.stringtoslicebyte", "uint8", 1),
	TELLS("runtime.stringtoslicerune", "int32", 4),
	TELLS("internal/bytealg.MakeNoZero", "uint8", 1),
	TELLS("runtime.deferproc", NULL, 0),
	TELLS("runtime.newproc", NULL, 0),
	TELLS("reflect.unsafe_New", NULL, 0),
	TELLS("reflect.mapassign", NULL, 0),
	TELLS("reflect.makemap", NULL, 0),
	TELLS("reflect.makechan", NULL, 0),
	TELLS("reflect.growslice", NULL, 0),
	TELLS("internal/reflectlite.unsafe_New", NULL, 0),
	TELLS("maps.clone", NULL, 0),
};

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static const struct row *row_of(const char *function)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (starts_with(function, rows[i].prefix))
			return &rows[i];
	return NULL;
}

/* The name of the function that starts at @vaddr; "" if none does. */
static const char *name_at(struct go_program *program, uint64_t vaddr)
{
	struct go_function function;

	if (go_program__function_at(program, vaddr, &function) || function.vaddr != vaddr)
		return "";
	return go_program__name(program, &function);
}

/* What the call that ends at @back is of, by its five bytes alone; its function in *ret_name. */
static const struct row *row_at(struct go_program *program, uint64_t back, const char **ret_name)
{
	uint8_t code[GO_CALL_BYTES];
	int32_t distance;

	if (back < sizeof(code) ||
	    go_program__read(program, back - sizeof(code), code, sizeof(code)) ||
	    code[0] != CALL_REL32)
		return NULL;
	memcpy(&distance, code + 1, sizeof(distance));
	*ret_name = name_at(program, back + (uint64_t)(int64_t)distance);
	return row_of(*ret_name);
}

/* Types that no source names: closures are structs of a function and what it captures. */
static void set_type(struct go_program *program, uint64_t type, struct go_call_site *site)
{
	uint64_t bytes;

	if (!type || go_program__type(program, type, site->type, sizeof(site->type), &bytes) ||
	    strstr(site->type, "go.shape.")) {
		site->type[0] = 0;
		return;
	}
	site->type_bytes = bytes;
	if (starts_with(site->type, "struct { F uintptr"))
		snprintf(site->type, sizeof(site->type), "func()");
}

/* Of an interface with methods the first word is a table: of the interface, and of the type in it. */
static uint64_t type_in_table(struct go_program *program, uint64_t address)
{
	uint64_t words[2];

	if (go_program__read(program, address, words, sizeof(words)) ||
	    go_program__type_kind(program, words[0]) != KIND_INTERFACE)
		return 0;
	return words[1];
}

static bool can_be_boxed(struct go_program *program, const struct row *row, uint64_t type)
{
	uint8_t kind = go_program__type_kind(program, type);
	char name[8];
	uint64_t bytes;

	if (!kind || go_program__type(program, type, name, sizeof(name), &bytes) ||
	    bytes != row->boxed_bytes)
		return false;
	if (row->boxed_kind)
		return kind == row->boxed_kind;
	return (kind < KIND_CHAN || kind > KIND_STRING) && kind != KIND_UNSAFE_POINTER;
}

/* The one type behind the call that it can have boxed; of two that differ neither is certain. */
static uint64_t boxed_type(struct go_program *program, const struct row *row,
			   const struct go_call *call)
{
	uint64_t found = 0;

	for (size_t i = 0; i < call->after_cnt; i++) {
		uint64_t type = call->after[i];

		if (!go_program__type_kind(program, type))
			type = type_in_table(program, type);
		if (!can_be_boxed(program, row, type) || type == found)
			continue;
		if (found)
			return 0;
		found = type;
	}
	return found;
}

static const char *callee_of(struct go_program *program, const struct go_call *call)
{
	for (size_t i = 0; i < call->next_cnt; i++) {
		const char *name = name_at(program, call->next[i]);

		if (!*name)
			return NULL;
		if (!starts_with(name, "runtime.") && !starts_with(name, "internal/runtime/"))
			return name;
	}
	return NULL;
}

static int decode(struct go_program *program, uint64_t back, struct go_call *call)
{
	struct go_function function;
	uint8_t *code;
	int err = go_program__function_at(program, back - 1, &function);

	if (err || function.bytes > GO_CALL_CODE_MAX)
		return -ENOENT;
	code = malloc(function.bytes + 1);
	if (!code)
		return -ENOMEM;
	err = go_program__read(program, function.vaddr, code, function.bytes);
	if (!err)
		err = go_call__decode(code, function.bytes, function.vaddr, back, call);
	free(code);
	return err;
}

int go_call_site__read(struct go_program *program, uint64_t back, struct go_call_site *ret)
{
	const char *function = NULL;
	const struct row *row = row_at(program, back, &function);
	struct go_call call;
	uint8_t reg;
	int err;

	*ret = (struct go_call_site){.function = function};
	if (!row)
		return -ENOENT;
	if (row->type) {
		snprintf(ret->type, sizeof(ret->type), "%s", row->type);
		ret->type_bytes = row->type_bytes;
		return 0;
	}
	reg = go_program__layout(program)->magic == MAGIC_SINCE_20 ? row->reg : row->reg_before_20;
	if (reg == NONE && !row->boxes)
		return 0;
	err = decode(program, back, &call);
	if (err)
		return err == -ENOMEM ? err : 0;
	if (reg != NONE)
		set_type(program, call.registers[reg], ret);
	else if (row->boxed_bytes)
		set_type(program, boxed_type(program, row, &call), ret);
	if (row->boxes)
		ret->callee = callee_of(program, &call);
	return 0;
}
