// SPDX-License-Identifier: GPL-2.0-or-later
/* Probes in the runtimes of members that are Go programs: linked once, and what their records become. */
#include "observe/state.h"

#include "base/clock.h"
#include "base/log.h"
#include "collect/go_records.h"
#include "collect/go_sample.h"
#include "base/banned.h"

/* A program that samples nothing itself is sampled where its Ps take spans. */
static uint32_t parts_wanted(const struct go_member *go)
{
	uint32_t samples = go->profile_rate_bytes ? GO_WATCH_SAMPLES : GO_WATCH_REFILLS;

	return (samples | GO_WATCH_CYCLES) & go_watch__usable(&go->watch);
}

static void note_parts(struct go_member *go)
{
	uint32_t attached = go_watch__attached(&go->watch);

	go->parts &= ~(uint32_t)(GO_PART_SAMPLES | GO_PART_REFILLS);
	if (attached & GO_WATCH_SAMPLES)
		go->parts |= GO_PART_SAMPLES;
	if (attached & GO_WATCH_REFILLS)
		go->parts |= GO_PART_REFILLS;
}

void member__probe_go(struct observer *observer, struct member *member)
{
	struct go_member *go = &member->go;
	struct error error = {0};
	uint32_t parts = go->parts;
	int err = 0;

	if (!go->watch.pid || go->unprobed || member->paused || go->ending)
		return;
	if (!go->watch.object)
		err = go_watch__init(&go->watch, observer->object, member->watch.slot,
				     member->watch.image, &observer->costs, &error);
	if (!err && go_watch__attached(&go->watch) != parts_wanted(go)) {
		go_watch__detach(&go->watch, ~parts_wanted(go));
		err = go_watch__attach(&go->watch, parts_wanted(go), &error);
	}
	note_parts(go);
	if (go->parts != parts)
		go->told = false;
	if (!err)
		return;
	go->unprobed = true;
	log_info("observer", "%s; its runtime is read all the same", error.text);
}

void member__unprobe_go(struct member *member)
{
	if (member->go.watch.object)
		go_watch__detach(&member->go.watch, UINT32_MAX);
}

void observer__handle_go_sample(struct observer *observer, struct member *member,
				const struct hb_go_sample *sample)
{
	struct go_member *go = &member->go;
	struct go_sample_source source = {
		.image = member->watch.image,
		.module = go->module,
		.bias = go->bias,
		.text = go->text,
		.etext = go->etext,
		.profile_rate_bytes = go->profile_rate_bytes,
	};
	struct frame frames[GO_SAMPLE_FRAMES_MAX];
	struct record_go_sample fixed;
	int cnt;

	go->delivered++;
	cnt = go_sample__build(sample, &source, &fixed, frames);
	if (cnt < 0 || !go->told)
		return;
	for (int i = 0; i < cnt; i++)
		stream__want_name(observer, member->subscriber, &frames[i]);
	subscriber__put(member->subscriber,
			record_buffer__go_sample(&observer->buffer, &fixed, frames, (size_t)cnt));
}

void observer__handle_go_cycle(struct observer *observer, struct member *member,
			       const struct hb_go_cycle *cycle)
{
	struct record_go_cycle record;

	(void)observer;
	if (!member->go.told)
		return;
	go_sample__build_cycle(cycle, member->watch.image, &record);
	record__init(&record.head, RECORD_GO_CYCLE, sizeof(record), cycle->event.time_ns);
	subscriber__put(member->subscriber, &record.head);
}

static void add_look_sums(struct observer_sums *sums, const struct go_looks *looks)
{
	struct hb_go_look_counters now;

	if (!looks->look.object)
		return;
	go_look__read(&looks->look, &now);
	sums->stages[STAGE_HIT] += now.hits;
	sums->stages[STAGE_COUNTED] += now.foreign + now.shut + now.repeated + now.passed;
	for (int i = 0; i < HB_GO_CALL_KINDS; i++)
		sums->stages[STAGE_COUNTED] += now.counted[i];
	sums->probes[PROBE_LINKED] += go_look__is_linked(&looks->look) ? looks->look.point_cnt : 0;
}

uint64_t member__go_charged_ns(const struct member *member)
{
	const struct go_member *go = &member->go;

	return (go->watch.object ? go_watch__charged_ns(&go->watch) : 0) +
	       go_look__charged_ns(&go->looks.look);
}

void member__add_go_sums(struct observer_sums *sums, const struct member *member)
{
	const struct go_member *go = &member->go;
	struct hb_go_counters now;

	add_look_sums(sums, &go->looks);
	if (!go->watch.object)
		return;
	go_watch__read(&go->watch, &now);
	sums->stages[STAGE_HIT] += now.hits;
	sums->stages[STAGE_COUNTED] += now.foreign + now.repeated;
	for (int i = 0; i < HB_GO_PROBE_MAX; i++)
		sums->stages[STAGE_COUNTED] += now.counted[i];
	for (int i = 0; i < HB_GO_SAMPLED; i++) {
		sums->stages[STAGE_SAMPLED] += now.sampled[i];
		sums->losses[LOSS_RINGBUF_FULL] += now.lost[i];
	}
	sums->stages[STAGE_DELIVERED] += go->delivered;
	sums->probes[PROBE_LINKED] += go_watch__linked_cnt(&go->watch);
	sums->probes[PROBE_UNUSABLE] += go_watch__unusable_cnt(&go->watch);
}
