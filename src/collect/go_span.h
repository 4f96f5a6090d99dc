/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The size classes of Go's allocator, the same since 1.16: what a span of one holds. Pure. */
#ifndef HB_COLLECT_GO_SPAN_H
#define HB_COLLECT_GO_SPAN_H

#include <stdint.h>

#define GO_SIZE_CLASSES 68 /* class 0: large objects, each a span of its own */

/* Bytes of an object of @size_class; 0: there is no such class, or it is 0. */
uint32_t go_span__object_bytes(uint32_t size_class);
/* Bytes of all objects that a span of @size_class has room for; 0 as above. */
uint32_t go_span__bytes(uint32_t size_class);

#endif
