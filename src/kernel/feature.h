/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel and these privileges allow, found by trying, never by version. Used by doctor. */
#ifndef HB_FEATURE_H
#define HB_FEATURE_H

#include <stddef.h>

enum feature_state { FEATURE_OK, FEATURE_MISSING, FEATURE_DENIED };

struct feature {
	const char *name; /* static: "session links", ... */
	const char *what; /* static: what heapbeat does with it */
	enum feature_state state;
	const char *
		remedy; /* static: what to do where it is not there; NULL: nothing has to be done */
	char detail[128]; /* why not, or what was found; "" nothing to say */
};

#define FEATURES_MAX 8

/* Try everything. Fills @features (FEATURES_MAX of them); their number. */
size_t feature__probe_all(struct feature *features);
const char *feature_state__name(enum feature_state state);

#endif
