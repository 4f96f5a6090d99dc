// SPDX-License-Identifier: GPL-2.0-or-later
/* Log lines: their form, what hostile text becomes in them, and the limit on repetition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/log.h"
#include "base/log_limit.h"
#include "base/log_line.h"
#include "base/text.h"
#include "base/banned.h"

#define AT_NS  1795525920123456789ULL /* 2026-11-24T13:12:00.123Z */
#define SECOND 1000000000ULL
#define HOSTILE                                        \
	"a\x1b[2J\x9b\"q\"\\ \n\t\x07\xff\xfe\xc2\x9b" \
	"31m\x7f\xed\xa0\x80\xe2\x80\xae\xf0\x9f\x98"

static char out[LOG_LINE_BYTES];

static const char *render(enum log_format format, const char *text, uint64_t suppressed,
			  bool journal)
{
	struct log_line line = {.level = LOG_LEVEL_INFO,
				.component = "web",
				.text = text,
				.wall_ns = AT_NS,
				.suppressed = suppressed,
				.journal = journal};
	size_t len = log_line__render(out, format, &line);

	assert_int_equal(len, strlen(out));
	return out;
}

static void lines_have_the_documented_form(void **state)
{
	(void)state;
	assert_string_equal(render(LOG_FORMAT_PLAIN, "hello you", 0, false),
			    "heapbeat: web: hello you\n");
	assert_string_equal(render(LOG_FORMAT_LOGFMT, "hello you", 0, false),
			    "ts=2026-11-24T13:12:00.123Z level=info component=web "
			    "msg=\"hello you\"\n");
	assert_string_equal(render(LOG_FORMAT_LOGFMT, "x", 7, false),
			    "ts=2026-11-24T13:12:00.123Z level=info component=web msg=\"x\" "
			    "suppressed=7\n");
	assert_string_equal(render(LOG_FORMAT_JSON, "x", 7, false),
			    "{\"ts\":\"2026-11-24T13:12:00.123Z\",\"level\":\"info\","
			    "\"component\":\"web\",\"msg\":\"x\",\"suppressed\":7}\n");
}

static void the_journal_gets_a_priority_and_no_time(void **state)
{
	(void)state;
	assert_string_equal(render(LOG_FORMAT_LOGFMT, "x", 0, true),
			    "<6>level=info component=web msg=\"x\"\n");
	assert_string_equal(render(LOG_FORMAT_JSON, "x", 0, true),
			    "<6>{\"level\":\"info\",\"component\":\"web\",\"msg\":\"x\"}\n");
	assert_string_equal(render(LOG_FORMAT_PLAIN, "x", 0, true), "heapbeat: web: x\n");
}

/* No control byte, no C1 control, no byte that is not UTF-8; one line. */
static void check_tame(const char *line)
{
	size_t len = strlen(line);

	assert_int_equal(line[len - 1], '\n');
	for (size_t i = 0; i < len - 1;) {
		size_t n = text__rune_len(line + i);
		unsigned char c = (unsigned char)line[i];

		assert_true(n > 0);
		assert_true(c >= 0x20 && c != 0x7f);
		if (c == 0xc2)
			assert_true((unsigned char)line[i + 1] >= 0xa0);
		/* RIGHT-TO-LEFT OVERRIDE */
		assert_true(strncmp(line + i, "\xe2\x80\xae", 3) != 0);
		i += n;
	}
}

static void hostile_text_reaches_no_terminal(void **state)
{
	static const enum log_format formats[] = {LOG_FORMAT_PLAIN, LOG_FORMAT_LOGFMT,
						  LOG_FORMAT_JSON};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		check_tame(render(formats[i], HOSTILE, 0, false));
	/* each byte alone and at the end */
	for (int c = 1; c < 256; c++) {
		char text[2] = {(char)c, 0};

		for (size_t i = 0; i < 3; i++)
			check_tame(render(formats[i], text, 0, false));
	}
}

static void json_lines_parse_and_keep_the_control_bytes(void **state)
{
	json_error_t error;
	json_t *json =
		json_loads(render(LOG_FORMAT_JSON, "a\x1b[2J\"q\"\\\n\t", 3, false), 0, &error);

	(void)state;
	if (!json)
		fail_msg("%s", error.text);
	assert_string_equal(json_string_value(json_object_get(json, "msg")), "a\x1b[2J\"q\"\\\n\t");
	assert_int_equal(json_integer_value(json_object_get(json, "suppressed")), 3);
	json_decref(json);
	json = json_loads(render(LOG_FORMAT_JSON, HOSTILE, 0, false), 0, &error);
	assert_non_null(json);
	json_decref(json);
}

static void the_worst_text_of_full_length_fits(void **state)
{
	char text[LOG_TEXT_BYTES];
	size_t len;

	(void)state;
	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	len = strlen(render(LOG_FORMAT_JSON, text, UINT64_MAX, false));
	assert_true(len > 6 * (sizeof(text) - 1) && len < LOG_LINE_BYTES);
	assert_non_null(strstr(out, "\"suppressed\":18446744073709551615}\n"));
	render(LOG_FORMAT_PLAIN, text, 0, false);
	assert_int_equal(strspn(strchr(out, '?'), "?"), sizeof(text) - 1);
}

static void a_burst_passes_then_one_a_refill(void **state)
{
	struct log_limit *limit = calloc(1, sizeof(*limit));
	uint64_t suppressed = 99, now = 5 * SECOND;

	(void)state;
	for (int i = 0; i < LOG_BURST; i++) {
		assert_true(log_limit__pass(limit, 1, now, &suppressed));
		assert_int_equal(suppressed, 0);
	}
	for (int i = 0; i < 23; i++)
		assert_false(log_limit__pass(limit, 1, now + SECOND, &suppressed));
	/* another key has a bucket of its own */
	assert_true(log_limit__pass(limit, 2, now, &suppressed));
	assert_int_equal(suppressed, 0);
	assert_false(log_limit__pass(limit, 1, now + LOG_REFILL_NS - 1, &suppressed));
	assert_true(log_limit__pass(limit, 1, now + LOG_REFILL_NS, &suppressed));
	assert_int_equal(suppressed, 24);
	assert_false(log_limit__pass(limit, 1, now + LOG_REFILL_NS + 1, &suppressed));
	/* a long silence refills the whole burst and no more */
	now += 1000 * LOG_REFILL_NS;
	for (int i = 0; i < LOG_BURST; i++)
		assert_true(log_limit__pass(limit, 1, now, &suppressed));
	assert_false(log_limit__pass(limit, 1, now, &suppressed));
	free(limit);
}

/* Point stderr at a file, and at the end read it into @text. */
static int saved_stderr = -1;
static FILE *captured;

static void capture(void)
{
	captured = tmpfile();
	assert_non_null(captured);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fileno(captured), STDERR_FILENO);
}

static void end_capture(struct text *text)
{
	char chunk[4096];
	size_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	rewind(captured);
	while ((n = fread(chunk, 1, sizeof(chunk), captured)) > 0)
		text__append(text, chunk, n);
	fclose(captured);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void equal_messages_are_limited_whatever_they_quote(void **state)
{
	struct text text = {0};

	(void)state;
	log__set_level(LOG_LEVEL_INFO);
	unsetenv("JOURNAL_STREAM");
	log__set_format(LOG_FORMAT_LOGFMT);
	capture();
	for (int i = 0; i < 101; i++)
		log_warn("test", "cannot read '%d'", i);
	log_warn("test", "another message");
	log_warn("other", "cannot read '%d'", 1);
	log_debug("test", "below the level");
	log__set_format(LOG_FORMAT_PLAIN);
	for (int i = 0; i < 101; i++)
		log_warn("test", "plain %d", i);
	end_capture(&text);
	assert_int_equal(count(text__str(&text), "component=test msg=\"cannot read"), LOG_BURST);
	assert_int_equal(count(text__str(&text), "another message"), 1);
	assert_int_equal(count(text__str(&text), "component=other"), 1);
	assert_int_equal(count(text__str(&text), "below"), 0);
	assert_int_equal(count(text__str(&text), "heapbeat: test: plain"), 101);
	text__release(&text);
	log__set_level(LOG_LEVEL_WARN);
}

static void *log_lines(void *arg)
{
	char component[8];

	snprintf(component, sizeof(component), "t%d", *(int *)arg);
	for (int i = 0; i < 503; i++)
		log_debug(component, "a message of a thread that is long enough to be torn: %d", i);
	return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
	pthread_t threads[4];
	int numbers[4];
	struct text text = {0};
	size_t lines = 0;

	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log__set_level(LOG_LEVEL_DEBUG);
	log__set_format(LOG_FORMAT_LOGFMT);
	capture();
	for (int i = 0; i < 4; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, log_lines, &numbers[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	end_capture(&text);
	for (const char *line = text__str(&text); *line; line = strchr(line, '\n') + 1, lines++)
		assert_true(!strncmp(line, "<7>level=debug component=t", 26));
	assert_int_equal(lines, 4 * 503);
	text__release(&text);
	unsetenv("JOURNAL_STREAM");
	log__set_level(LOG_LEVEL_WARN);
	log__set_format(LOG_FORMAT_PLAIN);
}

static void names_of_levels_and_formats_are_exact(void **state)
{
	enum log_level level = LOG_LEVEL_DEBUG;
	enum log_format format = LOG_FORMAT_PLAIN;

	(void)state;
	assert_int_equal(log_level__parse("warning", &level), -EINVAL);
	assert_int_equal(log_level__parse("", &level), -EINVAL);
	assert_int_equal(level, LOG_LEVEL_DEBUG);
	assert_int_equal(log_level__parse("error", &level), 0);
	assert_int_equal(level, LOG_LEVEL_ERROR);
	assert_int_equal(log_format__parse("plain", &format), -EINVAL);
	assert_int_equal(log_format__parse("json", &format), 0);
	assert_int_equal(format, LOG_FORMAT_JSON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_have_the_documented_form),
		cmocka_unit_test(the_journal_gets_a_priority_and_no_time),
		cmocka_unit_test(hostile_text_reaches_no_terminal),
		cmocka_unit_test(json_lines_parse_and_keep_the_control_bytes),
		cmocka_unit_test(the_worst_text_of_full_length_fits),
		cmocka_unit_test(a_burst_passes_then_one_a_refill),
		cmocka_unit_test(equal_messages_are_limited_whatever_they_quote),
		cmocka_unit_test(lines_of_threads_do_not_mix),
		cmocka_unit_test(names_of_levels_and_formats_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
