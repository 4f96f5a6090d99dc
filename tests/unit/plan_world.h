/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host of made-up processes that are attached and released as plan.c says, second by second, and
 * the promises of plan.h, checked at each tick. For test_plan_world.c.
 */
#ifndef HB_PLAN_WORLD_H
#define HB_PLAN_WORLD_H

#include "govern/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define WORLD_MAX  1024
#define CPU_WEIGHT 0.3	/* the roster's smoothing */
#define ATTACH_S   0.05 /* from a tick to the attach that it planned */

/* Cores that process @p uses in the second from @now on. */
struct soul;
typedef double (*habit_fn)(const struct soul *soul, double now);

struct soul {
	habit_fn habit;
	double cores;	      /* of the habit */
	double period, phase; /* of a bursty one */
	double born, dies;
	struct plan_process seen;
	double attached_at, released_at, look_at;
	double neglected_s; /* above 1 % CPU, old enough, and not attached since it was */
	unsigned int attaches;
};

struct world {
	struct soul souls[WORLD_MAX];
	struct plan_process processes[WORLD_MAX];
	struct soul *of[WORLD_MAX]; /* processes[i] */
	size_t cnt, living;
	struct plan_limits limits;
	uint64_t random;
	double now, worst_neglect_s;
	unsigned int changes;
};

/* Uniform in [0, 1). */
static inline double world__random(struct world *world)
{
	world->random ^= world->random << 13;
	world->random ^= world->random >> 7;
	world->random ^= world->random << 17;
	return (double)(world->random >> 11) / (double)(1ULL << 53);
}

static inline double habit_steady(const struct soul *soul, double now)
{
	(void)now;
	return soul->cores;
}

/* Busy for a quarter of each period. */
static inline double habit_bursty(const struct soul *soul, double now)
{
	double at = (now + soul->phase) / soul->period;

	return at - (double)(long)at < 0.25 ? soul->cores : 0;
}

/* Idle until the phase, busy from then on. */
static inline double habit_late(const struct soul *soul, double now)
{
	return now >= soul->phase ? soul->cores : 0;
}

static inline struct world *world__new(uint64_t seed, size_t max_targets)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->random = seed;
	world->limits = (struct plan_limits){
		.max_targets = max_targets,
		.young_s = 1,
		.host_budget = 0.02,
		.budget_ratio = 0.01,
		.floor_ratio = 0.0005,
	};
	return world;
}

static inline struct soul *world__add(struct world *world, habit_fn habit, double cores)
{
	struct soul *soul = &world->souls[world->cnt++];

	assert_true(world->cnt <= WORLD_MAX);
	*soul = (struct soul){
		.habit = habit, .cores = cores, .born = world->now - 100, .dies = 1e9};
	soul->period = 10;
	soul->seen.wanted = true;
	return soul;
}

/* @cnt of them, of @least to @most cores. */
static inline void world__add_many(struct world *world, size_t cnt, habit_fn habit, double least,
				   double most)
{
	for (size_t i = 0; i < cnt; i++) {
		struct soul *soul =
			world__add(world, habit, least + (most - least) * world__random(world));

		soul->period = 3 + 57 * world__random(world);
		soul->phase = soul->period * world__random(world);
	}
}

/* As fleet.c describes a process to plan.c. */
static inline void world__see(struct world *world)
{
	world->living = 0;
	for (size_t i = 0; i < world->cnt; i++) {
		struct soul *soul = &world->souls[i];
		struct plan_process *p = &soul->seen;

		if (world->now < soul->born || world->now >= soul->dies)
			continue;
		p->age_s = world->now - soul->born;
		p->cpu_ratio += CPU_WEIGHT * (soul->habit(soul, world->now) - p->cpu_ratio);
		p->since_s = p->attached ? world->now - soul->attached_at : 0;
		p->waited_s = p->attached ? 0 : world->now - soul->released_at;
		p->served = p->attached && world->now >= soul->look_at;
		world->of[world->living] = soul;
		world->processes[world->living++] = *p;
	}
}

/* A look falls on a random moment of the span; a quiet process is counted from the start. */
static inline void world__attach(struct world *world, size_t index, double span_s)
{
	struct soul *soul = world->of[index];
	const struct plan_process *p = &soul->seen;

	assert_false(p->attached);
	assert_false(p->barred);
	assert_true(p->named || p->wanted);
	assert_true(p->named || p->age_s >= world->limits.young_s);
	soul->seen.attached = true;
	soul->attached_at = world->now + ATTACH_S;
	soul->look_at = soul->attached_at;
	if (p->cpu_ratio >= PLAN_BUSY_RATIO)
		soul->look_at += 0.9 * span_s * world__random(world);
	soul->attaches++;
	world->changes++;
}

static inline void world__release(struct world *world, size_t index)
{
	struct soul *soul = world->of[index];

	assert_true(soul->seen.attached);
	assert_false(soul->seen.named);
	soul->seen.attached = false;
	soul->released_at = world->now;
	world->changes++;
}

static inline void world__judge(struct world *world, const struct plan *plan)
{
	size_t attached = 0, named = 0, waiting = 0;
	double budgets = 0;

	for (size_t i = 0; i < world->living; i++) {
		struct soul *soul = world->of[i];
		const struct plan_process *p = &soul->seen;
		double own = world->limits.budget_ratio * p->cpu_ratio;

		attached += p->attached;
		named += p->named;
		waiting += p->named && !p->attached && !p->barred;
		if (p->attached)
			budgets += (own > world->limits.floor_ratio ? own
								    : world->limits.floor_ratio) *
				   plan->budget_scale;
		if (p->attached || p->barred || !p->wanted || p->age_s < 1 || p->cpu_ratio < 0.01)
			soul->neglected_s = 0;
		else
			soul->neglected_s += 1;
		if (soul->neglected_s > world->worst_neglect_s)
			world->worst_neglect_s = soul->neglected_s;
	}
	assert_true(attached <= world->limits.max_targets + named);
	assert_true(!waiting || plan->attach_cnt == PLAN_CHANGES_MAX);
	assert_true(budgets <= world->limits.host_budget * (1 + 1e-9));
}

/* One second. */
static inline void world__tick(struct world *world)
{
	struct plan plan;

	world__see(world);
	plan__make(world->processes, world->living, &world->limits, &plan);
	assert_true(plan.attach_cnt <= PLAN_CHANGES_MAX);
	assert_true(plan.release_cnt <= PLAN_CHANGES_MAX);
	assert_true(plan.span_s >= 2 && plan.span_s <= 20);
	assert_true(plan.budget_scale > 0 && plan.budget_scale <= 1);
	for (size_t i = 0; i < plan.release_cnt; i++)
		world__release(world, plan.release[i]);
	for (size_t i = 0; i < plan.attach_cnt; i++)
		world__attach(world, plan.attach[i], plan.span_s);
	world__judge(world, &plan);
	world->now += 1;
}

static inline void world__run(struct world *world, double seconds)
{
	double end = world->now + seconds;

	while (world->now < end)
		world__tick(world);
}

/* Of the souls from @from on, up to @to: the fewest attaches. */
static inline unsigned int world__least_attaches(const struct world *world, size_t from, size_t to)
{
	unsigned int least = world->souls[from].attaches;

	for (size_t i = from; i < to; i++)
		if (world->souls[i].attaches < least)
			least = world->souls[i].attaches;
	return least;
}

#endif
