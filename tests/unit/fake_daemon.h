/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A daemon with a real socket, whose fleet and observer are made up here: they note what they are
 * told. Defining their functions keeps the real ones, which need a kernel, out of the program.
 */
#ifndef HB_FAKE_DAEMON_H
#define HB_FAKE_DAEMON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/client.h"
#include "daemon/state.h"

#define SECOND 1000000000ULL

struct subscriber {
	struct record_sink sink;
	struct observe_terms terms;
	pid_t pids[64];
	size_t pid_cnt;
	bool at_exec, begun, governed, stopped, closed;
};

/* What was done, and what is to happen. */
static struct {
	pid_t attached, detached;
	struct error refusal; /* of attach, detach and observer__add, if its text is not empty */
	struct subscriber subscriber;
	unsigned int subscribed, unsubscribed;
	size_t alive;
	bool drained;
	const char *say;
} staged;

static int refuse_or(pid_t pid, pid_t *ret_pid, struct error *error)
{
	if (staged.refusal.text[0]) {
		*error = staged.refusal;
		return -EPERM;
	}
	*ret_pid = pid;
	return 0;
}

int fleet__attach(struct daemon *daemon, pid_t pid, struct error *error)
{
	(void)daemon;
	return refuse_or(pid, &staged.attached, error);
}

int fleet__detach(struct daemon *daemon, pid_t pid, struct error *error)
{
	(void)daemon;
	return refuse_or(pid, &staged.detached, error);
}

struct subscriber *observer__subscribe(struct observer *observer, const struct record_sink *sink,
				       const struct observe_terms *terms)
{
	(void)observer;
	staged.subscriber = (struct subscriber){.sink = *sink, .terms = *terms};
	staged.subscribed++;
	return &staged.subscriber;
}

struct observe_terms *subscriber__terms(struct subscriber *subscriber)
{
	return &subscriber->terms;
}

int observer__add(struct observer *observer, struct subscriber *subscriber, pid_t pid, bool at_exec,
		  struct error *error)
{
	(void)observer;
	subscriber->at_exec = at_exec;
	return refuse_or(pid, &subscriber->pids[subscriber->pid_cnt++], error);
}

size_t observer__alive(const struct observer *observer, const struct subscriber *subscriber)
{
	(void)observer;
	(void)subscriber;
	return staged.alive;
}

void observer__begin(struct observer *observer, struct subscriber *subscriber)
{
	(void)observer;
	subscriber->begun = true;
}

void observer__govern_now(struct observer *observer, struct subscriber *subscriber)
{
	(void)observer;
	assert_true(subscriber->begun);
	subscriber->governed = true;
}

void observer__announce_full(struct observer *observer, struct subscriber *subscriber, bool command,
			     FILE *file)
{
	(void)observer;
	(void)subscriber;
	fprintf(file, "full mode of a %s", command ? "command" : "process");
}

void observer__stop(struct observer *observer, struct subscriber *subscriber)
{
	(void)observer;
	subscriber->stopped = true;
}

bool observer__is_drained(struct observer *observer, struct subscriber *subscriber)
{
	(void)observer;
	assert_true(subscriber->stopped);
	return staged.drained;
}

void observer__close(struct observer *observer, struct subscriber *subscriber,
		     uint64_t *ret_sampled, uint64_t *ret_lost)
{
	(void)observer;
	*ret_sampled = *ret_lost = 0;
	subscriber->closed = true;
}

void observer__unsubscribe(struct observer *observer, struct subscriber *subscriber)
{
	(void)observer;
	assert_ptr_equal(subscriber, &staged.subscriber);
	staged.unsubscribed++;
}

/* The daemon, in a folder of its own. */
static char dir[64], socket_path[128];
static struct daemon_options options;
static struct daemon house;
static uint64_t later_ns; /* what the house's clock is ahead */

static inline int open_house(void **state)
{
	struct error error = {0};

	(void)state;
	memset(&staged, 0, sizeof(staged));
	staged.alive = 1;
	later_ns = 0;
	snprintf(dir, sizeof(dir), "/tmp/heapbeat-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(socket_path, sizeof(socket_path), "%s/s", dir);
	options = (struct daemon_options){.socket_path = socket_path};
	house = (struct daemon){.options = &options, .publisher = publisher__new()};
	house.control = control__new(&house, &error);
	return house.publisher && house.control ? 0 : -1;
}

static inline int close_house(void **state)
{
	(void)state;
	control__free(house.control);
	publisher__free(house.publisher);
	return rmdir(dir);
}

/* A turn of the daemon's loop, as daemon.c does it. */
static inline void turn(void)
{
	struct pollfd fds[CONTROL_CLIENTS_MAX + 1];
	size_t cnt = control__fds(house.control, fds);

	assert_true(cnt <= CONTROL_CLIENTS_MAX + 1);
	assert_true(poll(fds, cnt, 0) >= 0);
	control__turn(house.control, fds[0].revents & POLLIN, clock__boottime_ns() + later_ns);
}

static inline void turns(int cnt)
{
	for (int i = 0; i < cnt; i++)
		turn();
}

static inline int knock(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, socket_path, strlen(socket_path));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline void say(int fd, const void *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL), len);
}

/* What has come, up to @size - 1 bytes; *ret_ended whether the daemon has closed. */
static inline size_t hear(int fd, char *bytes, size_t size, bool *ret_ended)
{
	size_t len = 0;
	ssize_t got = 1;

	while (len < size - 1 && (got = recv(fd, bytes + len, size - 1 - len, MSG_DONTWAIT)) > 0)
		len += (size_t)got;
	bytes[len] = 0;
	*ret_ended = !got || (got < 0 && errno == ECONNRESET);
	return len;
}

/* The line at *@text, parsed; *@text is what follows. */
static inline json_t *take_line(const char **text)
{
	const char *end = strchr(*text, '\n');
	json_error_t why;
	json_t *line;

	assert_non_null(end);
	line = json_loadb(*text, (size_t)(end - *text), 0, &why);
	assert_non_null(line);
	*text = end + 1;
	return line;
}

/* After the greeting, the answer's line; what follows it in *ret_rest. */
static inline json_t *answer_in(const char *text, const char **ret_rest)
{
	json_decref(take_line(&text));
	*ret_rest = text;
	return take_line(ret_rest);
}

/* The client at @fd was refused with exit code @code, and the connection has ended. */
static inline void expect_refusal(int fd, int code)
{
	char text[4096];
	const char *rest;
	bool ended;
	json_t *answer;

	turns(3);
	hear(fd, text, sizeof(text), &ended);
	answer = answer_in(text, &rest);
	assert_true(json_is_false(json_object_get(answer, "ok")));
	assert_int_equal(json_integer_value(json_object_get(answer, "code")), code);
	assert_true(json_string_length(json_object_get(answer, "error")) > 0);
	assert_string_equal(rest, "");
	assert_true(ended);
	json_decref(answer);
	close(fd);
}

/* Another connection that says @text. */
static inline int ask(const char *text)
{
	int fd = knock();

	say(fd, text, strlen(text));
	turns(3);
	return fd;
}

#endif
