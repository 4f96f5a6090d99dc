/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readings of a Go runtime -> records. Called by the loop of the observer with what its reading
 * thread hands over, and by what decodes the probes' samples. Long parts are split, so that no record
 * exceeds RECORD_MAX_BYTES; all records of a reading have its time.
 */
#ifndef HB_COLLECT_GO_RECORDS_H
#define HB_COLLECT_GO_RECORDS_H

#include "collect/go_calls.h"
#include "collect/go_reading.h"
#include "collect/record_buffer.h"

/* GO_PROGRAM. @coverage NULL or "": absent. The finished record, or NULL with errno set. */
const struct record *record_buffer__go_program(struct record_buffer *buffer,
					       const struct record_go_program *fixed,
					       const char *version, const char *coverage);
/* GO_SAMPLE with @frame_cnt frames, at most FRAMES_MAX of them. As above. */
const struct record *record_buffer__go_sample(struct record_buffer *buffer,
					      const struct record_go_sample *fixed,
					      const struct frame *frames, size_t frame_cnt);

/*
 * Hand each record of @reading to @put, in an order in which none refers forward: cycles, the state,
 * classes, new buckets, counts, goroutines. @image is the process's number and @module that of its
 * executable in the stream: frames of module 1 are given it. 0, -ENOMEM, or what @put has answered
 * first (which ends it).
 */
int go_records__put(struct record_buffer *buffer, uint32_t image, uint32_t module,
		    const struct go_reading *reading,
		    int (*put)(void *ctx, const struct record *record), void *ctx);

/*
 * The same of what looks have seen: GO_CALLS, as many as it takes, then GO_LOOK with @sums, whose head
 * but its time is filled here.
 */
int go_records__put_calls(struct record_buffer *buffer, uint32_t module,
			  const struct record_go_look *sums, const struct go_calls_news *news,
			  int (*put)(void *ctx, const struct record *record), void *ctx);

#endif
