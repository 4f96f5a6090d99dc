// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "target/insn.h"
#include "base/banned.h"

#define PUSH_RBP	0x55
#define GROW_INSNS_MAX	40 /* nine spills, nops, the call, nine reloads, the jump */
#define CHECK_INSNS_MAX 4

struct code {
	const uint8_t *bytes;
	size_t cnt;
	uint64_t vaddr;
};

/* The stack check, decoded. */
struct check {
	size_t jump_at; /* of its last jump, the jbe */
	size_t end;	/* the byte behind it */
	uint64_t grow;	/* where it leads, from the function's first byte */
};

static void refuse(struct go_place *place, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void refuse(struct go_place *place, const char *fmt, ...)
{
	va_list args;

	place->usable = false;
	va_start(args, fmt);
	vsnprintf(place->reason, sizeof(place->reason), fmt, args);
	va_end(args);
}

static int decode(const struct code *code, size_t at, struct insn *ret_insn)
{
	if (at >= code->cnt)
		return -1;
	return insn__decode(code->bytes + at, code->cnt - at, code->vaddr + at, ret_insn);
}

static bool begins(const struct code *code, size_t at, const char *bytes, size_t cnt)
{
	return at <= code->cnt && code->cnt - at >= cnt && !memcmp(code->bytes + at, bytes, cnt);
}

#define BEGINS(code, at, bytes) begins(code, at, bytes, sizeof(bytes) - 1)

/* jbe or, where a huge frame is subtracted, jb before it. */
static bool is_jump_if(const struct code *code, size_t at, uint8_t condition)
{
	return at + 1 < code->cnt &&
	       (code->bytes[at] == (0x70 | condition) ||
		(code->bytes[at] == 0x0f && code->bytes[at + 1] == (0x80 | condition)));
}

static bool is_jmp(const struct code *code, size_t at)
{
	return code->bytes[at] == 0xe9 || code->bytes[at] == 0xeb;
}

/* One step of the compiler's few shapes: what stands at @at may come before the compare, and writes
 * r12 alone. */
static bool is_frame_address(const struct code *code, size_t at)
{
	return BEGINS(code, at, "\x4c\x8d\x64\x24") || /* lea d8(%rsp),%r12 */
	       BEGINS(code, at, "\x4c\x8d\xa4\x24") || /* lea d32(%rsp),%r12 */
	       BEGINS(code, at, "\x49\x89\xe4") ||     /* mov %rsp,%r12 */
	       BEGINS(code, at, "\x49\x81\xec") ||     /* sub i32,%r12 */
	       BEGINS(code, at, "\x49\x83\xec");       /* sub i8,%r12 */
}

/* g's stackguard0, or stackguard1 in what runs on the system stack alone. The compare of rsp itself
 * is the first instruction of its shape, that of r12 comes after its address. */
static bool is_compare(const struct code *code, size_t at)
{
	bool rsp = BEGINS(code, at, "\x49\x3b\x66\x10") || BEGINS(code, at, "\x49\x3b\x66\x18");
	bool r12 = BEGINS(code, at, "\x4d\x3b\x66\x10") || BEGINS(code, at, "\x4d\x3b\x66\x18");

	return at ? r12 : rsp;
}

/* Walk the check. False with the reason in @place where it is none that is known. */
static bool find_check(const struct code *code, struct check *ret_check, struct go_place *place)
{
	struct insn insn;
	uint64_t early = 0;
	size_t at = 0;

	for (int i = 0; i < CHECK_INSNS_MAX && !is_compare(code, at); i++) {
		bool jb = at && !early && is_jump_if(code, at, 2);

		if (decode(code, at, &insn) || (!jb && !is_frame_address(code, at))) {
			refuse(place, "no stack check of Go's at its start (+0x%zx)", at);
			return false;
		}
		if (jb)
			early = insn.target - code->vaddr;
		at += insn.bytes;
	}
	if (!is_compare(code, at) || !is_jump_if(code, at + 4, 6) || decode(code, at + 4, &insn)) {
		refuse(place, "the stack check at +0x%zx is none of Go's", at);
		return false;
	}
	ret_check->jump_at = at + 4;
	ret_check->end = at + 4 + insn.bytes;
	ret_check->grow = insn.target - code->vaddr;
	if (early && early != ret_check->grow) {
		refuse(place, "the stack check leads to two places");
		return false;
	}
	return true;
}

/* What the check leads to must call for a larger stack and jump to the first byte. */
static bool grows(const struct code *code, const struct check *check)
{
	size_t at = (size_t)check->grow;
	bool called = false;
	struct insn insn;

	if (check->grow < check->end || check->grow >= code->cnt)
		return false;
	for (int i = 0; i < GROW_INSNS_MAX && !decode(code, at, &insn); i++) {
		if (insn.flow == FLOW_JUMP)
			return called && insn.target == code->vaddr && is_jmp(code, at);
		if (insn.flow == FLOW_CALL && called)
			return false;
		if (insn.flow != FLOW_CALL && insn.flow != FLOW_NEXT)
			return false;
		called |= insn.flow == FLOW_CALL;
		at += insn.bytes;
	}
	return false;
}

/*
 * Does a direct branch lead behind the first byte and up to the probe, or to the first byte other
 * than from @grow on? Swept linearly; after bytes that are no instruction the sweep goes on at the
 * next byte, so it can only find too many.
 */
static bool is_reentered(const struct code *code, const struct check *check, size_t delta,
			 size_t *ret_from)
{
	struct insn insn;

	for (size_t at = 0; at < code->cnt;) {
		uint64_t to;

		if (decode(code, at, &insn)) {
			at++;
			continue;
		}
		to = insn.target - code->vaddr;
		if (((insn.flow == FLOW_JUMP || insn.flow == FLOW_CALL) && to && to <= delta) ||
		    (insn.flow == FLOW_JUMP && !to && (!check || at < check->grow))) {
			*ret_from = at;
			return true;
		}
		at += insn.bytes;
	}
	return false;
}

static void accept(const struct code *code, const struct check *check, size_t at,
		   struct go_place *place)
{
	size_t from;

	place->delta = (uint32_t)at;
	place->probe_vaddr = code->vaddr + at;
	place->at_check = check && at == check->jump_at;
	insn__format(code->bytes + at, code->cnt - at, place->probe_vaddr, place->instruction,
		     sizeof(place->instruction));
	if (is_reentered(code, check, at, &from)) {
		refuse(place, "a branch at +0x%zx leads back to or before the probe at +0x%zx",
		       from, at);
		return;
	}
	place->usable = true;
}

void go_place__find(const uint8_t *code, size_t bytes, uint64_t vaddr, struct go_place *ret_place)
{
	struct code whole = {.bytes = code, .cnt = bytes, .vaddr = vaddr};
	struct check check = {0};

	*ret_place = (struct go_place){.function_vaddr = vaddr, .probe_vaddr = vaddr};
	if (!bytes || bytes > GO_PLACE_CODE_MAX) {
		refuse(ret_place, "function of %zu bytes", bytes);
		return;
	}
	/* Without a check, since 1.21: the frame is set up at once. */
	if (BEGINS(&whole, 0, "\x55\x48\x89\xe5")) {
		accept(&whole, NULL, 0, ret_place);
		return;
	}
	if (!find_check(&whole, &check, ret_place))
		return;
	if (!grows(&whole, &check)) {
		refuse(ret_place, "what its stack check leads to does not start it again");
		return;
	}
	accept(&whole, &check,
	       check.end < bytes && code[check.end] == PUSH_RBP ? check.end : check.jump_at,
	       ret_place);
}
