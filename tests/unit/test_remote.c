// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/remote.h"

#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "collect/record_buffer.h"
#include "daemon/control.h"
#include "base/banned.h"

#define GREETING "{\"heapbeat\":\"0.1.0\",\"protocol\":1}\n"
#define OK_LINE	 "{\"ok\":true}\n"

_Static_assert(CONTROL_PROTOCOL == 1, "the greeting above");

/* A daemon for one connection: greets, reads a line if it has something to answer, answers, and
 * closes, or is silent until it is told to end. */
struct script {
	const char *greeting;
	const char *answer;
	size_t answer_bytes;
	size_t chunk; /* bytes at a time; 0 all */
	bool stays;
	int listener, fd;
	pthread_t thread;
	char request[4096];
};

static void send_chunks(const struct script *script, const char *bytes, size_t len)
{
	size_t chunk = script->chunk ? script->chunk : len;

	for (size_t at = 0; at < len; at += chunk) {
		size_t now = len - at < chunk ? len - at : chunk;

		if (send(script->fd, bytes + at, now, MSG_NOSIGNAL) != (ssize_t)now)
			return;
	}
}

static void *play(void *arg)
{
	struct script *script = arg;
	size_t len = 0;

	script->fd = accept(script->listener, NULL, NULL);
	send_chunks(script, script->greeting, strlen(script->greeting));
	if (script->answer) {
		while (len < sizeof(script->request) - 1 && !strchr(script->request, '\n')) {
			if (recv(script->fd, script->request + len, 1, 0) != 1)
				break;
			len++;
		}
		send_chunks(script, script->answer, script->answer_bytes);
	}
	if (!script->stays)
		shutdown(script->fd, SHUT_RDWR);
	return NULL;
}

/* Play @script at @path in a thread. */
static void start(struct script *script)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path));
	script->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(script->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(script->listener, 1), 0);
	assert_int_equal(pthread_create(&script->thread, NULL, play, script), 0);
}

static void finish(struct script *script)
{
	pthread_join(script->thread, NULL);
	close(script->fd);
	close(script->listener);
	unlink(path);
}

/* A connection to a daemon that answers with @text after its greeting. */
static struct remote *open_with(struct script *script, const char *text)
{
	struct error error = {0};
	struct remote *remote;

	script->greeting = GREETING;
	script->answer = text;
	if (text && !script->answer_bytes)
		script->answer_bytes = strlen(text);
	start(script);
	remote = remote__open(path, &error);
	assert_non_null(remote);
	return remote;
}

static void expect_no_greeting(const char *greeting, const char *why)
{
	struct script script = {.greeting = greeting};
	struct error error = {0};

	start(&script);
	assert_null(remote__open(path, &error));
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, why));
	finish(&script);
}

static void daemon_of_another_protocol_or_none_is_told_apart(void **state)
{
	(void)state;
	expect_no_greeting("{\"heapbeat\":\"9.0\",\"protocol\":2}\n", "protocol 2");
	expect_no_greeting("{\"heapbeat\":\"9.0\"}\n", "protocol 0");
	expect_no_greeting("{\"protocol\":\"1\"}\n", "protocol 0");
	expect_no_greeting("HTTP/1.1 400 Bad Request\r\n", "not understood");
	expect_no_greeting("[1]\n", "not understood");
	expect_no_greeting("\n", "not understood");
	expect_no_greeting("", "closed the connection");
	expect_no_greeting("{\"heapbeat\":\"0.1.0\",\"protocol\":1}", "closed the connection");
}

static void where_no_daemon_listens_the_code_is_0(void **state)
{
	struct error error = {0};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_null(remote__open(path, &error));
	assert_int_equal(error.code, EXIT_OK);
	assert_true(error.text[0]);
	/* A socket that its daemon has left behind. */
	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_null(remote__open(path, &error));
	assert_int_equal(error.code, EXIT_OK);
}

static void name_that_is_no_socket_is_an_error(void **state)
{
	struct error error = {0};
	char longest[200];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_null(remote__open(longest, &error));
	assert_int_equal(error.code, EXIT_USAGE);
	assert_null(remote__open("/dev/null/x", &error));
	assert_int_equal(error.code, EXIT_RUNTIME);
}

static void request_is_one_line_and_its_answer_comes_back(void **state)
{
	struct script script = {.chunk = 1};
	struct remote *remote = open_with(&script, "{\"ok\":true,\"n\":23}\n");
	struct error error = {0};
	json_t *answer;

	(void)state;
	answer = remote__ask(remote, json_pack("{s:s}", "verb", "a\nb"), &error);
	assert_non_null(answer);
	assert_int_equal(json_integer_value(json_object_get(answer, "n")), 23);
	json_decref(answer);
	remote__close(remote);
	finish(&script);
	assert_string_equal(script.request, "{\"verb\":\"a\\nb\"}\n");
}

static void expect_refusal(const char *text, enum exit_code code, const char *why)
{
	struct script script = {0};
	struct remote *remote = open_with(&script, text);
	struct error error = {0};

	assert_null(remote__ask(remote, json_object(), &error));
	assert_int_equal(error.code, code);
	assert_string_equal(error.text, why);
	remote__close(remote);
	finish(&script);
}

static void refusal_comes_with_the_daemons_words_and_code(void **state)
{
	(void)state;
	expect_refusal("{\"ok\":false,\"error\":\"only root\",\"code\":4}\n", EXIT_REFUSED,
		       "only root");
	expect_refusal("{\"ok\":false,\"error\":\"a\\u001bb\\n\",\"code\":2}\n", EXIT_USAGE,
		       "a?b?");
}

/* A failure must not end with exit code 0, nor with one that means something else. */
static void refusal_without_words_or_code_is_a_failure(void **state)
{
	(void)state;
	expect_refusal("{}\n", EXIT_RUNTIME, "the daemon refuses");
	expect_refusal("{\"ok\":1}\n", EXIT_RUNTIME, "the daemon refuses");
	expect_refusal("{\"ok\":false,\"error\":\"no\"}\n", EXIT_RUNTIME, "no");
	expect_refusal("{\"ok\":false,\"error\":\"no\",\"code\":0}\n", EXIT_RUNTIME, "no");
	expect_refusal("{\"ok\":false,\"error\":\"no\",\"code\":-4294967296}\n", EXIT_RUNTIME,
		       "no");
	expect_refusal("{\"ok\":false,\"error\":7,\"code\":\"4\"}\n", EXIT_RUNTIME,
		       "the daemon refuses");
	expect_refusal("{\"ok\":tr", EXIT_RUNTIME,
		       "the daemon has closed the connection; see its log");
	expect_refusal("\xff\n", EXIT_RUNTIME, "the daemon's answer is not understood; restart it");
}

static void endless_line_is_given_up(void **state)
{
	size_t len = 3 * RECORD_MAX_BYTES;
	char *text = malloc(len);
	struct script script = {.answer_bytes = len};
	struct remote *remote;
	struct error error = {0};

	(void)state;
	memset(text, '{', len);
	remote = open_with(&script, text);
	assert_null(remote__ask(remote, json_object(), &error));
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, "not understood"));
	remote__close(remote);
	finish(&script);
	free(text);
}

static void daemon_that_hangs_is_given_up(void **state)
{
	struct script script = {.stays = true};
	struct remote *remote = open_with(&script, NULL);
	struct timeval soon = {.tv_usec = 50000};
	struct error error = {0};

	(void)state;
	setsockopt(remote__fd(remote), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	assert_null(remote__ask(remote, json_object(), &error));
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, "not answered"));
	remote__close(remote);
	finish(&script);
}

/* A document of @sent bytes of which the answer tells @told (-1: nothing): what copy says. */
static int copy_document(size_t sent, long long told, size_t *ret_copied)
{
	char *text = malloc(sent + 128), *copy = NULL;
	struct script script = {0};
	struct error error = {0};
	struct remote *remote;
	FILE *file = open_memstream(&copy, ret_copied);
	size_t head;
	json_t *answer;
	int err;

	if (told < 0)
		head = (size_t)snprintf(text, 128, OK_LINE);
	else
		head = (size_t)snprintf(text, 128, "{\"ok\":true,\"bytes\":%lld}\n", told);
	for (size_t i = 0; i < sent; i++)
		text[head + i] = (char)(i * 7);
	script.answer_bytes = head + sent;
	remote = open_with(&script, text);
	answer = remote__ask(remote, json_object(), &error);
	assert_non_null(answer);
	json_decref(answer);
	err = remote__copy(remote, file, &error);
	fclose(file);
	assert_int_equal(*ret_copied, sent);
	assert_memory_equal(copy, text + head, sent);
	assert_int_equal(!err, !error.text[0]);
	remote__close(remote);
	finish(&script);
	free(text);
	free(copy);
	return err;
}

static void document_is_copied_byte_by_byte(void **state)
{
	size_t copied;

	(void)state;
	assert_int_equal(copy_document(0, 0, &copied), 0);
	assert_int_equal(copy_document(23, 23, &copied), 0);
	assert_int_equal(copy_document(20 << 20, 20 << 20, &copied), 0);
	assert_int_equal(copy_document(2309, -1, &copied), 0);
}

static void document_that_was_cut_short_is_an_error(void **state)
{
	size_t copied;

	(void)state;
	assert_true(copy_document(2308, 2309, &copied) < 0);
	assert_true(copy_document(0, 2309, &copied) < 0);
	assert_true(copy_document(2310, 2309, &copied) < 0);
}

static void document_that_cannot_be_written_is_an_error(void **state)
{
	struct script script = {0};
	struct remote *remote = open_with(&script, OK_LINE "some text");
	struct error error = {0};
	FILE *full = fopen("/dev/full", "we");

	(void)state;
	setvbuf(full, NULL, _IONBF, 0);
	json_decref(remote__ask(remote, json_object(), &error));
	assert_true(remote__copy(remote, full, &error) < 0);
	assert_non_null(strstr(error.text, "cannot write"));
	fclose(full);
	remote__close(remote);
	finish(&script);
}

/* An answer line of odd length, and @len bytes of @records behind it, @chunk at a time. */
static struct remote *open_stream(struct script *script, char **ret_text, const void *records,
				  size_t len)
{
	struct error error = {0};
	struct remote *remote;

	*ret_text = malloc(sizeof(OK_LINE) + len);
	memcpy(*ret_text, OK_LINE, sizeof(OK_LINE) - 1);
	memcpy(*ret_text + sizeof(OK_LINE) - 1, records, len);
	script->answer_bytes = sizeof(OK_LINE) - 1 + len;
	remote = open_with(script, *ret_text);
	json_decref(remote__ask(remote, json_object(), &error));
	return remote;
}

/* The next record, filled in as needed; NULL at the end, with how it came in *ret_err. */
static const struct record *pull(struct remote *remote, int *ret_err)
{
	const struct record *record = remote__next(remote, ret_err);

	while (!record && !*ret_err) {
		*ret_err = remote__fill(remote);
		if (!*ret_err)
			record = remote__next(remote, ret_err);
	}
	return record;
}

static size_t put(char *to, size_t bytes, uint16_t type)
{
	struct record head = {0};

	record__init(&head, type, bytes, 23);
	memset(to, type, bytes);
	memcpy(to, &head, sizeof(head));
	return bytes;
}

static void expect_stream(size_t chunk)
{
	static const size_t sizes[] = {16, 24, 4096, 16, RECORD_MAX_BYTES, 40, RECORD_MAX_BYTES};
	char *bytes = malloc(3 * RECORD_MAX_BYTES), *text;
	struct script script = {.chunk = chunk};
	struct remote *remote;
	size_t len = 0;
	int err;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		len += put(bytes + len, sizes[i], (uint16_t)(i + 1));
	remote = open_stream(&script, &text, bytes, len);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct record *record = pull(remote, &err);

		assert_non_null(record);
		assert_int_equal((uintptr_t)record % 8, 0);
		assert_int_equal(record->bytes, sizes[i]);
		assert_int_equal(record->type, i + 1);
		assert_int_equal(record->time_ns, 23);
		if (sizes[i] > sizeof(*record))
			assert_int_equal(((const char *)record)[sizes[i] - 1], i + 1);
	}
	assert_null(pull(remote, &err));
	assert_int_equal(err, -EPIPE);
	remote__close(remote);
	finish(&script);
	free(text);
	free(bytes);
}

static void records_come_whole_and_aligned_however_they_are_cut(void **state)
{
	(void)state;
	expect_stream(0);
	expect_stream(4099);
	expect_stream(211);
}

static void expect_broken(const void *bytes, size_t len, int expected)
{
	struct script script = {0};
	struct remote *remote;
	char *text;
	int err;

	remote = open_stream(&script, &text, bytes, len);
	assert_null(pull(remote, &err));
	assert_int_equal(err, expected);
	remote__close(remote);
	finish(&script);
	free(text);
}

static void broken_record_is_told(void **state)
{
	static const uint32_t sizes[] = {0,	   8,	      15, 17, 20, RECORD_MAX_BYTES + 8,
					 1U << 31, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct record record[4] = {{.bytes = sizes[i], .type = RECORD_VITALS}};

		expect_broken(record, sizeof(record), -EBADMSG);
	}
}

static void end_in_the_middle_of_a_record_is_the_end(void **state)
{
	char bytes[64];

	(void)state;
	put(bytes, 64, RECORD_VITALS);
	for (size_t len = 0; len < 64; len += 7)
		expect_broken(bytes, len, -EPIPE);
}

#define WITH_PATH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PATH(daemon_of_another_protocol_or_none_is_told_apart),
		WITH_PATH(where_no_daemon_listens_the_code_is_0),
		WITH_PATH(name_that_is_no_socket_is_an_error),
		WITH_PATH(request_is_one_line_and_its_answer_comes_back),
		WITH_PATH(refusal_comes_with_the_daemons_words_and_code),
		WITH_PATH(refusal_without_words_or_code_is_a_failure),
		WITH_PATH(endless_line_is_given_up),
		WITH_PATH(daemon_that_hangs_is_given_up),
		WITH_PATH(document_is_copied_byte_by_byte),
		WITH_PATH(document_that_was_cut_short_is_an_error),
		WITH_PATH(document_that_cannot_be_written_is_an_error),
		WITH_PATH(records_come_whole_and_aligned_however_they_are_cut),
		WITH_PATH(broken_record_is_told),
		WITH_PATH(end_in_the_middle_of_a_record_is_the_end),
	};

	return cmocka_run_group_tests_name("remote", tests, NULL, NULL);
}
