// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/escape_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "model/figure.h"
#include "symbol/fold.h"
#include "symbol/go_std.h"

#include "base/banned.h"

struct builder {
	struct escape_rows *rows;
	const struct view_process *process;
	struct table by_key;
	uint32_t *row_of;  /* stack -> 1 + index of its row */
	double *per_row;   /* bytes of one use in each row */
	uint32_t *touched; /* rows of which that is not 0 */
};

static uint64_t add_string(uint64_t hash, const char *s)
{
	return s ? hash__bytes(hash, s, strlen(s) + 1) : hash__bytes(hash, "", 1);
}

static uint64_t row_key(const struct view_site *site)
{
	uint32_t numbers[] = {site->line, site->trait->construct};
	uint64_t hash = add_string(HASH_SEED, site->function);

	hash = add_string(hash, site->file);
	hash = hash__bytes(hash, numbers, sizeof(numbers));
	/* without a line two sites are two places */
	if (!site->line)
		hash = hash__bytes(hash, &site->id, sizeof(site->id));
	return add_string(hash, site->trait->type);
}

/* Sums of independent estimates: @to keeps the variance in stderr_abs until settle(). */
static void add_figure(struct figure *to, const struct figure *figure)
{
	if (figure->basis == BASIS_UNKNOWN)
		return;
	to->basis = figure->basis;
	to->value += figure->value;
	to->stderr_abs += figure->stderr_abs * figure->stderr_abs;
	to->n += figure->n;
}

static void settle(struct figure *figure)
{
	enum basis basis = figure->basis;

	if (basis == BASIS_UNKNOWN)
		return;
	*figure = figure__estimate(figure->value, 0, figure->stderr_abs, figure->n);
	figure->basis = basis;
}

static void add_site(struct builder *b, const struct view_site *site)
{
	struct escape_row *row;
	uint64_t key = row_key(site), index;

	if (!table__get(&b->by_key, key, &index)) {
		index = b->rows->cnt;
		/* without memory it stands alone */
		(void)table__put(&b->by_key, key, index);
		b->rows->items[b->rows->cnt++].site = site;
	}
	row = &b->rows->items[index];
	add_figure(&row->bytes, &site->bytes);
	add_figure(&row->bytes_rate, &site->bytes_rate);
	add_figure(&row->calls_rate, &site->calls_rate);
	add_figure(&row->bytes_share, &site->bytes_share);
	row->each_bytes += site->calls.basis == BASIS_UNKNOWN ? 0 : site->calls.value;
	for (size_t i = 0; i < site->stack_cnt; i++)
		b->row_of[site->stacks[i]] = (uint32_t)index + 1;
}

static void add_caller(struct escape_row *row, const struct view_site *use, double bytes)
{
	struct escape_caller caller = {use, bytes};

	row->caller_cnt++;
	for (size_t i = 0; i < ESCAPE_CALLERS; i++) {
		struct escape_caller before = row->callers[i];

		if (before.use && before.bytes >= caller.bytes)
			continue;
		row->callers[i] = caller;
		caller = before;
		if (!caller.use)
			return;
	}
}

/* Give each row of which @use has stacks its part. */
static void add_use(struct builder *b, const struct view_site *use)
{
	size_t cnt = 0;

	for (size_t i = 0; i < use->stack_cnt; i++) {
		uint32_t row = b->row_of[use->stacks[i]];
		double bytes = fold__stack_bytes(&b->process->stacks[use->stacks[i]]);

		if (!row-- || !(bytes > 0))
			continue;
		b->rows->items[row].stack_bytes += bytes;
		if (!(b->per_row[row] > 0))
			b->touched[cnt++] = row;
		b->per_row[row] += bytes;
	}
	for (size_t i = 0; i < cnt; i++) {
		struct escape_row *row = &b->rows->items[b->touched[i]];

		if (go_std__has(row->site->function) && use->trait->via)
			add_caller(row, use, b->per_row[b->touched[i]]);
		b->per_row[b->touched[i]] = 0;
	}
}

static int by_bytes(const void *a, const void *b)
{
	const struct escape_row *x = a, *y = b;

	if (x->bytes.value != y->bytes.value)
		return x->bytes.value < y->bytes.value ? 1 : -1;
	return x->site->id < y->site->id ? -1 : x->site->id > y->site->id;
}

static void build(struct builder *b)
{
	const struct view_process *process = b->process;

	for (size_t i = 0; i < process->site_cnt; i++)
		if (process->sites[i].trait && process->sites[i].bytes.value > 0)
			add_site(b, &process->sites[i]);
	for (size_t i = 0; i < process->go->use_cnt; i++)
		add_use(b, &process->go->uses[i]);
	for (size_t i = 0; i < b->rows->cnt; i++) {
		struct escape_row *row = &b->rows->items[i];

		settle(&row->bytes);
		settle(&row->bytes_rate);
		settle(&row->calls_rate);
		settle(&row->bytes_share);
		row->each_bytes = row->each_bytes > 0 ? row->bytes.value / row->each_bytes : 0;
	}
	qsort(b->rows->items, b->rows->cnt, sizeof(*b->rows->items), by_bytes);
}

int escape_rows__init(struct escape_rows *rows, const struct view_process *process)
{
	struct builder b = {.rows = rows, .process = process};

	*rows = (struct escape_rows){.items = calloc(process->site_cnt + 1, sizeof(*rows->items))};
	b.row_of = calloc(process->stack_cnt + 1, sizeof(*b.row_of));
	b.per_row = calloc(process->site_cnt + 1, sizeof(*b.per_row));
	b.touched = calloc(process->site_cnt + 1, sizeof(*b.touched));
	if (rows->items && b.row_of && b.per_row && b.touched && process->go)
		build(&b);
	table__release(&b.by_key);
	free(b.row_of);
	free(b.per_row);
	free(b.touched);
	return rows->items && b.row_of && b.per_row && b.touched ? 0 : -ENOMEM;
}

void escape_rows__release(struct escape_rows *rows)
{
	free(rows->items);
	*rows = (struct escape_rows){0};
}
