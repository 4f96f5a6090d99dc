// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/group_go.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/hotspots.h"

#include "base/banned.h"

/* A larger number is none: no limit is the largest one that Go has, no goal the same. */
#define BYTES_MOST (1ULL << 60)

static const char on[] = "on", off[] = "off", mixed[] = "mixed";

void group_go__begin(struct group_go_state *group)
{
	group->read = 0;
	function_sums__begin(&group->started);
	group->gc_cpu_s = group->cpu_s = 0;
	*group->version = 0;
	group->now = (struct group_go){.profile = "", .pacing = "", .gc_cpu_ratio = -1};
}

static struct group_go_class *find_class(struct group_go_state *group, uint64_t size_bytes)
{
	struct group_go_class *class;

	for (size_t i = 0; i < group->class_cnt; i++)
		if (group->classes[i].size_bytes == size_bytes)
			return &group->classes[i];
	if (group->class_cnt == IMAGE_GO_CLASSES)
		return NULL;
	class = &group->classes[group->class_cnt++];
	class->size_bytes = size_bytes;
	snprintf(class->label, sizeof(class->label), "%" PRIu64, size_bytes);
	if (!size_bytes)
		snprintf(class->label, sizeof(class->label), "large");
	return class;
}

static void take_pauses(struct group_go_state *group, struct image_go *go)
{
	group->pauses.known |= go->pauses_known;
	for (size_t b = 0; b < GROUP_BUCKETS; b++) {
		group->pauses.counts[b] += go->pauses[b];
		go->pauses[b] = 0;
	}
	group->pauses.sum += go->pause_sum_s;
	go->pause_sum_s = 0;
}

void group_go__take(struct group_go_state *group, struct image_go *go)
{
	for (int c = 0; c < GROUP_GO_COUNTERS; c++) {
		group->counters[c] += go_count__take(&go->counters[c]);
		group->counter_known[c] |= go->counters[c].known;
	}
	for (size_t i = 0; i < go->class_cnt; i++) {
		struct image_go_class *from = &go->classes[i];
		struct group_go_class *to = find_class(group, from->size_bytes);

		if (!to)
			continue;
		to->allocations += go_count__take(&from->allocations);
		to->allocated_bytes += go_count__take(&from->allocated_bytes);
	}
	take_pauses(group, go);
}

/* A sum is unknown once one part is. */
static void add(double *sum, bool known, double value)
{
	*sum = known && *sum >= 0 ? *sum + value : -1;
}

static const char *agree(const char *common, const char *of_member)
{
	return !*common || !strcmp(common, of_member) ? of_member : mixed;
}

static void agree_on_version(struct group_go_state *group, const char *version)
{
	if (!*version || !strcmp(group->version, version))
		return;
	snprintf(group->version, sizeof(group->version), "%s", *group->version ? mixed : version);
}

static void add_settings(struct group_go_state *group, const struct image_go *go)
{
	const struct record_go_state *state = &go->state;
	struct group_go *now = &group->now;
	bool numbered = state->gogc != GO_GOGC_OFF;
	double gogc = (double)state->gogc / 100;

	/* It has the sum's form: the first one sets it, the others must be alike. */
	if (!group->read)
		now->gogc_ratio = numbered ? gogc : -1;
	else if (!numbered || fabs(now->gogc_ratio - gogc) > 1e-9)
		now->gogc_ratio = -1;
	now->pacing = agree(now->pacing, numbered ? on : off);
	now->profile = agree(now->profile, go->profiled ? on : off);
	agree_on_version(group, go->version);
	add(&now->memory_limit_bytes, state->memory_limit_bytes < BYTES_MOST,
	    (double)state->memory_limit_bytes);
}

void group_go__add(struct group_go_state *group, const struct image_go *go, double cpu_s)
{
	const struct record_go_state *state = &go->state;
	struct group_go *now = &group->now;

	add_settings(group, go);
	group->read++;
	add(&now->live_heap_bytes, true, (double)state->heap_live_bytes);
	add(&now->heap_goal_bytes,
	    state->heap_goal_bytes > 0 && state->heap_goal_bytes < BYTES_MOST,
	    (double)state->heap_goal_bytes);
	add(&now->stack_bytes, true, (double)state->in_stacks_bytes);
	add(&now->goroutines, true, (double)state->goroutines);
	if (go->gc_cpu_s >= 0 && cpu_s > 0) {
		/* Both are of about now, and a collector uses no more than there is. */
		group->gc_cpu_s += fmin(go->gc_cpu_s, cpu_s);
		group->cpu_s += cpu_s;
		now->gc_cpu_ratio = group->gc_cpu_s / group->cpu_s;
	}
	if (go->growth > now->goroutines_growth)
		now->goroutines_growth = go->growth;
	function_sums__add(&group->started, &go->started);
}

/* A class and its place. */
struct choice {
	double weight; /* with what it gets for being published already */
	uint64_t key;
	size_t at;
};

static int heavier_first(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->weight < y->weight || x->weight > y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static void publish_classes(struct group_go_state *group, struct group_go *ret)
{
	struct choice choices[IMAGE_GO_CLASSES];

	for (size_t i = 0; i < group->class_cnt; i++) {
		const struct group_go_class *row = &group->classes[i];
		double grace = group->class_shown[i] ? HOTSPOT_HYSTERESIS : 1;

		choices[i] = (struct choice){row->allocated_bytes * grace, row->size_bytes, i};
		group->class_shown[i] = false;
	}
	if (group->class_cnt)
		qsort(choices, group->class_cnt, sizeof(*choices), heavier_first);
	for (size_t i = 0; i < group->class_cnt && i < GROUP_GO_CLASSES_MAX; i++) {
		group->class_shown[choices[i].at] = true;
		ret->classes[ret->class_cnt++] = group->classes[choices[i].at];
	}
}

/* Without a state of every member its sums would say less than there is. */
static void forget_sums(struct group_go *go)
{
	go->live_heap_bytes = go->heap_goal_bytes = go->stack_bytes = go->goroutines = -1;
	go->memory_limit_bytes = go->gogc_ratio = -1;
	go->started.cnt = 0;
}

int group_go__publish(struct group_go_state *group, bool all, struct host *host,
		      struct group_go *ret)
{
	int err;

	*ret = group->now;
	ret->known = group->read > 0;
	ret->version = host__strdup(host, group->version);
	if (!ret->version)
		return -ENOMEM;
	memcpy(ret->counters, group->counters, sizeof(ret->counters));
	memcpy(ret->counter_known, group->counter_known, sizeof(ret->counter_known));
	ret->pauses = group->pauses;
	publish_classes(group, ret);
	err = function_sums__publish(&group->started, host, &ret->started);
	if (!err && (!ret->known || !all))
		forget_sums(ret);
	return err;
}
