/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What cannot be read of a Go program and why, as one line. Pure; called by go_reader.c. */
#ifndef HB_COLLECT_GO_COVERAGE_H
#define HB_COLLECT_GO_COVERAGE_H

#define GO_COVERAGE_BYTES 512

struct go_coverage {
	char text[GO_COVERAGE_BYTES];
};

/* Add a reason; one that is there already is not added again. */
void go_coverage__add(struct go_coverage *coverage, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
