// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/diff_words.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "export/go_words.h"
#include "export/prose.h"
#include "symbol/go_construct.h"

#include "base/banned.h"

#define BUILD_BYTES 6 /* of a build id are shown */

char *diff_words__change(char *dst, const struct movement *movement)
{
	double before = movement->before.value, after = movement->after.value;

	if (isnan(movement->change))
		snprintf(dst, HUMAN_BYTES, "-");
	else if (!(before > 0) && after > 0)
		snprintf(dst, HUMAN_BYTES, "new");
	else if (before > 0 && !(after > 0))
		snprintf(dst, HUMAN_BYTES, "gone");
	else if (!(before > 0))
		snprintf(dst, HUMAN_BYTES, "0 %%");
	else if (after >= 10 * before)
		snprintf(dst, HUMAN_BYTES, "x %.0f", after / before);
	else
		snprintf(dst, HUMAN_BYTES, "%+.*f %%",
			 fabs(movement->change) < 0.0995 * before ? 1 : 0,
			 100 * movement->change / before);
	return dst;
}

void diff_words__site(struct text *text, const struct compare_site *site)
{
	const struct view_site *shown = site->sites[AFTER] ?: site->sites[BEFORE];
	const struct view_go_trait *trait = shown->trait;
	char name[NAME_BYTES];

	prose__place(text, shown);
	if (!trait) {
		if (shown->caller)
			text__add(text, " <- %s",
				  human__function(name, sizeof(name), shown->caller));
		return;
	}
	if (trait->construct)
		text__add(text, " %s", go_construct__name(trait->construct));
	if (trait->type)
		text__add(text, " %s", human__name(name, sizeof(name), trait->type));
	if (trait->via)
		text__add(text, " in %s", human__function(name, sizeof(name), trait->via));
}

const char *diff_words__unit(const struct comparison *comparison)
{
	return comparison->ops[BEFORE] > 0 ? "operation" : "CPU second";
}

const char *diff_words__per(enum advice_unit unit)
{
	return unit == UNIT_PER_S ? "/s" : "";
}

void diff_words__doubt(struct text *text, const struct compare_advice *item)
{
	if (item->outcome == OUTCOME_UNKNOWN && !item->lack)
		text__add(text, "after: nothing was observed that this rule looks at");
	else if (item->outcome == OUTCOME_UNKNOWN || (item->outcome == OUTCOME_NEW && item->lack)) {
		text__add(text, item->outcome == OUTCOME_NEW ? "before, its rule lacked data: "
							     : "after, its rule lacks data: ");
		prose__lack(text, item->lack);
	}
}

char *diff_words__build(char *dst, const struct view_module *module)
{
	size_t len = 0;

	dst[0] = 0;
	for (size_t i = 0; module && i < module->build_id_bytes && i < BUILD_BYTES; i++)
		len += (size_t)snprintf(dst + len, HUMAN_BYTES - len, "%02x", module->build_id[i]);
	return dst;
}

const struct view_go *diff_words__go_of(const struct compare_part *part)
{
	const struct view_go *go = part->process_cnt ? part->processes[0]->go : NULL;

	return go && go->state_known ? go : NULL;
}

static void say_gogc(char *dst, const struct view_go *go)
{
	if (go->state.gogc == GO_GOGC_OFF)
		snprintf(dst, HUMAN_BYTES, "off");
	else
		snprintf(dst, HUMAN_BYTES, "%lld", (long long)go->state.gogc);
}

static void say_limit(char *dst, const struct view_go *go)
{
	if (!go_state__has_limit(&go->state))
		snprintf(dst, HUMAN_BYTES, "none");
	else
		human__value(dst, UNIT_BYTES, (double)go->state.memory_limit_bytes);
}

static void say_version(char *dst, const struct view_go *go)
{
	human__name(dst, HUMAN_BYTES, go->version);
}

static void say_cycles(char *dst, const struct view_go *go)
{
	human__figure(dst, UNIT_PER_S, &go->cycles_rate);
}

static void say_interval(char *dst, const struct view_go *go)
{
	human__figure(dst, UNIT_SECONDS, &go->interval_s);
}

static void say_pause(char *dst, const struct view_go *go)
{
	human__figure(dst, UNIT_SECONDS, &go->pause_p99_s);
}

static void say_gc_cpu(char *dst, const struct view_go *go)
{
	human__value(dst, UNIT_RATIO, go->gc_cpu_ratio >= 0 ? go->gc_cpu_ratio : NAN);
}

static void say_left(char *dst, const struct view_go *go)
{
	human__value(dst, UNIT_BYTES, (double)go->state.heap_marked_bytes);
}

static void say_goal(char *dst, const struct view_go *go)
{
	human__value(dst, UNIT_BYTES, (double)go->state.heap_goal_bytes);
}

static void say_goroutines(char *dst, const struct view_go *go)
{
	human__value(dst, UNIT_COUNT, (double)go->state.goroutines);
}

size_t diff_words__go(const struct compare_program *program, struct diff_go_row *ret_rows)
{
	static const struct {
		const char *label;
		void (*say)(char *dst, const struct view_go *go);
	} rows[] = {
		{"Go", say_version},
		{"GOGC", say_gogc},
		{"GOMEMLIMIT", say_limit},
		{"collections/s", say_cycles},
		{"interval (median)", say_interval},
		{"pause (p99)", say_pause},
		{"GC share of CPU", say_gc_cpu},
		{"left over by GC", say_left},
		{"heap goal", say_goal},
		{"goroutines", say_goroutines},
	};
	const struct view_go *go[COMPARE_SIDES] = {diff_words__go_of(&program->parts[BEFORE]),
						   diff_words__go_of(&program->parts[AFTER])};
	size_t cnt = 0;

	_Static_assert(sizeof(rows) / sizeof(*rows) <= DIFF_GO_ROWS, "DIFF_GO_ROWS holds them");
	if (!go[BEFORE] || !go[AFTER])
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++, cnt++) {
		ret_rows[cnt].label = rows[i].label;
		for (int side = 0; side < COMPARE_SIDES; side++)
			rows[i].say(ret_rows[cnt].values[side], go[side]);
	}
	return cnt;
}
