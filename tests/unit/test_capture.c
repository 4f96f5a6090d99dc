// SPDX-License-Identifier: GPL-2.0-or-later
/* Captures: what is written is read back, whatever happens to the disk or to the file. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/capture_reader.h"
#include "collect/capture_writer.h"
#include "collect/record_buffer.h"

#include "scratch.h"
#include "base/banned.h"

/* Every type once, then @steps STEP records; the first failure of the writer, or 0. */
static int write_sample_capture(const char *to, unsigned steps)
{
	static const struct frame frames[3] = {{1, 0, 0x1000}, {1, 0, 0x2000}, {2, 0, 0x3000}};
	static const struct counters_row rows[2] = {{0, 7, 0, 23, 2300}, {2, 8, 0, 5, 640}};
	struct capture_writer *writer = capture_writer__new(to, 1000, 2000, NULL);
	struct record_buffer buffer = {0};
	struct record_block step = {.image = 1, .epoch = 1, .sample_id = 9};
	struct record_plan plan = {.image = 1, .epoch = 1, .mode = PLAN_EXACT};
	struct record_vitals vitals = {.image = 1, .rss_bytes = 4096};
	struct record_loss loss = {.image = 1, .hits = 28};
	struct record_exit gone = {.image = 1};
	int err = 0;

	assert_non_null(writer);
	record__init(&plan.head, RECORD_PLAN, sizeof(plan), 4);
	record__init(&step.head, RECORD_STEP, sizeof(step), 7);
	record__init(&vitals.head, RECORD_VITALS, sizeof(vitals), 8);
	record__init(&loss.head, RECORD_LOSS, sizeof(loss), 9);
	record__init(&gone.head, RECORD_EXIT, sizeof(gone), 10);
	const struct record *tail[] = {&vitals.head, &loss.head, &gone.head};
	err |= capture_writer__add(writer,
				   record_buffer__host(&buffer, 1, "6.18", "box", "0.1", 2));
	err |= capture_writer__add(
		writer,
		record_buffer__image(&buffer, &(struct record_image){.image = 1, .tgid = 77},
				     &(struct image_strings){"redis", "/bin/redis", "native",
							     "glibc", NULL, ""}));
	err |= capture_writer__add(
		writer, record_buffer__module(&buffer,
					      &(struct record_module){.module = 1,
								      .build_id_bytes = 3,
								      .build_id = {1, 2, 3}},
					      "/bin/redis"));
	err |= capture_writer__add(writer, &plan.head);
	err |= capture_writer__add(
		writer,
		record_buffer__counters(&buffer, &(struct record_counters){.image = 1, .epoch = 1},
					rows, 2));
	err |= capture_writer__add(
		writer,
		record_buffer__sample(&buffer,
				      &(struct record_sample){.image = 1,
							      .epoch = 1,
							      .sample_id = 9,
							      .probability_q32 = 1ULL << 32},
				      frames, 3));
	err |= capture_writer__add(
		writer, record_buffer__symbol(&buffer,
					      &(struct record_symbol){.module = 1, .offset = 0xfff},
					      &(struct symbol_strings){"main", NULL}));
	for (size_t i = 0; i < sizeof(tail) / sizeof(*tail); i++)
		err |= capture_writer__add(writer, tail[i]);
	for (unsigned i = 0; i < steps && !err; i++)
		err = capture_writer__add(writer, &step.head);
	record_buffer__release(&buffer);
	return capture_writer__close(writer, 99, 1) ?: err;
}

/* Records read, or -1 if the file cannot be opened. */
static int count_records(bool *ret_truncated, uint64_t *ret_skipped)
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
	if (ret_skipped)
		*ret_skipped = capture_reader__damaged(reader) + capture_reader__unknown(reader);
	capture_reader__free(reader);
	return cnt;
}

static void what_is_written_is_read_back(void **state)
{
	struct capture_reader *reader;
	const struct record *record;
	const struct record_image *image;
	struct stat st;

	(void)state;
	assert_int_equal(write_sample_capture(path, 0), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	reader = capture_reader__new(path, NULL);
	assert_non_null(reader);
	assert_int_equal(capture_reader__header(reader)->wall_ns, 2000);
	assert_int_equal(capture_reader__next(reader, &record), 1);
	assert_int_equal(record->type, RECORD_HOST);
	assert_string_equal(record__string(record, ((const struct record_host *)record)->host),
			    "box");
	assert_int_equal(capture_reader__next(reader, &record), 1);
	image = (const struct record_image *)record;
	assert_string_equal(record__string(record, image->allocator), "glibc");
	assert_int_equal(image->hides, 0);
	assert_int_equal(image->refusal, 0);
	assert_string_equal(record__string(record, image->refusal), "");
	for (int type = RECORD_MODULE; type <= RECORD_SAMPLE; type++) {
		if (type == RECORD_EXIT)
			continue;
		assert_int_equal(capture_reader__next(reader, &record), 1);
		assert_int_equal(record->type, type);
	}
	assert_int_equal(((const struct record_sample *)record)->frame_cnt, 3);
	assert_int_equal(
		((const struct frame *)((const struct record_sample *)record + 1))[2].offset,
		0x3000);
	for (int i = 0; i < 5; i++)
		assert_int_equal(capture_reader__next(reader, &record), 1);
	assert_int_equal(record->type, RECORD_END);
	assert_int_equal(((const struct record_end *)record)->reason, 1);
	assert_int_equal(capture_reader__next(reader, &record), 0);
	assert_false(capture_reader__is_truncated(reader));
	capture_reader__free(reader);
}

static void cut_capture_is_read_to_its_last_whole_record(void **state)
{
	bool truncated;
	struct stat st;
	int whole;

	(void)state;
	assert_int_equal(write_sample_capture(path, 23), 0);
	assert_int_equal(stat(path, &st), 0);
	whole = count_records(&truncated, NULL);
	assert_int_equal(whole, 10 + 23 + 1);
	assert_false(truncated);
	/* Each length down to the header: never more records, always said to be truncated. */
	for (off_t len = st.st_size - 1; len >= (off_t)sizeof(struct capture_header); len--) {
		int cnt;

		assert_int_equal(truncate(path, len), 0);
		cnt = count_records(&truncated, NULL);
		assert_true(cnt >= 0 && cnt < whole);
		assert_true(truncated);
	}
	assert_int_equal(count_records(&truncated, NULL), 0);
	assert_int_equal(truncate(path, sizeof(struct capture_header) - 1), 0);
	assert_int_equal(count_records(&truncated, NULL), -1);
}

static void put_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

static void foreign_files_are_named_for_what_they_are(void **state)
{
	struct capture_header newer = {.magic = CAPTURE_MAGIC, .major = 7, .header_bytes = 32};
	struct error error = {0};

	(void)state;
	put_file("\x7f"
		 "ELF and so on, long enough for a header",
		 41);
	assert_null(capture_reader__new(path, &error));
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, "not a heapbeat capture: it is an ELF file"));
	put_file("", 0);
	assert_null(capture_reader__new(path, &error));
	assert_non_null(strstr(error.text, "it is empty"));
	put_file(CAPTURE_MAGIC, 8);
	assert_null(capture_reader__new(path, &error));
	assert_non_null(strstr(error.text, "ends inside its header"));
	put_file(&newer, sizeof(newer));
	assert_null(capture_reader__new(path, &error));
	assert_int_equal(errno, EPROTO);
	assert_non_null(strstr(error.text, "format 7.0"));
	assert_null(capture_reader__new(dir, &error));
	assert_non_null(strstr(error.text, "not a regular file"));
	unlink(path);
	assert_null(capture_reader__new(path, &error));
	assert_int_equal(errno, ENOENT);
	put_file("", 0);
}

static void unknown_types_are_skipped_and_counted(void **state)
{
	struct capture_writer *writer = capture_writer__new(path, 1, 2, NULL);
	struct record unknown = {.bytes = 16, .type = 4242}, zero = {.bytes = 16, .type = 0};
	struct record_exit gone = {.image = 3};
	uint64_t skipped;
	bool truncated;

	(void)state;
	record__init(&gone.head, RECORD_EXIT, sizeof(gone), 5);
	assert_int_equal(capture_writer__add(writer, &unknown), 0);
	assert_int_equal(capture_writer__add(writer, &gone.head), 0);
	assert_int_equal(capture_writer__add(writer, &zero), 0);
	assert_int_equal(capture_writer__close(writer, 6, 0), 0);
	assert_int_equal(count_records(&truncated, &skipped), 2);
	assert_int_equal(skipped, 2);
	assert_false(truncated);
}

static void broken_records_are_not_written(void **state)
{
	struct capture_writer *writer = capture_writer__new(path, 1, 2, NULL);
	struct record_sample sample = {.probability_q32 = 1ULL << 32, .frame_cnt = 1};
	struct record_plan plan = {.mode = 9};

	(void)state;
	record__init(&sample.head, RECORD_SAMPLE, sizeof(sample), 1);
	record__init(&plan.head, RECORD_PLAN, sizeof(plan), 1);
	assert_int_equal(capture_writer__add(writer, &sample.head), -EBADMSG);
	sample.frame_cnt = 0;
	assert_int_equal(capture_writer__add(writer, &sample.head), 0);
	sample.probability_q32 = 0;
	assert_int_equal(capture_writer__add(writer, &sample.head), -EBADMSG);
	assert_int_equal(capture_writer__add(writer, &plan.head), -EBADMSG);
	assert_int_equal(capture_writer__close(writer, 6, 0), 0);
}

static void links_and_other_peoples_files_are_refused(void **state)
{
	char link_path[96];
	struct error error = {0};

	(void)state;
	snprintf(link_path, sizeof(link_path), "%s/link", dir);
	put_file("keep", 4);
	assert_int_equal(symlink(path, link_path), 0);
	assert_null(capture_writer__new(link_path, 1, 2, &error));
	assert_non_null(strstr(error.text, "symbolic link"));
	unlink(link_path);
	assert_int_equal(mkfifo(link_path, 0600), 0);
	assert_null(capture_writer__new(link_path, 1, 2, &error));
	unlink(link_path);
	if (!geteuid()) {
		struct stat st;

		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_null(capture_writer__new(path, 1, 2, &error));
		assert_non_null(strstr(error.text, "another user"));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 4);
	}
}

static void existing_file_is_closed_to_others(void **state)
{
	struct stat st;

	(void)state;
	put_file("old", 3);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(write_sample_capture(path, 0), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* In a child: fill the disk. Exit status 0 if the writer said so once and only once. */
static int fill_until(int expected)
{
	struct capture_writer *writer = capture_writer__new(path, 1, 2, NULL);
	struct record_block step = {.image = 1};
	int said = 0, other = 0;

	if (!writer)
		return 10;
	record__init(&step.head, RECORD_STEP, sizeof(step), 7);
	for (int i = 0; i < 40000; i++) {
		int err = capture_writer__add(writer, &step.head);

		said += err == expected;
		other += err && err != expected;
	}
	if (said != 1 || other || !capture_writer__dropped(writer))
		return 11;
	return capture_writer__close(writer, 9, 0) == expected ? 0 : 12;
}

static int check_cut_file(off_t limit)
{
	bool truncated = false;
	struct stat st;
	int cnt = count_records(&truncated, NULL);

	if (stat(path, &st) || st.st_size > limit)
		return 20;
	/* At most one record short of the limit, and nothing behind the last whole record. */
	if (st.st_size + (off_t)sizeof(struct record_block) <= limit)
		return 21;
	if ((off_t)(sizeof(struct capture_header) + (size_t)cnt * sizeof(struct record_block)) !=
	    st.st_size)
		return 22;
	return truncated ? 0 : 23;
}

static void size_limit_leaves_whole_records(void **state)
{
	int status;

	(void)state;
	if (!fork()) {
		/* Neither a multiple of a record nor of the buffer. */
		struct rlimit limit = {.rlim_cur = 700001, .rlim_max = 700001};

		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		status = fill_until(-EFBIG);
		_exit(status ?: check_cut_file(700001));
	}
	wait(&status);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(WIFEXITED(status));
}

static void full_disk_leaves_whole_records(void **state)
{
	int status;

	(void)state;
	if (!fork()) {
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("hb", dir, "tmpfs", 0, "size=1m"))
			_exit(77);
		status = fill_until(-ENOSPC);
		_exit(status ?: check_cut_file(1 << 20));
	}
	wait(&status);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void large_records_pass_and_too_large_ones_do_not(void **state)
{
	struct capture_writer *writer = capture_writer__new(path, 1, 2, NULL);
	struct record *large = calloc(1, RECORD_MAX_BYTES);
	uint64_t skipped;
	bool truncated;

	(void)state;
	assert_non_null(large);
	record__init(large, RECORD_EXIT, RECORD_MAX_BYTES, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(capture_writer__add(writer, large), 0);
	large->bytes = RECORD_MAX_BYTES + 8;
	assert_int_equal(capture_writer__add(writer, large), -EBADMSG);
	assert_int_equal(capture_writer__close(writer, 2, 0), 0);
	free(large);
	assert_int_equal(count_records(&truncated, &skipped), 4);
	assert_false(truncated);
}

static void overlong_parts_are_cut_by_the_builders(void **state)
{
	static struct frame frames[FRAMES_MAX + 5];
	struct record_buffer buffer = {0};
	const struct record *record;
	char *name = malloc(3 * RECORD_STRING_MAX);

	(void)state;
	assert_non_null(name);
	memset(name, 'x', 3 * RECORD_STRING_MAX - 1);
	name[3 * RECORD_STRING_MAX - 1] = 0;
	record = record_buffer__image(&buffer, &(struct record_image){.image = 1},
				      &(struct image_strings){name, name, name, name, name, name});
	assert_non_null(record);
	assert_int_equal(record__validate(record), 0);
	assert_int_equal(strlen(record__string(record, ((const struct record_image *)record)->exe)),
			 RECORD_STRING_MAX - 1);
	record = record_buffer__sample(
		&buffer, &(struct record_sample){.probability_q32 = 1, .flags = SAMPLE_COMPLETE},
		frames, FRAMES_MAX + 5);
	assert_int_equal(record__validate(record), 0);
	assert_int_equal(((const struct record_sample *)record)->frame_cnt, FRAMES_MAX);
	assert_int_equal(((const struct record_sample *)record)->flags & SAMPLE_COMPLETE, 0);
	record_buffer__release(&buffer);
	free(name);
}

static void random_bit_flips_never_yield_a_broken_record(void **state)
{
	static unsigned char good[8192], bad[8192];
	uint64_t random = 88172645463325252ULL;
	ssize_t len;
	int fd;

	(void)state;
	assert_int_equal(write_sample_capture(path, 5), 0);
	fd = open(path, O_RDONLY);
	len = read(fd, good, sizeof(good));
	close(fd);
	assert_true(len > 500 && len < (ssize_t)sizeof(good));
	for (int round = 0; round < 4000; round++) {
		bool truncated;
		int cnt;

		memcpy(bad, good, (size_t)len);
		for (int flips = 1 + round % 8; flips; flips--) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			bad[random % (uint64_t)len] ^= (unsigned char)(1U << (random >> 40 & 7));
		}
		put_file(bad, (size_t)len);
		cnt = count_records(&truncated, NULL);
		/* No record is shorter than its head. */
		assert_true(cnt <= (int)(len / 16));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_back),
		TEST(cut_capture_is_read_to_its_last_whole_record),
		TEST(foreign_files_are_named_for_what_they_are),
		TEST(unknown_types_are_skipped_and_counted),
		TEST(broken_records_are_not_written),
		TEST(links_and_other_peoples_files_are_refused),
		TEST(existing_file_is_closed_to_others),
		TEST(size_limit_leaves_whole_records),
		TEST(full_disk_leaves_whole_records),
		TEST(large_records_pass_and_too_large_ones_do_not),
		TEST(overlong_parts_are_cut_by_the_builders),
		TEST(random_bit_flips_never_yield_a_broken_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
