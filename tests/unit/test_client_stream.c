// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_daemon.h"

#include "collect/record_buffer.h"
#include "base/banned.h"

#define ASKED "{\"verb\":\"observe\",\"pids\":[23]}\n"

static char text[1 << 16];
static size_t text_len;
static bool ended;

static void hear_more(int fd)
{
	text_len += hear(fd, text + text_len, sizeof(text) - text_len, &ended);
}

/* A client that observes; its greeting and answer have been read off, @at is where records begin. */
static int start(const char *request, size_t *ret_at)
{
	const char *rest;
	json_t *answer;
	int fd = ask(request);

	text_len = 0;
	hear_more(fd);
	answer = answer_in(text, &rest);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_string_equal(json_string_value(json_object_get(answer, "kind")), "stream");
	json_decref(answer);
	*ret_at = (size_t)(rest - text);
	return fd;
}

/* The record at *@at, which is moved behind it. */
static struct record next_record(size_t *at)
{
	struct record record;

	assert_true(text_len - *at >= sizeof(record));
	memcpy(&record, text + *at, sizeof(record));
	assert_true(text_len - *at >= record.bytes);
	*at += record.bytes;
	return record;
}

static void put(enum record_type type, int expected)
{
	struct record record[2] = {0};

	record__init(record, type, sizeof(record), 0);
	assert_int_equal(staged.subscriber.sink.put(staged.subscriber.sink.ctx, record), expected);
}

/* What is left is END for @reason, and the connection is closed. */
static void expect_end(int fd, size_t at, uint32_t reason)
{
	struct record_end end;

	turns(2);
	hear_more(fd);
	assert_true(ended);
	assert_int_equal(text_len - at, sizeof(end));
	memcpy(&end, text + at, sizeof(end));
	assert_int_equal(end.head.type, RECORD_END);
	assert_int_equal(end.reason, reason);
	assert_true(staged.subscriber.stopped);
	assert_true(staged.subscriber.closed);
	assert_int_equal(staged.subscribed, staged.unsubscribed);
	assert_false(control__is_busy(house.control));
	close(fd);
}

static void stream_begins_with_ready_and_ends_when_nobody_is_left(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	assert_int_equal(next_record(&at).type, RECORD_READY);
	assert_true(staged.subscriber.begun && staged.subscriber.governed);
	assert_int_equal(staged.subscriber.pid_cnt, 1);
	assert_int_equal(staged.subscriber.pids[0], 23);
	put(RECORD_VITALS, 0);
	turn();
	hear_more(fd);
	assert_int_equal(next_record(&at).type, RECORD_VITALS);
	staged.alive = 0;
	staged.drained = true;
	expect_end(fd, at, 2);
}

static void stream_ends_in_time(void **state)
{
	size_t at;
	int fd = start("{\"verb\":\"observe\",\"pids\":[23],\"duration_s\":5}\n", &at);

	(void)state;
	next_record(&at);
	assert_int_equal(staged.subscriber.terms.run_ns, 5 * SECOND);
	assert_true(staged.subscriber.terms.end_ns > clock__boottime_ns());
	staged.drained = true;
	later_ns = 4 * SECOND;
	turns(2);
	assert_false(staged.subscriber.stopped);
	later_ns = 6 * SECOND;
	expect_end(fd, at, 0);
}

static void half_close_ends_the_stream_and_what_is_left_comes(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	next_record(&at);
	shutdown(fd, SHUT_WR);
	turns(3);
	assert_true(staged.subscriber.stopped);
	assert_true(control__is_busy(house.control));
	put(RECORD_SAMPLE, 0);
	turns(2);
	hear_more(fd);
	assert_int_equal(next_record(&at).type, RECORD_SAMPLE);
	assert_false(ended);
	staged.drained = true;
	expect_end(fd, at, 1);
}

static void word_within_the_stream_ends_it(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	next_record(&at);
	say(fd, ASKED, sizeof(ASKED) - 1);
	staged.drained = true;
	turn();
	assert_int_equal(staged.subscribed, 1);
	turns(2);
	hear_more(fd);
	assert_int_equal(next_record(&at).type, RECORD_END);
	assert_true(ended);
	close(fd);
}

static void drain_that_never_ends_is_cut_off(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	next_record(&at);
	shutdown(fd, SHUT_WR);
	turn();
	later_ns = 9 * SECOND;
	turns(2);
	assert_true(control__is_busy(house.control));
	later_ns = 11 * SECOND;
	expect_end(fd, at, 1);
}

/* A quiet stream may last, and its END comes after any silence. */
static void silent_stream_does_not_lose_its_place(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	next_record(&at);
	later_ns = 3600 * SECOND;
	turns(3);
	assert_false(staged.subscriber.stopped);
	staged.alive = 0;
	staged.drained = true;
	expect_end(fd, at, 2);
}

static void client_that_vanishes_is_unsubscribed_once(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	close(fd);
	turn();
	staged.drained = true;
	put(RECORD_VITALS, 0);
	turns(3);
	assert_int_equal(staged.unsubscribed, 1);
	assert_false(control__is_busy(house.control));
}

static void daemon_that_ends_unsubscribes_its_clients(void **state)
{
	size_t at;
	int fd = start(ASKED, &at);

	control__free(house.control);
	house.control = NULL;
	assert_int_equal(staged.unsubscribed, 1);
	text_len = 0;
	hear_more(fd);
	assert_true(ended);
	close(fd);
	(void)state;
}

static void reader_too_slow_for_32_megabytes_is_given_up(void **state)
{
	struct record *big = calloc(1, 65536);
	size_t at;
	int fd = start(ASKED, &at), err = 0;
	unsigned int cnt = 0;

	(void)state;
	record__init(big, RECORD_SAMPLE, 65536, 0);
	for (; !err && cnt < 2 * CLIENT_OUT_MAX / 65536; cnt++) {
		err = staged.subscriber.sink.put(staged.subscriber.sink.ctx, big);
		if (cnt % 8 == 0)
			turn();
	}
	assert_int_equal(err, -ENOBUFS);
	assert_true(cnt >= CLIENT_OUT_MAX / 65536);
	/* Once failed, it takes no more, small as it be. */
	put(RECORD_VITALS, -EPIPE);
	turn();
	assert_int_equal(staged.unsubscribed, 1);
	free(big);
	close(fd);
}

static void terms_arrive_as_they_were_asked(void **state)
{
	const struct observe_terms *terms = &staged.subscriber.terms;
	size_t at;
	int fd = start("{\"verb\":\"observe\",\"pids\":[23,2309],\"duration_s\":0.5,\"full\":true,"
		       "\"unlimited\":true,\"budget_ratio\":0.25,\"interval_bytes\":4096,"
		       "\"allow_stepped\":true,\"no_stacks\":true,\"no_follow\":true,"
		       "\"at_exec\":true}\n",
		       &at);

	(void)state;
	assert_true(terms->full && terms->unlimited && terms->allow_stepped);
	assert_true(terms->no_stacks && terms->no_follow && staged.subscriber.at_exec);
	assert_true(terms->budget_ratio == 0.25);
	assert_int_equal(terms->interval_bytes, 4096);
	assert_int_equal(terms->run_ns, SECOND / 2);
	assert_int_equal(staged.subscriber.pid_cnt, 2);
	assert_int_equal(staged.subscriber.pids[1], 2309);
	assert_non_null(strstr(text, "full mode of a command"));
	close(fd);
}

static void terms_that_are_left_out_have_defaults(void **state)
{
	const struct observe_terms *terms = &staged.subscriber.terms;
	size_t at;
	int fd = start(ASKED, &at);

	(void)state;
	assert_false(terms->full || terms->unlimited || terms->allow_stepped);
	assert_true(terms->budget_ratio == BUDGET_RATIO);
	assert_true(terms->floor_ratio == BUDGET_FLOOR_RATIO);
	assert_int_equal(terms->run_ns, 0);
	assert_int_equal(terms->interval_bytes, 0);
	close(fd);
}

static void expect_refused(const char *pids, const char *more)
{
	char request[1024];

	snprintf(request, sizeof(request), "{\"verb\":\"observe\",\"pids\":%s%s}\n", pids, more);
	expect_refusal(ask(request), EXIT_USAGE);
	assert_false(staged.subscriber.begun);
	assert_int_equal(staged.subscribed, staged.unsubscribed);
}

static void terms_out_of_range_or_of_another_type_are_refused(void **state)
{
	static const char *const terms[] = {
		"\"duration_s\":-1",
		"\"duration_s\":1e8",
		"\"duration_s\":\"5\"",
		"\"duration_s\":null",
		"\"interval_bytes\":-1",
		"\"interval_bytes\":4294967296",
		"\"interval_bytes\":1.5",
		"\"interval_bytes\":\"1M\"",
		"\"budget_ratio\":0",
		"\"budget_ratio\":-0.1",
		"\"budget_ratio\":1.1",
		"\"budget_ratio\":\"1%\"",
		"\"full\":1",
		"\"unlimited\":\"no\"",
		"\"no_stacks\":null",
		"\"at_exec\":{}",
	};
	char more[64];

	(void)state;
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		snprintf(more, sizeof(more), ",%s", terms[i]);
		expect_refused("[23]", more);
	}
}

static void pids_that_are_none_are_refused(void **state)
{
	static const char *const pids[] = {
		"[]",	 "23",	   "null",     "\"23\"",       "{\"0\":23}", "[0]",
		"[-23]", "[23.0]", "[\"23\"]", "[4294967319]", "[23,null]",  "[[23]]",
	};
	char many[512] = "[1";

	(void)state;
	for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++)
		expect_refused(pids[i], "");
	for (int i = 0; i < 64; i++)
		memcpy(many + 2 + 2 * i, ",1", 2);
	memcpy(many + 2 + 2 * 64, "]", 2);
	expect_refused(many, "");
	expect_refusal(ask("{\"verb\":\"observe\"}\n"), EXIT_USAGE);
}

static void target_that_is_refused_is_told_in_the_observers_words(void **state)
{
	(void)state;
	error__set(&staged.refusal, EXIT_REFUSED, -EPERM, "23 must not be probed");
	expect_refusal(ask(ASKED), EXIT_REFUSED);
	assert_false(staged.subscriber.begun);
	assert_int_equal(staged.unsubscribed, 1);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_HOME(stream_begins_with_ready_and_ends_when_nobody_is_left),
		AT_HOME(stream_ends_in_time),
		AT_HOME(half_close_ends_the_stream_and_what_is_left_comes),
		AT_HOME(word_within_the_stream_ends_it),
		AT_HOME(drain_that_never_ends_is_cut_off),
		AT_HOME(silent_stream_does_not_lose_its_place),
		AT_HOME(client_that_vanishes_is_unsubscribed_once),
		AT_HOME(daemon_that_ends_unsubscribes_its_clients),
		AT_HOME(reader_too_slow_for_32_megabytes_is_given_up),
		AT_HOME(terms_arrive_as_they_were_asked),
		AT_HOME(terms_that_are_left_out_have_defaults),
		AT_HOME(terms_out_of_range_or_of_another_type_are_refused),
		AT_HOME(pids_that_are_none_are_refused),
		AT_HOME(target_that_is_refused_is_told_in_the_observers_words),
	};

	return cmocka_run_group_tests_name("client_stream", tests, NULL, NULL);
}
