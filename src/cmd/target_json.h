/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target as JSON: the items of `ps --json` and `doctor --probes --json`. Called by those verbs. */
#ifndef HB_CMD_TARGET_JSON_H
#define HB_CMD_TARGET_JSON_H

#include <jansson.h>
#include <stdbool.h>

#include "target/target.h"

#define BUILD_ID_TEXT_BYTES 41

/* Can some function of @target be probed? */
bool target__is_attachable(const struct target *target);
/* Hexadecimal build-id of @file in @text (BUILD_ID_TEXT_BYTES), "" if it has none. Returns @text. */
char *target_file__format_build_id(const struct target_file *file, char *text);

/* New objects, NULL if out of memory. Unknown = key absent. */
json_t *target_json__process(const struct target *target);
json_t *target_json__probes(const struct target *target);

#endif
