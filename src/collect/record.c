// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/record.h"

#include <errno.h>
#include <string.h>

#include "collect/record_go.h"

#include "base/banned.h"

#define STRINGS_MAX 6
#define FUNC_LIMIT  16 /* columns that a view has for functions; abi.h uses 12 of them */
#define CLASS_LIMIT 65

/* What a sound record of one type looks like. */
struct shape {
	size_t fixed_bytes;
	size_t strings[STRINGS_MAX]; /* where the string offsets stand; 0 ends the list */
	bool (*check)(const struct record *record);
};

static bool check_image(const struct record *record)
{
	return ((const struct record_image *)record)->image != 0;
}

static bool check_module(const struct record *record)
{
	const struct record_module *module = (const struct record_module *)record;

	return module->module && module->build_id_bytes <= BUILD_ID_MAX;
}

static bool check_exit(const struct record *record)
{
	return ((const struct record_exit *)record)->reason <= EXIT_REASON_RELEASED;
}

static bool check_plan(const struct record *record)
{
	return ((const struct record_plan *)record)->mode <= PLAN_FULL;
}

static bool check_counters(const struct record *record)
{
	const struct record_counters *counters = (const struct record_counters *)record;
	const struct counters_row *rows = (const struct counters_row *)(counters + 1);

	if (counters->row_cnt > (record->bytes - sizeof(*counters)) / sizeof(*rows))
		return false;
	if (counters->row_cnt > FUNC_LIMIT * CLASS_LIMIT)
		return false;
	for (uint32_t i = 0; i < counters->row_cnt; i++)
		if (rows[i].func >= FUNC_LIMIT || rows[i].size_class >= CLASS_LIMIT)
			return false;
	return true;
}

static bool check_sample(const struct record *record)
{
	const struct record_sample *sample = (const struct record_sample *)record;
	size_t room = (record->bytes - sizeof(*sample)) / sizeof(struct frame);

	/* A weight is 1/p: p = 0 would be an infinite one. */
	return sample->frame_cnt <= FRAMES_MAX && sample->frame_cnt <= room &&
	       sample->func < FUNC_LIMIT && sample->probability_q32 > 0 &&
	       sample->probability_q32 <= 1ULL << 32;
}

#define FIXED(type) .fixed_bytes = sizeof(struct type)
#define AT(field)   offsetof(struct SHAPE, field)

static const struct shape shapes[] = {
#define SHAPE record_host
	[RECORD_HOST] = {FIXED(record_host), {AT(kernel), AT(host), AT(version)}, NULL},
#undef SHAPE
#define SHAPE record_image
	[RECORD_IMAGE] = {FIXED(record_image),
			  {AT(comm), AT(exe), AT(runtime), AT(allocator), AT(hides), AT(refusal)},
			  check_image},
#undef SHAPE
#define SHAPE record_module
	[RECORD_MODULE] = {FIXED(record_module), {AT(path)}, check_module},
#undef SHAPE
	[RECORD_EXIT] = {FIXED(record_exit), {0}, check_exit},
	[RECORD_PLAN] = {FIXED(record_plan), {0}, check_plan},
	[RECORD_COUNTERS] = {FIXED(record_counters), {0}, check_counters},
	[RECORD_SAMPLE] = {FIXED(record_sample), {0}, check_sample},
	[RECORD_FAILURE] = {FIXED(record_sample), {0}, check_sample},
	[RECORD_STEP] = {FIXED(record_block), {0}, NULL},
	[RECORD_FREE] = {FIXED(record_block), {0}, NULL},
	[RECORD_LOSS] = {FIXED(record_loss), {0}, NULL},
	[RECORD_VITALS] = {FIXED(record_vitals), {0}, NULL},
#define SHAPE record_go_program
	[RECORD_GO_PROGRAM] = {FIXED(record_go_program), {AT(version), AT(coverage)}, NULL},
#undef SHAPE
	[RECORD_GO_STATE] = {FIXED(record_go_state), {0}, NULL},
	[RECORD_GO_CLASSES] = {FIXED(record_go_classes), {0}, record_go__check_classes},
	[RECORD_GO_BUCKET] = {FIXED(record_go_bucket), {0}, record_go__check_bucket},
	[RECORD_GO_COUNTS] = {FIXED(record_go_counts), {0}, record_go__check_counts},
	[RECORD_GO_GOROUTINES] = {FIXED(record_go_goroutines), {0}, record_go__check_goroutines},
	[RECORD_GO_SAMPLE] = {FIXED(record_go_sample), {0}, record_go__check_sample},
	[RECORD_GO_CYCLE] = {FIXED(record_go_cycle), {0}, record_go__check_cycle},
	[RECORD_GO_LOOK] = {FIXED(record_go_look), {0}, NULL},
	[RECORD_GO_CALLS] = {FIXED(record_go_calls), {0}, record_go__check_calls},
#define SHAPE record_symbol
	[RECORD_SYMBOL] = {FIXED(record_symbol), {AT(function), AT(file)}, NULL},
#undef SHAPE
	[RECORD_END] = {FIXED(record_end), {0}, NULL},
	[RECORD_MEMORY] = {FIXED(record_memory), {0}, NULL},
#define SHAPE record_go_site
	[RECORD_GO_SITE] = {FIXED(record_go_site),
			    {AT(type), AT(callee), AT(call)},
			    record_go__check_site},
#undef SHAPE
#define SHAPE record_unit
	[RECORD_UNIT] = {FIXED(record_unit), {AT(unit)}, NULL},
#undef SHAPE
#define SHAPE record_thread
	[RECORD_THREAD] = {FIXED(record_thread), {AT(comm)}, NULL},
#undef SHAPE
};

/* Records follow each other without padding, so each fixed part keeps the next one aligned. */
#define ASSERT_ALIGNED(type) _Static_assert(sizeof(struct type) % 8 == 0, #type)
ASSERT_ALIGNED(capture_header);
ASSERT_ALIGNED(record_host);
ASSERT_ALIGNED(record_image);
ASSERT_ALIGNED(record_module);
ASSERT_ALIGNED(record_exit);
ASSERT_ALIGNED(record_plan);
ASSERT_ALIGNED(record_counters);
ASSERT_ALIGNED(counters_row);
ASSERT_ALIGNED(record_sample);
ASSERT_ALIGNED(frame);
ASSERT_ALIGNED(record_block);
ASSERT_ALIGNED(record_loss);
ASSERT_ALIGNED(record_vitals);
ASSERT_ALIGNED(record_memory);
ASSERT_ALIGNED(record_symbol);
ASSERT_ALIGNED(record_go_program);
ASSERT_ALIGNED(record_go_state);
ASSERT_ALIGNED(record_go_classes);
ASSERT_ALIGNED(go_class_row);
ASSERT_ALIGNED(record_go_bucket);
ASSERT_ALIGNED(record_go_counts);
ASSERT_ALIGNED(go_count_row);
ASSERT_ALIGNED(record_go_goroutines);
ASSERT_ALIGNED(go_goroutine_row);
ASSERT_ALIGNED(record_go_sample);
ASSERT_ALIGNED(record_go_cycle);
ASSERT_ALIGNED(record_go_look);
ASSERT_ALIGNED(record_go_calls);
ASSERT_ALIGNED(go_call_row);
ASSERT_ALIGNED(record_go_site);
ASSERT_ALIGNED(record_end);
ASSERT_ALIGNED(record_thread);
ASSERT_ALIGNED(record_unit);

const char *record__string(const struct record *record, uint32_t offset)
{
	const char *bytes = (const char *)record;

	if (offset < sizeof(*record) || offset >= record->bytes ||
	    !memchr(bytes + offset, 0, record->bytes - offset))
		return "";
	return bytes + offset;
}

static bool string_is_sound(const struct record *record, const struct shape *shape, size_t field)
{
	const char *bytes = (const char *)record;
	uint32_t offset;

	memcpy(&offset, bytes + field, sizeof(offset));
	if (!offset)
		return true;
	return offset >= shape->fixed_bytes && offset < record->bytes &&
	       memchr(bytes + offset, 0, record->bytes - offset);
}

int record__validate(const struct record *record)
{
	const struct shape *shape;

	if (record->bytes < sizeof(*record) || record->bytes > RECORD_MAX_BYTES ||
	    record->bytes % 8)
		return -EBADMSG;
	if (record->type >= sizeof(shapes) / sizeof(*shapes) || !shapes[record->type].fixed_bytes)
		return -ENOTSUP;
	shape = &shapes[record->type];
	if (record->bytes < shape->fixed_bytes)
		return -EBADMSG;
	for (size_t i = 0; i < STRINGS_MAX && shape->strings[i]; i++)
		if (!string_is_sound(record, shape, shape->strings[i]))
			return -EBADMSG;
	if (shape->check && !shape->check(record))
		return -EBADMSG;
	return 0;
}
