// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "model/state.h"
#include "model/tracking.h"

#include "base/banned.h"

struct model *model__new(void)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model)
		blocks__init(&model->store.blocks);
	return model;
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

/* Make room for one process: the one that ended first goes. False if all are alive. */
static bool evict_process(struct model *model)
{
	struct process_list *list = &model->processes;
	size_t oldest = list->cnt;

	for (size_t i = 0; i < list->cnt; i++)
		if (list->items[i]->exited &&
		    (oldest == list->cnt || list->items[i]->exit_ns < list->items[oldest]->exit_ns))
			oldest = i;
	if (oldest == list->cnt)
		return false;
	table__remove(&model->by_image, list->items[oldest]->image, NULL);
	process__free(list->items[oldest], &model->store);
	list->cnt--;
	memmove(&list->items[oldest], &list->items[oldest + 1],
		(list->cnt - oldest) * sizeof(*list->items));
	return true;
}

static int apply_image(struct model *model, const struct record_image *record)
{
	struct process *process = find_process(model, record->image);

	if (process)
		return process__describe(process, record);
	if (model->processes.cnt >= MODEL_PROCESSES_MAX) {
		model->dropped_processes++;
		if (!evict_process(model))
			return 0;
	}
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
	if (model->modules.cnt >= MODEL_MODULES_MAX) {
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

static int apply_to_process(struct model *model, const struct record *record)
{
	struct process *process = find_process(model, ((const struct record_exit *)record)->image);

	if (!process)
		return 0;
	switch (record->type) {
	case RECORD_EXIT:
		process__exit(process, (const struct record_exit *)record);
		return 0;
	case RECORD_PLAN:
		return process__plan(process, &model->store, (const struct record_plan *)record);
	case RECORD_COUNTERS:
		return process__count(process, &model->store,
				      (const struct record_counters *)record);
	case RECORD_SAMPLE:
		return process__sample(process, &model->store,
				       (const struct record_sample *)record);
	case RECORD_STEP:
	case RECORD_FREE:
		return tracking__apply(process, &model->store, (const struct record_block *)record);
	case RECORD_LOSS:
		process__loss(process, (const struct record_loss *)record);
		return 0;
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
		return 0;
	case RECORD_END:
		model->ended = true;
		return 0;
	default:
		return apply_to_process(model, record);
	}
}

size_t model__bytes(const struct model *model)
{
	size_t bytes = sizeof(*model) + blocks__bytes(&model->store.blocks) +
		       early__bytes(&model->store.early) + model->store.stack_bytes +
		       model->store.chains.rows * sizeof(struct chain_row) +
		       table__bytes(&model->by_image) + table__bytes(&model->by_module) +
		       model->modules.cap * sizeof(*model->modules.items);

	for (size_t i = 0; i < model->processes.cnt; i++) {
		const struct process *process = model->processes.items[i];

		bytes += sizeof(*process);
		bytes += process->vitals.t_s ? 2 * VITALS_POINTS_MAX * sizeof(double) : 0;
		bytes += process->ticks.t_s ? 2 * LIVE_POINTS_MAX * sizeof(double) : 0;
		for (int family = 0; family < 2; family++)
			bytes += process->sums[family] ? SIZE_CLASSES * sizeof(struct sample_sums)
						       : 0;
	}
	return bytes;
}
