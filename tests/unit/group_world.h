/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Groups over ticks of a host made by hand: what the tests of groups begin with. After cmocka. */
#ifndef HB_GROUP_WORLD_H
#define HB_GROUP_WORLD_H

#include "fake_host.h"

static const struct groups_options usual = {
	.max_series = 10000, .budget_ratio = 0.01, .floor_ratio = 0.0005};

struct world {
	struct fake_host *fake;
	struct groups *groups;
	struct host *host;
};

static inline struct world world_of(const struct groups_options *options)
{
	struct world world = {.fake = fake_host__new(), .groups = groups__new(options)};

	assert_non_null(world.groups);
	return world;
}

static inline const struct group *tick(struct world *world, double s, const char *comm)
{
	host__free(world->host);
	world->host = fake_host__tick(world->fake, world->groups, s);
	return fake_group(world->host, comm);
}

static inline void end(struct world *world)
{
	host__free(world->host);
	groups__free(world->groups);
	free(world->fake);
}

#endif
