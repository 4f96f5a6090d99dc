// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-map-hint: maps that reach their size by doubling. Tables double, so their sizes are halves of each
 * other, and each that was outgrown is what a hint would have saved. Since Go 1.24 a table has at most
 * 1,024 slots; beyond it one is split into two, so the largest size is more frequent than the one
 * below it: of 2 T - 1 tables of that size T are kept.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/go_weight.h"
#include "advice/ladder.h"
#include "advice/map_shape.h"
#include "advice/numbers.h"
#include "base/stats.h"

#include "base/banned.h"

#define HALF_ERROR  0.2 /* sizes are rounded up to classes and pages */
#define SPLIT_RATIO 1.3 /* of the two most frequent sizes: beyond it tables were split */

/* Before Go 1.24 a full bucket gets another one beside it: far more of that size than there are tables
 * of twice the size are no tables. */
#define OVERFLOW_RATIO 3

struct growth {
	struct ladder tables;
	struct ladder_sums sums;
	double splits;	 /* tables per map of the largest size, that are kept */
	double others;	 /* share of the bytes that are no tables */
	double outgrown; /* share of the bytes */
	double error;	 /* standard error of it */
};

static const struct rung *near(const struct ladder *ladder, double bytes)
{
	const struct rung *found = NULL;

	for (size_t i = 0; i < ladder->cnt; i++) {
		const struct rung *rung = &ladder->items[i];

		if (fabs(rung->bytes - bytes) <= HALF_ERROR * bytes &&
		    (!found || rung->rate > found->rate))
			found = rung;
	}
	return found;
}

/* The largest size that is more than a chance of others: with its half it has most of the bytes. */
static const struct rung *top_of(const struct ladder *ladder)
{
	const struct rung *top = NULL;

	for (size_t i = 0; i < ladder->cnt; i++) {
		const struct rung *rung = &ladder->items[i];

		if (!top || rung->rate * rung->bytes > 0.5 * top->rate * top->bytes)
			top = rung;
	}
	return top;
}

/* Tables of @all from the largest size down by halves; the rest is directories, overflow, headers.
 * 0 or -ENOMEM. */
static int find_tables(struct growth *growth, const struct ladder *all, const char *version)
{
	const struct rung *rung = top_of(all);
	double bytes = 0, tables = 0;
	int err = 0;

	for (size_t i = 0; i < all->cnt; i++)
		bytes += all->items[i].rate * all->items[i].bytes;
	while (rung && !err) {
		const struct rung *half = near(all, rung->bytes / 2);

		tables += rung->rate * rung->bytes;
		err = ladder__add(&growth->tables, rung);
		if (half && half->rate > OVERFLOW_RATIO * rung->rate && !map_shape__splits(version))
			break;
		rung = half;
	}
	ladder__sort(&growth->tables);
	growth->others = bytes > 0 ? fmax(0, 1 - tables / bytes) : 0;
	return err;
}

/* The splits of the largest tables are taken out of their rate, so that it falls like others. */
static double take_out_splits(struct growth *growth, const char *version)
{
	struct ladder *tables = &growth->tables;
	struct rung *top = tables->cnt ? &tables->items[tables->cnt - 1] : NULL;
	double maps, dropped;

	growth->splits = 1;
	if (!map_shape__splits(version) || tables->cnt < 2 ||
	    top->rate < SPLIT_RATIO * top[-1].rate)
		return 0;
	maps = top[-1].rate;
	dropped = (top->rate - maps) / 2;
	growth->splits = (top->rate / maps + 1) / 2;
	top->rate = maps;
	return dropped * top->bytes;
}

/* 0 or -ENOMEM. */
static int read_growth(struct growth *growth, const struct go_weight *use)
{
	struct ladder all = {0};
	int err = ladder__read(&all, use);
	double bytes = 0, split;

	if (!err)
		err = find_tables(growth, &all, use->go->version);
	ladder__release(&all);
	if (err || !growth->tables.cnt)
		return err;
	for (size_t i = 0; i < growth->tables.cnt; i++)
		bytes += growth->tables.items[i].rate * growth->tables.items[i].bytes;
	split = take_out_splits(growth, use->go->version);
	ladder__smooth(&growth->tables);
	growth->sums = ladder__sum(&growth->tables);
	growth->outgrown = (1 - growth->others) * (growth->sums.outgrown + split) / bytes;
	growth->error = ladder__outgrown_error(&growth->tables, &growth->sums);
	return 0;
}

/* Entries that 95 % of the maps do not pass, as looks saw them grow; 0: they saw fewer than @least. Each
 * growth to a capacity is one map that reaches it. */
static double entries_of_looks(const struct go_weight *use, uint64_t least)
{
	const struct view_go_trait *trait = use->trait;
	struct ladder reach = {0};
	struct ladder_sums sums;
	uint64_t n = 0;

	for (size_t i = 0; i < trait->call_cnt; i++) {
		const struct view_go_call *call = trait->calls[i];

		if (call->kind != GO_CALL_MAP_GROW)
			continue;
		n += call->n;
		if (ladder__add(&reach, &(struct rung){.bytes = (double)call->size,
						       .rate = (double)call->n,
						       .var = (double)call->n,
						       .n = call->n}))
			n = 0;
	}
	ladder__sort(&reach);
	ladder__smooth(&reach);
	sums = ladder__sum(&reach);
	ladder__release(&reach);
	return n >= least ? sums.p95 * map_shape__load(use->go->version) : 0;
}

static void set_numbers(struct advice *advice, const struct growth *growth,
			const struct go_weight *use)
{
	const struct ladder_sums *sums = &growth->sums;
	double error = STATS_Z95 * growth->error + 0.05 * growth->outgrown;
	double entries = map_shape__entries(use->trait->type, use->go->version, sums->p95);
	double looked = entries_of_looks(use, advice->rule->floor.samples);
	/* tables come in powers of two: one more than fits would double them */
	double tables = exp2(round(log2(growth->splits)));
	double steps = sums->calls - sums->chains, kept, by = use->bytes.value / sums->bytes;
	struct figure calls = use->calls;
	uint64_t n = use->bytes.n;

	go_weight__set_evidence(advice, use);
	advice__set(advice, "outgrown", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure(growth->outgrown, n, BASIS_BUCKET));
	advice__set(advice, "p50", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(sums->p50 * growth->splits, n, BASIS_BUCKET));
	advice__set(advice, "p95", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(sums->p95 * growth->splits, n, BASIS_BUCKET));
	if (looked > 0 || entries > 0)
		advice__set(advice, "entries", UNIT_COUNT, ROLE_EVIDENCE,
			    plain_figure(floor(looked > 0 ? looked : entries * tables), n,
					 BASIS_BUCKET));
	/* each table that was outgrown, and at most all but the tables that are kept */
	kept = by * sums->chains * growth->splits;
	calls.low = fmin(by * steps, use->calls.low);
	calls.high = fmax(by * steps, use->calls.high - kept);
	calls.value = (by * steps + fmax(by * steps, use->calls.value - kept)) / 2;
	go_weight__set_savings(advice, use, calls,
			       share_figure(&use->bytes, growth->outgrown + growth->others / 2,
					    growth->outgrown - error,
					    growth->outgrown + growth->others + error));
	advice__set(advice, "kept", UNIT_BYTES, ROLE_COST,
		    plain_figure(sums->p95 * growth->splits, n, BASIS_BUCKET));
}

enum verdict go_map_hint__check(const struct rule *rule, const struct view_process *process,
				const struct view_site *site, struct advice *advice,
				struct advice_note *note)
{
	struct growth growth = {0};
	enum verdict verdict;
	struct go_weight use;

	if (!go_weight__is(site, GO_BY_MAP_INSERT))
		return VERDICT_SILENT;
	verdict = go_weight__weigh(rule, process, site, &use, note);
	if (verdict != VERDICT_SPEAK)
		return verdict;
	if (read_growth(&growth, &use))
		verdict = VERDICT_NO_MEMORY;
	else if (growth.tables.cnt < 2 ||
		 growth.outgrown - STATS_Z95 * growth.error < rule->floor.growing)
		verdict = VERDICT_SILENT;
	else
		set_numbers(advice, &growth, &use);
	ladder__release(&growth.tables);
	return verdict;
}
