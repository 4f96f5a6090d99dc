// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/connections.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/banned.h"

struct connection {
	int fd;
	enum connection_state state;
	uint64_t since_ns;
};

struct connections {
	pthread_mutex_t lock;
	struct connection items[CONNECTIONS_MAX + CONNECTIONS_CLOSING];
	size_t cnt, closing_cnt;
};

struct connections *connections__new(void)
{
	struct connections *connections = calloc(1, sizeof(*connections));

	if (connections)
		pthread_mutex_init(&connections->lock, NULL);
	return connections;
}

void connections__free(struct connections *connections)
{
	if (!connections)
		return;
	pthread_mutex_destroy(&connections->lock);
	free(connections);
}

static struct connection *find(struct connections *connections, int fd)
{
	for (size_t i = 0; i < connections->cnt; i++)
		if (connections->items[i].fd == fd)
			return &connections->items[i];
	return NULL;
}

static void drop(struct connections *connections, struct connection *connection)
{
	if (connection->state == CONNECTION_CLOSING)
		connections->closing_cnt--;
	*connection = connections->items[--connections->cnt];
}

/* The descriptor is closed by its owner, who sees the end of the stream: its number cannot be
 * another's before connections__remove. */
static void shut(struct connections *connections, struct connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
	connection->state = CONNECTION_CLOSING;
	connections->closing_cnt++;
}

static bool is_idle(const struct connection *connection)
{
	return connection->state == CONNECTION_NEW || connection->state == CONNECTION_HEADERS ||
	       connection->state == CONNECTION_IDLE;
}

static struct connection *oldest_idle(struct connections *connections)
{
	struct connection *oldest = NULL;

	for (size_t i = 0; i < connections->cnt; i++) {
		struct connection *connection = &connections->items[i];

		if (is_idle(connection) && (!oldest || connection->since_ns < oldest->since_ns))
			oldest = connection;
	}
	return oldest;
}

bool connections__add(struct connections *connections, int fd, uint64_t now_ns)
{
	struct connection *old;
	bool room = true;

	pthread_mutex_lock(&connections->lock);
	old = find(connections, fd);
	if (old) /* closed without a word, before anything was asked on it */
		drop(connections, old);
	if (connections->cnt - connections->closing_cnt >= CONNECTIONS_MAX) {
		old = connections->closing_cnt < CONNECTIONS_CLOSING ? oldest_idle(connections)
								     : NULL;
		room = old;
		if (old)
			shut(connections, old);
	}
	if (room)
		connections->items[connections->cnt++] =
			(struct connection){.fd = fd, .since_ns = now_ns};
	pthread_mutex_unlock(&connections->lock);
	return room;
}

void connections__remove(struct connections *connections, int fd)
{
	struct connection *connection;

	pthread_mutex_lock(&connections->lock);
	connection = find(connections, fd);
	if (connection)
		drop(connections, connection);
	pthread_mutex_unlock(&connections->lock);
}

void connections__set(struct connections *connections, int fd, enum connection_state state,
		      uint64_t now_ns)
{
	struct connection *connection;

	pthread_mutex_lock(&connections->lock);
	connection = find(connections, fd);
	if (connection && connection->state != CONNECTION_CLOSING) {
		connection->state = state;
		connection->since_ns = now_ns;
	}
	pthread_mutex_unlock(&connections->lock);
}

static uint64_t limit_of(enum connection_state state)
{
	switch (state) {
	case CONNECTION_ACCEPTED:
	case CONNECTION_NEW:
	case CONNECTION_HEADERS:
		return HEADERS_NS;
	case CONNECTION_IDLE:
		return KEEP_ALIVE_NS;
	case CONNECTION_BUSY:
		return ANSWER_NS;
	default:
		return UINT64_MAX;
	}
}

void connections__sweep(struct connections *connections, uint64_t now_ns)
{
	pthread_mutex_lock(&connections->lock);
	for (size_t i = connections->cnt; i-- > 0;) {
		struct connection *connection = &connections->items[i];

		if (now_ns <= connection->since_ns ||
		    now_ns - connection->since_ns <= limit_of(connection->state))
			continue;
		/* never taken: its descriptor is closed, and the number may be another's by now */
		if (connection->state == CONNECTION_ACCEPTED)
			drop(connections, connection);
		else
			shut(connections, connection);
	}
	pthread_mutex_unlock(&connections->lock);
}

size_t connections__cnt(struct connections *connections)
{
	size_t cnt;

	pthread_mutex_lock(&connections->lock);
	cnt = connections->cnt - connections->closing_cnt;
	pthread_mutex_unlock(&connections->lock);
	return cnt;
}

size_t connections__busy_cnt(struct connections *connections)
{
	size_t cnt = 0;

	pthread_mutex_lock(&connections->lock);
	for (size_t i = 0; i < connections->cnt; i++)
		cnt += connections->items[i].state == CONNECTION_BUSY ||
		       connections->items[i].state == CONNECTION_WAITING;
	pthread_mutex_unlock(&connections->lock);
	return cnt;
}

bool connections__is_clogged(struct connections *connections)
{
	bool is_clogged;

	pthread_mutex_lock(&connections->lock);
	is_clogged = connections->closing_cnt >= CONNECTIONS_CLOSING;
	pthread_mutex_unlock(&connections->lock);
	return is_clogged;
}
