/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the rows of `run` do with a value: into the daemon's options, with its text checked.
 * Referred to by the table in option_rows.c alone.
 */
#ifndef HB_RUN_VALUES_H
#define HB_RUN_VALUES_H

#include "cmd/options.h"

/* Each 0, -EINVAL (not understood), -E2BIG (too many), -ENOMEM. */
int run_value__pids(struct options *options, const char *value);
int run_value__comms(struct options *options, const char *value);
int run_value__exes(struct options *options, const char *value);
int run_value__cgroups(struct options *options, const char *value);
int run_value__mute(struct options *options, const char *value);
int run_value__max_targets(struct options *options, const char *value);
int run_value__budget(struct options *options, const char *value);
int run_value__host_budget(struct options *options, const char *value);
int run_value__interval(struct options *options, const char *value);
int run_value__link(struct options *options, const char *value);
int run_value__ring(struct options *options, const char *value);
int run_value__live(struct options *options, const char *value);
int run_value__on_loss(struct options *options, const char *value);
int run_value__max_series(struct options *options, const char *value);
int run_value__listen(struct options *options, const char *value);
int run_value__telemetry_path(struct options *options, const char *value);
int run_value__web_config(struct options *options, const char *value);
int run_value__max_requests(struct options *options, const char *value);
int run_value__socket_path(struct options *options, const char *value);
int run_value__socket_group(struct options *options, const char *value);
int run_value__keep(struct options *options, const char *value);
int run_value__log_level(struct options *options, const char *value);
int run_value__log_format(struct options *options, const char *value);
int run_value__config_file(struct options *options, const char *value);

/* A list begins anew: with the first value of each source. */
void run_value__clear_pids(struct options *options);
void run_value__clear_comms(struct options *options);
void run_value__clear_exes(struct options *options);
void run_value__clear_cgroups(struct options *options);
void run_value__clear_mute(struct options *options);
void run_value__clear_listen(struct options *options);
void run_value__clear_keep(struct options *options);

#endif
