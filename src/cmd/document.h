/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of a --json document: {"schema", "host", "at", "span_s", "items"}. Called by the
 * reading verbs.
 */
#ifndef HB_CMD_DOCUMENT_H
#define HB_CMD_DOCUMENT_H

#include <jansson.h>

/* A document of @schema ("heapbeat/processes/v1") with an empty "items" array and span_s 0; NULL if
 * out of memory. The caller owns it. */
json_t *document__new(const char *schema);
/* Its "items", borrowed. */
json_t *document__items(json_t *document);
/* Print it to stdout, one line break at the end. 0 or -EIO. */
int document__print(const json_t *document);

/* A string of any bytes as valid, printable UTF-8; NULL if out of memory. */
json_t *document__string(const char *bytes);
/* A 64-bit id as a string: readers of JSON numbers would round it. NULL if out of memory. */
json_t *document__id(unsigned long long id);

#endif
