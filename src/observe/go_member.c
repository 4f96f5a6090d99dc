// SPDX-License-Identifier: GPL-2.0-or-later
/* Members that are Go programs: when their runtimes are read, and what the readings become. */
#include "observe/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "collect/go_records.h"
#include "base/banned.h"

#define LIGHT_PARTS (GO_PART_STATE | GO_PART_CLASSES | GO_PART_CYCLES)
#define HEAVY_PARTS (GO_PART_BUCKETS | GO_PART_GOROUTINES)
#define LIGHT_NS    1000000000ULL
#define HEAVY_NS    5000000000ULL
/* Of a command, whose memory is gone once it ends; at its beginning, as many are brief. */
#define HASTY_NS      1000000000ULL
#define BRIEF_NS      250000000ULL
#define BRIEF_READING 20
/* Readings cost the target nothing and us their CPU: less than this part of one core for each. */
#define LIGHT_SHARE	  500
#define HEAVY_SHARE	  200
#define LOST_NS		  30000000000ULL /* an answer that has not come by then never will */
#define MODULES_FIRST	  (1U << 24)	 /* numbers beside the unwinder's */
#define OPEN_TRIES	  5
#define OPEN_RETRY_NS	  100000000ULL /* grows by half an order of magnitude each time */
#define OPEN_RETRY_GROWTH 3

/* The number of the executable in streams: one for all processes that run it. */
static uint32_t module_of(struct observer *observer, const struct member *member,
			  const uint8_t *build_id)
{
	uint64_t key = hash__bytes(HASH_SEED, build_id, BUILD_ID_MAX), number;
	const struct target *target = member->watch.target;
	struct known_module known = {.build_id_bytes = BUILD_ID_MAX};

	if (table__get(&observer->go_modules, key, &number))
		return (uint32_t)number;
	number = MODULES_FIRST + observer->go_modules.cnt;
	known.module = (uint32_t)number;
	known.path = strdup(target->exe);
	memcpy(known.build_id, build_id, BUILD_ID_MAX);
	if (!known.path || observer__know_module(observer, &known) ||
	    table__put(&observer->go_modules, key, number))
		return 0;
	/* Its names are checked by no build-id: Go's own need not be the file's. */
	(void)naming_worker__add_module(observer->naming, known.module, target->go_fd, target->exe,
					NULL, 0, target->pid);
	return (uint32_t)number;
}

static void want_names(const struct go_stream *stream, const struct record *record)
{
	const struct record_go_bucket *bucket = (const struct record_go_bucket *)record;
	const struct record_go_goroutines *list = (const struct record_go_goroutines *)record;
	const struct go_goroutine_row *rows = (const struct go_goroutine_row *)(list + 1);
	const struct record_go_calls *calls = (const struct record_go_calls *)record;
	const struct go_call_row *call_rows = (const struct go_call_row *)(calls + 1);
	const struct frame *frames = (const struct frame *)(bucket + 1);

	if (record->type == RECORD_GO_BUCKET) {
		for (uint32_t i = 0; i < bucket->frame_cnt; i++)
			stream__want_name(stream->observer, stream->subscriber, &frames[i]);
	} else if (record->type == RECORD_GO_GOROUTINES) {
		for (uint32_t i = 0; i < list->row_cnt; i++) {
			stream__want_name(stream->observer, stream->subscriber, &rows[i].created);
			stream__want_name(stream->observer, stream->subscriber, &rows[i].entry);
		}
	} else if (record->type == RECORD_GO_CALLS) {
		for (uint32_t i = 0; i < calls->row_cnt; i++)
			stream__want_name(stream->observer, stream->subscriber, &call_rows[i].site);
	}
}

int go_stream__put(void *ctx, const struct record *record)
{
	const struct go_stream *stream = ctx;

	subscriber__put(stream->subscriber, record);
	if (record)
		want_names(stream, record);
	return 0;
}

static void put_program(struct observer *observer, struct member *member)
{
	struct go_member *go = &member->go;
	struct record_go_program fixed = {
		.head.time_ns = clock__boottime_ns(),
		.image = member->watch.image,
		.parts = go->parts,
		.module = go->module,
		.profile_rate_bytes = go->profile_rate_bytes,
	};

	stream__module(observer, member->subscriber, go->module);
	subscriber__put(member->subscriber, record_buffer__go_program(&observer->buffer, &fixed,
								      go->version, go->coverage));
	go->told = true;
}

static void opened(struct observer *observer, struct member *member, struct go_news *news)
{
	struct go_member *go = &member->go;

	go->state = GO_MEMBER_OPEN;
	go->parts = news->parts;
	go->bias = news->bias;
	memcpy(go->version, news->version, sizeof(go->version));
	free(go->coverage);
	go->coverage = news->coverage;
	news->coverage = NULL;
	go->text = news->text;
	go->etext = news->etext;
	go_watch__release(&go->watch);
	go->watch = news->watch;
	news->watch = (struct go_watch){.fd = -1};
	go_look__release(&go->looks.look);
	go->looks.look = news->look;
	news->look = (struct go_look){.fd = -1};
	go->module = module_of(observer, member, news->build_id);
	log_debug("observer", "process %d: %s, parts %x%s%s", member->watch.target->pid,
		  go->version, go->parts, *go->coverage ? "; " : "", go->coverage);
}

/* A program that has just begun has not set its runtime up yet. */
static void failed(struct member *member, const struct go_news *news)
{
	struct go_member *go = &member->go;

	if (go->state == GO_MEMBER_OPEN)
		return; /* of one reading: the next may do */
	if (go->tries < OPEN_TRIES) {
		go->state = GO_MEMBER_RETRY;
		return;
	}
	go->state = GO_MEMBER_NONE;
	log_warn("observer", "process %d: Go runtime not read: %s", member->watch.target->pid,
		 news->error.text);
}

static uint64_t usual_ns(const struct member *member, bool heavy)
{
	if (member->hasty && member->go.readings < BRIEF_READING)
		return BRIEF_NS;
	if (member->subscriber->terms.run_ns || member->hasty)
		return HASTY_NS;
	return heavy ? HEAVY_NS : LIGHT_NS;
}

static void take_reading(struct observer *observer, struct member *member,
			 struct go_reading *reading)
{
	struct go_member *go = &member->go;
	uint64_t light = reading->cpu_ns * LIGHT_SHARE, heavy = reading->cpu_ns * HEAVY_SHARE;
	struct go_stream stream = {observer, member->subscriber};
	bool is_heavy = reading->parts & HEAVY_PARTS;
	uint64_t usual = usual_ns(member, is_heavy);

	if (is_heavy)
		go->heavy_due_ns = reading->time_ns + (heavy > usual ? heavy : usual);
	else
		go->light_due_ns = reading->time_ns + (light > usual ? light : usual);
	if (!member->subscriber->begun)
		return;
	if (!go->told || go->profile_rate_bytes != reading->profile_rate_bytes) {
		go->profile_rate_bytes = reading->profile_rate_bytes;
		put_program(observer, member);
	}
	go->readings++;
	member->subscriber->saw_window = true; /* it has figures without one */
	reading->state.charged_ns = member__go_charged_ns(member);
	member__probe_go(observer, member);
	(void)go_records__put(&observer->buffer, member->watch.image, go->module, reading,
			      go_stream__put, &stream);
}

static struct member *member_of_image(struct observer *observer, uint32_t image)
{
	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		if (observer->members[slot] && observer->members[slot]->watch.image == image)
			return observer->members[slot];
	return NULL;
}

static void ask_open(struct observer *observer, struct member *member, uint64_t now)
{
	struct go_member *go = &member->go;
	const struct target *target = member->watch.target;
	uint64_t wait = OPEN_RETRY_NS;

	if (go->state == GO_MEMBER_RETRY && now < go->light_due_ns)
		return;
	for (int i = 0; i < go->tries; i++)
		wait *= OPEN_RETRY_GROWTH;
	if (go_worker__open(observer->go_worker, member->watch.image, target->pid, target->go_fd))
		return;
	go->tries++;
	go->light_due_ns = now + wait;
	go->state = GO_MEMBER_ASKED;
	go->asked_ns = now;
}

/* What is due now; 0 nothing. A final reading takes everything. */
static uint32_t parts_due(const struct member *member, uint64_t now)
{
	const struct go_member *go = &member->go;

	if (go->ending || now >= go->heavy_due_ns)
		return go->parts & (LIGHT_PARTS | HEAVY_PARTS);
	return now >= go->light_due_ns ? go->parts & LIGHT_PARTS : 0;
}

static void ask_reading(struct observer *observer, struct member *member, uint64_t now)
{
	struct go_member *go = &member->go;
	uint32_t parts = parts_due(member, now);

	if (!parts || go_worker__read(observer->go_worker, member->watch.image, parts))
		return;
	go->asked_ns = now;
	go->final_asked = go->ending;
}

void member__read_go(struct observer *observer, struct member *member)
{
	struct go_member *go = &member->go;
	uint64_t now = clock__boottime_ns();

	if (go->state == GO_MEMBER_NONE || member->paused ||
	    (go->asked_ns && now < go->asked_ns + LOST_NS))
		return;
	if (go->state == GO_MEMBER_OPEN)
		ask_reading(observer, member, now);
	else if (!member->subscriber->closing)
		ask_open(observer, member, now);
}

static void take(struct observer *observer, struct member *member, struct go_news *news)
{
	struct go_member *go = &member->go;

	go->asked_ns = 0;
	if (news->kind == GO_NEWS_OPENED)
		opened(observer, member, news);
	else if (news->kind == GO_NEWS_FAILED)
		failed(member, news);
	else if (news->kind == GO_NEWS_READING)
		take_reading(observer, member, news->reading);
	if (!go->ending)
		return;
	/* What was under way at the end had been asked for before it. */
	if (go->final_asked || news->kind != GO_NEWS_READING)
		go->ending = false;
	else
		member__read_go(observer, member);
}

void observer__take_go(struct observer *observer)
{
	struct go_news *news;

	while ((news = go_worker__take(observer->go_worker))) {
		struct member *member = member_of_image(observer, news->image);

		if (member && news->kind == GO_NEWS_CALLS)
			member__take_calls(observer, member, news);
		else if (member && !member->watch.gone)
			take(observer, member, news);
		go_news__free(news);
	}
}

void member__start_go(struct observer *observer, struct member *member)
{
	if (member->watch.target->go_fd < 0)
		return;
	member->go.state = GO_MEMBER_NEW;
	member__read_go(observer, member);
}

void member__end_go(struct observer *observer, struct member *member)
{
	member->go.ending = member->go.state == GO_MEMBER_OPEN;
	member__read_go(observer, member);
}

void member__forget_go(struct observer *observer, struct member *member)
{
	if (member->go.state == GO_MEMBER_NONE)
		return;
	member->go.state = GO_MEMBER_NONE;
	member__shut_look(observer, member);
	member__leave_look(observer, member);
	member__unprobe_go(member);
	(void)go_worker__forget(observer->go_worker, member->watch.image);
}

void member__release_go(struct member *member)
{
	go_watch__release(&member->go.watch);
	go_look__release(&member->go.looks.look);
	free(member->go.coverage);
	member->go.coverage = NULL;
}
