// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/provider.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "kernel/file.h"
#include "target/link_order.h"
#include "target/refusal.h"
#include "target/runtime.h"

#include "base/banned.h"

#define HEAP_ROWS_MAX 8
#define PAGE_MASK     (~UINT64_C(4095))

/* Modules in the order in which a symbol is looked up. */
struct search {
	const struct module **items;
	size_t cnt, cap;
	bool is_certain; /* from the linker's own list */
};

static int read_target(void *context, uint64_t address, void *buf, size_t bytes)
{
	return file__read_memory(*(const pid_t *)context, address, buf, bytes);
}

/* Where the executable's dynamic section lies in memory, or 0. */
static uint64_t find_dynamic(const struct provider_request *request)
{
	const struct elf_header *header = elf_image__header(request->exe_image);

	if (!header->dynamic_vaddr)
		return 0;
	for (size_t i = 0; i < request->maps->cnt; i++) {
		const struct proc_map *map = &request->maps->items[i];

		if (map->dev != request->exe->dev || map->ino != request->exe->ino)
			continue;
		for (size_t k = 0; k < header->segment_cnt; k++) {
			const struct elf_segment *segment = &header->segments[k];

			if ((segment->offset & PAGE_MASK) == map->offset)
				return map->start - (segment->vaddr & PAGE_MASK) +
				       header->dynamic_vaddr;
		}
	}
	return 0;
}

static bool holds(const struct search *search, const struct module *module)
{
	for (size_t i = 0; i < search->cnt; i++)
		if (search->items[i] == module)
			return true;
	return false;
}

static int add(struct search *search, const struct module *module)
{
	if (!module || !module->executable || holds(search, module))
		return 0;
	return vec__add(search, module);
}

/* From the linker's list; nothing is added if it cannot be read. */
static int add_linked(const struct provider_request *request, struct search *search)
{
	uint64_t addresses[LINK_ORDER_MAX];
	pid_t pid = request->pid;
	uint64_t dynamic = find_dynamic(request);
	int cnt = 0, err = 0;

	if (dynamic)
		cnt = link_order__read(read_target, &pid, dynamic, addresses, LINK_ORDER_MAX);
	/* One object alone is the executable: the libraries are not loaded yet. */
	if (cnt < 2)
		return 0;
	for (int i = 0; !err && i < cnt; i++)
		err = add(search, modules__find(request->modules, request->maps, addresses[i]));
	search->is_certain = true;
	return err;
}

/* Without the list: the executable, then libraries, then libc, which the others link against. */
static int add_guessed(const struct provider_request *request, struct search *search)
{
	const struct modules *modules = request->modules;
	int err = add(search, request->exe);

	for (int libc = 0; libc < 2; libc++) {
		for (size_t i = 0; !err && i < modules->cnt; i++) {
			const struct allocator *row =
				allocator__find_by_name(modules->items[i].name);
			bool is_libc = row && !strcmp(row->name, "glibc");

			if (is_libc == (libc == 1))
				err = add(search, &modules->items[i]);
		}
	}
	return err;
}

struct exports {
	bool malloc, glibc;
	bool operator_new;	     /* of its own, which does not go through malloc */
	bool wants_new;		     /* calls operator new of another object */
	const struct allocator *row; /* by marker */
	int err;		     /* its file cannot be read: nothing is known */
};

/* What a module exports. */
static void look_at(const struct provider_request *request, const struct module *module,
		    struct exports *ret)
{
	const char *names[3 + HEAP_ROWS_MAX] = {"malloc"};
	struct elf_symbol symbols[3 + HEAP_ROWS_MAX] = {0};
	const struct elf_image *image = request->exe_image;
	struct elf_image *opened = NULL;
	size_t rows = 0;
	int fd = -1;

	*ret = (struct exports){0};
	while (rows < HEAP_ROWS_MAX && allocators[rows].family == FAMILY_HEAP) {
		names[1 + rows] = allocators[rows].marker;
		rows++;
	}
	names[1 + rows] = "_Znwm";
	names[2 + rows] = "_Znam";
	if (module != request->exe || !image) {
		fd = file__open_mapped(request->pid, module->start, module->end,
				       module->deleted ? NULL : module->path);
		image = opened = fd < 0 ? NULL : elf_image__open(fd);
		ret->err = fd < 0 ? fd : 0;
	}
	if (image && !elf_image__find_functions(image, names, 3 + rows, symbols)) {
		ret->malloc = symbols[0].exported;
		ret->operator_new = symbols[1 + rows].exported;
		ret->wants_new = symbols[1 + rows].imported || symbols[2 + rows].imported;
		for (size_t i = 0; i < rows && !ret->row; i++)
			if (symbols[1 + i].exported)
				ret->row = &allocators[i];
	}
	ret->glibc = ret->row && !strcmp(ret->row->marker, allocator__vm()->marker);
	elf_image__free(opened);
	if (fd >= 0)
		close(fd);
}

/* @module is the first that exports malloc: observe it, or say why not. */
static void take_heap(const struct provider_request *request, const struct search *search,
		      const struct module *module, const struct exports *exports,
		      struct provider *provider, struct text *hides)
{
	const struct allocator *row = allocator__find_by_name(module->name);
	const char *unobserved = allocator__find_unobserved(module->name);

	if (module == request->exe) {
		hides__add(hides, "executable defines malloc itself: its heap is not observed");
		return;
	}
	if (!row && !unobserved)
		row = exports->row;
	if (!row && unobserved)
		hides__add(hides, "%s (%s) is not observed", unobserved, module->name);
	else if (!row)
		hides__add(hides, "'%s' exports malloc and is not observed", module->name);
	if (!row)
		return;
	provider->heap = module;
	provider->heap_allocator = row;
	provider->means = search->is_certain ? "exports malloc, first in link order"
					     : "exports malloc, link order unknown";
}

/* What comes before the first known malloc may have one itself. By its name it may be known to: then
 * the malloc of another library is not the process's. */
static bool is_hidden_heap(const struct module *module, int err, struct text *hides)
{
	bool allocates =
		allocator__find_by_name(module->name) || allocator__find_unobserved(module->name);

	hides__add(hides, "'%s' cannot be read%s: %s%s", module->name, refusal__need(err),
		   strerror(-err),
		   allocates ? ", the heap is not observed"
			     : "; if it has a malloc, it is not seen");
	return allocates;
}

/* Allocators that are loaded but serve nobody but whoever asks them by name. */
static void name_others(const struct provider_request *request, const struct provider *provider,
			struct text *hides)
{
	for (size_t i = 0; i < request->modules->cnt; i++) {
		const struct module *module = &request->modules->items[i];
		const struct allocator *row = allocator__find_by_name(module->name);
		bool is_libc = module == provider->libc;

		if (!module->executable)
			continue;
		if (row && !is_libc && module != provider->heap)
			hides__add(hides,
				   "%s ('%s') is loaded beside the process's malloc: not observed",
				   row->name, module->name);
		if (is_libc && module->image_cnt > 1)
			hides__add(hides,
				   "%u copies of '%s' (dlmopen): counted together with the first",
				   module->image_cnt, module->name);
	}
}

int provider__find(const struct provider_request *request, struct provider *ret_provider,
		   struct text *hides)
{
	struct search search = {0};
	bool seen_malloc = false, own_new = false, wants_new = false;
	int err = 0;

	*ret_provider = (struct provider){0};
	if (request->exe && request->exe_image)
		err = add_linked(request, &search);
	if (!err && !search.cnt)
		err = add_guessed(request, &search);
	/* libc is always linked at the start, so what follows it cannot come before it. */
	for (size_t i = 0; !err && i < search.cnt && !ret_provider->libc; i++) {
		struct exports exports;

		look_at(request, search.items[i], &exports);
		if (exports.err && !seen_malloc)
			seen_malloc = is_hidden_heap(search.items[i], exports.err, hides);
		if (exports.malloc && !seen_malloc) {
			seen_malloc = true;
			take_heap(request, &search, search.items[i], &exports, ret_provider, hides);
			own_new = ret_provider->heap && exports.operator_new;
		}
		wants_new |= exports.wants_new;
		if (exports.glibc)
			ret_provider->libc = search.items[i];
	}
	/* Such programs bind it to the allocator's own, whose calls no probe of malloc sees. */
	if (own_new && wants_new)
		hides__add(hides, "C++ operator new of the allocator is not observed: "
				  "allocations are too few, frees are not");
	name_others(request, ret_provider, hides);
	free(search.items);
	return err;
}
