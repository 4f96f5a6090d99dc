/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON pieces that all documents share. Adders latch failure in the document: an out-of-memory is
 * found once, at json_doc__write. Unknown = the key is absent.
 */
#ifndef HB_JSON_H
#define HB_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "model/view.h"

struct json_doc {
	json_t *root;
	json_t *items;
	bool failed;
};

/* {"schema": "heapbeat/<name>/v1", "host", "at", "span_s", "items": []} */
void json_doc__init(struct json_doc *doc, const char *schema, const struct view *view);
/* Print it and free it. 0, -ENOMEM if anything failed before, -EIO. */
int json_doc__write(struct json_doc *doc, FILE *file);

/* A new object or array under @key of @parent (appended to it if @key is NULL and it is an array). */
json_t *json_doc__object(struct json_doc *doc, json_t *parent, const char *key);
json_t *json_doc__array(struct json_doc *doc, json_t *parent, const char *key);

/* Text from a watched process is made printable; NULL and "" are absent. */
void json_doc__string(struct json_doc *doc, json_t *object, const char *key, const char *value);
/* The same, always there: "" for NULL. */
void json_doc__text(struct json_doc *doc, json_t *object, const char *key, const char *value);
void json_doc__number(struct json_doc *doc, json_t *object, const char *key, double value);
void json_doc__count(struct json_doc *doc, json_t *object, const char *key, uint64_t value);
/* RFC 3339 with milliseconds. */
void json_doc__time(struct json_doc *doc, json_t *object, const char *key, uint64_t wall_ns);
void json_doc__bool(struct json_doc *doc, json_t *object, const char *key, bool value);
/* 64 bits as 16 hexadecimal digits: JSON numbers hold 53. */
void json_doc__id(struct json_doc *doc, json_t *object, const char *key, uint64_t value);
/* "exact", "sampled", "window", "bucket"; "" where it is unknown. */
const char *basis__name(enum basis basis);
/* {"value", "stderr", "n", "basis", "low", "high", "lower_bound"}; absent if unknown. */
void json_doc__figure(struct json_doc *doc, json_t *object, const char *key,
		      const struct figure *figure);
/* {"id", "pid", "comm", "exe", "runtime", "allocator", "exited", "exit_reason"} under "process". */
void json_doc__process(struct json_doc *doc, json_t *object, const struct view_process *process);

#endif
