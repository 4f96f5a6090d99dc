// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/debug_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/file.h"
#include "base/banned.h"

void debug_file__dir(char *dir, size_t size, const uint8_t *id, size_t id_bytes)
{
	snprintf(dir, size, "/usr/lib/debug/.build-id/%02x", id_bytes ? id[0] : 0);
}

/* Open @path in the root of @root_pid and keep it only if its build-id is @id. */
static int open_matching(pid_t root_pid, const char *path, const uint8_t *id, size_t id_bytes,
			 struct elf_file *ret_file)
{
	int fd = file__open_in_root(root_pid, path), err;

	if (fd < 0)
		return -ENOENT;
	err = elf_file__init(ret_file, fd);
	close(fd);
	if (err)
		return -ENOENT;
	if (elf_file__has_build_id(ret_file, id, id_bytes))
		return 0;
	elf_file__release(ret_file);
	return -ENOENT;
}

int debug_file__open(pid_t root_pid, const uint8_t *id, size_t id_bytes, struct elf_file *ret_file)
{
	char path[128];
	size_t len;

	if (id_bytes < 2 || id_bytes > BUILD_ID_MAX)
		return -ENOENT;
	debug_file__dir(path, sizeof(path), id, id_bytes);
	len = strlen(path);
	path[len++] = '/';
	for (size_t i = 1; i < id_bytes; i++, len += 2)
		snprintf(path + len, sizeof(path) - len, "%02x", id[i]);
	snprintf(path + len, sizeof(path) - len, ".debug");
	return open_matching(root_pid, path, id, id_bytes, ret_file);
}

int debug_file__open_alt(pid_t root_pid, const struct elf_file *file, const char *dir,
			 struct elf_file *ret_alt)
{
	const Elf64_Shdr *section = elf_file__section(file, ".gnu_debugaltlink");
	char link[PATH_MAX + BUILD_ID_MAX + 1], path[2 * PATH_MAX + 1];
	const uint8_t *id;
	size_t name_len, id_bytes;

	if (!section)
		return -ENODATA;
	if (section->sh_size >= sizeof(link) ||
	    elf_file__read(file, section->sh_offset, link, section->sh_size))
		return -ENOENT;
	link[section->sh_size] = 0;
	name_len = strlen(link);
	if (name_len + 1 >= section->sh_size || name_len >= PATH_MAX)
		return -ENOENT;
	id = (const uint8_t *)link + name_len + 1;
	id_bytes = section->sh_size - name_len - 1;
	if (id_bytes > BUILD_ID_MAX)
		return -ENOENT;
	snprintf(path, sizeof(path), "%s%s%s", link[0] == '/' ? "" : dir, link[0] == '/' ? "" : "/",
		 link);
	if (!open_matching(root_pid, path, id, id_bytes, ret_alt))
		return 0;
	return debug_file__open(root_pid, id, id_bytes, ret_alt);
}
