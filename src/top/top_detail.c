// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_detail.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export/human.h"
#include "top/top_process.h"
#include "base/banned.h"

#define STACKS_SHOWN 5
#define TERM	     18 /* columns of what a line is about */
#define LABEL	     9
#define BAR_COLUMNS  30

static bool read_figure(const json_t *object, const char *key, struct figure *figure)
{
	const json_t *json = json_object_get(object, key);

	*figure = (struct figure){.value = top_json__number(json, "value"),
				  .stderr_abs = top_json__number(json, "stderr"),
				  .basis = BASIS_SAMPLED};
	if (!strcmp(top_json__string(json, "basis"), "exact"))
		figure->basis = BASIS_EXACT;
	figure->lower_bound = json_is_true(json_object_get(json, "lower_bound"));
	return isfinite(figure->value);
}

static void add_figure(struct page *page, const json_t *object, const char *key,
		       enum advice_unit unit, const char *label)
{
	char text[2 * HUMAN_BYTES];
	struct figure figure;

	if (read_figure(object, key, &figure))
		page__add_item(page, 2, TERM, label, "%s", human__with_error(text, unit, &figure));
}

static void add_place(struct page *page, enum page_style style, unsigned int indent,
		      const char *lead, const json_t *place)
{
	const char *function = top_json__string(place, "function");
	const char *file = top_json__string(place, "file");
	const char *slash = *file == '/' ? strrchr(file, '/') : NULL;
	double line = top_json__number(place, "line");

	if (slash)
		file = slash + 1; /* a folder of whoever built it says nothing here */
	if (!*function)
		page__add(page, style, indent, "%s%s+%s", lead, top_json__string(place, "module"),
			  top_json__string(place, "offset"));
	else if (*file && isfinite(line))
		page__add(page, style, indent, "%s%s (%s:%.0f)", lead, function, file, line);
	else
		page__add(page, style, indent, "%s%s", lead, function);
}

static void add_bar(struct page *page, const char *label, double share)
{
	char bar[BAR_COLUMNS + 1] = "", text[HUMAN_BYTES];
	size_t len = share > 0 && share <= 1 ? (size_t)lround(share * BAR_COLUMNS) : 0;

	memset(bar, '#', len);
	bar[len] = 0;
	page__add(page, PAGE_PLAIN, 2, "%-18s %6s %s", label, human__value(text, UNIT_RATIO, share),
		  bar);
}

/* Buckets that hold nothing are left out. */
static void add_sizes(struct page *page, const json_t *site)
{
	const json_t *buckets = json_object_get(json_object_get(site, "sizes"), "buckets");
	const json_t *bucket;
	double sum = 0;
	size_t i;

	json_array_foreach((json_t *)buckets, i, bucket)
	{
		sum += json_number_value(json_object_get(bucket, "calls"));
	}
	if (!(sum > 0))
		return;
	page__add(page, PAGE_HEADING, 0, "Sizes");
	json_array_foreach((json_t *)buckets, i, bucket)
	{
		double calls = json_number_value(json_object_get(bucket, "calls"));
		double upto = top_json__number(bucket, "upto");
		char text[HUMAN_BYTES], label[HUMAN_BYTES + 16];

		snprintf(label, sizeof(label), isfinite(upto) ? "up to %s" : "larger",
			 human__value(text, UNIT_BYTES, upto));
		if (calls > 0)
			add_bar(page, label, calls / sum);
	}
}

static void add_lifetimes(struct page *page, const json_t *site)
{
	const json_t *lives = json_object_get(site, "lifetimes");
	const json_t *bucket;
	size_t i;

	page__add(page, PAGE_HEADING, 0, "Lifetimes");
	if (!json_is_object(lives)) {
		page__add(page, PAGE_DIM, 2,
			  "unknown: no block of this site has been followed to its end");
		return;
	}
	add_figure(page, site, "mean_lifetime_s", UNIT_SECONDS, "mean");
	add_figure(page, lives, "median_s", UNIT_SECONDS, "median");
	add_figure(page, lives, "p99_s", UNIT_SECONDS, "99th percentile");
	json_array_foreach((json_t *)json_object_get(lives, "buckets"), i, bucket)
	{
		char text[HUMAN_BYTES], label[HUMAN_BYTES + 16];

		snprintf(label, sizeof(label), "outlive %s",
			 human__value(text, UNIT_SECONDS, top_json__number(bucket, "upto_s")));
		add_bar(page, label, top_json__number(bucket, "outlived_by"));
	}
}

static void add_stack(struct page *page, const json_t *stack, size_t number, double sum)
{
	const json_t *frame;
	char share[HUMAN_BYTES];
	double bytes = top_json__number(stack, "bytes");
	size_t i;

	page__add(page, PAGE_PLAIN, 2, "%zu. %s of the site's bytes, by %s%s", number,
		  human__value(share, UNIT_RATIO, sum > 0 ? bytes / sum : NAN),
		  top_json__string(stack, "allocator_function"),
		  json_is_false(json_object_get(stack, "complete")) ? ", not complete" : "");
	json_array_foreach((json_t *)json_object_get(stack, "frames"), i, frame)
	{
		add_place(page, PAGE_PLAIN, 6, "", frame);
	}
}

static void add_stacks(struct page *page, const json_t *site)
{
	const json_t *stacks = json_object_get(site, "stacks"), *stack;
	double sum = 0;
	size_t i;

	json_array_foreach((json_t *)stacks, i, stack)
	{
		sum += json_number_value(json_object_get(stack, "bytes"));
	}
	page__add(page, PAGE_HEADING, 0, "Stacks");
	if (!json_array_size(stacks))
		page__add(page, PAGE_DIM, 2, "none has been kept");
	json_array_foreach((json_t *)stacks, i, stack)
	{
		if (i < STACKS_SHOWN)
			add_stack(page, stack, i + 1, sum);
	}
	if (json_array_size(stacks) > STACKS_SHOWN)
		page__add(page, PAGE_DIM, 2, "and %zu lighter ones: heapbeat report -v",
			  json_array_size(stacks) - STACKS_SHOWN);
}

static uint32_t pid_of(const json_t *item)
{
	const json_t *process = json_object_get(item, "process");

	return (uint32_t)json_integer_value(json_object_get(process, "pid"));
}

/* A section: its label before the first line, below it the others. */
static void add_section(struct page *page, const char *key, const char *text)
{
	size_t len = strcspn(text, "\n");
	char label[LABEL + 1];

	snprintf(label, sizeof(label), "%s", key);
	for (char *c = strchr(label, '_'); c; c = strchr(c, '_'))
		*c = ' ';
	page__add_item(page, 4, LABEL, label, "%.*s", (int)len, text);
	if (text[len])
		page__add_text(page, PAGE_PLAIN, 4 + LABEL + 1, text + len + 1);
}

/* In the order of the document; the sketch of a change belongs below what is to be done. */
static void add_advice(struct page *page, const json_t *item)
{
	const json_t *prose = json_object_get(item, "text"), *value;
	const char *sketch = top_json__string(prose, "sketch"), *key;

	page__add(page, PAGE_WARN, 2, "%s  %s  %s (%s)", top_json__string(item, "severity"),
		  top_json__string(item, "id"), top_json__string(item, "title"),
		  top_json__string(item, "rule"));
	if (json_object_get(item, "site"))
		add_place(page, PAGE_PLAIN, 4, "at ", json_object_get(item, "site"));
	json_object_foreach((json_t *)prose, key, value)
	{
		const char *text = json_string_value(value);

		if (!text || !*text || !strcmp(key, "sketch"))
			continue;
		add_section(page, key, text);
		if (!strcmp(key, "do"))
			page__add_text(page, PAGE_HEADING, 4 + LABEL + 3, sketch);
	}
	page__add(page, PAGE_PLAIN, 0, "%s", "");
}

size_t detail__advice_cnt(const json_t *advice, uint32_t pid)
{
	const json_t *item;
	size_t i, cnt = 0;

	json_array_foreach((json_t *)json_object_get(advice, "items"), i, item)
	{
		cnt += pid_of(item) == pid;
	}
	return cnt;
}

static void add_site_advice(struct page *page, const json_t *advice, uint32_t pid, const char *id)
{
	const json_t *item;
	size_t i, cnt = 0;

	page__add(page, PAGE_HEADING, 0, "Advice");
	json_array_foreach((json_t *)json_object_get(advice, "items"), i, item)
	{
		const char *site = top_json__string(json_object_get(item, "site"), "id");

		if (pid_of(item) != pid || strcmp(site, id) != 0)
			continue;
		add_advice(page, item);
		cnt++;
	}
	if (cnt)
		return;
	page__add(page, PAGE_DIM, 2, "none for this site%s",
		  detail__advice_cnt(advice, pid) ? "; e shows what there is for the process" : "");
}

static void add_note(struct page *page, const json_t *note)
{
	const char *function = top_json__string(json_object_get(note, "site"), "function");

	page__add(page, PAGE_DIM, 2, "%s%s%s: %s", top_json__string(note, "rule"),
		  *function ? " at " : "", function, top_json__string(note, "not_enough_data"));
}

void detail__advice(struct page *page, const json_t *advice, uint32_t pid)
{
	const json_t *item;
	size_t i;

	if (!detail__advice_cnt(advice, pid))
		page__add(page, PAGE_DIM, 2, "No rule has found enough to say something.");
	json_array_foreach((json_t *)json_object_get(advice, "items"), i, item)
	{
		if (pid_of(item) == pid)
			add_advice(page, item);
	}
	json_array_foreach((json_t *)json_object_get(advice, "notes"), i, item)
	{
		if (pid_of(item) == pid)
			add_note(page, item);
	}
}

void detail__site(struct page *page, const json_t *process, const json_t *site,
		  const json_t *advice)
{
	const char *caller = top_json__string(site, "caller");

	add_place(page, PAGE_HEADING, 0, "", site);
	if (*caller)
		page__add_item(page, 2, TERM, "called by", "%s", caller);
	page__add_item(page, 2, TERM, "in", "%s", top_json__string(site, "module"));
	add_figure(page, site, "bytes_rate", UNIT_BYTES_PER_S, "bytes");
	add_figure(page, site, "bytes_share", UNIT_RATIO, "share of bytes");
	add_figure(page, site, "calls_rate", UNIT_PER_S, "allocations/s");
	add_figure(page, site, "live_bytes", UNIT_BYTES, "live");
	add_figure(page, site, "live_objects", UNIT_COUNT, "live objects");
	add_site_advice(page, advice, pid_of(process), top_json__string(site, "id"));
	add_stacks(page, site);
	add_sizes(page, site);
	add_lifetimes(page, site);
}

static void add_go(struct page *page, const json_t *go)
{
	const json_t *state = json_object_get(go, "state"), *gc = json_object_get(go, "gc");
	char interval[HUMAN_BYTES], pause[HUMAN_BYTES], cpu[HUMAN_BYTES], goal[HUMAN_BYTES];

	human__value(interval, UNIT_SECONDS, top_json__figure(gc, "interval_s"));
	human__value(pause, UNIT_SECONDS, top_json__figure(gc, "pause_s"));
	human__value(cpu, UNIT_RATIO, top_json__number(gc, "cpu_ratio"));
	human__value(goal, UNIT_BYTES, top_json__number(state, "heap_goal_bytes"));
	page__add(page, PAGE_PLAIN, 0,
		  "%s: GC every %s, pause %s, CPU %s; goal %s; %.0f goroutines",
		  top_json__string(go, "version"), interval, pause, cpu, goal,
		  json_number_value(json_object_get(state, "goroutines")));
}

void detail__process(struct page *page, const json_t *process)
{
	const json_t *figures = json_object_get(process, "figures");
	const json_t *go = json_object_get(process, "go");
	const char *hides = top_json__string(json_object_get(process, "coverage"), "hides");
	char calls[2 * HUMAN_BYTES], bytes[2 * HUMAN_BYTES], live[2 * HUMAN_BYTES];
	struct figure figure;

	if (!process) {
		page__add(page, PAGE_DIM, 0, "Nothing is known of its heap yet.");
		return;
	}
	read_figure(figures, "calls_rate", &figure);
	human__with_error(calls, UNIT_PER_S, &figure);
	read_figure(figures, "bytes_rate", &figure);
	human__with_error(bytes, UNIT_BYTES_PER_S, &figure);
	read_figure(figures, "live_bytes", &figure);
	human__with_error(live, UNIT_BYTES, &figure);
	page__add(page, PAGE_PLAIN, 0, "%s allocs/s, %s, live %s", calls, bytes, live);
	if (go)
		add_go(page, go);
	if (*hides)
		page__add(page, PAGE_DIM, 0, "hidden: %s", hides);
}
