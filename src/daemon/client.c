// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/exit.h"
#include "collect/record_buffer.h"
#include "daemon/state.h"
#include "base/banned.h"

#define DRAIN_NS 10000000000ULL

struct client *client__new(int fd, pid_t pid, bool may_change)
{
	struct client *client = calloc(1, sizeof(*client));
	json_t *greeting =
		json_pack("{s:s, s:i}", "heapbeat", HEAPBEAT_VERSION, "protocol", CONTROL_PROTOCOL);

	if (!client || !greeting) {
		close(fd);
		free(client);
		json_decref(greeting);
		errno = ENOMEM;
		return NULL;
	}
	client->fd = fd;
	client->pid = pid;
	client->may_change = may_change;
	client->moved_ns = clock__boottime_ns();
	client__reply(client, greeting);
	return client;
}

void client__free(struct client *client, struct daemon *daemon)
{
	if (!client)
		return;
	if (client->subscriber)
		observer__unsubscribe(daemon->observer, client->subscriber);
	close(client->fd);
	free(client->out);
	free(client);
}

static int make_room(struct client *client, size_t len)
{
	size_t cap = client->out_cap ? client->out_cap : 4096;
	char *out;

	if (client->out_at) {
		memmove(client->out, client->out + client->out_at,
			client->out_len - client->out_at);
		client->out_len -= client->out_at;
		client->out_at = 0;
	}
	if (client->out_len + len <= client->out_cap)
		return 0;
	if (client->out_len + len > CLIENT_OUT_MAX)
		return -ENOBUFS;
	while (cap < client->out_len + len)
		cap *= 2;
	out = realloc(client->out, cap);
	if (!out)
		return -ENOMEM;
	client->out = out;
	client->out_cap = cap;
	return 0;
}

int client__send(struct client *client, const void *data, size_t len)
{
	int err = client->failed ? -EPIPE : make_room(client, len);

	if (err) {
		client->failed = true;
		return err;
	}
	if (client->out_at == client->out_len)
		client->moved_ns = clock__boottime_ns();
	memcpy(client->out + client->out_len, data, len);
	client->out_len += len;
	return 0;
}

void client__reply(struct client *client, json_t *reply)
{
	char *text = reply ? json_dumps(reply, JSON_COMPACT) : NULL;

	if (!text || client__send(client, text, strlen(text)) || client__send(client, "\n", 1))
		client->failed = true;
	free(text);
	json_decref(reply);
}

void client__refuse(struct client *client, const char *why, int code)
{
	client__reply(client, json_pack("{s:b, s:s, s:i}", "ok", 0, "error", why, "code", code));
	client->state = CLIENT_CLOSING;
}

static void take_line(struct client *client, struct daemon *daemon)
{
	json_error_t parse;
	json_t *request;

	request = json_loadb(client->line, client->line_len, JSON_REJECT_DUPLICATES, &parse);
	if (!json_is_object(request))
		client__refuse(client, "the request is not one line of JSON", EXIT_USAGE);
	else
		client__serve(client, daemon, request);
	json_decref(request);
}

/* Whatever comes while a stream runs, the end of the client's side included, ends it. */
static void end_stream(struct client *client, struct daemon *daemon, uint32_t reason)
{
	observer__stop(daemon->observer, client->subscriber);
	client->state = CLIENT_DRAINING;
	client->end_reason = reason;
	client->deadline_ns = clock__boottime_ns() + DRAIN_NS;
}

void client__read(struct client *client, struct daemon *daemon)
{
	size_t room = sizeof(client->line) - client->line_len;
	char waste[256], *to = client->line + client->line_len, *end;
	ssize_t got;

	if (client->state != CLIENT_ASKING) {
		to = waste;
		room = sizeof(waste);
	}
	got = recv(client->fd, to, room, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (client->state == CLIENT_STREAMING) {
		end_stream(client, daemon, 1);
		return;
	}
	if (client->state != CLIENT_ASKING) {
		client->failed |= got < 0;
		return;
	}
	if (got <= 0) {
		/* It may only have shut its side, and still be reading. */
		if (got < 0 || !client->line_len)
			client->failed = true;
		else
			client__refuse(client, "the request line has no end", EXIT_USAGE);
		return;
	}
	client->line_len += (size_t)got;
	end = memchr(client->line, '\n', client->line_len);
	if (end) {
		client->line_len = (size_t)(end - client->line);
		take_line(client, daemon);
	} else if (client->line_len == sizeof(client->line)) {
		client__refuse(client, "the request line is too long", EXIT_USAGE);
	}
}

void client__write(struct client *client)
{
	while (client->out_at < client->out_len) {
		ssize_t sent = send(client->fd, client->out + client->out_at,
				    client->out_len - client->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0) {
			client->failed |= errno != EAGAIN && errno != EINTR;
			return;
		}
		client->out_at += (size_t)sent;
		client->moved_ns = clock__boottime_ns();
	}
	client->out_at = client->out_len = 0;
}

/* END carries how it ended; the sums of its losses are in the last LOSS records. */
static void put_end(struct client *client)
{
	struct record_end end = {.reason = client->end_reason};

	record__init(&end.head, RECORD_END, sizeof(end), clock__boottime_ns());
	(void)client__send(client, &end, sizeof(end));
}

static void finish(struct client *client, struct daemon *daemon)
{
	uint64_t sampled, lost;

	observer__close(daemon->observer, client->subscriber, &sampled, &lost);
	observer__unsubscribe(daemon->observer, client->subscriber);
	client->subscriber = NULL;
	put_end(client);
	client->state = CLIENT_CLOSING;
}

static bool has_stalled(const struct client *client, uint64_t now_ns)
{
	bool waits = client->state == CLIENT_ASKING ||
		     (client->state == CLIENT_CLOSING && client->out_at < client->out_len);

	return waits && now_ns > client->moved_ns + CLIENT_STALL_NS;
}

void client__step(struct client *client, struct daemon *daemon, uint64_t now_ns)
{
	if (client->state == CLIENT_STREAMING) {
		if (client->deadline_ns && now_ns >= client->deadline_ns)
			end_stream(client, daemon, 0);
		else if (!observer__alive(daemon->observer, client->subscriber))
			end_stream(client, daemon, 2);
	}
	if (client->state == CLIENT_DRAINING &&
	    (observer__is_drained(daemon->observer, client->subscriber) ||
	     now_ns >= client->deadline_ns))
		finish(client, daemon);
	client->failed |= has_stalled(client, now_ns);
}
