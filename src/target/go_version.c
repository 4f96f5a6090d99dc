// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_version.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/banned.h"

#define INFO_MAGIC  "\xff Go buildinf:"
#define INFO_BYTES  32
#define INFO_INLINE 2 /* flag: strings follow, each with its length before it */

unsigned go_version__minor(const char *version)
{
	const char *found = strstr(version, "go1.");
	unsigned minor = 0;

	for (found = found ? found + 4 : ""; isdigit((unsigned char)*found) && minor < 1000;
	     found++)
		minor = minor * 10 + (unsigned)(*found - '0');
	return minor;
}

/* Take the @bytes at @vaddr if they are a version. */
static int take(struct go_file *file, uint64_t vaddr, uint64_t bytes, char *version)
{
	char text[GO_VERSION_BYTES];

	if (bytes < 4 || bytes >= sizeof(text) || go_file__read(file, vaddr, text, (size_t)bytes))
		return -ENOENT;
	text[bytes] = 0;
	for (size_t i = 0; i < bytes; i++)
		if (!isprint((unsigned char)text[i]))
			return -ENOENT;
	if ((strncmp(text, "go1.", 4) && strncmp(text, "devel ", 6)) || !go_version__minor(text))
		return -ENOENT;
	memcpy(version, text, (size_t)bytes + 1);
	return 0;
}

static int read_info(struct go_file *file, uint64_t vaddr, char *version)
{
	uint8_t info[INFO_BYTES], length;
	uint64_t header, string[2];

	if (go_file__read(file, vaddr, info, sizeof(info)) ||
	    memcmp(info, INFO_MAGIC, sizeof(INFO_MAGIC) - 1))
		return -ENOENT;
	if (info[15] & INFO_INLINE) /* a length below 128 is one byte */
		return go_file__read(file, vaddr + INFO_BYTES, &length, 1)
			       ? -ENOENT
			       : take(file, vaddr + INFO_BYTES + 1, length, version);
	memcpy(&header, info + 16, sizeof(header));
	if (info[14] != 8 || go_file__read(file, header, string, sizeof(string)))
		return -ENOENT;
	return take(file, string[0], string[1], version);
}

struct search {
	struct go_file *file;
	char *version;
};

/* runtime.buildVersion is the one string variable whose text starts so. */
static int look_for_string(void *ctx, uint64_t vaddr, const uint8_t *data, size_t bytes)
{
	struct search *search = ctx;
	uint64_t string[2], offset;

	for (size_t i = -vaddr & 7; i + sizeof(string) <= bytes; i += 8) {
		memcpy(string, data + i, sizeof(string));
		if (string[0] && string[1] >= 4 && string[1] < GO_VERSION_BYTES &&
		    !elf_image__file_offset(search->file->image, string[0], string[1], &offset) &&
		    !take(search->file, string[0], string[1], search->version))
			return 1;
	}
	return 0;
}

int go_version__read(struct go_file *file, char version[GO_VERSION_BYTES])
{
	const struct elf_header *header = elf_image__header(file->image);
	struct search search = {file, version};
	struct elf_section section;

	version[0] = 0;
	if (!elf_image__section(file->image, ".go.buildinfo", &section) &&
	    !read_info(file, section.vaddr, version))
		return 0;
	for (size_t i = 0; i < header->segment_cnt; i++)
		if (header->segments[i].writable &&
		    (!read_info(file, header->segments[i].vaddr, version) ||
		     go_file__walk(file, &header->segments[i], look_for_string, &search) == 1))
			return 0;
	return -ENOENT;
}
