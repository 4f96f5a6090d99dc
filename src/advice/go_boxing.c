// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-boxing: values that are copied to the heap because somebody takes an interface. All that is boxed
 * in one function for one callee is one finding; where that callee formats to a string, so is the
 * string, which an appending API does not make.
 */
#include "advice/rule.h"

#include <string.h>

#include "advice/go_group.h"
#include "advice/go_tiny.h"
#include "advice/go_weight.h"
#include "advice/numbers.h"

#include "base/banned.h"

#define TEXT_KEPT 0.3 /* of formatted strings, that remain: some are made for keeping */

static const char sketch_format[] =
	"buf = strconv.AppendInt(buf[:0], int64(n), 10)   // a []byte that is kept\n"
	"buf = append(buf, ' ')\n"
	"buf = append(buf, name...)\n"
	"w.Write(buf)                                     // no format string\n";

static const char sketch_log[] =
	"logger.LogAttrs(ctx, slog.LevelInfo, \"done\",     // log/slog: attributes are typed,\n"
	"        slog.Int64(\"order\", id),                 // nothing is boxed\n"
	"        slog.String(\"state\", state))\n";

/* Callees that format and return a string. */
static bool makes_text(const char *via)
{
	return via && !strncmp(via, "fmt.Sprint", strlen("fmt.Sprint"));
}

static bool is_log(const char *callee)
{
	static const char *const prefixes[] = {"log.", "log/slog.", "go.uber.org/zap.",
					       "github.com/sirupsen/logrus."};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (!strncmp(callee, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

static bool boxes(const struct view_site *use)
{
	return use->trait && use->trait->construct == GO_BY_INTERFACE && !use->trait->via &&
	       !use->trait->through;
}

static const char *callee_of(const struct view_site *use)
{
	return boxes(use) ? use->trait->callee : use->trait->via;
}

static bool takes(const struct view_site *use, const void *key)
{
	const struct view_site *leader = key;

	if (!use->trait || use->trait->through || (!boxes(use) && !makes_text(use->trait->via)))
		return false;
	return go_group__same_function(use, leader) &&
	       go_group__same_name(callee_of(use), callee_of(leader));
}

/* Share of the group's bytes and objects that are boxes themselves. */
static void box_shares(const struct view_go *go, const struct view_site *leader, double *ret_bytes,
		       double *ret_calls)
{
	double bytes = 0, calls = 0, all_bytes = 0, all_calls = 0;

	for (size_t i = 0; i < go->use_cnt; i++) {
		const struct view_site *use = &go->uses[i];

		if (!takes(use, leader))
			continue;
		all_bytes += use->bytes.value;
		all_calls += use->calls.value;
		bytes += boxes(use) ? use->bytes.value : 0;
		calls += boxes(use) ? use->calls.value : 0;
	}
	*ret_bytes = all_bytes > 0 ? bytes / all_bytes : 1;
	*ret_calls = all_calls > 0 ? calls / all_calls : 1;
}

static void speak(struct advice *advice, struct go_weight *use, const struct go_group *group)
{
	const char *callee = callee_of(group->leader);
	double bytes, calls;

	box_shares(use->go, group->leader, &bytes, &calls);
	go_tiny__count(use);
	go_weight__set_evidence(advice, use);
	advice__set(advice, "boxed_share", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure(bytes, use->bytes.n, BASIS_BUCKET));
	go_weight__set_savings(advice, use,
			       share_figure(&use->calls, 1 - TEXT_KEPT * (1 - calls), calls, 1),
			       share_figure(&use->bytes, 1 - TEXT_KEPT * (1 - bytes), bytes, 1));
	advice->apart = callee ? callee : "";
	advice->more_sites = group->lines - 1;
	if (callee && is_log(callee))
		advice->sketch = sketch_log;
	else if (callee && !strncmp(callee, "fmt.", 4))
		advice->sketch = sketch_format;
}

enum verdict go_boxing__check(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct advice *advice,
			      struct advice_note *note)
{
	enum verdict verdict = VERDICT_SILENT;
	struct go_group group;
	struct go_weight use;

	if (!takes(site, site))
		return VERDICT_SILENT;
	if (go_group__make(&group, process->go, takes, site))
		return VERDICT_NO_MEMORY;
	if (group.leader == site)
		verdict = go_weight__weigh(rule, process, &group.site, &use, note);
	if (verdict == VERDICT_SPEAK)
		speak(advice, &use, &group);
	go_group__release(&group);
	return verdict;
}
