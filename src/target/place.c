// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/place.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "bpf/abi.h"
#include "target/insn.h"

#include "base/banned.h"

#define REGISTERS    16
#define ARGS_MAX     3
#define SP_WORDS_MAX 0xfff /* 12 bits of the attach cookie */
#define NO_ARG	     (-1)

/* What is known before the instruction at @at. */
struct walk {
	const struct place_request *request;
	size_t at;
	int8_t holds[REGISTERS]; /* register -> argument, or NO_ARG */
	int64_t sp_down;	 /* bytes */
	bool result_in_ax;	 /* a syscall lies behind and rax was not written since */
	bool after_syscall;
};

static const uint8_t argument_registers[ARGS_MAX] = {HB_REG_DI, HB_REG_SI, HB_REG_DX};

static void refuse(struct place *place, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void refuse(struct place *place, const char *fmt, ...)
{
	va_list args;

	place->usable = false;
	va_start(args, fmt);
	vsnprintf(place->reason, sizeof(place->reason), fmt, args);
	va_end(args);
}

static void walk__init(struct walk *walk, const struct place_request *request)
{
	*walk = (struct walk){.request = request};
	for (int i = 0; i < REGISTERS; i++)
		walk->holds[i] = NO_ARG;
	for (int i = 0; i < ARGS_MAX; i++)
		walk->holds[argument_registers[i]] = (int8_t)i;
}

/* The register that holds argument @arg: its own one if it still does, else the first copy. -1. */
static int find_argument(const struct walk *walk, unsigned arg)
{
	if (walk->holds[argument_registers[arg]] == (int)arg)
		return argument_registers[arg];
	for (int i = 0; i < REGISTERS; i++)
		if (walk->holds[i] == (int)arg)
			return i;
	return -1;
}

/* The number of the first wanted argument that is in no register any more, or -1. */
static int find_lost_argument(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->request->arg_cnt; i++)
		if (find_argument(walk, i) < 0)
			return (int)i;
	return -1;
}

static void walk__apply(struct walk *walk, const struct insn *insn)
{
	int8_t copied = insn->copies ? walk->holds[insn->copy_from] : NO_ARG;

	for (int i = 0; i < REGISTERS; i++)
		if (insn->written & (1U << i))
			walk->holds[i] = NO_ARG;
	if (insn->copies)
		walk->holds[insn->copy_to] = copied;
	if (insn->flow == FLOW_SYSCALL) {
		walk->after_syscall = true;
		walk->result_in_ax = true;
	} else if (insn->written & (1U << HB_REG_AX)) {
		walk->result_in_ax = false;
	}
	walk->sp_down += insn->sp_down;
	walk->at += insn->bytes;
}

/* Why the walk cannot go beyond @insn, or NULL. */
static const char *find_obstacle(const struct walk *walk, const struct insn *insn)
{
	int64_t sp_down = walk->sp_down + insn->sp_down;

	if (insn->flow == FLOW_JUMP || insn->flow == FLOW_CALL || insn->flow == FLOW_OTHER)
		return "control leaves the straight line before any usable instruction";
	if (insn->flow == FLOW_SYSCALL && walk->after_syscall)
		return "two system calls";
	if (insn->moves_sp && !insn->sp_known)
		return "the stack pointer moves by an unknown amount";
	if (sp_down < 0 || sp_down % 8 || sp_down / 8 > SP_WORDS_MAX)
		return "the stack pointer moves out of the tracked range";
	return NULL;
}

/*
 * Does any direct branch of the function lead into [0, @delta]? A jump back to offset 0 is a loop
 * that would be counted again; a call of it is a call. Code is swept linearly; after bytes that are
 * no instruction the sweep goes on at the next byte, so it can only find too many branches.
 */
static bool is_reentered(const struct place_request *request, size_t delta, size_t *ret_from)
{
	struct insn insn;

	for (size_t at = 0; at < request->code_bytes;) {
		uint64_t to;

		if (insn__decode(request->code + at, request->code_bytes - at, request->vaddr + at,
				 &insn)) {
			at++;
			continue;
		}
		to = insn.target - request->vaddr;
		if ((insn.flow == FLOW_JUMP && to <= delta) ||
		    (insn.flow == FLOW_CALL && to && to <= delta)) {
			*ret_from = at;
			return true;
		}
		at += insn.bytes;
	}
	return false;
}

/* The walk stands on an instruction that may carry the probe: write the place down. */
static void accept(const struct walk *walk, bool emulated, struct place *place)
{
	const struct place_request *request = walk->request;
	size_t from;

	place->delta = (uint32_t)walk->at;
	place->probe_vaddr = request->vaddr + walk->at;
	place->emulated = emulated;
	place->after_syscall = walk->after_syscall;
	place->sp_words = (uint16_t)(walk->sp_down / 8);
	place->can_return = request->hook != RETURN_NEVER && walk->sp_down == 0;
	for (unsigned i = 0; i < ARGS_MAX; i++) {
		int reg = i < request->arg_cnt ? find_argument(walk, i) : -1;

		place->regs[i] = reg < 0 ? argument_registers[i] : (uint8_t)reg;
	}
	insn__format(request->code + walk->at, request->code_bytes - walk->at, place->probe_vaddr,
		     place->instruction, sizeof(place->instruction));
	if (is_reentered(request, walk->at, &from)) {
		refuse(place, "a branch at +0x%zx leads back to or before the probe at +0x%zx",
		       from, walk->at);
		return;
	}
	place->usable = true;
	place->reason[0] = 0;
}

/* Why the instruction, though emulated, cannot carry the probe here, or NULL. */
static const char *find_flaw(const struct walk *walk)
{
	if (walk->after_syscall && !walk->result_in_ax)
		return "the result of the system call is overwritten";
	if (walk->sp_down && walk->request->hook == RETURN_NEEDED)
		return "the stack pointer has moved and the return must be hooked";
	return NULL;
}

/* True if an emulated instruction was found; else place->reason says why not. */
static bool find_emulated(struct walk *walk, struct place *place)
{
	const struct place_request *request = walk->request;

	while (walk->at < request->code_bytes) {
		const char *why;
		struct insn insn;
		int lost = find_lost_argument(walk);

		if (lost >= 0) {
			refuse(place, "argument %d is overwritten before +0x%zx", lost + 1,
			       walk->at);
			return false;
		}
		if (insn__decode(request->code + walk->at, request->code_bytes - walk->at,
				 request->vaddr + walk->at, &insn)) {
			refuse(place, "no instruction at +0x%zx", walk->at);
			return false;
		}
		/* A long nop may hold no data under rsp only before anything has run. */
		if (insn.emulated && (!insn.long_nop || walk->at == 0)) {
			why = find_flaw(walk);
			if (!why) {
				accept(walk, true, place);
				return place->usable;
			}
			refuse(place, "%s before +0x%zx", why, walk->at);
			return false;
		}
		why = find_obstacle(walk, &insn);
		if (why) {
			refuse(place, "%s (+0x%zx)", why, walk->at);
			return false;
		}
		walk__apply(walk, &insn);
	}
	refuse(place, "no instruction that the kernel emulates");
	return false;
}

/* The probe at the function's first instruction, whatever it is. */
static void place_at_entry(const struct place_request *request, struct place *place)
{
	struct walk walk;
	struct insn insn;

	if (insn__decode(request->code, request->code_bytes, request->vaddr, &insn)) {
		refuse(place, "no instruction at +0x0");
		return;
	}
	walk__init(&walk, request);
	accept(&walk, insn.emulated, place);
}

void place__find(const struct place_request *request, struct place *ret_place)
{
	struct walk walk;

	ret_place->function_vaddr = request->vaddr;
	ret_place->probe_vaddr = request->vaddr;
	ret_place->usable = false;
	if (!request->code_bytes || request->code_bytes > PLACE_CODE_MAX ||
	    request->arg_cnt > ARGS_MAX) {
		refuse(ret_place, "function of %zu bytes", request->code_bytes);
		return;
	}
	if (request->function_entry) {
		place_at_entry(request, ret_place);
		return;
	}
	walk__init(&walk, request);
	if (!find_emulated(&walk, ret_place) && request->allow_stepped)
		place_at_entry(request, ret_place);
}
