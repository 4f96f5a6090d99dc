/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `heapbeat dashboard [NAME]`: the Grafana dashboards that this version comes with, byte for byte as
 * in dashboards/. Needs no root and no daemon. Called by main.c.
 */
#ifndef HB_CMD_DASHBOARD_H
#define HB_CMD_DASHBOARD_H

#include <stddef.h>

/* The JSON of dashboard @name with its length (static, not terminated), or NULL if there is none. */
const char *dashboard__find(const char *name, size_t *ret_bytes);

/* Exit code. */
int cmd_dashboard(int argc, char **argv);

#endif
