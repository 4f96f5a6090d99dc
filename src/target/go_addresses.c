// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_addresses.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "target/go_layout.h"
#include "target/insn.h"

#include "base/banned.h"

#define CODE_MAX       (256U << 10) /* bytes of a function; the largest here has a tenth */
#define CANDIDATES_MAX 64

/* A function's code and the place in it. */
struct code {
	uint8_t *bytes;
	size_t cnt, at;
	uint64_t vaddr;
};

static bool code__open(struct code *code, struct go_program *program, const char *name)
{
	struct go_function function;

	memset(code, 0, sizeof(*code));
	if (go_program__find(program, name, &function) || function.bytes > CODE_MAX)
		return false;
	code->bytes = malloc(function.bytes);
	if (!code->bytes ||
	    go_program__read(program, function.vaddr, code->bytes, function.bytes)) {
		free(code->bytes);
		code->bytes = NULL;
		return false;
	}
	code->cnt = function.bytes;
	code->vaddr = function.vaddr;
	return true;
}

static bool code__next(struct code *code, struct insn *insn)
{
	if (code->at >= code->cnt || insn__decode(code->bytes + code->at, code->cnt - code->at,
						  code->vaddr + code->at, insn))
		return false;
	code->at += insn->bytes;
	return true;
}

static bool is_load(const struct insn *insn, unsigned bytes)
{
	return insn->access == ACCESS_LOAD && insn->is_relative && insn->access_bytes == bytes;
}

struct candidates {
	uint64_t vaddrs[CANDIDATES_MAX];
	unsigned counts[CANDIDATES_MAX];
	unsigned cnt;
};

static void candidates__add(struct candidates *candidates, uint64_t vaddr)
{
	unsigned i = 0;

	while (i < candidates->cnt && candidates->vaddrs[i] != vaddr)
		i++;
	if (i == CANDIDATES_MAX)
		return;
	if (i == candidates->cnt) {
		candidates->vaddrs[i] = vaddr;
		candidates->counts[i] = 0;
		candidates->cnt++;
	}
	candidates->counts[i]++;
}

/* The variable that the @nth different load (from 0) of so many bytes in @name is of. */
static uint64_t find_load(struct go_program *program, const char *name, unsigned bytes,
			  unsigned nth)
{
	struct candidates loads = {.cnt = 0};
	struct code code;
	struct insn insn;

	if (!code__open(&code, program, name))
		return 0;
	while (loads.cnt <= nth && code__next(&code, &insn))
		if (is_load(&insn, bytes))
			candidates__add(&loads, insn.access_vaddr);
	free(code.bytes);
	return loads.cnt > nth ? loads.vaddrs[nth] : 0;
}

/* The variables whose addresses are in rax, the first argument, where @caller calls @callee. */
static void find_receivers(struct go_program *program, const char *caller, const char *callee,
			   struct candidates *candidates)
{
	struct go_function function;
	uint64_t rax = 0;
	struct code code;
	struct insn insn;

	if (go_program__find(program, callee, &function) || !code__open(&code, program, caller))
		return;
	while (code__next(&code, &insn)) {
		if (insn.flow == FLOW_CALL && insn.target == function.vaddr && rax)
			candidates__add(candidates, rax);
		if (insn.flow == FLOW_CALL || insn.flow == FLOW_OTHER)
			rax = 0;
		else if (insn.access == ACCESS_LEA && insn.access_reg == HB_REG_AX)
			rax = insn.is_relative ? insn.access_vaddr : 0;
		else if (insn.written & 1U << HB_REG_AX)
			rax = 0;
	}
	free(code.bytes);
}

static uint64_t candidates__most(const struct candidates *candidates)
{
	unsigned best = 0;

	for (unsigned i = 1; i < candidates->cnt; i++)
		if (candidates->counts[i] > candidates->counts[best])
			best = i;
	return candidates->cnt ? candidates->vaddrs[best] : 0;
}

static uint64_t find_controller(struct go_program *program)
{
	struct candidates candidates = {.cnt = 0};

	find_receivers(program, "runtime.gcStart", "runtime.(*gcControllerState).startCycle",
		       &candidates);
	return candidates__most(&candidates);
}

/* Statistics are taken by whoever allocates or frees spans; locks and heaps are only passed by a
 * few of these. */
static uint64_t find_stats(struct go_program *program)
{
	static const char *const callers[] = {
		"runtime.(*mcache).refill",	"runtime.(*mcache).allocLarge",
		"runtime.(*mcache).releaseAll", "runtime.(*sweepLocked).sweep",
		"runtime.(*mheap).allocSpan",
	};
	struct candidates candidates = {.cnt = 0};

	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++)
		find_receivers(program, callers[i], "runtime.(*consistentHeapStats).acquire",
			       &candidates);
	return candidates__most(&candidates);
}

/* resetLive(bytesMarked) stores its argument, rbx, in heapMarked and then in heapLive. */
static void find_live(struct go_program *program, struct go_addresses *ret)
{
	uint32_t at[2] = {0};
	unsigned cnt = 0;
	struct code code;
	struct insn insn;

	if (!code__open(&code, program, "runtime.(*gcControllerState).resetLive"))
		return;
	while (cnt < 2 && code__next(&code, &insn)) {
		if (insn.access == ACCESS_STORE && insn.access_reg == HB_REG_BX &&
		    insn.base == HB_REG_AX && insn.access_bytes == 8 && insn.displacement > 0 &&
		    insn.displacement < 4096)
			at[cnt++] = (uint32_t)insn.displacement;
	}
	free(code.bytes);
	if (cnt == 2) {
		ret->marked_at = at[0];
		ret->live_at = at[1];
	}
}

/* A slice that is loaded and stored whole: three words in a row. */
static uint64_t find_slice(struct go_program *program, const char *name)
{
	struct candidates words = {.cnt = 0};
	uint64_t found = 0;
	struct code code;
	struct insn insn;

	if (!code__open(&code, program, name))
		return 0;
	while (code__next(&code, &insn))
		if (insn.is_relative && insn.access_bytes == 8)
			candidates__add(&words, insn.access_vaddr);
	free(code.bytes);
	for (unsigned i = 0; i < words.cnt; i++) {
		bool second = false, third = false;

		for (unsigned j = 0; j < words.cnt; j++) {
			second |= words.vaddrs[j] == words.vaddrs[i] + 8;
			third |= words.vaddrs[j] == words.vaddrs[i] + 16;
		}
		if (second && third)
			found = words.vaddrs[i];
	}
	return found;
}

/* pause_total_ns is one of the sums that the end of a cycle adds to. */
static void find_pauses(struct go_program *program, struct go_addresses *ret)
{
	const struct go_layout *layout = go_program__layout(program);
	struct candidates sums = {.cnt = 0};
	struct code code;
	struct insn insn;

	if (!code__open(&code, program, "runtime.gcMarkTermination"))
		return;
	while (code__next(&code, &insn))
		if (insn.access == ACCESS_ADD && insn.is_relative && insn.access_bytes == 8)
			candidates__add(&sums, insn.access_vaddr);
	free(code.bytes);
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < sums.cnt && ret->pause_cnt < GO_PAUSES_MAX; i++) {
			bool near =
				ret->stats && layout &&
				sums.vaddrs[i] + (uint64_t)layout->pauses_to_stats == ret->stats;

			if (near == !pass)
				ret->pauses[ret->pause_cnt++] = sums.vaddrs[i];
		}
}

void go_addresses__find(struct go_program *program, struct go_addresses *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->buckets = find_load(program, "runtime.mProf_FlushLocked", 8, 0);
	/* The first is mcache0, for a thread without a P. */
	ret->profile_rate = find_load(program, "runtime.profilealloc", 8, 1);
	ret->procs = find_load(program, "runtime.procresize", 4, 0);
	ret->controller = find_controller(program);
	find_live(program, ret);
	ret->stats = find_stats(program);
	find_pauses(program, ret);
	ret->allgs = find_slice(program, "runtime.allgadd");
}
