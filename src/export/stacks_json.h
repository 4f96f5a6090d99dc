/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the page draws of a process at one moment, as JSON: its stacks as a tree with four values a
 * node (docs/schema/stacks.v1.json), and the collector of a Go program (docs/schema/gc.v1.json).
 * Numbers of nodes stand in columns, since there are thousands. Called by web/ and html_report.
 */
#ifndef HB_STACKS_JSON_H
#define HB_STACKS_JSON_H

#include "export/flame.h"

#define STACKS_PROCESSES_MAX 64 /* of one document */

/* An item per process and heap; processes beyond STACKS_PROCESSES_MAX, and nodes beyond
 * STACK_TREE_NODES_MAX in all, are left out. @source's @by says nothing. 0, -EIO or -ENOMEM. */
int stacks_json__write(FILE *file, const struct flame_source *source);

/* An item per Go program. 0, -EIO or -ENOMEM. */
int gc_json__write(FILE *file, const struct flame_source *source);

#endif
