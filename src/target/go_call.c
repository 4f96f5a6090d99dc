// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_call.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "target/insn.h"
#include "base/banned.h"

#define FOLLOWED_MAX 400 /* instructions behind the call */

struct code {
	const uint8_t *bytes;
	size_t cnt;
	uint64_t vaddr;
	uint8_t *entered; /* a bit a byte: some branch leads there */
};

static bool decode(const struct code *code, size_t at, struct insn *insn)
{
	return at < code->cnt &&
	       !insn__decode(code->bytes + at, code->cnt - at, code->vaddr + at, insn);
}

/* Every branch of the function; after bytes that are no instruction at the next byte, so that the sweep
 * can only find too many. */
static void mark_entered(struct code *code)
{
	struct insn insn;

	for (size_t at = 0; at < code->cnt;) {
		uint64_t to;

		if (!decode(code, at, &insn)) {
			at++;
			continue;
		}
		to = insn.target - code->vaddr;
		if (insn.flow == FLOW_JUMP && to < code->cnt)
			code->entered[to / 8] |= (uint8_t)(1U << to % 8);
		at += insn.bytes;
	}
}

static bool is_entered(const struct code *code, size_t at)
{
	return code->entered[at / 8] >> at % 8 & 1;
}

static bool is_unconditional(const struct code *code, size_t at)
{
	return code->bytes[at] == 0xe9 || code->bytes[at] == 0xeb;
}

/* Go saves no register over a call. */
static void step(struct go_call *call, const struct insn *insn, bool unconditional)
{
	if (insn->flow == FLOW_CALL || insn->flow == FLOW_OTHER || unconditional) {
		memset(call->registers, 0, sizeof(call->registers));
		return;
	}
	if (insn->copies) {
		call->registers[insn->copy_to] = call->registers[insn->copy_from];
		return;
	}
	for (unsigned i = 0; i < GO_CALL_REGISTERS; i++)
		if (insn->written & 1U << i)
			call->registers[i] = 0;
	if (insn->access == ACCESS_LEA && insn->is_relative)
		call->registers[insn->access_reg] = insn->access_vaddr;
}

/* Walk up to the call; its offset, or -ENOENT. */
static long find(const struct code *code, size_t call_at, struct go_call *call)
{
	struct insn insn;
	size_t at = 0;

	while (at <= call_at && decode(code, at, &insn)) {
		if (is_entered(code, at))
			memset(call->registers, 0, sizeof(call->registers));
		if (at == call_at) {
			call->target = insn.target;
			return insn.flow == FLOW_CALL ? (long)at : -ENOENT;
		}
		step(call, &insn, insn.flow == FLOW_JUMP && is_unconditional(code, at));
		at += insn.bytes;
	}
	return -ENOENT;
}

static void take_after(const struct code *code, size_t at, struct go_call *call)
{
	struct insn insn;

	while (call->after_cnt < GO_CALL_AFTER_MAX && decode(code, at, &insn) &&
	       insn.flow == FLOW_NEXT && !is_entered(code, at)) {
		if (insn.access == ACCESS_LEA && insn.is_relative)
			call->after[call->after_cnt++] = insn.access_vaddr;
		at += insn.bytes;
	}
}

static void follow(const struct code *code, size_t call_at, struct go_call *call)
{
	size_t at = call_at + GO_CALL_BYTES;
	struct insn insn;

	for (int i = 0; i < FOLLOWED_MAX && at != call_at && decode(code, at, &insn); i++) {
		if (insn.flow == FLOW_OTHER)
			return;
		if (insn.flow == FLOW_CALL) {
			call->next[call->next_cnt++] = insn.target;
			if (call->next_cnt == GO_CALL_NEXT_MAX)
				return;
		}
		if (insn.flow == FLOW_JUMP && is_unconditional(code, at))
			at = (size_t)(insn.target - code->vaddr);
		else
			at += insn.bytes;
	}
}

int go_call__decode(const uint8_t *bytes, size_t cnt, uint64_t vaddr, uint64_t back,
		    struct go_call *ret)
{
	struct code code = {.bytes = bytes, .cnt = cnt, .vaddr = vaddr};
	struct go_call call = {.target = 0};
	long at;

	if (!cnt || cnt > GO_CALL_CODE_MAX || back < vaddr + GO_CALL_BYTES || back - vaddr > cnt)
		return -ENOENT;
	code.entered = calloc(1, cnt / 8 + 1);
	if (!code.entered)
		return -ENOMEM;
	mark_entered(&code);
	at = find(&code, (size_t)(back - vaddr) - GO_CALL_BYTES, &call);
	if (at >= 0) {
		take_after(&code, (size_t)at + GO_CALL_BYTES, &call);
		follow(&code, (size_t)at, &call);
		*ret = call;
	}
	free(code.entered);
	return at < 0 ? (int)at : 0;
}
