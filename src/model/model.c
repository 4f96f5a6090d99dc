// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/restart.h"
#include "model/state.h"
#include "model/tracking.h"

#include "base/banned.h"

/* Samples between two looks for room: a few dropped ones are better than a search at each. */
#define ROOM_EVERY 64

static size_t limit(size_t wanted, size_t standard)
{
	return wanted ? wanted : standard;
}

struct model *model__new_limited(const struct model_limits *limits)
{
	struct model *model = calloc(1, sizeof(*model));
	size_t blocks = limit(limits->live_blocks, BLOCKS_MAX);

	if (!model)
		return NULL;
	blocks__init(&model->store.blocks, blocks);
	model->store.early.max = limit(blocks / (BLOCKS_MAX / EARLY_MAX), 1);
	model->store.chains.max = limit(limits->chains, CHAINS_MODEL_MAX);
	model->store.chains.each = limits->chains_each;
	model->store.stack_bytes_max = limit(limits->stack_bytes, STACKS_MODEL_BYTES);
	model->processes_max = limit(limits->processes, MODEL_PROCESSES_MAX);
	model->modules_max = limit(limits->modules, MODEL_MODULES_MAX);
	return model;
}

struct model *model__new(void)
{
	return model__new_limited(&(struct model_limits){0});
}

void model__free(struct model *model)
{
	if (!model)
		return;
	for (size_t i = 0; i < model->processes.cnt; i++)
		process__free(model->processes.items[i], &model->store);
	for (size_t i = 0; i < model->modules.cnt; i++)
		free((char *)model->modules.items[i].path);
	free(model->processes.items);
	free(model->modules.items);
	table__release(&model->by_image);
	table__release(&model->by_module);
	blocks__release(&model->store.blocks);
	early__release(&model->store.early);
	free(model->host);
	free(model->kernel);
	free(model->version);
	free(model);
}

void model__set_clock(struct model *model, uint64_t boottime_ns, uint64_t wall_ns)
{
	model->boottime_ns = boottime_ns;
	model->wall_ns = wall_ns;
}

void model__follow(struct model *model, unsigned int follow)
{
	model->store.follow = follow;
}

void model__filter(struct model *model, const struct model_filter *filter)
{
	model->store.filter = *filter;
}

static struct process *find_process(const struct model *model, uint32_t image)
{
	uint64_t pointer;

	return table__get(&model->by_image, image, &pointer) ? (void *)(uintptr_t)pointer : NULL;
}

static int replace_string(char **string, const struct record *record, uint32_t offset)
{
	char *copy = strdup(record__string(record, offset));

	if (!copy)
		return -ENOMEM;
	free(*string);
	*string = copy;
	return 0;
}

static int apply_host(struct model *model, const struct record *record)
{
	const struct record_host *host = (const struct record_host *)record;
	int err = replace_string(&model->host, record, host->host);

	err = err ?: replace_string(&model->kernel, record, host->kernel);
	return err ?: replace_string(&model->version, record, host->version);
}

/* The process that ended first, of those that @still_holds anything if asked for; cnt if none. */
static size_t oldest_ended(const struct process_list *list, bool still_holds)
{
	size_t oldest = list->cnt;

	for (size_t i = 0; i < list->cnt; i++) {
		const struct process *process = list->items[i];

		if (!process->exited || (still_holds && process->shed))
			continue;
		if (oldest == list->cnt || process->exit_ns < list->items[oldest]->exit_ns)
			oldest = i;
	}
	return oldest;
}

/* Take back what the process that ended first needs no more, until there is room again. */
static void make_room(struct model *model)
{
	while (model->sheddable && store__is_short(&model->store)) {
		size_t oldest = oldest_ended(&model->processes, true);

		if (oldest == model->processes.cnt)
			return;
		process__shed(model->processes.items[oldest], &model->store);
		model->sheddable--;
	}
	for (size_t i = 0; i < model->processes.cnt && chain_store__is_full(&model->store.chains);
	     i++)
		if (model->processes.items[i]->exited)
			process__shed_chains(model->processes.items[i], &model->store);
}

/* Forget process number @at, which has ended. */
static void drop_process(struct model *model, size_t at)
{
	struct process_list *list = &model->processes;

	model->sheddable -= !list->items[at]->shed;
	table__remove(&model->by_image, list->items[at]->image, NULL);
	process__free(list->items[at], &model->store);
	list->cnt--;
	memmove(&list->items[at], &list->items[at + 1], (list->cnt - at) * sizeof(*list->items));
}

/* Make room for one process: the one that ended first goes. False if all are alive. */
static bool evict_process(struct model *model)
{
	size_t oldest = oldest_ended(&model->processes, false);

	if (oldest == model->processes.cnt)
		return false;
	drop_process(model, oldest);
	return true;
}

int model__restart(struct model *model, uint64_t now_ns)
{
	int err = model__settle(model);

	for (size_t i = model->processes.cnt; i-- > 0 && !err;)
		if (model->processes.items[i]->exited)
			drop_process(model, i);
		else
			err = process__restart(model->processes.items[i], &model->store, now_ns);
	model->first_ns = now_ns;
	return err;
}

int model__settle(struct model *model)
{
	int err = 0;

	for (size_t i = 0; i < model->processes.cnt && !err; i++)
		if (model->processes.items[i]->peaks)
			err = peaks__settle(model->processes.items[i]->peaks);
	return err;
}

static int apply_image(struct model *model, const struct record_image *record)
{
	struct process *process = find_process(model, record->image);

	if (process)
		return process__describe(process, record);
	if (model->processes.cnt >= model->processes_max) {
		model->dropped_processes++;
		if (!evict_process(model))
			return 0;
	}
	make_room(model);
	process = process__new(record);
	if (!process)
		return -ENOMEM;
	if (table__put(&model->by_image, record->image, (uintptr_t)process)) {
		process__free(process, &model->store);
		return -ENOMEM;
	}
	if (vec__add(&model->processes, process)) {
		table__remove(&model->by_image, record->image, NULL);
		process__free(process, &model->store);
		return -ENOMEM;
	}
	return 0;
}

static int apply_module(struct model *model, const struct record_module *record)
{
	struct view_module module = {
		.module = record->module,
		.build_id_bytes = record->build_id_bytes,
	};
	char *path;

	/* A number stands for one file for good. */
	if (table__get(&model->by_module, record->module, NULL))
		return 0;
	if (model->modules.cnt >= model->modules_max) {
		model->dropped_modules++;
		return 0;
	}
	memcpy(module.build_id, record->build_id, record->build_id_bytes);
	path = strdup(record__string(&record->head, record->path));
	if (!path || table__put(&model->by_module, record->module, model->modules.cnt))
		goto fail;
	module.path = path;
	if (vec__add(&model->modules, module)) {
		table__remove(&model->by_module, record->module, NULL);
		goto fail;
	}
	return 0;
fail:
	free(path);
	return -ENOMEM;
}

/* The record types that say something of one image all have its number in the same place. */
#define ASSERT_IMAGE(type) \
	_Static_assert(offsetof(struct type, image) == sizeof(struct record), #type)
ASSERT_IMAGE(record_exit);
ASSERT_IMAGE(record_plan);
ASSERT_IMAGE(record_counters);
ASSERT_IMAGE(record_sample);
ASSERT_IMAGE(record_block);
ASSERT_IMAGE(record_loss);
ASSERT_IMAGE(record_vitals);
ASSERT_IMAGE(record_memory);
ASSERT_IMAGE(record_go_program);
ASSERT_IMAGE(record_go_state);
ASSERT_IMAGE(record_go_classes);
ASSERT_IMAGE(record_go_bucket);
ASSERT_IMAGE(record_go_counts);
ASSERT_IMAGE(record_go_goroutines);
ASSERT_IMAGE(record_go_sample);
ASSERT_IMAGE(record_go_cycle);
ASSERT_IMAGE(record_go_look);
ASSERT_IMAGE(record_go_calls);
ASSERT_IMAGE(record_thread);
ASSERT_IMAGE(record_unit);

static bool is_go(uint16_t type)
{
	return (type >= RECORD_GO_PROGRAM && type <= RECORD_GO_CYCLE) || type == RECORD_GO_LOOK ||
	       type == RECORD_GO_CALLS;
}

/* Buckets and samples bring stacks: look for room at some of them. */
static int apply_go(struct model *model, struct process *process, const struct record *record)
{
	int64_t wall_offset = 0;

	if (!(model->samples++ % ROOM_EVERY))
		make_room(model);
	if (model->wall_ns)
		wall_offset = (int64_t)(model->wall_ns - model->boottime_ns);
	return process__go(process, &model->store, record, wall_offset);
}

static int apply_to_process(struct model *model, const struct record *record)
{
	struct process *process = find_process(model, ((const struct record_exit *)record)->image);

	if (!process)
		return 0;
	if (is_go(record->type))
		return apply_go(model, process, record);
	switch (record->type) {
	case RECORD_EXIT:
		model->sheddable += !process->exited;
		process__exit(process, (const struct record_exit *)record);
		return 0;
	case RECORD_PLAN:
		return process__plan(process, &model->store, (const struct record_plan *)record);
	case RECORD_COUNTERS:
		make_room(model);
		return process__count(process, &model->store,
				      (const struct record_counters *)record);
	case RECORD_SAMPLE:
		if (!(model->samples++ % ROOM_EVERY))
			make_room(model);
		return process__sample(process, &model->store,
				       (const struct record_sample *)record);
	case RECORD_FAILURE:
		return process__failure(process, &model->store,
					(const struct record_sample *)record);
	case RECORD_STEP:
	case RECORD_FREE:
		return tracking__apply(process, &model->store, (const struct record_block *)record);
	case RECORD_LOSS:
		process__loss(process, (const struct record_loss *)record);
		return 0;
	case RECORD_MEMORY:
		process->memory = *(const struct record_memory *)record;
		return 0;
	case RECORD_UNIT:
		return replace_string(&process->unit, record,
				      ((const struct record_unit *)record)->unit);
	case RECORD_THREAD:
		return process__thread(process, &model->store,
				       (const struct record_thread *)record);
	default:
		return process__vitals(process, (const struct record_vitals *)record);
	}
}

int model__apply(struct model *model, const struct record *record)
{
	int err = record__validate(record);

	if (err)
		return err == -ENOTSUP ? 0 : err;
	if (!model->first_ns || record->time_ns < model->first_ns)
		model->first_ns = record->time_ns;
	if (record->time_ns > model->last_ns)
		model->last_ns = record->time_ns;
	switch (record->type) {
	case RECORD_HOST:
		return apply_host(model, record);
	case RECORD_IMAGE:
		return apply_image(model, (const struct record_image *)record);
	case RECORD_MODULE:
		return apply_module(model, (const struct record_module *)record);
	case RECORD_SYMBOL: /* names are symbol/'s */
	case RECORD_GO_SITE:
		return 0;
	case RECORD_END:
		model->ended = true;
		return 0;
	default:
		return apply_to_process(model, record);
	}
}

static size_t string_bytes(const char *s)
{
	return s ? strlen(s) + 1 : 0;
}

size_t model__bytes(const struct model *model)
{
	const struct store *store = &model->store;
	size_t bytes = sizeof(*model) + blocks__bytes(&store->blocks) +
		       early__bytes(&store->early) + table__bytes(&model->by_image) +
		       table__bytes(&model->by_module);

	bytes += model->modules.cap * sizeof(*model->modules.items);
	bytes += model->processes.cap * sizeof(*model->processes.items);
	bytes += string_bytes(model->host) + string_bytes(model->kernel) +
		 string_bytes(model->version);
	for (size_t i = 0; i < model->modules.cnt; i++)
		bytes += string_bytes(model->modules.items[i].path);
	for (size_t i = 0; i < model->processes.cnt; i++)
		bytes += process__bytes(model->processes.items[i]);
	return bytes;
}
