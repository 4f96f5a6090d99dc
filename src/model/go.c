// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "model/process.h"

#include "base/banned.h"

struct go *go__new(uint64_t now_ns)
{
	struct go *go = calloc(1, sizeof(*go));

	if (go)
		go->first_ns = now_ns;
	return go;
}

void go__shed(struct go *go)
{
	uint64_t first_ns = go->buckets.first_ns;

	go_profile__release(&go->buckets);
	/* Later buckets are not new ones only because the old ones are forgotten. */
	go->buckets.first_ns = first_ns;
	stacks__release(&go->stacks);
	go_looks__shed(&go->looks);
}

void go__free(struct go *go)
{
	if (!go)
		return;
	free(go->version);
	free(go->coverage);
	go_heap__release(&go->heap);
	go_classes__release(&go->classes);
	go_profile__release(&go->buckets);
	stacks__release(&go->stacks);
	go_places__release(&go->goroutines);
	go_cycles__release(&go->gc);
	go_looks__release(&go->looks);
	free(go);
}

static int apply_program(struct go *go, const struct record_go_program *record)
{
	char *version = strdup(record__string(&record->head, record->version));
	char *coverage = strdup(record__string(&record->head, record->coverage));

	if (!version || !coverage) {
		free(version);
		free(coverage);
		return -ENOMEM;
	}
	free(go->version);
	free(go->coverage);
	go->version = version;
	go->coverage = coverage;
	go->parts = record->parts;
	go->profile_rate_bytes = record->profile_rate_bytes;
	return 0;
}

static double seconds_since(const struct go_context *context, uint64_t time_ns)
{
	return ((double)time_ns - (double)context->origin_ns) / 1e9;
}

static int apply_state(struct go *go, const struct record_go_state *record,
		       const struct go_context *context)
{
	uint64_t totals[GO_TOTALS] = {
		[GO_MALLOCS] = record->mallocs,
		[GO_FREES] = record->frees,
		[GO_ALLOCATED] = record->allocated_bytes,
		[GO_FREED] = record->freed_bytes,
	};

	if (go->state_known && record->head.time_ns <= go->state.head.time_ns)
		return 0;
	if (!go->state_known) {
		go->state_first_ns = record->head.time_ns;
		go->state_first_ppm = record->gc_cpu_ppm;
	}
	go_counter__read(&go->cycles, record->cycles);
	go_counter__read(&go->forced, record->forced_cycles);
	go_counter__read(&go->pause_ns, record->pause_total_ns);
	go->state = *record;
	go->state_known = true;
	go->state.cycles = go->cycles.last;
	go->state.forced_cycles = go->forced.last;
	go->state.pause_total_ns = go->pause_ns.last;
	go_heap__read(&go->heap, GO_AUTHORITY_STATE, record->head.time_ns, totals);
	return go_heap__mark(&go->heap, seconds_since(context, record->head.time_ns),
			     go->state.cycles, record->heap_marked_bytes);
}

static int apply_classes(struct go *go, const struct record_go_classes *record)
{
	uint64_t totals[GO_TOTALS];

	if (!(go->parts & GO_PART_STATE)) {
		go_classes__sum(record, totals);
		go_heap__read(&go->heap, GO_AUTHORITY_CLASSES, record->head.time_ns, totals);
	}
	return go_classes__read(&go->classes, record);
}

/* A point per GC: between two of them a site's live bytes stand still. */
static int apply_counts(struct go *go, const struct record_go_counts *record,
			const struct go_context *context)
{
	go_profile__count(&go->buckets, record);
	if (record->head.flags & GO_COUNTS_MORE)
		return 0;
	if (go->state_known && go->buckets.t_s && go->state.cycles == go->tick_cycle)
		return 0;
	go->tick_cycle = go->state.cycles;
	return go_profile__tick(&go->buckets, &go->stacks,
				seconds_since(context, record->head.time_ns));
}

static bool is_wanted(const struct go *go, const struct record_go_sample *record)
{
	if (go->parts & GO_PART_BUCKETS || go->buckets.cnt)
		return false;
	return (record->kind == GO_SAMPLE_PROFILE) == !(go->parts & GO_PART_REFILLS);
}

/* Where the program keeps no profile, samples of probes stand in for it. */
static void apply_sample(struct go *go, const struct record_go_sample *record, bool may_grow)
{
	struct stack_key key = {
		.frames = (const struct frame *)(record + 1),
		.frame_cnt = record->frame_cnt,
		.func = HB_GO_ALLOC,
		.complete = true,
	};
	double size = (double)record->size_bytes, weight = (double)record->weight_bytes;
	uint32_t class =
		record->size_bytes ? 64 - (uint32_t)__builtin_clzll(record->size_bytes) : 0;
	uint32_t stack;

	go->sample_n++;
	if (!is_wanted(go, record))
		return;
	stack = stacks__intern_key(&go->stacks, &key, PROCESS_STACKS_MAX, may_grow);
	if (stack == STACK_NONE || stacks__count(&go->stacks, stack, class, size,
						 weight > size && size > 0 ? size / weight : 1))
		go->dropped_samples++;
}

static int apply_cycle(struct go *go, const struct record_go_cycle *record,
		       const struct go_context *context)
{
	uint64_t ended = context->wall_offset
				 ? record->head.time_ns + (uint64_t)context->wall_offset
				 : record->head.time_ns;

	return go_cycles__add(&go->gc, record, ended, go->parts & GO_PART_CYCLES);
}

int go__apply(struct go *go, const struct record *record, const struct go_context *context)
{
	if (record->time_ns > go->last_ns)
		go->last_ns = record->time_ns;
	if (record->type != RECORD_GO_CYCLE)
		go_cycles__settle(&go->gc);
	switch (record->type) {
	case RECORD_GO_PROGRAM:
		return apply_program(go, (const struct record_go_program *)record);
	case RECORD_GO_STATE:
		return apply_state(go, (const struct record_go_state *)record, context);
	case RECORD_GO_CLASSES:
		return apply_classes(go, (const struct record_go_classes *)record);
	case RECORD_GO_BUCKET:
		return go_profile__add(&go->buckets, &go->stacks, PROCESS_STACKS_MAX,
				       context->may_grow, (const struct record_go_bucket *)record);
	case RECORD_GO_COUNTS:
		return apply_counts(go, (const struct record_go_counts *)record, context);
	case RECORD_GO_GOROUTINES:
		return go_places__read(&go->goroutines, (const struct record_go_goroutines *)record,
				       seconds_since(context, record->time_ns), context->may_grow);
	case RECORD_GO_SAMPLE:
		apply_sample(go, (const struct record_go_sample *)record, context->may_grow);
		return 0;
	case RECORD_GO_LOOK:
		go_looks__sum(&go->looks, (const struct record_go_look *)record);
		return 0;
	case RECORD_GO_CALLS:
		return go_looks__count(&go->looks, (const struct record_go_calls *)record,
				       context->may_grow);
	default:
		return apply_cycle(go, (const struct record_go_cycle *)record, context);
	}
}

double go__charged_s(const struct go *go)
{
	return go && go->state_known ? (double)go->state.charged_ns / 1e9 : 0;
}

size_t go__bytes(const struct go *go)
{
	size_t bytes = sizeof(*go) + go_heap__bytes(&go->heap) + go_classes__bytes(&go->classes);

	bytes += go_profile__bytes(&go->buckets) + stacks__bytes(&go->stacks);
	bytes += go_places__bytes(&go->goroutines) + go_cycles__bytes(&go->gc);
	bytes += go_looks__bytes(&go->looks);
	bytes += go->version ? strlen(go->version) + 1 : 0;
	return bytes + (go->coverage ? strlen(go->coverage) + 1 : 0);
}
