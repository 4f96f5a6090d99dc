// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/group_state.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/text.h"

#include "base/banned.h"

#define COVERAGE_STEP_S 10.0

void group_identity__set(struct group_identity *identity, const struct host_process *process,
			 bool with_pid)
{
	memset(identity, 0, sizeof(*identity));
	text__label(identity->comm, sizeof(identity->comm), process->comm);
	text__label(identity->exe, sizeof(identity->exe), process->exe);
	text__label(identity->unit, sizeof(identity->unit), process->unit);
	identity->pid = with_pid ? process->tgid : 0;
}

uint64_t group_identity__hash(const struct group_identity *identity)
{
	/* With the NULs, so that "ab" "c" is not "a" "bc". */
	uint64_t hash = hash__bytes(HASH_SEED, identity->comm, strlen(identity->comm) + 1);

	hash = hash__bytes(hash, identity->exe, strlen(identity->exe) + 1);
	hash = hash__bytes(hash, identity->unit, strlen(identity->unit) + 1);
	return identity->pid ? hash__bytes(hash, &identity->pid, sizeof(identity->pid)) : hash;
}

void group_state__begin(struct group_state *group)
{
	struct group *now = &group->now;
	enum group_detail detail = now->detail;

	*now = (struct group){.detail = detail, .pid = group->identity.pid};
	snprintf(now->id, sizeof(now->id), "%08x", group->id);
	group->live_missing = group->go_waiting = 0;
	if (group->live)
		function_sums__begin(group->live);
	if (group->go)
		group_go__begin(group->go);
	group->sampled_n = group->sampled_of = 0;
	group->live_bytes = group->live_objects = (struct figure){0};
}

/* What members have in common; once they have differed, it stays "mixed". */
static void agree(char *common, size_t size, const char *of_member)
{
	if (!*of_member || !strcmp(common, of_member))
		return;
	if (*common)
		snprintf(common, size, "mixed");
	else
		text__label(common, size, of_member);
}

void group_state__join(struct group_state *group, const struct host_process *process, double cpu_s,
		       double alive_s)
{
	struct group *now = &group->now;

	now->member_cnt++;
	now->attached_cnt += process->state == TARGET_ATTACHED;
	now->rss_bytes += (double)process->rss_bytes;
	now->anon_bytes += (double)process->anon_bytes;
	agree(group->runtime, sizeof(group->runtime), process->runtime);
	agree(group->allocator, sizeof(group->allocator), process->allocator);
	group->totals.value[GROUP_CPU_SECONDS] += cpu_s;
	group->totals.known[GROUP_CPU_SECONDS] = true;
	group->coverage.member_s += alive_s;
	/* observe() takes it back for each one that is known. A new one has not had its turn yet. */
	group->live_missing += process->state != TARGET_YOUNG;
	group->go_waiting += process->state != TARGET_YOUNG && !strcmp(process->runtime, "go");
}

/* Errors of different processes are independent. */
static void add_figure(struct figure *sum, const struct figure *figure)
{
	double low = hypot(sum->value - sum->low, figure->value - figure->low);
	double high = hypot(sum->high - sum->value, figure->high - figure->value);

	if (figure->basis == BASIS_UNKNOWN)
		return;
	sum->value += figure->value;
	sum->stderr_abs = hypot(sum->stderr_abs, figure->stderr_abs);
	sum->low = sum->value - low;
	sum->high = sum->value + high;
	sum->n += figure->n;
	sum->lower_bound |= figure->lower_bound;
	if (figure->basis > sum->basis)
		sum->basis = figure->basis;
}

static void count_samples(struct group_state *group, const struct view_process *process)
{
	for (size_t c = 0; process->heap_sums && c < SIZE_CLASSES; c++)
		group->sampled_n += (double)process->heap_sums[c].n;
	group->sampled_of += (double)process->sums.calls;
}

void group_state__observe(struct group_state *group, const struct view_process *process,
			  uint64_t now_ns, bool counted)
{
	const struct figure *peak = &process->peak_bytes;
	uint64_t seen_ns = counted ? now_ns : process->last_seen_ns;

	if (process->window_cnt && seen_ns > group->seen_ns)
		group->seen_ns = seen_ns;
	add_figure(&group->now.bytes_rate, &process->recent_bytes_rate);
	add_figure(&group->now.calls_rate, &process->recent_calls_rate);
	if (process->calls.basis != BASIS_UNKNOWN && process->window_cnt)
		count_samples(group, process);
	/* One that was let go lives on unseen. */
	if (process->exited || process->live_bytes.basis == BASIS_UNKNOWN)
		return;
	if (group->live_missing)
		group->live_missing--;
	add_figure(&group->live_bytes, &process->live_bytes);
	add_figure(&group->live_objects, &process->live_objects);
	if (peak->basis != BASIS_UNKNOWN && peak->value > group->peak_bytes.value)
		group->peak_bytes = *peak;
}

void group_state__observe_beside(struct group_state *group, const struct view_process *process,
				 const struct view_process *heap)
{
	add_figure(&group->now.bytes_rate, &heap->recent_bytes_rate);
	add_figure(&group->now.calls_rate, &heap->recent_calls_rate);
	if (heap->exited || heap->live_bytes.basis == BASIS_UNKNOWN)
		return;
	/* Of malloc's blocks less is known: what Go holds is not left out for that. */
	if (process->live_bytes.basis == BASIS_UNKNOWN && group->live_missing)
		group->live_missing--;
	add_figure(&group->live_bytes, &heap->live_bytes);
	add_figure(&group->live_objects, &heap->live_objects);
}

int group_state__add_live(struct group_state *group, const struct by_function *live)
{
	if (!group->live)
		group->live = calloc(1, sizeof(*group->live));
	if (!group->live)
		return -ENOMEM;
	function_sums__add(group->live, live);
	return 0;
}

void group_state__read(struct group_state *group, double alive_s, uint64_t read_ns)
{
	group->totals.value[GROUP_READ_SECONDS] += alive_s;
	group->totals.known[GROUP_READ_SECONDS] = true;
	if (read_ns > group->seen_ns)
		group->seen_ns = read_ns;
}

int group_state__add_go(struct group_state *group, struct image_go *go, bool fresh, double cpu_s)
{
	if (!group->go) {
		group->go = calloc(1, sizeof(*group->go));
		if (!group->go)
			return -ENOMEM;
		group_go__begin(group->go);
	}
	group_go__take(group->go, go);
	if (!fresh)
		return 0;
	group->go_waiting -= group->go_waiting > 0;
	group_go__add(group->go, go, cpu_s);
	return 0;
}

/* Share of the members' time since the oldest point. */
static double coverage__advance(struct coverage *coverage, double observed_s, uint64_t now_ns)
{
	size_t oldest = coverage->cnt < COVERAGE_POINTS ? 0 : coverage->next;
	double member_s = coverage->member_s - coverage->points[oldest].member_s;
	double seen_s = observed_s - coverage->points[oldest].observed_s;

	if (!coverage->cnt || (double)(now_ns - coverage->at_ns) / 1e9 >= COVERAGE_STEP_S) {
		coverage->points[coverage->next].observed_s = observed_s;
		coverage->points[coverage->next].member_s = coverage->member_s;
		coverage->next = (coverage->next + 1) % COVERAGE_POINTS;
		coverage->cnt += coverage->cnt < COVERAGE_POINTS;
		coverage->at_ns = now_ns;
	}
	return member_s > 0 ? fmin(1, seen_s / member_s) : -1;
}

static void end_live(struct group_state *group)
{
	struct group *now = &group->now;

	if (now->member_cnt && !group->live_missing && group->live_bytes.basis != BASIS_UNKNOWN) {
		now->live_bytes = group->live_bytes;
		now->live_objects = group->live_objects;
		if (now->live_bytes.value > group->peak_bytes.value ||
		    group->peak_bytes.basis == BASIS_UNKNOWN)
			group->peak_bytes = now->live_bytes;
	}
	now->peak_bytes = group->peak_bytes;
}

static void end_histogram(const struct group_totals *totals, int first, struct group_histogram *ret)
{
	ret->known = totals->known[first];
	for (int i = 0; i < GROUP_BUCKETS; i++)
		ret->counts[i] = floor(totals->value[first + i]);
	ret->sum = totals->value[first + GROUP_BUCKETS];
}

void group_state__end(struct group_state *group, uint64_t now_ns)
{
	struct group *now = &group->now;

	for (int c = 0; c < GROUP_COUNTERS; c++) {
		double value = group->totals.value[c];

		/* Half a call is nothing that anybody counts; seconds are. */
		now->counters[c] = c < GROUP_OBSERVED_SECONDS ? floor(value) : value;
		now->counter_known[c] = group->totals.known[c];
	}
	end_histogram(&group->totals, TOTAL_SIZES, &now->sizes);
	end_histogram(&group->totals, TOTAL_LIVES, &now->lifetimes);
	end_live(group);
	now->sampling_ratio =
		group->sampled_of > 0 ? fmin(1, group->sampled_n / group->sampled_of) : -1;
	now->cost_ratio = charges__p95(&group->charges);
	now->charge_intervals = group->charges.intervals;
	now->charge_kept = group->charges.kept;
	now->age_s =
		group->seen_ns ? fmax(0, (double)(int64_t)(now_ns - group->seen_ns) / 1e9) : -1;
	now->coverage_ratio = coverage__advance(&group->coverage,
						group->totals.value[GROUP_OBSERVED_SECONDS] +
							group->totals.value[GROUP_READ_SECONDS],
						now_ns);
}

static int publish_hotspots(const struct group_state *group, struct host *host, struct group *ret)
{
	for (size_t i = 0; i < group->hotspots.cnt; i++) {
		const struct hotspot *from = &group->hotspots.items[i];
		struct group_hotspot *to = &ret->hotspots[ret->hotspot_cnt];

		if (!from->shown || ret->hotspot_cnt == GROUP_HOTSPOTS_MAX)
			continue;
		to->function = host__strdup(host, from->name);
		if (!to->function)
			return -ENOMEM;
		to->allocated_bytes = floor(from->bytes);
		ret->hotspot_cnt++;
	}
	return 0;
}

int group_state__publish(const struct group_state *group, struct host *host, struct group *ret)
{
	*ret = group->now;
	ret->comm = host__strdup(host, group->identity.comm);
	ret->exe = host__strdup(host, group->identity.exe);
	ret->unit = host__strdup(host, group->identity.unit);
	ret->runtime = host__strdup(host, group->runtime);
	ret->allocator = host__strdup(host, group->allocator);
	if (!ret->comm || !ret->exe || !ret->unit || !ret->runtime || !ret->allocator)
		return -ENOMEM;
	if (group->go && group_go__publish(group->go, !group->go_waiting, host, &ret->go))
		return -ENOMEM;
	if (group->live && ret->live_bytes.basis != BASIS_UNKNOWN &&
	    function_sums__publish(group->live, host, &ret->live))
		return -ENOMEM;
	return publish_hotspots(group, host, ret);
}
