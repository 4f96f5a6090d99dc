// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/symbolizer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/table.h"
#include "base/vec.h"
#include "kernel/file.h"
#include "symbol/demangle.h"
#include "symbol/names.h"
#include "symbol/binary.h"
#include "target/go_call_site.h"
#include "base/banned.h"

#define MODULES_MAX	65536
#define ADDRESSES_MAX	(256U << 10)
#define NAMES_MAX_BYTES (64U << 20)
/* Tables in memory over all objects; the longest unused ones give way. */
#define ROWS_KEPT_MAX  (2U << 20)
#define LINES_KEPT_MAX (512ULL << 20)

struct entry {
	struct symbol_name *names;
	uint32_t cnt, cap;
	bool learned, site_tried;
	struct symbol_site *site; /* NULL: none, or not tried yet */
};

struct module {
	const char *base;	/* last part of its path */
	struct binary *object;	/* NULL: nothing readable */
	struct table addresses; /* link-time address -> struct entry */
	struct entry *overflow; /* answer for addresses beyond the bounds */
};

struct symbolizer {
	struct symbolizer_limits limits;
	struct names names;
	struct table modules; /* number -> struct module */
	struct table builds;  /* hash of build-id -> struct binary */
	struct {
		struct binary **items;
		size_t cnt, cap;
	} objects;
	size_t address_cnt;
	uint64_t clock;
};

struct symbolizer *symbolizer__new(void)
{
	struct symbolizer *symbolizer = calloc(1, sizeof(*symbolizer));

	if (symbolizer)
		symbolizer->limits = (struct symbolizer_limits){
			.addresses = ADDRESSES_MAX,
			.name_bytes = NAMES_MAX_BYTES,
			.rows = ROWS_KEPT_MAX,
			.lines_bytes = LINES_KEPT_MAX,
		};
	return symbolizer;
}

void symbolizer__limit(struct symbolizer *symbolizer, const struct symbolizer_limits *limits)
{
	symbolizer->limits = *limits;
}

void symbolizer__free(struct symbolizer *symbolizer)
{
	const struct table_slot *slot = NULL;

	if (!symbolizer)
		return;
	while ((slot = table__next(&symbolizer->modules, slot)))
		table__release(&((struct module *)(uintptr_t)slot->value)->addresses);
	for (size_t i = 0; i < symbolizer->objects.cnt; i++)
		binary__free(symbolizer->objects.items[i]);
	free(symbolizer->objects.items);
	table__release(&symbolizer->builds);
	table__release(&symbolizer->modules);
	names__release(&symbolizer->names);
	free(symbolizer);
}

/* Module @number, made if it is new; NULL beyond MODULES_MAX or out of memory. */
static struct module *get_module(struct symbolizer *symbolizer, uint32_t number)
{
	struct module *module;
	uint64_t found;

	if (table__get(&symbolizer->modules, number, &found))
		return (struct module *)(uintptr_t)found;
	if (symbolizer->modules.cnt >= MODULES_MAX)
		return NULL;
	module = names__alloc(&symbolizer->names, sizeof(*module));
	if (!module || table__put(&symbolizer->modules, number, (uintptr_t)module))
		return NULL;
	module->base = "[unknown]";
	return module;
}

static int set_path(struct symbolizer *symbolizer, struct module *module, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	if (!*base)
		return 0;
	base = names__intern(&symbolizer->names, base, DEMANGLE_NAME_MAX - 32);
	if (!base)
		return -ENOMEM;
	module->base = base;
	return 0;
}

/* The object of @build_id that is known already, or NULL. */
static struct binary *find_object(struct symbolizer *symbolizer, const uint8_t *build_id,
				  size_t bytes)
{
	struct binary *object;
	uint64_t found;

	if (!bytes ||
	    !table__get(&symbolizer->builds, hash__bytes(HASH_SEED, build_id, bytes), &found))
		return NULL;
	object = (struct binary *)(uintptr_t)found;
	return binary__has_build_id(object, build_id, bytes) ? object : NULL;
}

static int keep_object(struct symbolizer *symbolizer, struct binary *object)
{
	int err = vec__add(&symbolizer->objects, object);

	if (err || !object->build_id_bytes)
		return err;
	return table__put(&symbolizer->builds,
			  hash__bytes(HASH_SEED, object->build_id, object->build_id_bytes),
			  (uintptr_t)object);
}

static int open_object(struct symbolizer *symbolizer, struct module *module, int fd,
		       const char *path, const uint8_t *build_id, size_t build_id_bytes,
		       pid_t root_pid)
{
	struct binary *object;
	int own = -1, err;

	if (fd < 0) {
		/* By path alone it could be any file: only its build-id tells. */
		if (!build_id_bytes)
			return -ESTALE;
		own = fd = file__open_in_root(root_pid, path);
		if (fd < 0)
			return fd;
	}
	object = binary__new(fd, path, build_id, build_id_bytes, root_pid);
	err = object ? 0 : -errno;
	if (own >= 0)
		close(own);
	if (err)
		return err;
	err = keep_object(symbolizer, object);
	if (err) {
		if (symbolizer->objects.cnt &&
		    symbolizer->objects.items[symbolizer->objects.cnt - 1] == object)
			symbolizer->objects.cnt--;
		binary__free(object);
		return err;
	}
	module->object = object;
	return 0;
}

int symbolizer__add_module(struct symbolizer *symbolizer, uint32_t module, int fd, const char *path,
			   const uint8_t *build_id, size_t build_id_bytes, pid_t root_pid)
{
	struct module *known;
	int err;

	if (!module || !path || build_id_bytes > BUILD_ID_MAX)
		return -EINVAL;
	known = get_module(symbolizer, module);
	if (!known)
		return -ENOMEM;
	err = set_path(symbolizer, known, path);
	if (err || known->object)
		return err;
	known->object = find_object(symbolizer, build_id, build_id_bytes);
	if (known->object)
		return 0;
	return open_object(symbolizer, known, fd, path, build_id, build_id_bytes,
			   root_pid > 0 ? root_pid : getpid());
}

/* Room for @cnt names in @entry; names handed out before stay where they are. */
static int reserve(struct symbolizer *symbolizer, struct entry *entry, uint32_t cnt)
{
	struct symbol_name *names;

	if (cnt <= entry->cap)
		return 0;
	names = names__alloc(&symbolizer->names, cnt * sizeof(*names));
	if (!names)
		return -ENOMEM;
	if (entry->cap)
		memcpy(names, entry->names, entry->cap * sizeof(*names));
	entry->names = names;
	entry->cap = cnt;
	return 0;
}

static int set_name(struct symbolizer *symbolizer, struct symbol_name *name, const char *function,
		    const char *file)
{
	const char *kept = names__intern(&symbolizer->names, function, DEMANGLE_NAME_MAX - 1);

	if (!kept)
		return -ENOMEM;
	name->function = (char *)kept;
	kept = file ? names__intern(&symbolizer->names, file, DEMANGLE_NAME_MAX - 1) : NULL;
	if (file && !kept)
		return -ENOMEM;
	name->file = (char *)kept;
	return 0;
}

/* The answer where no symbol covers @address. */
static int set_no_name(struct symbolizer *symbolizer, struct module *module, uint64_t address,
		       struct symbol_name *name, const char *file)
{
	char text[DEMANGLE_NAME_MAX];

	snprintf(text, sizeof(text), "%s+0x%" PRIx64, module->base, address);
	name->no_name = true;
	return set_name(symbolizer, name, text, file);
}

/* Name one frame: by @symbol if there is one, else by the DWARF. */
static int name_frame(struct symbolizer *symbolizer, struct module *module, uint64_t address,
		      const struct line_frame *frame, const char *symbol, struct symbol_name *name)
{
	char text[DEMANGLE_NAME_MAX];

	name->line = frame->line;
	name->inlined = frame->inlined;
	if (!symbol)
		symbol = frame->linkage ? frame->linkage : frame->name;
	if (!symbol || !*symbol)
		return set_no_name(symbolizer, module, address, name, frame->file);
	demangle(text, sizeof(text), symbol);
	return set_name(symbolizer, name, text, frame->file);
}

/* Ask the files for names at @address. */
static int fill_entry(struct symbolizer *symbolizer, struct module *module, uint64_t address,
		      struct entry *entry)
{
	struct line_frame frames[LINES_DEPTH_MAX] = {0};
	char symbol[DEMANGLE_INPUT_MAX + 1];
	bool has_symbol = false;
	size_t cnt = 0;
	int err;

	if (module->object) {
		module->object->used = ++symbolizer->clock;
		cnt = binary__go_lines(module->object, address, frames);
	}
	if (module->object && !cnt) {
		has_symbol = binary__symbol(module->object, address, symbol, sizeof(symbol));
		cnt = binary__lines(module->object, address, symbolizer->limits.lines_bytes,
				    frames);
	}
	if (!cnt)
		cnt = 1;
	err = reserve(symbolizer, entry, (uint32_t)cnt);
	for (size_t i = 0; i < cnt && !err; i++)
		err = name_frame(symbolizer, module, address, &frames[i],
				 has_symbol && i == cnt - 1 ? symbol : NULL, &entry->names[i]);
	if (!err)
		entry->cnt = (uint32_t)cnt;
	return err;
}

/* Drop the tables of the objects not asked for the longest time until the rest is within bounds.
 * The one in use stays in any case. */
static void shrink(struct symbolizer *symbolizer, const struct binary *in_use)
{
	for (;;) {
		struct binary *oldest_rows = NULL, *oldest_lines = NULL;
		uint64_t rows = 0, lines = 0;

		for (size_t i = 0; i < symbolizer->objects.cnt; i++) {
			struct binary *object = symbolizer->objects.items[i];

			rows += object->symtab.cnt;
			lines += binary__lines_bytes(object);
			if (object == in_use)
				continue;
			if (object->symtab.cnt &&
			    (!oldest_rows || object->used < oldest_rows->used))
				oldest_rows = object;
			if (binary__lines_bytes(object) &&
			    (!oldest_lines || object->used < oldest_lines->used))
				oldest_lines = object;
		}
		if (rows > symbolizer->limits.rows && oldest_rows)
			binary__drop_symtab(oldest_rows);
		else if (lines > symbolizer->limits.lines_bytes && oldest_lines)
			binary__drop_lines(oldest_lines);
		else
			return;
	}
}

void symbolizer__rest(struct symbolizer *symbolizer)
{
	for (size_t i = 0; i < symbolizer->objects.cnt; i++) {
		binary__drop_symtab(symbolizer->objects.items[i]);
		binary__drop_lines(symbolizer->objects.items[i]);
	}
}

/* Beyond the bounds every new address of a module has the same answer. */
static struct entry *overflow_entry(struct symbolizer *symbolizer, struct module *module)
{
	struct entry *entry = module->overflow;

	if (entry)
		return entry;
	entry = names__alloc(&symbolizer->names, sizeof(*entry));
	if (!entry || reserve(symbolizer, entry, 1) ||
	    set_name(symbolizer, &entry->names[0], module->base, NULL))
		return NULL;
	entry->names[0].no_name = true;
	entry->cnt = 1;
	module->overflow = entry;
	return entry;
}

static struct entry *add_entry(struct symbolizer *symbolizer, struct module *module,
			       uint64_t address)
{
	struct entry *entry = names__alloc(&symbolizer->names, sizeof(*entry));

	if (!entry || table__put(&module->addresses, address, (uintptr_t)entry))
		return NULL;
	symbolizer->address_cnt++;
	return entry;
}

static bool is_full(const struct symbolizer *symbolizer)
{
	return symbolizer->address_cnt >= symbolizer->limits.addresses ||
	       symbolizer->names.bytes >= symbolizer->limits.name_bytes;
}

int symbolizer__lookup(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
		       const struct symbol_name **ret_names)
{
	struct module *known = get_module(symbolizer, module);
	struct entry *entry = NULL;
	uint64_t found;

	if (!known)
		return -ENOMEM;
	if (table__get(&known->addresses, address, &found))
		entry = (struct entry *)(uintptr_t)found;
	else if (is_full(symbolizer))
		entry = overflow_entry(symbolizer, known);
	else
		entry = add_entry(symbolizer, known, address);
	if (!entry)
		return -ENOMEM;
	/* A learned entry without its innermost name has nothing to say. */
	if (!entry->cnt || !entry->names[0].function) {
		int err = fill_entry(symbolizer, known, address, entry);

		shrink(symbolizer, known->object);
		if (err)
			return err;
	}
	*ret_names = entry->names;
	return (int)entry->cnt;
}

/* A copy of @s, which may be NULL, in *ret. 0 or -ENOMEM. */
static int keep_string(struct symbolizer *symbolizer, const char *s, const char **ret)
{
	*ret = s ? names__intern(&symbolizer->names, s, DEMANGLE_NAME_MAX - 1) : NULL;
	return s && !*ret ? -ENOMEM : 0;
}

static int set_site(struct symbolizer *symbolizer, struct entry *entry,
		    const struct symbol_site *from)
{
	struct symbol_site *site = names__alloc(&symbolizer->names, sizeof(*site));

	if (!site)
		return -ENOMEM;
	site->type_bytes = from->type_bytes;
	if (keep_string(symbolizer, from->type, &site->type) ||
	    keep_string(symbolizer, from->callee, &site->callee) ||
	    keep_string(symbolizer, from->call, &site->call))
		return -ENOMEM;
	entry->site = site;
	return 0;
}

static int find_site(struct symbolizer *symbolizer, struct module *module, uint64_t address,
		     struct entry *entry)
{
	struct go_call_site found;
	struct symbol_site site;
	int err;

	entry->site_tried = true;
	if (!module->object || is_full(symbolizer))
		return 0;
	err = binary__go_site(module->object, address, &found);
	if (err)
		return err == -ENOMEM ? err : 0;
	site = (struct symbol_site){
		.type = found.type[0] ? found.type : NULL,
		.type_bytes = found.type_bytes,
		.callee = found.callee,
		.call = found.function,
	};
	return set_site(symbolizer, entry, &site);
}

int symbolizer__site(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
		     const struct symbol_site **ret_site)
{
	const struct symbol_name *names;
	struct module *known;
	struct entry *entry;
	uint64_t found;
	int cnt = symbolizer__lookup(symbolizer, module, address, &names), err = 0;

	*ret_site = NULL;
	known = get_module(symbolizer, module);
	if (cnt < 0 || !known)
		return -ENOMEM;
	/* beyond the bounds nothing is kept of it */
	if (!table__get(&known->addresses, address, &found))
		return 0;
	entry = (struct entry *)(uintptr_t)found;
	if (!entry->learned && !entry->site_tried)
		err = find_site(symbolizer, known, address, entry);
	*ret_site = entry->site;
	return err;
}

int symbolizer__learn_site(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
			   const struct symbol_site *site)
{
	struct module *known = get_module(symbolizer, module);
	uint64_t found;

	if (!known)
		return -ENOMEM;
	if (!table__get(&known->addresses, address, &found))
		return 0;
	return set_site(symbolizer, (struct entry *)(uintptr_t)found, site);
}

int symbolizer__learn(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
		      uint32_t depth, const char *function, const char *file, uint32_t line,
		      bool inlined, bool no_name)
{
	struct module *known = get_module(symbolizer, module);
	struct symbol_name name = {.line = line, .inlined = inlined, .no_name = no_name};
	struct entry *entry;
	uint64_t found;
	int err;

	if (!known)
		return -ENOMEM;
	if (depth >= LINES_DEPTH_MAX || !function)
		return -EINVAL;
	if (table__get(&known->addresses, address, &found))
		entry = (struct entry *)(uintptr_t)found;
	else
		entry = is_full(symbolizer) ? NULL : add_entry(symbolizer, known, address);
	if (!entry)
		return -ENOMEM;
	if (!entry->learned)
		*entry = (struct entry){.learned = true};
	err = reserve(symbolizer, entry, depth + 1);
	if (!err)
		err = set_name(symbolizer, &name, function, file);
	if (err)
		return err;
	entry->names[depth] = name;
	/* Depths come in order; one that is missing ends the chain. */
	while (entry->cnt < entry->cap && entry->names[entry->cnt].function)
		entry->cnt++;
	return 0;
}
