// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_program.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "target/go_build_id.h"
#include "target/go_file.h"
#include "target/go_lines.h"
#include "target/go_moduledata.h"
#include "target/go_name_index.h"
#include "target/go_pclntab.h"
#include "target/go_strings.h"
#include "target/go_type.h"
#include "target/go_version.h"
#include "base/banned.h"

/* What elf_image may hold of it: section headers of a sound program are a few kilobytes. */
#define IMAGE_MAX_BYTES (512U << 10)

struct go_program {
	struct go_file file;
	struct go_pclntab tab;
	struct go_moduledata moduledata;
	struct go_sections sections;
	char version[GO_VERSION_BYTES];
	unsigned minor;
	uint8_t build_id[GO_BUILD_ID_BYTES];
	struct go_name_index index;
	struct go_strings strings;
};

bool go_program__is_go(const struct elf_image *image)
{
	static const char *const names[] = {
		".gopclntab",
		".data.rel.ro.gopclntab",
		".go.buildinfo",
		".note.go.buildid",
	};
	const struct elf_header *header = elf_image__header(image);

	if (!header->is_64bit)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (elf_image__has_section(image, names[i]))
			return true;
	return go_build_id__has_mark(image);
}

/* Does @layout fit what moduledata says? Ranges in their order, and within the file. */
static bool is_plausible(const struct go_program *program, const struct go_layout *layout)
{
	const uint64_t *words = program->moduledata.words;
	uint64_t types = words[layout->types], etypes = words[layout->etypes], offset;

	if (types >= etypes || elf_image__file_offset(program->file.image, types, 1, &offset) ||
	    elf_image__file_offset(program->file.image, etypes - 1, 1, &offset))
		return false;
	return !layout->gofunc ||
	       !elf_image__file_offset(program->file.image, words[layout->gofunc], 1, &offset);
}

/* The row of its version; where that is unknown or lies, the newest one that fits. */
static const struct go_layout *choose_layout(const struct go_program *program, uint32_t magic)
{
	const struct go_layout *rows, *found = go_layout__find(program->minor);
	size_t cnt;

	if (found && found->magic == magic && is_plausible(program, found))
		return found;
	rows = go_layout__rows(&cnt);
	while (cnt--)
		if (rows[cnt].magic == magic && is_plausible(program, &rows[cnt]))
			return &rows[cnt];
	return NULL;
}

static int load(struct go_program *program, struct error *error)
{
	struct go_pclntab *tab = &program->tab;
	const struct elf_header *header = elf_image__header(program->file.image);
	int err;

	if (!header->is_64bit || (header->machine != EM_X86_64 && header->machine != EM_AARCH64))
		return error__set(error, EXIT_RUNTIME, -ENOEXEC, "no 64-bit program");
	if (elf_image__bytes(program->file.image) > IMAGE_MAX_BYTES)
		return error__set(error, EXIT_RUNTIME, -EFBIG, "too many sections");
	if (go_pclntab__locate(tab, &program->file))
		return error__set(error, EXIT_RUNTIME, -ENOEXEC,
				  "Go's table of functions is not to be found, or damaged");
	go_version__read(&program->file, program->version);
	program->minor = go_version__minor(program->version);
	err = go_moduledata__find(&program->moduledata, tab, error);
	if (err)
		return err;
	tab->layout = choose_layout(program, tab->layout->magic);
	if (!tab->layout)
		return error__set(error, EXIT_RUNTIME, -ENOEXEC, "Go's moduledata is damaged");
	program->sections = go_moduledata__sections(&program->moduledata, tab->layout);
	/* Since Go 1.26 the header of the table leaves it out. */
	tab->text = program->sections.text;
	err = go_pclntab__load(tab, error);
	if (!err)
		go_build_id__make(&program->file, tab, program->build_id);
	return err;
}

struct go_program *go_program__open(int fd, struct error *error)
{
	struct go_program *program = calloc(1, sizeof(*program));
	int err;

	if (!program) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	err = go_file__init(&program->file, fd);
	if (err) {
		free(program);
		error__set(error, EXIT_RUNTIME, err, "no program: %s", strerror(-err));
		errno = -err;
		return NULL;
	}
	err = load(program, error);
	if (err) {
		go_program__free(program);
		errno = -err;
		return NULL;
	}
	return program;
}

void go_program__free(struct go_program *program)
{
	if (!program)
		return;
	go_name_index__release(&program->index);
	go_strings__release(&program->strings);
	go_pclntab__release(&program->tab);
	go_file__release(&program->file);
	free(program);
}

void go_program__rest(struct go_program *program)
{
	go_name_index__release(&program->index);
	go_strings__release(&program->strings);
	go_file__rest(&program->file);
}

const char *go_program__version(const struct go_program *program)
{
	return program->version;
}

unsigned go_program__minor(const struct go_program *program)
{
	return program->minor;
}

const struct go_layout *go_program__layout(const struct go_program *program)
{
	return program->tab.layout;
}

const struct go_sections *go_program__sections(const struct go_program *program)
{
	return &program->sections;
}

const struct elf_image *go_program__image(const struct go_program *program)
{
	return program->file.image;
}

bool go_program__is_pie(const struct go_program *program, uint64_t *ret_first_vaddr)
{
	const struct elf_header *header = elf_image__header(program->file.image);
	uint64_t first = UINT64_MAX;

	if (header->type != ET_DYN)
		return false;
	for (size_t i = 0; i < header->segment_cnt; i++)
		if (header->segments[i].vaddr < first)
			first = header->segments[i].vaddr;
	*ret_first_vaddr = first;
	return true;
}

const uint8_t *go_program__build_id(const struct go_program *program)
{
	return program->build_id;
}

int go_program__find(struct go_program *program, const char *name, struct go_function *ret)
{
	uint32_t number;
	int err = go_name_index__find(&program->index, &program->tab, name, &number);

	return err ? -ENOENT : go_pclntab__function(&program->tab, number, ret);
}

/* Is @row's function a wrapper of another one of this @name? */
static bool has_original(struct go_program *program, const struct go_function_row *row,
			 uint32_t number, const char *name)
{
	uint32_t first;

	return row->func_id == program->tab.layout->wrapper_id &&
	       !go_name_index__find(&program->index, &program->tab, name, &first) &&
	       first != number;
}

size_t go_program__find_prefix(struct go_program *program, const char *prefix,
			       struct go_function *ret, size_t max)
{
	size_t cnt = 0, len = strlen(prefix);
	struct go_function_row row;
	char name[GO_NAME_MAX];

	for (uint32_t i = 0; i < program->tab.function_cnt && cnt < max; i++)
		if (!go_pclntab__row(&program->tab, i, &row) &&
		    go_pclntab__name(&program->tab, row.name, name) >= (int)len &&
		    !memcmp(name, prefix, len) && !has_original(program, &row, i, name) &&
		    !go_pclntab__function(&program->tab, i, &ret[cnt]))
			cnt++;
	return cnt;
}

int go_program__function_at(struct go_program *program, uint64_t pc, struct go_function *ret)
{
	return go_pclntab__at(&program->tab, pc, ret);
}

const char *go_program__name(struct go_program *program, const struct go_function *function)
{
	struct go_function_row row;
	char name[GO_NAME_MAX];
	int len = go_pclntab__row(&program->tab, function->index, &row);

	if (!len)
		len = go_pclntab__name(&program->tab, row.name, name);
	return len <= 0 ? "" : go_strings__add(&program->strings, name, (size_t)len);
}

int go_program__lines(struct go_program *program, uint64_t pc, struct go_line *ret, size_t max)
{
	struct go_function function;
	int err = go_pclntab__at(&program->tab, pc, &function);

	return err ? err
		   : go_lines__find(&program->tab, program->sections.gofunc, &program->strings,
				    &function, pc, ret, max);
}

int go_program__read(const struct go_program *program, uint64_t vaddr, void *buf, size_t bytes)
{
	int err = elf_image__read(program->file.image, vaddr, buf, bytes);

	return err && err != -ENOENT ? -EIO : err;
}

int go_program__type(struct go_program *program, uint64_t type, char *name, size_t name_bytes,
		     uint64_t *ret_size_bytes)
{
	return go_type__read(&program->file, &program->sections, type, name, name_bytes,
			     ret_size_bytes);
}

uint8_t go_program__type_kind(struct go_program *program, uint64_t type)
{
	return go_type__kind(&program->file, &program->sections, type);
}

size_t go_program__bytes(const struct go_program *program)
{
	return sizeof(*program) + go_file__bytes(&program->file) +
	       program->tab.step_cnt * sizeof(*program->tab.steps) +
	       program->index.cnt * sizeof(*program->index.keys) +
	       go_strings__bytes(&program->strings);
}
