/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a stream of records - a capture or a short session - to the folded view that report and
 * advise read: model, names, sites.
 */
#ifndef HB_REPLAY_H
#define HB_REPLAY_H

#include "base/error.h"
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
};

/* Read options->capture, or observe options->session. 0, or -errno with @error filled. A partial
 * result is 0 with @error saying what is missing. Release in either case. */
int replay__run(struct replay *replay, const struct options *options, struct error *error);
void replay__release(struct replay *replay);

/* Say on stderr what @error says; the exit code that goes with it. */
int replay__exit_code(const struct replay *replay, int err, const struct error *error);

#endif
