// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/go_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "export/go_types_text.h"
#include "export/go_words.h"
#include "export/human.h"
#include "export/style.h"

#include "base/banned.h"

#define PLACES_SHOWN  10
#define CLASSES_SHOWN 10
#define PLACE_COLUMNS 44 /* before the place */

static const char *without_go(const char *version)
{
	return !strncmp(version, "go", 2) ? version + 2 : version;
}

static void print_settings(FILE *file, const struct record_go_state *state)
{
	char limit[HUMAN_BYTES];

	if (state->gogc >= 0)
		fprintf(file, ", GOGC %" PRId32, state->gogc);
	else
		fprintf(file, ", GOGC off");
	if (go_state__has_limit(state))
		fprintf(file, ", GOMEMLIMIT %s",
			human__value(limit, UNIT_BYTES, (double)state->memory_limit_bytes));
	else
		fprintf(file, ", no GOMEMLIMIT");
	if (state->procs)
		fprintf(file, ", GOMAXPROCS %" PRIu32, state->procs);
}

static void print_sites(FILE *file, const struct view_go *go)
{
	char rate[HUMAN_BYTES], span[HUMAN_BYTES];

	switch (go->site_basis) {
	case BASIS_BUCKET:
		fprintf(file, "  sites     from its own heap profile, one sample per %s allocated",
			human__value(rate, UNIT_BYTES, (double)go->profile_rate_bytes));
		if (go->dropped_buckets)
			fprintf(file, " (no room for %" PRIu64 " of its buckets)",
				go->dropped_buckets);
		break;
	case BASIS_SAMPLED:
		fprintf(file, "  sites     from samples of probes: it keeps no heap profile");
		break;
	default:
		fprintf(file, "  sites     not known: it keeps no heap profile that can be read\n");
		return;
	}
	fprintf(file, ", over %s\n", human__value(span, UNIT_SECONDS, go->site_span_s));
}

void go_text__head(FILE *file, const struct view_go *go)
{
	char name[NAME_BYTES], span[HUMAN_BYTES];

	human__name(name, sizeof(name), without_go(go->version));
	fprintf(file, "  go        %s", *name ? name : "version not known");
	if (go->state_known)
		print_settings(file, &go->state);
	fputc('\n', file);
	if (go->calls.basis != BASIS_UNKNOWN)
		fprintf(file,
			"  seen      every allocation, counted by the runtime itself, over %s\n"
			"            (up to a span per size class and P behind until a GC)\n",
			human__value(span, UNIT_SECONDS, go->span_s));
	print_sites(file, go);
	if (*go->coverage)
		fprintf(file, "  not read  %s\n", human__name(name, sizeof(name), go->coverage));
}

/* A slope is called growth only where the tests agree that it is one. */
static const char *trend(bool growing)
{
	return growing ? "growth" : "no steady growth:";
}

static void print_heap(FILE *file, const struct view_go *go)
{
	char calls[2 * HUMAN_BYTES], bytes[2 * HUMAN_BYTES], frees[2 * HUMAN_BYTES];

	if (go->calls_rate.basis != BASIS_UNKNOWN)
		fprintf(file, "  %s%s allocations/s, %s, %s frees/s\n",
			go->primary ? "heap      " : "go heap   ",
			human__with_error(calls, UNIT_PER_S, &go->calls_rate),
			human__with_error(bytes, UNIT_BYTES_PER_S, &go->bytes_rate),
			human__with_error(frees, UNIT_PER_S, &go->frees_rate));
	if (go->live_bytes.basis == BASIS_UNKNOWN)
		return;
	fprintf(file, "  live      %s in %s objects, what is not swept yet included; peak %s\n",
		human__with_error(bytes, UNIT_BYTES, &go->live_bytes),
		human__with_error(calls, UNIT_COUNT, &go->live_objects),
		human__with_error(frees, UNIT_BYTES, &go->peak_bytes));
}

static void print_pacing(FILE *file, const struct view_go *go)
{
	const struct record_go_state *state = &go->state;
	char live[HUMAN_BYTES], goal[HUMAN_BYTES], marked[HUMAN_BYTES], growth[3 * HUMAN_BYTES];

	if (!go->state_known)
		return;
	fprintf(file, "  pacing    live heap %s",
		human__value(live, UNIT_BYTES, (double)state->heap_live_bytes));
	if (state->heap_goal_bytes)
		fprintf(file, " of a goal of %s",
			human__value(goal, UNIT_BYTES, (double)state->heap_goal_bytes));
	fputc('\n', file);
	if (!state->heap_marked_bytes)
		return;
	fprintf(file, "  left over %s by the last GC",
		human__value(marked, UNIT_BYTES, (double)state->heap_marked_bytes));
	if (go->live_growth.basis != BASIS_UNKNOWN)
		fprintf(file, ", %s %s", trend(go->growing),
			human__with_interval(growth, UNIT_BYTES_PER_S, &go->live_growth));
	fputc('\n', file);
}

/* "causes    3 heap, 1 forced" */
static void print_causes(FILE *file, const struct view_go *go)
{
	size_t cnt[GO_CAUSE_UNKNOWN + 1] = {0};
	const char *before = "  causes    ";

	for (size_t i = 0; i < go->cycle_cnt; i++)
		if (go->cycles[i].cause <= GO_CAUSE_UNKNOWN)
			cnt[go->cycles[i].cause]++;
	for (int cause = 0; cause < GO_CAUSE_UNKNOWN; cause++) {
		if (!cnt[cause])
			continue;
		fprintf(file, "%s%zu %s", before, cnt[cause], go_cause__name(cause));
		before = ", ";
	}
	if (*before == ',')
		fprintf(file, " (of the last %zu cycles)\n", go->cycle_cnt);
}

static void print_gc(FILE *file, const struct view_go *go)
{
	char median[HUMAN_BYTES], p99[HUMAN_BYTES];

	if (!go->state_known && !go->cycle_cnt)
		return;
	fprintf(file, "  gc        ");
	if (go->state_known)
		fprintf(file, "%" PRIu64 " cycles (%" PRIu64 " forced)", go->state.cycles,
			go->state.forced_cycles);
	else
		fprintf(file, "%zu cycles seen", go->cycle_cnt);
	if (go->interval_s.basis != BASIS_UNKNOWN)
		fprintf(file, ", every %s (median; 99 %% within %s)",
			human__figure(median, UNIT_SECONDS, &go->interval_s),
			human__figure(p99, UNIT_SECONDS, &go->interval_p99_s));
	if (go->gc_cpu_ratio >= 0)
		fprintf(file, ", %s of the CPU available to it",
			human__value(median, UNIT_RATIO, go->gc_cpu_ratio));
	fputc('\n', file);
	print_causes(file, go);
	if (go->pause_s.basis != BASIS_UNKNOWN)
		fprintf(file, "  pauses    %s per cycle (median; 99 %% within %s)\n",
			human__figure(median, UNIT_SECONDS, &go->pause_s),
			human__figure(p99, UNIT_SECONDS, &go->pause_p99_s));
}

static void print_goroutines(FILE *file, const struct view_go *go)
{
	char cnt[HUMAN_BYTES], growth[3 * HUMAN_BYTES];

	if (!go->state_known)
		return;
	fprintf(file, "  running   %s goroutine%s",
		human__value(cnt, UNIT_COUNT, (double)go->state.goroutines),
		go->state.goroutines == 1 ? "" : "s");
	if (go->goroutine_growth.basis != BASIS_UNKNOWN)
		fprintf(file, ", %s %s a second", trend(go->goroutines_growing),
			human__with_interval(growth, UNIT_PER_S, &go->goroutine_growth));
	fputc('\n', file);
}

/* "looks     3, 310 ms in all: 52,310 calls seen; 0.4 % of its CPU time charged" */
static void print_looks(FILE *file, const struct view_go *go)
{
	char span[HUMAN_BYTES], cost[HUMAN_BYTES], calls[HUMAN_BYTES];
	uint64_t seen = go->dropped_calls;

	if (!go->looks)
		return;
	for (size_t i = 0; i < go->look_call_cnt; i++)
		seen += go->look_calls[i].n;
	fprintf(file, "  looks     %" PRIu64 ", open for %s in all, %s calls seen, %s CPU charged",
		go->looks, human__value(span, UNIT_SECONDS, go->looked_s),
		human__value(calls, UNIT_COUNT, (double)seen),
		human__value(cost, UNIT_SECONDS, go->look_charged_s));
	if (go->dropped_calls)
		fprintf(file, "; %" PRIu64 " of the calls had no room", go->dropped_calls);
	fputc('\n', file);
}

void go_text__figures(FILE *file, const struct view_go *go)
{
	print_heap(file, go);
	print_pacing(file, go);
	print_gc(file, go);
	print_goroutines(file, go);
	print_looks(file, go);
}

static void add_function(struct text *text, const char *function, const char *file, uint32_t line)
{
	char name[NAME_BYTES];
	const char *slash = file ? strrchr(file, '/') : NULL;

	text__add(text, "%s", human__function(name, sizeof(name), function));
	if (file && line)
		text__add(text, " (%s:%" PRIu32 ")",
			  human__name(name, sizeof(name), slash ? slash + 1 : file), line);
}

static void print_place(FILE *file, const struct view_go_site *place,
			const struct report_options *options)
{
	const struct figure *growth = place->growing ? &place->growth : &(struct figure){0};
	char cnt[HUMAN_BYTES], waiting[HUMAN_BYTES], wait[HUMAN_BYTES], rate[HUMAN_BYTES];
	struct text text = {0};

	if (place->function && *place->function)
		add_function(&text, place->function, place->file, place->line);
	else
		text__add(&text, "(the runtime)");
	if (place->entry_function && *place->entry_function) {
		text__add(&text, " -> ");
		add_function(&text, place->entry_function, NULL, 0);
	}
	human__value(wait, UNIT_SECONDS, place->longest_wait_s);
	fprintf(file, "  %8s %9s %11s %9s  %s\n", human__value(cnt, UNIT_COUNT, (double)place->cnt),
		human__value(waiting, UNIT_COUNT, (double)place->by_status[GO_STATUS_WAITING]),
		place->longest_wait_s >= 0 ? wait : "-", human__figure(rate, UNIT_PER_S, growth),
		text__failed(&text) ? "?" : human__cut(text.data, options->width - PLACE_COLUMNS));
	text__release(&text);
}

static void print_places(FILE *file, const struct view_go *go, const struct report_options *options)
{
	size_t shown =
		go->goroutine_site_cnt < PLACES_SHOWN ? go->goroutine_site_cnt : PLACES_SHOWN;

	if (!shown)
		return;
	fprintf(file, "\n%s  %8s %9s %11s %9s  %s%s\n", style__dim(options), "count", "waiting",
		"for up to", "growth/s", "goroutines: created by -> what they run",
		style__off(options));
	for (size_t i = 0; i < shown; i++)
		print_place(file, &go->goroutines[i], options);
	if (shown < go->goroutine_site_cnt || go->goroutines_dropped) {
		uint64_t rest = go->goroutines_dropped;

		for (size_t i = shown; i < go->goroutine_site_cnt; i++)
			rest += go->goroutines[i].cnt;
		fprintf(file, "  %8" PRIu64 " goroutines of other places\n", rest);
	}
}

static int busier_first(const void *a, const void *b)
{
	const struct view_go_class *x = *(const struct view_go_class *const *)a;
	const struct view_go_class *y = *(const struct view_go_class *const *)b;

	if (x->bytes_rate != y->bytes_rate)
		return x->bytes_rate < y->bytes_rate ? 1 : -1;
	return x->size_bytes < y->size_bytes ? -1 : x->size_bytes > y->size_bytes;
}

static void print_class(FILE *file, const struct view_go_class *class)
{
	char bytes[HUMAN_BYTES], calls[HUMAN_BYTES], live[HUMAN_BYTES], size[HUMAN_BYTES];
	double held = (double)class->allocated_bytes - (double)class->freed_bytes;

	/* to the byte: people know these numbers */
	snprintf(size, sizeof(size), "%" PRIu64 " B", class->size_bytes);
	human__value(bytes, UNIT_BYTES_PER_S, class->bytes_rate);
	human__value(calls, UNIT_PER_S, class->mallocs_rate);
	fprintf(file, "  %10s %9s %9s  %s\n", class->bytes_rate >= 0 ? bytes : "-",
		class->mallocs_rate >= 0 ? calls : "-",
		human__value(live, UNIT_BYTES, held > 0 ? held : 0),
		class->size_bytes ? size : "large objects");
}

static void print_classes(FILE *file, const struct view_go *go,
			  const struct report_options *options)
{
	const struct view_go_class *order[GO_CLASSES_MAX] = {NULL};
	size_t cnt = go->class_cnt < GO_CLASSES_MAX ? go->class_cnt : GO_CLASSES_MAX;

	if (!cnt)
		return;
	for (size_t i = 0; i < cnt; i++)
		order[i] = &go->classes[i];
	qsort(order, cnt, sizeof(*order), busier_first);
	fprintf(file, "\n%s  %10s %9s %9s  %s%s\n", style__dim(options), "bytes/s", "calls/s",
		"live", "size class", style__off(options));
	for (size_t i = 0; i < cnt && i < CLASSES_SHOWN; i++)
		print_class(file, order[i]);
	if (cnt > CLASSES_SHOWN)
		fprintf(file, "  %10s %zu more\n", "", cnt - CLASSES_SHOWN);
}

void go_text__tables(FILE *file, const struct view_go *go, const struct report_options *options)
{
	print_places(file, go, options);
	go_types_text__print(file, go, options);
	if (options->verbose)
		print_classes(file, go, options);
}
