/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Separate debug files, by build-id alone: /usr/lib/debug/.build-id/xx/yyyy.debug and, where a
 * file shares its DWARF with others (dwz), the file that its .gnu_debugaltlink names. Looked for
 * within the root of the process that mapped the module and nowhere else; a file with another
 * build-id is as good as none.
 *
 * Called by the symbolizer when a module becomes known, while its process lives.
 */
#ifndef HB_DEBUG_FILE_H
#define HB_DEBUG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbol/elf_file.h"

/* The debug file of build-id @id in the root of @root_pid. 0 with *ret_file to be released, or
 * -ENOENT. */
int debug_file__open(pid_t root_pid, const uint8_t *id, size_t id_bytes, struct elf_file *ret_file);

/* The file with the shared DWARF of @file, which lies in directory @dir of that root. 0 with
 * *ret_alt to be released; -ENOENT if it is wanted and not there; -ENODATA if none is wanted. */
int debug_file__open_alt(pid_t root_pid, const struct elf_file *file, const char *dir,
			 struct elf_file *ret_alt);

/* Directory of the debug file of build-id @id into @dir. */
void debug_file__dir(char *dir, size_t size, const uint8_t *id, size_t id_bytes);

#endif
