// SPDX-License-Identifier: GPL-2.0-or-later
/* Readings of a Go runtime as records: split, whole, and never believed where they are broken. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/capture_reader.h"
#include "collect/capture_writer.h"
#include "go_fixture.h"

#include "scratch.h"
#include "base/banned.h"

#define TYPES 64

struct seen {
	struct capture_writer *writer; /* NULL: not written */
	unsigned cnt[TYPES], order[64];
	size_t order_cnt;
	size_t rows, largest;
	int fail_at; /* the put that fails, from 1 */
	int puts;
	uint32_t module;
};

static int see(void *ctx, const struct record *record)
{
	struct seen *seen = ctx;

	assert_int_equal(record__validate(record), 0);
	assert_true(record->type < TYPES);
	assert_int_equal(record->time_ns, 77);
	seen->cnt[record->type]++;
	if (seen->order_cnt < 64)
		seen->order[seen->order_cnt++] = record->type;
	if (record->bytes > seen->largest)
		seen->largest = record->bytes;
	if (record->type == RECORD_GO_COUNTS)
		seen->rows += ((const struct record_go_counts *)record)->row_cnt;
	if (record->type == RECORD_GO_BUCKET)
		seen->module = ((const struct frame *)((const struct record_go_bucket *)record + 1))
				       ->module;
	if (seen->writer)
		assert_int_equal(capture_writer__add(seen->writer, record), 0);
	return ++seen->puts == seen->fail_at ? -ENOSPC : 0;
}

static struct frame some_frames[3] = {{1, 0, 0x1000}, {1, FRAME_INNERMOST, 0x2000}, {1, 0, 0x3000}};
static struct go_bucket some_buckets[2] = {{1, 3, 48, some_frames}, {2, 2, 4096, some_frames}};
static struct go_count_row some_counts[2] = {{1, 0, 10, 4, 2}, {2, 0, 5, 5, 0}};
static struct go_class_row some_classes[2] = {{48, 100, 50, 4800, 2400}, {0, 2, 1, 90000, 45000}};
static struct go_goroutine_row some_goroutines[1] = {
	{{1, 0, 0x500}, {1, FRAME_EXACT_PC, 0x600}, 7, {1, 0, 6, 0}, 12}};
static struct record_go_cycle some_cycles[2] = {{.cycle = 4, .cause = GO_CAUSE_UNKNOWN},
						{.cycle = 5, .cause = GO_CAUSE_UNKNOWN}};

static struct go_reading small_reading(void)
{
	return (struct go_reading){
		.time_ns = 77,
		.parts = GO_PARTS,
		.profile_rate_bytes = GO_RATE,
		.state = go_state(10, 5, 1000, 500),
		.classes = some_classes,
		.class_cnt = 2,
		.buckets = some_buckets,
		.bucket_cnt = 2,
		.counts = some_counts,
		.count_cnt = 2,
		.goroutines = some_goroutines,
		.goroutine_cnt = 1,
		.goroutine_total = 7,
		.cycles = some_cycles,
		.cycle_cnt = 2,
	};
}

static void a_reading_is_put_so_that_nothing_refers_forward(void **state)
{
	static const unsigned order[] = {RECORD_GO_CYCLE,   RECORD_GO_CYCLE,	 RECORD_GO_STATE,
					 RECORD_GO_CLASSES, RECORD_GO_BUCKET,	 RECORD_GO_BUCKET,
					 RECORD_GO_COUNTS,  RECORD_GO_GOROUTINES};
	struct go_reading reading = small_reading();
	struct record_buffer buffer = {0};
	struct seen seen = {0};

	(void)state;
	assert_int_equal(go_records__put(&buffer, 3, 9, &reading, see, &seen), 0);
	assert_int_equal(seen.order_cnt, sizeof(order) / sizeof(*order));
	assert_memory_equal(seen.order, order, sizeof(order));
	/* the reader's number of the program became the stream's */
	assert_int_equal(seen.module, 9);
	record_buffer__release(&buffer);
}

static void parts_that_were_not_read_are_not_said(void **state)
{
	struct go_reading reading = small_reading();
	struct record_buffer buffer = {0};
	struct seen seen = {0};

	(void)state;
	reading.parts = GO_PART_BUCKETS;
	reading.count_cnt = 0;
	reading.bucket_cnt = 0;
	assert_int_equal(go_records__put(&buffer, 3, 9, &reading, see, &seen), 0);
	/* that nothing has changed is said, too */
	assert_int_equal(seen.puts, 1);
	assert_int_equal(seen.cnt[RECORD_GO_COUNTS], 1);
	record_buffer__release(&buffer);
}

static void long_parts_are_split_and_deep_stacks_cut(void **state)
{
	static struct frame deep[300];
	struct go_bucket bucket = {1, 300, 8, deep};
	struct go_reading reading = small_reading();
	struct record_buffer buffer = {0};
	struct seen seen = {0};

	(void)state;
	reading.buckets = &bucket;
	reading.bucket_cnt = 1;
	reading.count_cnt = GO_BUCKETS_MAX;
	reading.counts = calloc(reading.count_cnt, sizeof(*reading.counts));
	reading.goroutine_cnt = GO_SITES_MAX + 3;
	reading.goroutines = calloc(reading.goroutine_cnt, sizeof(*reading.goroutines));
	assert_non_null(reading.counts);
	assert_non_null(reading.goroutines);
	for (uint32_t i = 0; i < reading.count_cnt; i++)
		reading.counts[i].bucket = i + 1;
	assert_int_equal(go_records__put(&buffer, 3, 9, &reading, see, &seen), 0);
	assert_int_equal(seen.cnt[RECORD_GO_COUNTS], 3);
	assert_int_equal(seen.rows, GO_BUCKETS_MAX);
	assert_true(seen.largest <= RECORD_MAX_BYTES);
	free(reading.counts);
	free(reading.goroutines);
	record_buffer__release(&buffer);
}

static void the_first_refusal_ends_it(void **state)
{
	struct go_reading reading = small_reading();
	struct record_buffer buffer = {0};

	(void)state;
	for (int at = 1; at <= 8; at++) {
		struct seen seen = {.fail_at = at};

		assert_int_equal(go_records__put(&buffer, 3, 9, &reading, see, &seen), -ENOSPC);
		assert_int_equal(seen.puts, at);
	}
	record_buffer__release(&buffer);
}

/* Every Go record once. */
static void write_capture(void)
{
	struct go_reading reading = small_reading();
	struct record_buffer buffer = {0};
	struct seen seen = {.writer = capture_writer__new(path, 1000, 2000, NULL)};
	struct record_go_program program = {
		.head.time_ns = 77, .image = 1, .parts = GO_PARTS, .module = 1};
	struct record_go_sample sample = {.head.time_ns = 77, .image = 1, .size_bytes = 32};

	assert_non_null(seen.writer);
	see(&seen, record_buffer__go_program(&buffer, &program, "go1.26.4", "no goroutines"));
	assert_int_equal(go_records__put(&buffer, 1, 1, &reading, see, &seen), 0);
	see(&seen, record_buffer__go_sample(&buffer, &sample, some_frames, 3));
	record_buffer__release(&buffer);
	assert_int_equal(capture_writer__close(seen.writer, 99, 0), 0);
}

/* Records read, all of them sound. */
static int count_records(bool *ret_truncated)
{
	struct capture_reader *reader = capture_reader__new(path, NULL);
	const struct record *record;
	int cnt = 0;

	if (!reader)
		return -1;
	while (capture_reader__next(reader, &record) > 0) {
		assert_int_equal(record__validate(record), 0);
		cnt++;
	}
	*ret_truncated = capture_reader__is_truncated(reader);
	capture_reader__free(reader);
	return cnt;
}

static void what_is_written_is_read_back(void **state)
{
	struct capture_reader *reader;
	const struct record *record;
	const struct record_go_program *program;
	const struct record_go_counts *counts = NULL;
	const struct record_go_sample *sample = NULL;
	unsigned cnt[TYPES] = {0};

	(void)state;
	write_capture();
	reader = capture_reader__new(path, NULL);
	assert_non_null(reader);
	assert_int_equal(capture_reader__next(reader, &record), 1);
	program = (const struct record_go_program *)record;
	assert_string_equal(record__string(record, program->version), "go1.26.4");
	assert_string_equal(record__string(record, program->coverage), "no goroutines");
	while (capture_reader__next(reader, &record) > 0) {
		cnt[record->type]++;
		if (record->type == RECORD_GO_COUNTS) {
			counts = (const struct record_go_counts *)record;
			assert_memory_equal(counts + 1, some_counts, sizeof(some_counts));
		}
		if (record->type == RECORD_GO_SAMPLE) {
			sample = (const struct record_go_sample *)record;
			assert_int_equal(sample->frame_cnt, 3);
			assert_memory_equal(sample + 1, some_frames, sizeof(some_frames));
		}
	}
	assert_non_null(counts);
	assert_non_null(sample);
	assert_int_equal(cnt[RECORD_GO_BUCKET], 2);
	assert_int_equal(cnt[RECORD_GO_CYCLE], 2);
	assert_int_equal(cnt[RECORD_END], 1);
	capture_reader__free(reader);
}

static void cut_capture_is_read_to_its_last_whole_record(void **state)
{
	bool truncated;
	struct stat st;
	int whole;

	(void)state;
	write_capture();
	assert_int_equal(stat(path, &st), 0);
	whole = count_records(&truncated);
	assert_int_equal(whole, 11);
	assert_false(truncated);
	for (off_t len = st.st_size - 1; len >= (off_t)sizeof(struct capture_header); len--) {
		assert_int_equal(truncate(path, len), 0);
		assert_in_range(count_records(&truncated), 0, (uintmax_t)whole - 1);
		assert_true(truncated);
	}
}

static void put_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

/* The model takes whatever the reader lets pass. */
static void feed_file_to_a_model(void)
{
	struct capture_reader *reader = capture_reader__new(path, NULL);
	struct feed feed = {.model = model__new()};
	const struct record *record;
	struct view *view;

	assert_non_null(feed.model);
	feed__image(&feed, 1, "", 1);
	while (reader && capture_reader__next(reader, &record) > 0)
		assert_int_equal(model__apply(feed.model, record), 0);
	view = model__build(feed.model);
	assert_non_null(view);
	view__free(view);
	capture_reader__free(reader);
	feed__release(&feed);
}

static void random_bit_flips_break_neither_reader_nor_model(void **state)
{
	static unsigned char good[8192], bad[8192];
	uint64_t random = 88172645463325252ULL;
	ssize_t len;
	int fd;

	(void)state;
	write_capture();
	fd = open(path, O_RDONLY);
	len = read(fd, good, sizeof(good));
	close(fd);
	assert_true(len > 500 && len < (ssize_t)sizeof(good));
	for (int round = 0; round < 3000; round++) {
		bool truncated;

		memcpy(bad, good, (size_t)len);
		for (int flips = 1 + round % 8; flips; flips--) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			bad[random % (uint64_t)len] ^= (unsigned char)(1U << (random >> 40 & 7));
		}
		put_file(bad, (size_t)len);
		assert_true(count_records(&truncated) <= (int)(len / 16));
		feed_file_to_a_model();
	}
}

/* A record of @type with @bytes, its row count at the usual place set to @cnt. */
static int validate(enum record_type type, size_t fixed, size_t tail, size_t cnt_at, uint32_t cnt)
{
	_Alignas(8) unsigned char bytes[8192] = {0};
	struct record *record = (struct record *)bytes;

	assert_true(fixed + tail <= sizeof(bytes));
	record->bytes = (uint32_t)(fixed + tail);
	record->type = (uint16_t)type;
	memcpy(bytes + cnt_at, &cnt, sizeof(cnt));
	return record__validate(record);
}

static void rows_beyond_the_record_are_refused(void **state)
{
	static const struct {
		enum record_type type;
		size_t fixed, row, cnt_at;
	} rows[] = {
		{RECORD_GO_CLASSES, sizeof(struct record_go_classes), sizeof(struct go_class_row),
		 offsetof(struct record_go_classes, row_cnt)},
		{RECORD_GO_GOROUTINES, sizeof(struct record_go_goroutines),
		 sizeof(struct go_goroutine_row), offsetof(struct record_go_goroutines, row_cnt)},
		{RECORD_GO_SAMPLE, sizeof(struct record_go_sample), sizeof(struct frame),
		 offsetof(struct record_go_sample, frame_cnt)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t fixed = rows[i].fixed, at = rows[i].cnt_at;

		assert_int_equal(validate(rows[i].type, fixed, 2 * rows[i].row, at, 2), 0);
		assert_int_equal(validate(rows[i].type, fixed, 2 * rows[i].row, at, 3), -EBADMSG);
		assert_int_equal(validate(rows[i].type, fixed, 0, at, UINT32_MAX), -EBADMSG);
		assert_int_equal(validate(rows[i].type, fixed - 8, 0, at, 0), -EBADMSG);
	}
	/* counts and buckets are numbered from 1 */
	assert_int_equal(validate(RECORD_GO_COUNTS, sizeof(struct record_go_counts),
				  sizeof(struct go_count_row),
				  offsetof(struct record_go_counts, row_cnt), 1),
			 -EBADMSG);
	assert_int_equal(validate(RECORD_GO_BUCKET, sizeof(struct record_go_bucket), 0,
				  offsetof(struct record_go_bucket, bucket), 0),
			 -EBADMSG);
	assert_int_equal(validate(RECORD_GO_CYCLE, sizeof(struct record_go_cycle), 0,
				  offsetof(struct record_go_cycle, cause), GO_CAUSE_UNKNOWN + 1),
			 -EBADMSG);
	assert_int_equal(validate(RECORD_GO_PROGRAM, sizeof(struct record_go_program), 8,
				  offsetof(struct record_go_program, version), 4),
			 -EBADMSG);
}

static void what_a_call_shows_is_said_and_checked(void **state)
{
	struct record_go_site fixed = {
		.head.time_ns = 77, .module = 3, .offset = 0x1234, .type_bytes = 64};
	struct go_site_strings strings = {"main.Item", NULL, "runtime.newobject"};
	struct record_buffer buffer = {0};
	const struct record_go_site *site =
		(const struct record_go_site *)record_buffer__go_site(&buffer, &fixed, &strings);

	(void)state;
	assert_non_null(site);
	assert_int_equal(site->head.type, RECORD_GO_SITE);
	assert_int_equal(record__validate(&site->head), 0);
	assert_string_equal(record__string(&site->head, site->type), "main.Item");
	assert_string_equal(record__string(&site->head, site->callee), "");
	assert_string_equal(record__string(&site->head, site->call), "runtime.newobject");
	assert_int_equal(site->offset, 0x1234);
	record_buffer__release(&buffer);
	assert_int_equal(validate(RECORD_GO_SITE, sizeof(fixed), 8,
				  offsetof(struct record_go_site, module), 0),
			 -EBADMSG);
	assert_int_equal(validate(RECORD_GO_SITE, sizeof(fixed), 8,
				  offsetof(struct record_go_site, module), 1),
			 0);
	assert_int_equal(validate(RECORD_GO_SITE, sizeof(fixed), 8,
				  offsetof(struct record_go_site, call), 4),
			 -EBADMSG);
	assert_int_equal(validate(RECORD_GO_SITE, sizeof(fixed) - 8, 0,
				  offsetof(struct record_go_site, module), 1),
			 -EBADMSG);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_reading_is_put_so_that_nothing_refers_forward),
		TEST(parts_that_were_not_read_are_not_said),
		TEST(long_parts_are_split_and_deep_stacks_cut),
		TEST(the_first_refusal_ends_it),
		TEST(what_is_written_is_read_back),
		TEST(cut_capture_is_read_to_its_last_whole_record),
		TEST(random_bit_flips_break_neither_reader_nor_model),
		TEST(rows_beyond_the_record_are_refused),
		TEST(what_a_call_shows_is_said_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
