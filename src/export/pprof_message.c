// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "export/pprof_locations.h"

#include "base/banned.h"

#define DEFAULT_INTERVAL (512 << 10) /* no process has said: stores want a period */
#define LABELS		 3

struct pprof_message {
	Heapbeat__Pprof__Profile profile;
	Heapbeat__Pprof__ValueType *types[PPROF_VALUES];
	struct names memory;
	struct pprof_strings strings;
	struct pprof_locations locations;
	bool delta;
	int64_t pid_key, comm_key, heap_key;
};

static Heapbeat__Pprof__ValueType *value_type(struct pprof_message *m, const char *type,
					      const char *unit)
{
	Heapbeat__Pprof__ValueType *value = names__alloc(&m->memory, sizeof(*value));

	if (!value)
		return NULL;
	heapbeat__pprof__value_type__init(value);
	value->type = pprof_strings__number(&m->strings, type);
	value->unit = pprof_strings__number(&m->strings, unit);
	return value->type < 0 || value->unit < 0 ? NULL : value;
}

static int add_head(struct pprof_message *m, const struct pprof_rows *rows,
		    const struct pprof_options *options)
{
	static const char *const types[PPROF_VALUES][2] = {
		[PPROF_ALLOC_OBJECTS] = {"alloc_objects", "count"},
		[PPROF_ALLOC_SPACE] = {"alloc_space", "bytes"},
		[PPROF_INUSE_OBJECTS] = {"inuse_objects", "count"},
		[PPROF_INUSE_SPACE] = {"inuse_space", "bytes"},
	};
	Heapbeat__Pprof__Profile *profile = &m->profile;
	enum pprof_value first =
		options->kind == PPROF_HEAP ? PPROF_INUSE_SPACE : PPROF_ALLOC_SPACE;

	for (size_t i = 0; i < PPROF_VALUES; i++) {
		m->types[i] = value_type(m, types[i][0], types[i][1]);
		if (!m->types[i])
			return -ENOMEM;
	}
	profile->n_sample_type = PPROF_VALUES;
	profile->sample_type = m->types;
	profile->default_sample_type = m->types[first]->type;
	profile->period_type = value_type(m, "space", "bytes");
	profile->period = (int64_t)(rows->interval_bytes ? rows->interval_bytes : DEFAULT_INTERVAL);
	profile->time_nanos = (int64_t)options->time_ns;
	profile->duration_nanos = m->delta ? (int64_t)options->duration_ns : 0;
	m->pid_key = pprof_strings__number(&m->strings, "pid");
	m->comm_key = pprof_strings__number(&m->strings, "comm");
	m->heap_key = pprof_strings__number(&m->strings, "heap");
	return !profile->period_type || m->pid_key < 0 || m->comm_key < 0 || m->heap_key < 0
		       ? -ENOMEM
		       : 0;
}

/* The first mapping is what readers take for the program. */
static int add_program(struct pprof_message *m, const struct pprof_rows *rows,
		       const struct view *view)
{
	const struct view_process *process =
		rows->owners.cnt == 1 ? rows->owners.items[0].process : NULL;

	for (size_t i = 0; process && i < view->module_cnt; i++)
		if (view->modules[i].path && !strcmp(view->modules[i].path, process->exe))
			return pprof_locations__mapping(&m->locations, view->modules[i].module) < 0
				       ? -ENOMEM
				       : 0;
	return 0;
}

static Heapbeat__Pprof__Label *label(struct pprof_message *m, int64_t key, int64_t str, int64_t num)
{
	Heapbeat__Pprof__Label *made = names__alloc(&m->memory, sizeof(*made));

	if (!made)
		return NULL;
	heapbeat__pprof__label__init(made);
	made->key = key;
	made->str = str;
	made->num = num;
	return made;
}

/* Which of the two heaps of a program with cgo it is; NULL where there is one heap. */
static const char *heap_of(const struct view_process *process, const struct view_stack *stack)
{
	if (!process || !process->go || process->go->primary || !stack)
		return NULL;
	return stack->func == HB_GO_ALLOC ? "go" : "malloc";
}

static int add_labels(struct pprof_message *m, Heapbeat__Pprof__Sample *sample,
		      const struct view_process *process, const struct view_stack *stack)
{
	const char *comm = process ? process->comm : "(other)", *heap = heap_of(process, stack);
	int64_t name = pprof_strings__number(&m->strings, *comm ? comm : "?"), heap_name = 0;

	sample->label = names__alloc(&m->memory, LABELS * sizeof(*sample->label));
	if (heap)
		heap_name = pprof_strings__number(&m->strings, heap);
	if (!sample->label || name < 0 || heap_name < 0)
		return -ENOMEM;
	if (process)
		sample->label[sample->n_label++] = label(m, m->pid_key, 0, process->tgid);
	sample->label[sample->n_label++] = label(m, m->comm_key, name, 0);
	if (heap)
		sample->label[sample->n_label++] = label(m, m->heap_key, heap_name, 0);
	for (size_t i = 0; i < sample->n_label; i++)
		if (!sample->label[i])
			return -ENOMEM;
	return 0;
}

static int add_frames(struct pprof_message *m, Heapbeat__Pprof__Sample *sample,
		      const struct view_stack *stack)
{
	const struct frame *frames = NULL;
	uint32_t cnt = 1;

	if (stack)
		frames = view_stack__shown(stack, &cnt);
	sample->location_id = names__alloc(&m->memory, cnt * sizeof(*sample->location_id));
	if (!sample->location_id)
		return -ENOMEM;
	for (uint32_t i = 0; i < cnt; i++) {
		int64_t id = pprof_locations__id(&m->locations, frames ? &frames[i] : NULL);

		if (id < 0)
			return -ENOMEM;
		sample->location_id[sample->n_location_id++] = (uint64_t)id;
	}
	return 0;
}

static int add_row(struct pprof_message *m, const struct pprof_row *row,
		   const struct view_process *process)
{
	Heapbeat__Pprof__Sample *sample;
	int err;

	if (pprof_row__is_empty(row, m->delta))
		return 0;
	sample = names__alloc(&m->memory, sizeof(*sample));
	if (!sample)
		return -ENOMEM;
	heapbeat__pprof__sample__init(sample);
	m->profile.sample[m->profile.n_sample++] = sample;
	sample->value = names__alloc(&m->memory, PPROF_VALUES * sizeof(*sample->value));
	if (!sample->value)
		return -ENOMEM;
	for (size_t i = 0; i < PPROF_VALUES; i++)
		sample->value[i] = (int64_t)pprof_row__value(row, i, m->delta);
	sample->n_value = PPROF_VALUES;
	err = add_frames(m, sample, row->stack);
	return err ? err : add_labels(m, sample, process, row->stack);
}

static int add_rows(struct pprof_message *m, const struct pprof_rows *rows)
{
	size_t cnt = rows->cnt + rows->owners.cnt;
	int err = 0;

	m->profile.sample = names__alloc(&m->memory, (cnt + 1) * sizeof(*m->profile.sample));
	if (!m->profile.sample)
		return -ENOMEM;
	for (size_t i = 0; i < rows->cnt && !err; i++)
		err = add_row(m, &rows->items[i], rows->owners.items[rows->items[i].owner].process);
	for (size_t i = 0; i < rows->owners.cnt && !err; i++)
		err = add_row(m, &rows->owners.items[i].other, rows->owners.items[i].process);
	return err;
}

static void finish(struct pprof_message *m)
{
	Heapbeat__Pprof__Profile *profile = &m->profile;

	profile->mapping = m->locations.mappings.items;
	profile->n_mapping = m->locations.mappings.cnt;
	profile->location = m->locations.locations.items;
	profile->n_location = m->locations.locations.cnt;
	profile->function = m->locations.functions.items;
	profile->n_function = m->locations.functions.cnt;
	profile->string_table = m->strings.items;
	profile->n_string_table = m->strings.cnt;
}

struct pprof_message *pprof_message__new(const struct pprof_rows *rows,
					 const struct pprof_source *source,
					 const struct pprof_options *options, bool delta)
{
	struct pprof_message *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return NULL;
	heapbeat__pprof__profile__init(&m->profile);
	m->delta = delta;
	m->locations.source = source;
	m->locations.memory = &m->memory;
	m->locations.strings = &m->strings;
	err = pprof_strings__init(&m->strings, &m->memory);
	if (!err)
		err = add_head(m, rows, options);
	if (!err)
		err = add_program(m, rows, source->view);
	if (!err)
		err = add_rows(m, rows);
	if (!err) {
		finish(m);
		return m;
	}
	pprof_message__free(m);
	errno = -err;
	return NULL;
}

void pprof_message__free(struct pprof_message *m)
{
	if (!m)
		return;
	pprof_strings__release(&m->strings);
	pprof_locations__release(&m->locations);
	names__release(&m->memory);
	free(m);
}

const Heapbeat__Pprof__Profile *pprof_message__profile(const struct pprof_message *m)
{
	return &m->profile;
}
