// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-pool: large objects of steady size that die young, made by the program's own code or by a buffer,
 * writer or reader of the library that it makes anew each time. Short-lived: of what comes in a
 * second hardly anything is alive when a collection looks (Little's law).
 *
 * A sync.Pool is emptied at collections in two steps, so what is in use comes back; what is made anew
 * is about as much as is held, once a collection at most. With the bytes saved collections get rarer,
 * too: nearly everything is saved.
 */
#include "advice/rule.h"

#include <math.h>
#include <string.h>

#include "advice/go_group.h"
#include "advice/go_weight.h"
#include "advice/ladder.h"
#include "advice/numbers.h"

#include "base/banned.h"

/* Getting and putting costs some 20 ns; an object below this is made in about as much, and to clear it
 * costs less than to forget it. */
#define LEAST_BYTES 256
#define NONE_SEEN   3.0 /* -ln 0.05 */
#define SAVED	    0.98
#define SAVED_LEAST 0.9

/* Functions of the library that allocate what can be kept and reset, by the start of their names. */
enum source {
	SOURCE_NONE,
	SOURCE_MADE,
	SOURCE_BUFFER,
	SOURCE_WRITER,
	SOURCE_ENCODER,
	SOURCE_READ_ALL,
	SOURCES,
};

/* The number that tells which of the sketches is shown. */
static const char *const keys[SOURCES] = {
	[SOURCE_MADE] = "made_rate",	 [SOURCE_BUFFER] = "buffer_rate",
	[SOURCE_WRITER] = "writer_rate", [SOURCE_ENCODER] = "encoder_rate",
	[SOURCE_READ_ALL] = "read_rate",
};

static const struct {
	const char *prefix;
	enum source source;
} sources[] = {
	{"bytes.(*Buffer).", SOURCE_BUFFER},
	{"bufio.New", SOURCE_WRITER},
	{"compress/", SOURCE_WRITER},
	{"encoding/json.(*Encoder).", SOURCE_ENCODER},
	{"encoding/json.NewEncoder", SOURCE_ENCODER},
	{"encoding/json.Marshal", SOURCE_ENCODER},
	{"io.ReadAll", SOURCE_READ_ALL},
	{"io/ioutil.ReadAll", SOURCE_READ_ALL},
};

static enum source source_of(const struct view_site *site)
{
	const struct view_go_trait *trait = site->trait;
	enum go_construct by = trait ? trait->construct : GO_BY_UNKNOWN;

	if (by != GO_BY_MAKE_SLICE && by != GO_BY_NEW && by != GO_BY_APPEND)
		return SOURCE_NONE;
	if (!trait->via)
		return by == GO_BY_APPEND ? SOURCE_NONE : SOURCE_MADE;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (!strncmp(trait->via, sources[i].prefix, strlen(sources[i].prefix)))
			return sources[i].source;
	return SOURCE_NONE;
}

/* Sizes that half and 95 % of the objects do not pass; of what the library makes, those with so many
 * of the bytes, since it makes small things beside. 0 or -ENOMEM. */
static int sizes_of(const struct go_weight *use, enum source source, double *ret_p50,
		    double *ret_p95)
{
	struct ladder sizes = {0};
	int err = ladder__read(&sizes, use);

	*ret_p50 = ladder__quantile(&sizes, 0.5, source != SOURCE_MADE);
	*ret_p95 = ladder__quantile(&sizes, 0.95, source != SOURCE_MADE);
	ladder__release(&sizes);
	return err;
}

static void set_numbers(struct advice *advice, const struct go_weight *use, enum source source,
			double p50, double p95)
{
	const struct figure *live = &use->site->live_objects;
	uint64_t n = use->bytes.n;
	double held =
		(live->basis != BASIS_UNKNOWN ? live->value : 0) + fmax(1, use->go->state.procs);
	double elem = (double)use->trait->type_bytes;
	/* no sample is alive: no more than three samples' worth is */
	double live_most =
		fmax(use->site->live_bytes.high, NONE_SEEN * (double)use->go->profile_rate_bytes);

	go_weight__set_evidence(advice, use);
	if (use->trait->construct == GO_BY_MAKE_SLICE && source == SOURCE_MADE)
		advice__set(advice, "elements", UNIT_COUNT, ROLE_EVIDENCE,
			    plain_figure(floor(p95 / fmax(1, elem)), n, BASIS_BUCKET));
	/* which of the sketches is shown */
	advice__set(advice, keys[source], UNIT_BYTES_PER_S, ROLE_EVIDENCE, use->bytes);
	advice__set(advice, "p50", UNIT_BYTES, ROLE_EVIDENCE, plain_figure(p50, n, BASIS_BUCKET));
	advice__set(advice, "p95", UNIT_BYTES, ROLE_EVIDENCE, plain_figure(p95, n, BASIS_BUCKET));
	advice__set(advice, "life_most", UNIT_SECONDS, ROLE_EVIDENCE,
		    plain_figure(live_most / use->bytes.value, n, BASIS_BUCKET));
	go_weight__set_savings(advice, use, share_figure(&use->calls, SAVED, SAVED_LEAST, 1),
			       share_figure(&use->bytes, SAVED, SAVED_LEAST, 1));
	advice__set(advice, "kept", UNIT_BYTES, ROLE_COST,
		    plain_figure(held * p95, n, BASIS_BUCKET));
}

/* What one call of the library allocates in several ways goes into one pool. */
static bool is_of_same_call(const struct view_site *use, const void *key)
{
	const struct view_site *site = key;

	return source_of(use) != SOURCE_NONE && use->line == site->line &&
	       go_group__same_function(use, site) &&
	       go_group__same_name(use->trait->via, site->trait->via);
}

static enum verdict judge(const struct rule *rule, const struct view_process *process,
			  const struct view_site *site, enum source source, struct advice *advice,
			  struct advice_note *note)
{
	struct go_weight use;
	enum verdict verdict = go_weight__weigh(rule, process, site, &use, note);
	double p50, p95;

	if (verdict == VERDICT_SILENT)
		return verdict;
	if (source == SOURCE_MADE && use.bytes.value < LEAST_BYTES * use.calls.value)
		return VERDICT_SILENT;
	if (verdict != VERDICT_SPEAK)
		return verdict;
	if (sizes_of(&use, source, &p50, &p95))
		return VERDICT_NO_MEMORY;
	/* a buffer of the library reaches its size by growing: its small sizes are not its own */
	if (!(p50 >= LEAST_BYTES) || (source == SOURCE_MADE && p95 > rule->floor.spread * p50) ||
	    !(go_weight__mean_life_s(&use) <= rule->floor.life_s))
		return VERDICT_SILENT;
	set_numbers(advice, &use, source, p50, p95);
	return VERDICT_SPEAK;
}

enum verdict go_pool__check(const struct rule *rule, const struct view_process *process,
			    const struct view_site *site, struct advice *advice,
			    struct advice_note *note)
{
	enum verdict verdict = VERDICT_SILENT;
	enum source source = source_of(site);
	struct go_group all;

	if (source == SOURCE_NONE)
		return VERDICT_SILENT;
	if (!site->trait->via)
		return judge(rule, process, site, source, advice, note);
	if (go_group__make(&all, process->go, is_of_same_call, site))
		verdict = VERDICT_NO_MEMORY;
	else if (all.leader == site)
		verdict = judge(rule, process, &all.site, source, advice, note);
	go_group__release(&all);
	return verdict;
}
