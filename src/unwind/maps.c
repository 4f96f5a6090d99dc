// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/vec.h"
#include "base/banned.h"

#define LINES_MAX (1U << 20)

/* "55d0-55e0 r-xp 00002000 fd:01 1234   /usr/bin/x\n": take the fields up to the inode. */
static bool parse_line(const char *line, struct mapping *ret_mapping, char perms[5],
		       const char **ret_path)
{
	uint64_t ino;
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n",
		   &ret_mapping->start, &ret_mapping->end, perms, &ret_mapping->offset, &ino,
		   &at) != 5)
		return false;
	*ret_path = at ? line + at : "";
	return ret_mapping->start < ret_mapping->end && strlen(perms) == 4;
}

static int add(struct maps *maps, struct mapping mapping, const char *path)
{
	size_t len = strcspn(path, "\n");
	int err;

	/* One place in the address space, one name for it. */
	if (maps->cnt && mapping.start < maps->items[maps->cnt - 1].end)
		return 0;
	mapping.path = strndup(path, len);
	if (!mapping.path)
		return -ENOMEM;
	err = vec__add(maps, mapping);
	if (err) {
		free(mapping.path);
		return err;
	}
	maps->hash = hash__bytes(maps->hash, &mapping.start, 3 * sizeof(uint64_t));
	maps->hash = hash__bytes(maps->hash, path, len);
	return 0;
}

int maps__parse(struct maps *maps, FILE *text)
{
	char *line = NULL;
	size_t line_cap = 0, lines = 0;
	int err = 0;

	*maps = (struct maps){.hash = HASH_SEED};
	while (!err && maps->cnt < MAPS_MAX && ++lines < LINES_MAX &&
	       getline(&line, &line_cap, text) > 0) {
		struct mapping mapping = {0};
		const char *path;
		char perms[5];

		if (!parse_line(line, &mapping, perms, &path))
			continue;
		if (!strncmp(path, "[vdso]", 6))
			maps->vdso = mapping.start;
		else if (perms[2] == 'x' && path[0] == '/')
			err = add(maps, mapping, path);
	}
	free(line);
	if (err)
		maps__release(maps);
	return err;
}

int maps__read(struct maps *maps, pid_t pid)
{
	char path[32];
	FILE *text;
	int err;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	text = fopen(path, "re");
	if (!text)
		return errno == ENOENT ? -ESRCH : -errno;
	err = maps__parse(maps, text);
	if (!err && ferror(text)) {
		maps__release(maps);
		err = -ESRCH;
	}
	fclose(text);
	if (!err && !maps->cnt)
		err = -ESRCH;
	return err;
}

void maps__release(struct maps *maps)
{
	for (size_t i = 0; i < maps->cnt; i++)
		free(maps->items[i].path);
	free(maps->items);
	*maps = (struct maps){0};
}

uint64_t maps__start_ticks(pid_t pid)
{
	char path[32], text[1024];
	uint64_t ticks = 0;
	const char *at;
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[len] = 0;
	/* The name in parentheses may hold any byte: fields count from its last parenthesis. */
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, " %" SCNu64, &ticks) != 1)
		return 0;
	return ticks;
}
