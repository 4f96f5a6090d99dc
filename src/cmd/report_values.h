/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of the options that say what a report is of. Each takes the value to where it belongs: 0 or
 * -EINVAL. Called through the table of options. */
#ifndef HB_REPORT_VALUES_H
#define HB_REPORT_VALUES_H

#include "cmd/options.h"

int report_value__top(struct options *options, const char *value);
int report_value__every(struct options *options, const char *value);
int report_value__times(struct options *options, const char *value);
int report_value__min_size(struct options *options, const char *value);
int report_value__max_size(struct options *options, const char *value);
int report_value__older(struct options *options, const char *value);
int report_value__site(struct options *options, const char *value);
int report_value__from(struct options *options, const char *value);
int report_value__to(struct options *options, const char *value);
int report_value__debuginfo_dir(struct options *options, const char *value);
int report_value__tree(struct options *options, const char *value);

/* Whether what was given goes together; fills what follows from it. 0, or -EINVAL with @error
 * filled. */
int report_values__check(struct options *options, struct error *error);

/*
 * "90s", "2m" since the start of a capture, or RFC 3339 ("2026-11-24T20:00:00Z", with a fraction or an
 * offset). @start_wall_ns: the start on the wall clock. 0 with *ret_ns since the start (0 for what is
 * before it), or -EINVAL.
 */
int report_value__moment(const char *value, uint64_t start_wall_ns, uint64_t *ret_ns);

#endif
