// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "symbol/symbolizer.h"
#include "base/banned.h"

/* Learned names only: those that the observer's naming worker is allowed to find. */
static const struct symbolizer_limits limits = {
	.addresses = 32U << 10,
	.name_bytes = 6U << 20,
};

struct daemon_names {
	pthread_mutex_t lock;
	struct symbolizer *symbolizer; /* without files: it never looks anything up itself */
};

struct daemon_names *daemon_names__new(void)
{
	struct daemon_names *names = calloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->symbolizer = symbolizer__new();
	if (!names->symbolizer) {
		free(names);
		errno = ENOMEM;
		return NULL;
	}
	symbolizer__limit(names->symbolizer, &limits);
	pthread_mutex_init(&names->lock, NULL);
	return names;
}

void daemon_names__free(struct daemon_names *names)
{
	if (!names)
		return;
	symbolizer__free(names->symbolizer);
	pthread_mutex_destroy(&names->lock);
	free(names);
}

static int take_symbol(struct daemon_names *names, const struct record *record)
{
	const struct record_symbol *symbol = (const struct record_symbol *)record;
	const char *file = record__string(record, symbol->file);

	return symbolizer__learn(names->symbolizer, symbol->module, symbol->offset, symbol->depth,
				 record__string(record, symbol->function), *file ? file : NULL,
				 symbol->line, symbol->flags & SYMBOL_INLINED,
				 symbol->flags & SYMBOL_NO_NAME);
}

static int take_site(struct daemon_names *names, const struct record *record)
{
	const struct record_go_site *site = (const struct record_go_site *)record;
	const char *type = record__string(record, site->type);
	const char *callee = record__string(record, site->callee);
	const char *call = record__string(record, site->call);
	struct symbol_site known = {
		.type = *type ? type : NULL,
		.type_bytes = site->type_bytes,
		.callee = *callee ? callee : NULL,
		.call = *call ? call : NULL,
	};

	return symbolizer__learn_site(names->symbolizer, site->module, site->offset, &known);
}

/* Without its build-id nothing is opened: frames not named yet read "file+0x...". */
static void take_module(struct daemon_names *names, const struct record *record)
{
	const struct record_module *module = (const struct record_module *)record;

	symbolizer__add_module(names->symbolizer, module->module, -1,
			       record__string(record, module->path), NULL, 0, 0);
}

int daemon_names__apply(struct daemon_names *names, const struct record *record)
{
	int err = 0;

	if (record->type != RECORD_SYMBOL && record->type != RECORD_GO_SITE &&
	    record->type != RECORD_MODULE)
		return 0;
	pthread_mutex_lock(&names->lock);
	if (record->type == RECORD_SYMBOL)
		err = take_symbol(names, record);
	else if (record->type == RECORD_GO_SITE)
		err = take_site(names, record);
	else
		take_module(names, record);
	pthread_mutex_unlock(&names->lock);
	return err;
}

static int lookup(void *ctx, uint32_t module, uint64_t address, const struct symbol_name **ret)
{
	struct daemon_names *names = ctx;
	int cnt;

	pthread_mutex_lock(&names->lock);
	cnt = symbolizer__lookup(names->symbolizer, module, address, ret);
	pthread_mutex_unlock(&names->lock);
	return cnt;
}

static int site(void *ctx, uint32_t module, uint64_t address, const struct symbol_site **ret)
{
	struct daemon_names *names = ctx;
	int err;

	pthread_mutex_lock(&names->lock);
	err = symbolizer__site(names->symbolizer, module, address, ret);
	pthread_mutex_unlock(&names->lock);
	return err;
}

struct name_source daemon_names__source(struct daemon_names *names)
{
	return (struct name_source){.ctx = names, .names = lookup, .site = site};
}
