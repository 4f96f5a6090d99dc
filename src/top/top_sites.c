// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_sites.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/human.h"
#include "top/top_process.h"
#include "base/banned.h"

#define SITES_MAX    4096
#define STRINGS_EACH 2
#define TEMPORARY_S  0.01 /* such a mean life is marked: what a pool or a stack would spare */

const struct grid_column site_columns[SITE_COLUMNS] = {
	[SITE_BYTES] = {"bytes", "BYTES/S", 'B', 8, 0, .help = "bytes allocated per second"},
	[SITE_SHARE] = {"share", "SHARE", 'S', 6, 1, .help = "of the bytes of the process"},
	[SITE_CALLS] = {"allocs", "ALLOC/S", 'A', 7, 3, .help = "allocations per second"},
	[SITE_LIVE] = {"live", "LIVE", 'L', 8, 2, .help = "bytes allocated and not freed"},
	[SITE_LIFE] = {"life", "LIFE", 'E', 7, 5, .help = "mean lifetime of what was freed"},
	[SITE_FUNCTION] = {"site", "SITE", 'F', 14, 0, .is_text = true, .flexible = true,
			   .wish = 24, .help = "function that allocates"},
	[SITE_WHERE] = {"where", "WHERE", 'W', 22, 4, .is_text = true, .help = "its line"},
	[SITE_BY] = {"by", "BY", 'Y', 8, 6, .is_text = true, .help = "the allocator's function"},
};

static void drop_strings(struct top_sites *sites)
{
	for (size_t i = 0; i < sites->string_cnt; i++)
		free(sites->strings[i]);
	free(sites->strings);
	sites->strings = NULL;
	sites->string_cnt = 0;
}

void top_sites__release(struct top_sites *sites)
{
	drop_strings(sites);
	json_decref(sites->process);
	*sites = (struct top_sites){0};
}

int top_sites__take(struct top_sites *sites, json_t *document, uint32_t pid)
{
	const json_t *list = json_object_get(document, "items");
	json_t *item, *found = NULL;
	size_t i;

	/* An image that has ended comes before the one that follows it. */
	json_array_foreach((json_t *)list, i, item)
	{
		const json_t *process = json_object_get(item, "process");

		if (json_integer_value(json_object_get(process, "pid")) == (json_int_t)pid)
			found = item;
	}
	if (!found)
		return -ESRCH;
	json_decref(sites->process);
	sites->process = json_incref(found);
	return 0;
}

static void set_number(struct grid_cell *cell, enum advice_unit unit, double value)
{
	char text[HUMAN_BYTES];

	cell->known = isfinite(value);
	cell->value = value;
	snprintf(cell->text, sizeof(cell->text), "%.*s", CELL_BYTES - 1,
		 human__value(text, unit, value));
}

/* Takes @s over. */
static bool set_owned(struct top_sites *sites, struct grid_cell *cell, char *s)
{
	if (!s)
		return false;
	sites->strings[sites->string_cnt++] = s;
	cell->string = s;
	cell->known = *s;
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "file.c:123", or the module where no line is known. */
static char *where_of(const json_t *site)
{
	const char *file = top_json__string(site, "file");
	double line = top_json__number(site, "line");
	char *text = NULL;

	if (*file && isfinite(line) && asprintf(&text, "%s:%.0f", base_name(file), line) >= 0)
		return text;
	return strdup(base_name(*file ? file : top_json__string(site, "module")));
}

static bool fill_row(struct top_sites *sites, struct grid_row *row, const json_t *site)
{
	struct grid_cell *by = &row->cells[SITE_BY], *life = &row->cells[SITE_LIFE];
	char name[NAME_BYTES];

	top_sites__key(site, row->key);
	set_number(&row->cells[SITE_BYTES], UNIT_BYTES, top_json__figure(site, "bytes_rate"));
	set_number(&row->cells[SITE_SHARE], UNIT_RATIO, top_json__figure(site, "bytes_share"));
	set_number(&row->cells[SITE_CALLS], UNIT_PER_S, top_json__figure(site, "calls_rate"));
	set_number(&row->cells[SITE_LIVE], UNIT_BYTES, top_json__figure(site, "live_bytes"));
	set_number(life, UNIT_SECONDS, top_json__figure(site, "mean_lifetime_s"));
	if (life->known && life->value < TEMPORARY_S)
		life->mark = MARK_STRONG;
	by->string = top_json__string(site, "allocator_function");
	by->known = *by->string;
	/* Pages are no heap: its shares are not theirs. */
	row->dim = !strcmp(top_json__string(site, "family"), "vm");
	human__function(name, sizeof(name), top_json__string(site, "function"));
	return set_owned(sites, &row->cells[SITE_FUNCTION], strdup(name)) &&
	       set_owned(sites, &row->cells[SITE_WHERE], where_of(site));
}

static bool is_chosen(const json_t *site, const struct top_filter *filter)
{
	return top_filter__passes(filter, top_json__string(site, "function")) ||
	       top_filter__passes(filter, top_json__string(site, "file")) ||
	       top_filter__passes(filter, top_json__string(site, "module"));
}

int top_sites__fill(struct top_sites *sites, struct grid *grid, const struct top_filter *filter)
{
	const json_t *list = json_object_get(sites->process, "sites"), *site;
	size_t i, cnt = json_array_size(list) < SITES_MAX ? json_array_size(list) : SITES_MAX;

	grid__clear(grid);
	drop_strings(sites);
	sites->strings = calloc(STRINGS_EACH * cnt + 1, sizeof(*sites->strings));
	if (!sites->strings)
		return -ENOMEM;
	for (i = 0; i < cnt; i++) {
		struct grid_row *row;

		site = json_array_get(list, i);
		if (!is_chosen(site, filter))
			continue;
		row = grid__add(grid);
		if (!row || !fill_row(sites, row, site)) {
			grid__clear(grid);
			return -ENOMEM;
		}
		row->source = i;
	}
	return 0;
}

/* The same site is listed once by family: a C program's malloc is not its mmap. */
void top_sites__key(const json_t *site, char key[GRID_KEY_BYTES])
{
	snprintf(key, GRID_KEY_BYTES, "%.40s-%.8s-%d", top_json__string(site, "id"),
		 top_json__string(site, "family"), json_is_true(json_object_get(site, "go")));
}

const json_t *top_sites__find(const struct top_sites *sites, const char *key)
{
	const json_t *list = json_object_get(sites->process, "sites"), *site;
	char other[GRID_KEY_BYTES];
	size_t i;

	json_array_foreach((json_t *)list, i, site)
	{
		top_sites__key(site, other);
		if (!strcmp(other, key))
			return site;
	}
	return NULL;
}
