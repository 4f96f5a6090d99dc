/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a stream of records - a capture or a short session - to the folded view that report and
 * advise read: model, names, sites.
 */
#ifndef HB_REPLAY_H
#define HB_REPLAY_H

#include "base/error.h"
#include "base/table.h"
#include "cmd/options.h"
#include "model/view.h"
#include "symbol/name_source.h"

struct replay {
	struct view *view; /* folded */
	struct name_source names;
	bool partial; /* a truncated capture, or loss above 1 % of the samples */
	struct model *model;
	struct symbolizer *symbolizer;
	struct moments *moments; /* views on the way, where the report wants them; else NULL */
	const struct options *options;
	/* Called for each table but the last of a report that has several; 0 or -errno ends it. Set
	 * before replay__run. */
	int (*each)(struct replay *replay);
	struct table found; /* modules whose debug file lies in --debuginfo-dir */
	uint64_t tables;    /* those that were shown */
	/* Spans begin and end where counters were read, all of them: a cut is due at a moment and made
	 * at the first reading after it. CLOCK_BOOTTIME, 0 none. */
	struct replay_cut {
		uint64_t due_ns, tick_ns; /* tick_ns: of the reading, 0 not yet seen */
		bool made;
	} table, from, to;
	struct escape_log *escape_log; /* of a report, or NULL; the report's own */
	struct error refusal;	       /* why that log is not taken */
};

/* Whether the figures of @by are of the whole observation, and not of one interval alone. */
bool replay__is_standing(enum report_by by);

/* Read options->capture, or observe options->session. 0, or -errno with @error filled. A partial
 * result is 0 with @error saying what is missing. Release in either case. */
int replay__run(struct replay *replay, const struct options *options, struct error *error);
void replay__release(struct replay *replay);
/* Filter and fold the moments as the view is. 0 or -ENOMEM. */
int replay__fold_moments(struct replay *replay);

/* Say on stderr what @error says; the exit code that goes with it. */
int replay__exit_code(const struct replay *replay, int err, const struct error *error);

#endif
