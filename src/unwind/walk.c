// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/walk.h"

#include <string.h>

#include "base/banned.h"

#define WORD_BYTES 8

static pid_t next_thread(Dwfl *dwfl, void *image, void **thread_arg)
{
	(void)dwfl;
	if (*thread_arg)
		return 0;
	*thread_arg = image;
	return ((struct image *)image)->pid;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *image, void **thread_arg)
{
	(void)dwfl, (void)tid;
	*thread_arg = image;
	return true;
}

/* Words that a return probe has replaced read as what stood there before. */
static bool read_recorded(const struct hb_sample *sample, uint64_t address, Dwarf_Word *ret_word)
{
	uint32_t cnt = sample->fix_cnt < HB_FIX_MAX ? sample->fix_cnt : HB_FIX_MAX;

	for (uint32_t i = 0; i < cnt; i++) {
		if (sample->fixes[i].stack_address != address)
			continue;
		*ret_word = sample->fixes[i].return_address;
		return true;
	}
	if (!sample->return_address || sample->return_slot != address)
		return false;
	*ret_word = sample->return_address;
	return true;
}

static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret_word, void *arg)
{
	struct walk *walk = ((struct image *)arg)->walk;
	uint64_t at = address - walk->sample->regs[HB_REG_SP];

	(void)dwfl;
	if (walk->stack_bytes < WORD_BYTES || at > walk->stack_bytes - WORD_BYTES) {
		walk->read_failed = true;
		return false;
	}
	if (!read_recorded(walk->sample, address, ret_word))
		memcpy(ret_word, walk->stack + at, WORD_BYTES);
	if (!*ret_word)
		walk->read_zero = true;
	return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	struct walk *walk = ((struct image *)arg)->walk;
	Dwarf_Word regs[HB_REG_MAX];

	for (int i = 0; i < HB_REG_MAX; i++)
		regs[i] = walk->regs[i];
	return dwfl_thread_state_registers(thread, 0, HB_REG_MAX, regs);
}

const Dwfl_Thread_Callbacks walk_callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = memory_read,
	.set_initial_registers = set_registers,
};

/*
 * The stack pointer of a frame must lie above that of the frame it called, or the stack is nonsense
 * and may go round for ever. Only a signal may come in on a stack of its own.
 */
static bool goes_up(struct walk *walk, Dwfl_Frame *state)
{
	Dwarf_Word sp;
	bool up;

	if (dwfl_frame_reg(state, HB_REG_SP, &sp))
		return false;
	up = !walk->seen || walk->after_signal || sp > walk->frame_sp;
	walk->frame_sp = sp;
	return up;
}

static void keep_frame(struct walk *walk, const struct image_part *part, uint64_t pc, bool is_exact)
{
	walk->frames[walk->frame_cnt++] =
		(struct walk_frame){.part = part, .pc = pc, .is_exact = is_exact};
}

static int take_frame(Dwfl_Frame *state, void *arg)
{
	struct image *image = arg;
	struct walk *walk = image->walk;
	bool is_first = !walk->seen, is_exact = walk->after_signal;
	struct image_place place, step;
	Dwarf_Addr pc;

	walk->at_end = false;
	if (!dwfl_frame_pc(state, &pc, NULL) || !goes_up(walk, state))
		return DWARF_CB_ABORT;
	if (walk->seen == walk->skip + 1)
		walk->caller_cfa = walk->frame_sp;
	if (walk->frame_cnt == FRAMES_MAX)
		return DWARF_CB_ABORT;
	/* A return address belongs to the call before it; at the first frame the step to the caller
	 * is taken from where execution stands, which for a returned call is the return address. */
	place = image__place(image, is_exact ? pc : pc - 1);
	step = is_first ? image__place(image, pc) : place;
	if (walk->seen++ >= walk->skip) {
		keep_frame(walk, place.part, pc, is_exact);
		walk->strayed |= !place.part;
	}
	walk->at_end = step.is_outermost;
	walk->after_signal = step.is_signal;
	walk->read_failed = walk->read_zero = false;
	return step.has_cfi ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* Walk from walk->regs, leaving out the first @skip frames. */
static void walk_from(struct walk *walk, struct image *image, uint32_t skip)
{
	int end;

	walk->skip = skip;
	walk->seen = 0;
	walk->frame_cnt = 0;
	walk->frame_sp = 0;
	walk->caller_cfa = 0;
	walk->after_signal = walk->at_end = walk->strayed = false;
	walk->read_failed = walk->read_zero = false;
	image->walk = walk;
	end = dwfl_getthread_frames(image->dwfl, image->pid, take_frame, image);
	image->walk = NULL;
	/* libdw ends in the same way where the return address is undefined, zero, or not in the
	 * copy. The first two are the outermost frame. */
	walk->complete = walk->at_end || (!end && !walk->read_failed && walk->read_zero);
}

static bool starts_at_caller(const struct walk *walk)
{
	return walk->frame_cnt && walk->frames[0].pc == walk->sample->return_address;
}

void walk__run(struct walk *walk, struct image *image)
{
	const struct hb_sample *sample = walk->sample;
	uint64_t caller = sample->return_address;
	bool at_entry = sample->flags & HB_SAMPLE_AT_ENTRY;

	walk->frame_cnt = 0;
	walk->complete = walk->strayed = false;
	for (int i = 0; i < HB_REG_MAX; i++)
		walk->regs[i] = sample->regs[i];
	if (!caller && !at_entry)
		caller = sample->regs[HB_REG_IP];
	if (walk->stack_bytes && image->dwfl && at_entry) {
		walk_from(walk, image, 1);
		if (!caller || starts_at_caller(walk))
			goto out;
	}
	if (walk->stack_bytes && image->dwfl && caller) {
		/* From the caller on. Within a function that means: as if it had returned already.
		 * Probes stand before any saved register has changed. */
		walk->regs[HB_REG_IP] = caller;
		if (at_entry)
			walk->regs[HB_REG_SP] = sample->return_slot + WORD_BYTES;
		walk_from(walk, image, 0);
	}
	if (caller && (!walk->frame_cnt || walk->frames[0].pc != caller)) {
		walk->frame_cnt = 0;
		walk->caller_cfa = 0;
		walk->complete = false;
	}
out:
	if (!walk->frame_cnt && caller) {
		const struct image_part *part = image__part(image, caller - 1);

		keep_frame(walk, part, caller, false);
		walk->strayed |= !part;
	}
}
