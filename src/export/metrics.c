// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "export/metrics_out.h"
#include "export/metrics_table.h"

#include "base/banned.h"

/* The labels of one group, written once for its some sixty series: at @at in the common text, with
 * the allocator after the first @cnt bytes, up to @cnt_allocator. */
struct group_labels {
	size_t at, cnt, cnt_allocator;
	bool shown;
};

struct rendering {
	struct metrics_out out;
	const struct publication *publication;
	bool openmetrics;
	const struct metric_row *row;
	enum metric metric;
	bool begun; /* HELP and TYPE of this family are written */
	struct text labels, scratch;
	char bounds[GROUP_BUCKETS][32]; /* le="..." of this family, if it is a histogram */
	struct group_labels *groups;	/* as many as the host has */
	unsigned int *advised;		/* advised__cnt() for each group; NULL: no advice */
};

static bool has_metric(const struct group *group, enum metric metric)
{
	const struct metric_row *row = &metric_rows[metric];

	return row->scope != SCOPE_SELF && group->detail != GROUP_HIDDEN &&
	       (!row->is_detail || group->detail == GROUP_ALL);
}

static size_t count_series(const struct group *group, enum metric metric)
{
	struct metric_source source = {.group = group};
	enum metric_answer answer;
	size_t cnt = 0;

	for (size_t i = 0;; i++) {
		struct metric_value value = {0};

		answer = metric_rows[metric].get(&source, i, &value);
		if (answer == METRIC_END)
			return cnt;
		if (answer == METRIC_VALUE)
			cnt += value.histogram ? GROUP_BUCKETS + 2 : 1;
	}
}

size_t metrics__group_series(const struct group *group)
{
	size_t cnt = 0;

	for (int m = 0; m < METRIC_MAX; m++)
		if (has_metric(group, (enum metric)m))
			cnt += count_series(group, (enum metric)m);
	return cnt;
}

/* `name="value",`, or nothing: an empty value is the same as no label. */
static void add_label(struct text *labels, const char *name, const char *value)
{
	char text[METRICS_LABEL_ROOM + 16];
	size_t len;

	if (!value || !*value)
		return;
	len = metrics_label__write(text, name, value);
	text[len++] = ',';
	text__append(labels, text, len);
}

static void write_group_labels(struct text *labels, const struct group *group,
			       struct group_labels *ret)
{
	char pid[16];

	ret->at = labels->len;
	add_label(labels, "comm", group->comm);
	add_label(labels, "exe", group->exe);
	add_label(labels, "unit", group->unit);
	add_label(labels, "runtime", group->runtime);
	if (group->pid) {
		snprintf(pid, sizeof(pid), "%u", group->pid);
		add_label(labels, "pid", pid);
	}
	ret->cnt = labels->len - ret->at;
	add_label(labels, "allocator", group->allocator);
	ret->cnt_allocator = labels->len - ret->at;
}

/* The living process that @of is an image of, or NULL. Processes stand in the order of tgid. */
static const struct host_process *find_process(const struct host *host,
					       const struct view_process *of)
{
	size_t low = 0, high = host->process_cnt;
	const struct host_process *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (host->processes[middle].tgid < of->tgid)
			low = middle + 1;
		else
			high = middle;
	}
	found = &host->processes[low];
	if (low == host->process_cnt || found->tgid != of->tgid ||
	    found->start_ticks != of->start_ticks || found->exec_id != of->exec_id)
		return NULL;
	return found;
}

/* The group that @told was of, or NULL: it has gone, or is folded into another. */
static const struct group *find_owner(const struct host *host, const struct advice_resolved *told)
{
	for (size_t i = 0; i < host->group_cnt; i++) {
		const struct group *group = &host->groups[i];

		if (group->pid == told->pid && !strcmp(group->comm, told->comm) &&
		    !strcmp(group->exe, told->exe) && !strcmp(group->unit, told->unit))
			return group;
	}
	return NULL;
}

static void count_resolved(struct rendering *r, const struct host *host,
			   const struct advice_list *list)
{
	for (size_t i = 0; i < list->resolved_cnt; i++) {
		const struct advice_resolved *told = &list->resolved[i];
		const struct group *group = find_owner(host, told);
		const struct advice as = {
			.rule = told->rule, .severity = told->severity, .state = ADVICE_RESOLVED};

		if (group)
			r->advised[(size_t)(group - host->groups) * advised__cnt() +
				   advised__index(&as)]++;
	}
}

static int count_advice(struct rendering *r, const struct host *host)
{
	const struct analysis *analysis = r->publication->analysis;
	const struct advice_list *list = analysis ? analysis->advice : NULL;

	if (!list || !(list->cnt + list->resolved_cnt))
		return 0;
	r->advised = calloc(host->group_cnt, advised__cnt() * sizeof(*r->advised));
	if (!r->advised)
		return -ENOMEM;
	for (size_t i = 0; i < list->cnt; i++) {
		const struct host_process *process = find_process(host, list->items[i].process);

		if (process && process->group < host->group_cnt)
			r->advised[process->group * advised__cnt() +
				   advised__index(&list->items[i])]++;
	}
	count_resolved(r, host, list);
	return 0;
}

/* Labels of all groups that fit under @max_series, and what is advised to them. */
static int prepare_groups(struct rendering *r, size_t max_series)
{
	const struct host *host = r->publication ? r->publication->host : NULL;
	size_t series = 0;

	if (!host || !host->group_cnt)
		return 0;
	r->groups = calloc(host->group_cnt, sizeof(*r->groups));
	if (!r->groups)
		return -ENOMEM;
	for (size_t i = 0; i < host->group_cnt; i++) {
		size_t own = metrics__group_series(&host->groups[i]);

		if (max_series && series + own > max_series)
			continue;
		series += own;
		r->groups[i].shown = own > 0;
		write_group_labels(&r->labels, &host->groups[i], &r->groups[i]);
	}
	return text__failed(&r->labels) ? -ENOMEM : count_advice(r, host);
}

/* In OpenMetrics a family of counters has its name without _total. */
static size_t family_len(const struct metric_row *row, bool openmetrics)
{
	size_t len = strlen(row->name);

	return openmetrics && row->type == METRIC_COUNTER ? len - strlen("_total") : len;
}

static void write_meta(struct rendering *r, const char *keyword, const char *value)
{
	metrics_out__text(&r->out, keyword);
	metrics_out__bytes(&r->out, r->row->name, family_len(r->row, r->openmetrics));
	metrics_out__text(&r->out, " ");
	metrics_out__text(&r->out, value);
	metrics_out__text(&r->out, "\n");
}

static void begin_family(struct rendering *r)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};

	if (r->begun)
		return;
	r->begun = true;
	write_meta(r, "# HELP ", r->row->help);
	write_meta(r, "# TYPE ", types[r->row->type]);
	if (r->openmetrics && *r->row->unit)
		write_meta(r, "# UNIT ", r->row->unit);
}

/* One line; @more: a label of a histogram, written already, or "". */
static void write_line(struct rendering *r, const char *suffix, const char *labels, size_t len,
		       const char *more, double value)
{
	struct metrics_out *out = &r->out;

	metrics_out__text(out, r->row->name);
	metrics_out__text(out, suffix);
	/* Labels end in a comma, which may not stand before the brace. */
	if (len || *more) {
		metrics_out__bytes(out, "{", 1);
		metrics_out__bytes(out, labels, *more ? len : len - 1);
		metrics_out__text(out, more);
		metrics_out__bytes(out, "} ", 2);
	} else {
		metrics_out__bytes(out, " ", 1);
	}
	metrics_out__number(out, value);
	metrics_out__bytes(out, "\n", 1);
}

/* OpenMetrics wants whole bounds with a fraction; each format wants the same text for ever. */
static void write_bound(char *dst, size_t size, const struct rendering *r, size_t bucket)
{
	double end = bucket < GROUP_BUCKETS - 1 ? metric__bucket_end(r->metric, bucket) : INFINITY;

	if (isinf(end))
		snprintf(dst, size, "le=\"+Inf\"");
	else if (r->openmetrics && floor(end) >= end)
		snprintf(dst, size, "le=\"%.1f\"", end);
	else
		snprintf(dst, size, "le=\"%.12g\"", end);
}

static void write_histogram(struct rendering *r, const struct group_histogram *histogram,
			    const char *labels, size_t len)
{
	double sum = 0;

	for (size_t i = 0; i < GROUP_BUCKETS; i++) {
		sum += histogram->counts[i];
		write_line(r, "_bucket", labels, len, r->bounds[i], sum);
	}
	write_line(r, "_sum", labels, len, "", histogram->sum);
	write_line(r, "_count", labels, len, "", sum);
}

/* All series of the family for one source; @labels of the group, or none. */
static void write_series(struct rendering *r, const struct metric_source *source,
			 const char *labels, size_t len)
{
	struct text *all = &r->scratch;
	enum metric_answer answer;

	for (size_t i = 0;; i++) {
		struct metric_value value = {0};

		answer = r->row->get(source, i, &value);
		if (answer == METRIC_END)
			break;
		if (answer == METRIC_ABSENT || isnan(value.value))
			continue;
		begin_family(r);
		if (value.histogram) {
			write_histogram(r, value.histogram, labels, len);
			continue;
		}
		text__clear(all);
		text__append(all, labels, len);
		for (int l = 0; l < METRIC_OWN_LABELS && r->row->labels[l]; l++)
			add_label(all, r->row->labels[l], value.labels[l]);
		write_line(r, "", text__str(all), all->len, "", value.value);
	}
}

static void write_family(struct rendering *r, enum metric metric)
{
	struct metric_source source = {.publication = r->publication};
	const struct host *host = r->publication ? r->publication->host : NULL;

	r->metric = metric;
	r->row = &metric_rows[metric];
	r->begun = false;
	for (size_t i = 0; r->row->type == METRIC_HISTOGRAM && i < GROUP_BUCKETS; i++)
		write_bound(r->bounds[i], sizeof(r->bounds[i]), r, i);
	if (r->row->scope == SCOPE_SELF) {
		write_series(r, &source, "", 0);
		return;
	}
	for (size_t i = 0; host && i < host->group_cnt; i++) {
		const struct group_labels *labels = &r->groups[i];

		if (!labels->shown || !has_metric(&host->groups[i], metric))
			continue;
		source.group = &host->groups[i];
		source.advised = r->advised ? r->advised + i * advised__cnt() : NULL;
		write_series(r, &source, text__str(&r->labels) + labels->at,
			     r->row->scope == SCOPE_GROUP_ALLOCATOR ? labels->cnt_allocator
								    : labels->cnt);
	}
}

int metrics__render(FILE *out, const struct publication *publication,
		    const struct metrics_options *options)
{
	struct rendering *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->out.file = out;
	r->publication = publication;
	r->openmetrics = options->openmetrics;
	err = prepare_groups(r, options->max_series);
	for (int m = 0; m < METRIC_MAX && !err; m++)
		if (!options->no_self || strncmp(metric_rows[m].name, "process_", 8) != 0)
			write_family(r, (enum metric)m);
	if (!err && r->openmetrics)
		metrics_out__text(&r->out, "# EOF\n");
	if (!err && text__failed(&r->scratch))
		err = -ENOMEM;
	if (!err)
		err = metrics_out__flush(&r->out);
	text__release(&r->labels);
	text__release(&r->scratch);
	free(r->groups);
	free(r->advised);
	free(r);
	return err;
}
