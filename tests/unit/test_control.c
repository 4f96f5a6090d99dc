// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_daemon.h"
#include "fake_web.h"

#include <sys/wait.h>

#include "base/banned.h"

#define MANY 3000 /* processes whose document no socket's buffer takes */

static struct fake_names names;

static void publish(unsigned int groups)
{
	memset(&names, 0, sizeof(names));
	publisher__put(house.publisher, fake_publication__new(&names, groups));
}

/* @name comes as one document of JSON, with its size in the answer, and the connection ends. */
static void expect_document(const char *name)
{
	char request[128], *text = malloc(1 << 20);
	const char *rest;
	json_t *answer, *document;
	json_error_t why;
	bool ended;
	int fd;

	snprintf(request, sizeof(request), "{\"verb\":\"document\",\"name\":\"%s\"}\n", name);
	fd = ask(request);
	hear(fd, text, 1 << 20, &ended);
	answer = answer_in(text, &rest);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_int_equal(json_integer_value(json_object_get(answer, "bytes")), strlen(rest));
	document = json_loads(rest, 0, &why);
	assert_non_null(document);
	assert_true(ended);
	json_decref(document);
	json_decref(answer);
	free(text);
	close(fd);
}

static void documents_come_whole(void **state)
{
	(void)state;
	publish(3);
	expect_document("status");
	expect_document("processes");
	expect_document("hotspots");
	expect_document("recommendations");
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"secrets\"}\n"), EXIT_USAGE);
	expect_refusal(ask("{\"verb\":\"document\",\"name\":7}\n"), EXIT_USAGE);
	expect_refusal(ask("{\"verb\":\"document\"}\n"), EXIT_USAGE);
}

/* The items of a document that is asked for with @more. */
static json_t *ask_items(const char *name, const char *more)
{
	char request[128], *text = malloc(1 << 20);
	json_t *answer, *document, *items;
	const char *rest;
	json_error_t why;
	bool ended;
	int fd;

	snprintf(request, sizeof(request), "{\"verb\":\"document\",\"name\":\"%s\",%s}\n", name,
		 more);
	fd = ask(request);
	hear(fd, text, 1 << 20, &ended);
	answer = answer_in(text, &rest);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	document = json_loads(rest, 0, &why);
	items = json_incref(json_object_get(document, "items"));
	json_decref(document);
	json_decref(answer);
	free(text);
	close(fd);
	return items;
}

static void document_is_of_one_process_if_asked_so(void **state)
{
	json_t *all, *one;
	char more[64];
	json_int_t pid;

	(void)state;
	publish(3);
	all = ask_items("processes", "\"fresh\":true");
	pid = json_integer_value(json_object_get(json_array_get(all, 0), "pid"));
	assert_true(json_array_size(all) > 1);
	assert_true(publisher__is_wanted(house.publisher, 1));
	snprintf(more, sizeof(more), "\"pid\":%lld,\"limit\":1", (long long)pid);
	one = ask_items("processes", more);
	assert_int_equal(json_array_size(one), 1);
	json_decref(one);
	one = ask_items("hotspots", "\"pid\":4194303");
	assert_int_equal(json_array_size(one), 0);
	json_decref(one);
	json_decref(all);
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"processes\",\"pid\":0}\n"),
		       EXIT_USAGE);
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"processes\",\"pid\":\"1\"}\n"),
		       EXIT_USAGE);
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"hotspots\",\"limit\":-1}\n"),
		       EXIT_USAGE);
}

static void before_the_first_publication_there_is_no_document(void **state)
{
	(void)state;
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"status\"}\n"), EXIT_RUNTIME);
	publisher__put(house.publisher, publication__new(fake_host__new(1), NULL));
	expect_document("status");
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"hotspots\"}\n"), EXIT_RUNTIME);
	expect_refusal(ask("{\"verb\":\"document\",\"name\":\"secrets\"}\n"), EXIT_USAGE);
}

static void hostile_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"\n",
		"\r\n",
		"null\n",
		"[]\n",
		"23\n",
		"\"verb\"\n",
		"{\n",
		"{}\n",
		"}\n",
		"{\"verb\":null}\n",
		"{\"verb\":1}\n",
		"{\"verb\":\"reboot\"}\n",
		"{\"verb\":\"ATTACH\",\"pid\":1}\n",
		"{\"verb\":\"attach\\u0000\",\"pid\":1}\n",
		"{\"verb\":\"attach\"}\n",
		"{\"verb\":\"attach\",\"pid\":0}\n",
		"{\"verb\":\"attach\",\"pid\":-1}\n",
		"{\"verb\":\"attach\",\"pid\":1.0}\n",
		"{\"verb\":\"attach\",\"pid\":\"1\"}\n",
		"{\"verb\":\"attach\",\"pid\":4294967297}\n",
		"{\"verb\":\"attach\",\"pid\":99999999999999999999}\n",
		"{\"verb\":\"attach\",\"pid\":1,\"pid\":2}\n",
		"{\"verb\":\"attach\",\"pid\":1} {}\n",
		"{\"verb\":\"detach\",\"pid\":[1]}\n",
		"\xff\xfe\xfd\n",
		"{\"verb\":\"\xff\"}\n",
		"GET / HTTP/1.1\r\n",
		"\x16\x03\x01\x02\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_refusal(ask(lines[i]), EXIT_USAGE);
	assert_int_equal(staged.attached, 0);
	assert_int_equal(staged.detached, 0);
}

static void line_with_a_nul_is_not_cut_there(void **state)
{
	static const char line[] = "{\"verb\":\"attach\",\"pid\":23}\0 or not\n";
	int fd = knock();

	(void)state;
	say(fd, line, sizeof(line) - 1);
	expect_refusal(fd, EXIT_USAGE);
	assert_int_equal(staged.attached, 0);
}

static void overlong_and_overdeep_lines_are_refused(void **state)
{
	char line[CLIENT_LINE_MAX + 1];
	int fd = knock();

	(void)state;
	memset(line, 'x', sizeof(line));
	say(fd, line, CLIENT_LINE_MAX);
	expect_refusal(fd, EXIT_USAGE);
	memset(line, '[', sizeof(line));
	line[CLIENT_LINE_MAX - 1] = '\n';
	fd = knock();
	say(fd, line, CLIENT_LINE_MAX);
	expect_refusal(fd, EXIT_USAGE);
}

static void line_may_come_in_pieces(void **state)
{
	static const char line[] = "{\"verb\":\"attach\",\"pid\":23}\n";
	int fd = knock();

	(void)state;
	for (size_t i = 0; i < sizeof(line) - 1; i++) {
		assert_int_equal(staged.attached, 0);
		say(fd, line + i, 1);
		turn();
	}
	turn();
	assert_int_equal(staged.attached, 23);
	close(fd);
}

static void only_the_first_of_two_lines_is_served(void **state)
{
	char text[512];
	const char *rest;
	bool ended;
	int fd = ask("{\"verb\":\"attach\",\"pid\":23}\n{\"verb\":\"detach\",\"pid\":23}\n");

	(void)state;
	hear(fd, text, sizeof(text), &ended);
	json_decref(answer_in(text, &rest));
	assert_string_equal(rest, "");
	assert_int_equal(staged.attached, 23);
	assert_int_equal(staged.detached, 0);
	assert_true(ended);
	close(fd);
}

static void half_closed_client_gets_its_answer(void **state)
{
	char text[512];
	const char *rest;
	json_t *answer;
	bool ended;
	int fd = knock();

	(void)state;
	say(fd, "{\"verb\":\"detach\",\"pid\":23}\n", 27);
	shutdown(fd, SHUT_WR);
	turns(3);
	hear(fd, text, sizeof(text), &ended);
	answer = answer_in(text, &rest);
	assert_true(json_is_true(json_object_get(answer, "ok")));
	assert_int_equal(staged.detached, 23);
	json_decref(answer);
	close(fd);
	fd = knock();
	say(fd, "{\"verb\":\"detach\"", 16);
	turn();
	shutdown(fd, SHUT_WR);
	expect_refusal(fd, EXIT_USAGE);
}

static void refusal_of_the_fleet_is_told_with_its_code(void **state)
{
	(void)state;
	error__set(&staged.refusal, EXIT_REFUSED, -EPERM, "must not be \"probed\"");
	expect_refusal(ask("{\"verb\":\"attach\",\"pid\":23}\n"), EXIT_REFUSED);
	error__set(&staged.refusal, EXIT_RUNTIME, -EPERM, "no process 23");
	expect_refusal(ask("{\"verb\":\"detach\",\"pid\":23}\n"), EXIT_RUNTIME);
}

/* What one that may only read gets, and what not. */
static void expect_reader(const char *line, int code)
{
	char text[1 << 16];
	const char *rest;
	json_t *answer;
	bool ended;
	int fds[2];
	struct client *client;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	client = client__new(fds[0], 23, false);
	assert_non_null(client);
	say(fds[1], line, strlen(line));
	client__read(client, &house);
	client__write(client);
	client__free(client, &house);
	hear(fds[1], text, sizeof(text), &ended);
	answer = answer_in(text, &rest);
	assert_int_equal(json_integer_value(json_object_get(answer, "code")), code);
	assert_int_equal(json_is_true(json_object_get(answer, "ok")), !code);
	json_decref(answer);
	close(fds[1]);
}

static void members_of_the_group_may_read_only(void **state)
{
	(void)state;
	publish(1);
	expect_reader("{\"verb\":\"attach\",\"pid\":23}\n", EXIT_REFUSED);
	expect_reader("{\"verb\":\"detach\",\"pid\":23}\n", EXIT_REFUSED);
	expect_reader("{\"verb\":\"observe\",\"pids\":[23]}\n", EXIT_REFUSED);
	expect_reader("{\"verb\":\"document\",\"name\":\"status\"}\n", 0);
	assert_int_equal(staged.attached + staged.detached, 0);
	assert_int_equal(staged.subscribed, 0);
}

/* Another user's client: exits with 0 if it was refused as one. */
static void ask_as_nobody(void)
{
	static const char line[] = "{\"verb\":\"attach\",\"pid\":23,\"uid\":0}\n";
	char text[512];
	size_t len = 0;
	ssize_t got;
	int fd;

	if (setuid(65534))
		_exit(1);
	fd = knock();
	say(fd, line, sizeof(line) - 1);
	while ((got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)got;
	text[len] = 0;
	_exit(strstr(text, "\"code\":4") ? 0 : 2);
}

static void another_user_is_known_by_the_kernel(void **state)
{
	int status = -1;
	pid_t child;

	(void)state;
	if (getuid())
		skip(); /* only root can be another */
	assert_int_equal(chmod(dir, 0711), 0);
	assert_int_equal(chmod(socket_path, 0666), 0);
	child = fork();
	if (!child)
		ask_as_nobody();
	for (int i = 0; i < 10000 && waitpid(child, &status, WNOHANG) != child; i++) {
		turn();
		usleep(1000);
	}
	assert_int_equal(status, 0);
	assert_int_equal(staged.attached, 0);
}

static void the_thirty_third_client_finds_no_place_until_one_leaves(void **state)
{
	int fds[CONTROL_CLIENTS_MAX], fd;
	char text[512];
	bool ended;

	(void)state;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = knock();
		turn();
	}
	fd = knock();
	turns(2);
	assert_int_equal(hear(fd, text, sizeof(text), &ended), 0);
	assert_true(ended);
	close(fd);
	close(fds[7]);
	turns(2);
	fds[7] = knock();
	turns(2);
	assert_true(hear(fds[7], text, sizeof(text), &ended) > 0);
	assert_false(ended);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

static void who_asks_nothing_loses_its_place(void **state)
{
	char text[512];
	bool ended;
	int fd = knock();

	(void)state;
	turn();
	later_ns = 29 * SECOND;
	say(fd, "{", 1);
	turns(2);
	hear(fd, text, sizeof(text), &ended);
	assert_false(ended);
	/* A byte now and then is no request. */
	later_ns = 31 * SECOND;
	say(fd, "\"", 1);
	turns(2);
	hear(fd, text, sizeof(text), &ended);
	assert_true(ended);
	close(fd);
}

static void big_document_waits_for_its_reader(void **state)
{
	char *text = malloc(8 << 20);
	const char *rest;
	json_t *answer;
	size_t len = 0;
	bool ended = false;
	int fd;

	(void)state;
	publish(MANY);
	fd = ask("{\"verb\":\"document\",\"name\":\"processes\"}\n");
	turns(5); /* nothing is read: nothing blocks */
	for (int i = 0; i < 10000 && !ended; i++) {
		len += hear(fd, text + len, 40000, &ended);
		turn();
	}
	assert_true(ended);
	assert_true(len > 300000);
	answer = answer_in(text, &rest);
	assert_int_equal(json_integer_value(json_object_get(answer, "bytes")), strlen(rest));
	json_decref(answer);
	free(text);
	close(fd);
}

static void reader_that_takes_nothing_loses_its_place(void **state)
{
	struct pollfd fds[CONTROL_CLIENTS_MAX + 1];
	int fd;

	(void)state;
	publish(MANY);
	fd = ask("{\"verb\":\"document\",\"name\":\"processes\"}\n");
	turns(5);
	assert_int_equal(control__fds(house.control, fds), 2);
	assert_int_equal(fds[1].events, POLLOUT);
	later_ns = 29 * SECOND;
	turn();
	assert_int_equal(control__fds(house.control, fds), 2);
	later_ns = 31 * SECOND;
	turn();
	assert_int_equal(control__fds(house.control, fds), 1);
	close(fd);
}

static void client_that_vanishes_is_forgotten(void **state)
{
	struct pollfd fds[CONTROL_CLIENTS_MAX + 1];
	int fd = knock();

	(void)state;
	turn();
	close(fd);
	turns(2);
	publish(MANY);
	fd = ask("{\"verb\":\"document\",\"name\":\"processes\"}\n");
	close(fd);
	turns(2);
	assert_int_equal(control__fds(house.control, fds), 1);
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_HOME(documents_come_whole),
		AT_HOME(document_is_of_one_process_if_asked_so),
		AT_HOME(before_the_first_publication_there_is_no_document),
		AT_HOME(hostile_lines_are_refused),
		AT_HOME(line_with_a_nul_is_not_cut_there),
		AT_HOME(overlong_and_overdeep_lines_are_refused),
		AT_HOME(line_may_come_in_pieces),
		AT_HOME(only_the_first_of_two_lines_is_served),
		AT_HOME(half_closed_client_gets_its_answer),
		AT_HOME(refusal_of_the_fleet_is_told_with_its_code),
		AT_HOME(members_of_the_group_may_read_only),
		AT_HOME(another_user_is_known_by_the_kernel),
		AT_HOME(the_thirty_third_client_finds_no_place_until_one_leaves),
		AT_HOME(who_asks_nothing_loses_its_place),
		AT_HOME(big_document_waits_for_its_reader),
		AT_HOME(reader_that_takes_nothing_loses_its_place),
		AT_HOME(client_that_vanishes_is_forgotten),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
