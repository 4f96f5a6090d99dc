// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_sample.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "collect/go_span.h"
#include "collect/record_buffer.h"
#include "base/banned.h"

#define WEIGHT_MAX ((double)(1ULL << 62))

static struct frame frame_at(const struct go_sample_source *source, uint64_t address, bool exact)
{
	uint64_t offset = address - source->bias;
	bool known = address >= source->bias && offset >= source->text;

	/* A call may be the last instruction of the text: its return address lies behind it. */
	if (source->etext && offset > source->etext)
		known = false;
	return (struct frame){.module = known ? source->module : 0,
			      .flags = exact ? FRAME_EXACT_PC : 0,
			      .offset = known ? offset : address};
}

static size_t build_frames(const struct hb_go_sample *event, const struct go_sample_source *source,
			   struct frame *frames)
{
	uint64_t caller = event->return_address;
	size_t cnt = 0;

	if (!event->frame_cnt)
		return 0;
	frames[cnt++] = frame_at(source, event->frames[0], true);
	if (caller && (event->frame_cnt < 2 || event->frames[1] != caller))
		frames[cnt++] = frame_at(source, caller, false);
	for (uint32_t i = 1; i < event->frame_cnt; i++)
		frames[cnt++] = frame_at(source, event->frames[i], false);
	return cnt;
}

/* Go draws the distance between samples from an exponential distribution of mean rate: an object of
 * a size is one with 1 - exp(-size/rate). */
static double own_weight(const struct hb_go_sample *event, uint64_t rate_bytes)
{
	double size = (double)event->size_bytes;

	switch (event->probe) {
	case HB_GO_REFILL:
		return go_span__bytes(event->span_class >> 1);
	case HB_GO_PROFILE:
		if (rate_bytes > 1 && event->size_bytes)
			return size / -expm1(-size / (double)rate_bytes);
		return size;
	}
	return size;
}

int go_sample__build(const struct hb_go_sample *event, const struct go_sample_source *source,
		     struct record_go_sample *ret_fixed, struct frame *ret_frames)
{
	static const uint32_t kinds[HB_GO_SAMPLED] = {GO_SAMPLE_PROFILE, GO_SAMPLE_REFILL,
						      GO_SAMPLE_LARGE};
	double weight;

	if (event->probe >= HB_GO_SAMPLED || event->frame_cnt > HB_GO_FRAMES_MAX ||
	    !event->probability_q32 || event->probability_q32 > 1ULL << 32)
		return -EBADMSG;
	weight = own_weight(event, source->profile_rate_bytes) /
		 ((double)event->probability_q32 / 0x1p32);
	*ret_fixed = (struct record_go_sample){
		.head.time_ns = event->event.time_ns,
		.image = source->image,
		.kind = kinds[event->probe],
		.size_bytes = event->probe == HB_GO_REFILL
				      ? go_span__object_bytes(event->span_class >> 1)
				      : event->size_bytes,
		.weight_bytes =
			weight < WEIGHT_MAX ? (uint64_t)llround(weight) : (uint64_t)WEIGHT_MAX,
		.type = event->type ? event->type - source->bias : 0,
		.tid = event->event.tid,
	};
	ret_fixed->frame_cnt = (uint32_t)build_frames(event, source, ret_frames);
	return (int)ret_fixed->frame_cnt;
}

void go_sample__build_cycle(const struct hb_go_cycle *event, uint32_t image,
			    struct record_go_cycle *ret)
{
	*ret = (struct record_go_cycle){
		.image = image,
		.cause = event->cause < HB_GO_CAUSE_UNKNOWN ? event->cause
							    : (uint32_t)GO_CAUSE_UNKNOWN,
		.pause_ns = event->stopped_ns,
		.mark_ns = event->mark_ns,
	};
	record__init(&ret->head, RECORD_GO_CYCLE, sizeof(*ret), event->event.time_ns);
}
