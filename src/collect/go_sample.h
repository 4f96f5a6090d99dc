/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an event of a Go probe to a GO_SAMPLE or GO_CYCLE record's parts: pure. Called by the loop of
 * the observer from the drain's handlers; record_buffer__go_sample() makes the record of them.
 */
#ifndef HB_COLLECT_GO_SAMPLE_H
#define HB_COLLECT_GO_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "collect/record.h"

#define GO_SAMPLE_FRAMES_MAX (HB_GO_FRAMES_MAX + 1) /* with the caller that the walk may miss */

/* The program that the sample is of. */
struct go_sample_source {
	uint32_t image, module;	     /* numbers in the stream */
	uint64_t bias;		     /* live addresses exceed link-time ones by it */
	uint64_t text, etext;	     /* link-time; frames outside are of no module. 0, 0: unknown */
	uint64_t profile_rate_bytes; /* 0: unknown; a sample then stands for itself */
};

/*
 * Fill @ret_fixed (all but head.bytes and head.type) and @ret_frames, GO_SAMPLE_FRAMES_MAX of them:
 * the probed function's own first (FRAME_EXACT_PC), then return addresses. The number of frames, or
 * -EBADMSG where the event contradicts itself.
 */
int go_sample__build(const struct hb_go_sample *event, const struct go_sample_source *source,
		     struct record_go_sample *ret_fixed, struct frame *ret_frames);

/* Fill all of @ret but cycle and ended_wall_ns, which the runtime's own ring knows; its time is that
 * of the world's last start. */
void go_sample__build_cycle(const struct hb_go_cycle *event, uint32_t image,
			    struct record_go_cycle *ret);

#endif
