/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ask a Go program of unknown soundness everything that there is to ask. Used with broken images. */
#ifndef HB_TEST_GO_ASK_H
#define HB_TEST_GO_ASK_H

#include <stdlib.h>
#include <unistd.h>

#include "go_image.h"
#include "target/elf_image.h"
#include "target/go_program.h"

static inline void ask_at(struct go_program *program, uint64_t pc)
{
	struct go_line lines[GO_INLINE_MAX];
	struct go_function function;
	int cnt = go_program__lines(program, pc, lines, GO_INLINE_MAX);

	if (cnt > GO_INLINE_MAX || !cnt)
		abort();
	for (int i = 0; i < cnt; i++)
		if (!lines[i].function || strlen(lines[i].function) >= GO_NAME_MAX)
			abort();
	if (!go_program__function_at(program, pc, &function) &&
	    (pc < function.vaddr || pc - function.vaddr >= function.bytes))
		abort();
	go_program__name(program, &function);
}

/* Whether it opened at all. Aborts where a promise of go_program.h is broken. */
static inline bool ask_all(const uint8_t *data, size_t bytes)
{
	int fd = go_image__file(data, bytes);
	struct go_program *program = fd < 0 ? NULL : go_program__open(fd, NULL);
	const struct go_sections *sections;
	struct go_function function, found[8];
	char name[64];

	close(fd);
	if (!program)
		return false;
	sections = go_program__sections(program);
	for (uint64_t pc = sections->text; pc < sections->text + 0x40; pc += 5)
		ask_at(program, pc);
	for (uint64_t pc = 0; pc < FUNCTIONS * FUNCTION_STEP; pc += 0x41)
		ask_at(program, sections->text + pc);
	for (uint64_t at = 0; at < 0x100; at += 8)
		go_program__type(program, sections->types + at, name, sizeof(name), NULL);
	if (!go_program__find(program, "runtime.newproc", &function))
		ask_at(program, function.vaddr);
	go_program__find(program, "absent", &function);
	if (go_program__find_prefix(program, "runtime.", found, 8) > 8)
		abort();
	if (go_program__bytes(program) > GO_PROGRAM_MAX_BYTES)
		abort();
	go_program__rest(program);
	ask_at(program, sections->text);
	go_program__free(program);
	return true;
}

#endif
