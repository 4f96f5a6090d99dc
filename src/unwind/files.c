// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/vec.h"
#include "base/banned.h"

static uint64_t identity(const struct stat *st, const struct elf_file *elf)
{
	uint64_t hash = hash__bytes(HASH_SEED, &st->st_dev, sizeof(st->st_dev));

	hash = hash__bytes(hash, &st->st_ino, sizeof(st->st_ino));
	return hash__bytes(hash, elf->build_id, elf->build_id_bytes);
}

static bool is_same(const struct unwind_file *file, const struct stat *st,
		    const struct elf_file *elf)
{
	return file->dev == st->st_dev && file->ino == st->st_ino &&
	       file->build_id_bytes == elf->build_id_bytes &&
	       !memcmp(file->build_id, elf->build_id, elf->build_id_bytes);
}

static struct unwind_file *add(struct files *files, const struct stat *st,
			       const struct elf_file *elf, const char *path)
{
	struct unwind_file *file;

	if (files->cnt >= UNWIND_FILES_MAX) {
		errno = ENOSPC;
		return NULL;
	}
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	*file = (struct unwind_file){
		.module = (uint32_t)files->cnt + 1,
		.dev = st->st_dev,
		.ino = st->st_ino,
		.build_id_bytes = elf->build_id_bytes,
		.elf.fd = -1,
		.path = strdup(path),
	};
	memcpy(file->build_id, elf->build_id, sizeof(file->build_id));
	if (!file->path || vec__add(files, file)) {
		free(file->path);
		free(file);
		errno = ENOMEM;
		return NULL;
	}
	/* Without its place in the table it gets another number the next time, no wrong one. */
	table__put(&files->by_identity, identity(st, elf), files->cnt - 1);
	return file;
}

struct unwind_file *files__get(struct files *files, int fd, const char *path, pid_t pid)
{
	struct unwind_file *file = NULL;
	struct elf_file elf;
	struct stat st;
	uint64_t at;
	int err;

	if (fstat(fd, &st))
		return NULL;
	err = elf_file__init(&elf, fd);
	if (!err && elf.ehdr.e_machine != EM_X86_64) {
		elf_file__release(&elf);
		err = -ENOEXEC;
	}
	if (err) {
		errno = -err;
		return NULL;
	}
	if (table__get(&files->by_identity, identity(&st, &elf), &at) &&
	    is_same(files->items[at], &st, &elf))
		file = files->items[at];
	else
		file = add(files, &st, &elf, path);
	if (!file || file->refs)
		elf_file__release(&elf);
	else
		file->elf = elf;
	if (file) {
		file->refs++;
		file->pid = pid;
	}
	return file;
}

void files__put(struct unwind_file *file)
{
	if (--file->refs == 0)
		elf_file__release(&file->elf);
}

void files__release(struct files *files)
{
	for (size_t i = 0; i < files->cnt; i++) {
		free(files->items[i]->path);
		free(files->items[i]);
	}
	free(files->items);
	table__release(&files->by_identity);
	*files = (struct files){0};
}
