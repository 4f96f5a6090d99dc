/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a reader share: one live process, its program, and where its variables are.
 * Data only; made and released by go_reader.c.
 */
#ifndef HB_COLLECT_GO_PROCESS_H
#define HB_COLLECT_GO_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/record.h"
#include "kernel/memory.h"
#include "target/go_addresses.h"
#include "target/go_layout.h"
#include "target/go_program.h"

struct go_process {
	struct memory *memory;
	struct go_program *program;
	const struct go_layout *layout;
	struct go_addresses at; /* live addresses: the bias is in */
	uint64_t bias;
	unsigned minor; /* of Go 1.x; 0 unknown */
};

/* The frame of live address @pc: of the executable's text, else module 0 with the raw address. */
static inline struct frame go_process__frame(const struct go_process *process, uint64_t pc,
					     uint32_t flags)
{
	const struct go_sections *sections = go_program__sections(process->program);
	uint64_t vaddr = pc - process->bias;

	if (vaddr < sections->text || vaddr > sections->etext)
		return (struct frame){.flags = flags & FRAME_EXACT_PC, .offset = pc};
	return (struct frame){.module = 1, .flags = flags, .offset = vaddr};
}

#endif
