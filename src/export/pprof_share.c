// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_share.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

/* What one owner has to share out of one value. */
struct share {
	double wanted;	 /* sum over its stacks */
	double scale;	 /* below 1 where the stacks want more than there is */
	double gap;	 /* sum of what rows are below their estimates */
	double per_gap;	 /* what a unit of gap is given */
	double due;	 /* running sum of what is given, before rounding */
	uint64_t held;	 /* sum of what was published before */
	uint64_t coming; /* what is new */
	uint64_t given;
	struct pprof_row *last; /* that was given something */
};

static uint64_t held_of(const struct pprof_row *row, size_t value)
{
	return value < PPROF_CUMULATIVE ? row->held[value] : 0;
}

static double gap_of(const struct pprof_row *row, const struct share *share, size_t value)
{
	return fmax(0, row->want[value] * share->scale - (double)held_of(row, value));
}

/* Rounding goes by the running sum, so that the parts add up. */
static void give(struct pprof_row *row, struct share *share, size_t value)
{
	double gap = gap_of(row, share, value);
	uint64_t due, part;

	row->values[value] = held_of(row, value);
	if (!(gap > 0))
		return;
	share->due += gap * share->per_gap;
	due = (uint64_t)llround(share->due);
	if (due > share->coming)
		due = share->coming;
	part = due > share->given ? due - share->given : 0;
	row->values[value] += part;
	share->given += part;
	share->last = row;
}

/* "(other)" wants what no stack speaks for; a part of a unit is the error of a sum of doubles. */
static void settle_other(struct pprof_owner *owner, struct share *share, size_t value)
{
	struct pprof_row *other = &owner->other;
	double total = round(owner->totals[value]), all = share->wanted + other->want[value];

	share->scale = all > total ? total / all : 1;
	if (all < total)
		other->want[value] = total - share->wanted;
	if (other->want[value] < 0.5)
		other->want[value] = 0;
	share->held += held_of(other, value);
	share->gap += gap_of(other, share, value);
	share->coming = (uint64_t)total > share->held ? (uint64_t)total - share->held : 0;
}

static void share_value(struct pprof_rows *rows, struct share *shares, size_t value)
{
	for (size_t i = 0; i < rows->owners.cnt; i++)
		shares[i] = (struct share){0};
	for (size_t i = 0; i < rows->cnt; i++) {
		shares[rows->items[i].owner].wanted += rows->items[i].want[value];
		shares[rows->items[i].owner].held += held_of(&rows->items[i], value);
	}
	for (size_t i = 0; i < rows->owners.cnt; i++)
		settle_other(&rows->owners.items[i], &shares[i], value);
	for (size_t i = 0; i < rows->cnt; i++)
		shares[rows->items[i].owner].gap +=
			gap_of(&rows->items[i], &shares[rows->items[i].owner], value);
	for (size_t i = 0; i < rows->owners.cnt; i++) {
		if (shares[i].gap > 0)
			shares[i].per_gap = (double)shares[i].coming / shares[i].gap;
		give(&rows->owners.items[i].other, &shares[i], value);
	}
	for (size_t i = 0; i < rows->cnt; i++)
		give(&rows->items[i], &shares[rows->items[i].owner], value);
	for (size_t i = 0; i < rows->owners.cnt; i++) {
		struct pprof_row *last =
			shares[i].last ? shares[i].last : &rows->owners.items[i].other;

		last->values[value] += shares[i].coming - shares[i].given;
	}
}

int pprof_share__fill(struct pprof_rows *rows)
{
	struct share *shares = calloc(rows->owners.cnt + 1, sizeof(*shares));

	if (!shares)
		return -ENOMEM;
	for (size_t value = 0; value < PPROF_VALUES; value++)
		share_value(rows, shares, value);
	free(shares);
	return 0;
}
