// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_live.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target/procfs.h"

#include "base/banned.h"

#define CODE_BYTES  64
#define PATCHED_MAX 10 /* bytes that probes may have changed in it */
#define WITNESS	    "runtime.main"

/* The auxiliary vector's AT_ENTRY: where the kernel says that the program starts. */
static int read_entry(pid_t pid, uint64_t *ret_entry)
{
	char *text;
	size_t len;
	int err = procfs__read(pid, "auxv", PROC_SMALL_MAX_BYTES, &text, &len);

	if (err)
		return err;
	err = -ENOENT;
	for (size_t at = 0; at + sizeof(Elf64_auxv_t) <= len; at += sizeof(Elf64_auxv_t)) {
		Elf64_auxv_t entry;

		memcpy(&entry, text + at, sizeof(entry));
		if (entry.a_type != AT_ENTRY)
			continue;
		*ret_entry = entry.a_un.a_val;
		err = 0;
	}
	free(text);
	return err;
}

/* Is the code of a function that every program has at that bias in memory as in the file? */
static bool is_at(uint64_t bias, struct memory *memory, struct go_program *program)
{
	uint8_t in_file[CODE_BYTES], in_memory[CODE_BYTES];
	struct go_function function;
	unsigned changed = 0;

	if (go_program__find(program, WITNESS, &function) || function.bytes < CODE_BYTES ||
	    go_program__read(program, function.vaddr, in_file, sizeof(in_file)) ||
	    memory__read(memory, function.vaddr + bias, in_memory, sizeof(in_memory)))
		return false;
	for (unsigned i = 0; i < CODE_BYTES; i++)
		changed += in_file[i] != in_memory[i];
	return changed <= PATCHED_MAX;
}

int go_live__bias(pid_t pid, struct memory *memory, struct go_program *program, int fd,
		  uint64_t *ret_bias)
{
	uint64_t entry, bias = 0, first;
	Elf64_Ehdr header;
	int err;

	if (go_program__is_pie(program, &first)) {
		if (pread(fd, &header, sizeof(header), 0) != sizeof(header))
			return -ENOENT;
		err = read_entry(pid, &entry);
		if (err)
			return err;
		bias = entry - header.e_entry;
	}
	if (!is_at(bias, memory, program))
		return memory__is_alive(memory) ? -ENOENT : -ESRCH;
	*ret_bias = bias;
	return 0;
}
