// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/client.h"
#include "daemon/socket_owner.h"
#include "daemon/state.h"
#include "base/banned.h"

#define BACKLOG 128

struct control {
	struct daemon *daemon;
	int fd;
	char *path;
	struct client *clients[CONTROL_CLIENTS_MAX];
	size_t cnt;
};

/* The lock is ours: a socket that is there already is of a daemon that was killed. */
static int open_socket(struct control *control, const struct daemon_options *options,
		       struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *path = options->socket_path;
	struct stat found;
	mode_t mask;
	int err;

	if (strlen(path) >= sizeof(address.sun_path))
		return error__set(error, EXIT_USAGE, -ENAMETOOLONG,
				  "--socket.path: '%s' is longer than a socket's name may be",
				  path);
	memcpy(address.sun_path, path, strlen(path));
	if (!lstat(path, &found) && !S_ISSOCK(found.st_mode))
		return error__set(error, EXIT_USAGE, -EEXIST,
				  "--socket.path: '%s' exists and is no socket", path);
	unlink(path);
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;
	mask = umask(0177);
	err = bind(control->fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	umask(mask);
	if (err)
		return err;
	err = socket_owner__set(path, options->socket_group, error);
	if (!err && listen(control->fd, BACKLOG))
		err = -errno;
	if (err)
		unlink(path);
	return err;
}

struct control *control__new(struct daemon *daemon, struct error *error)
{
	struct control *control = calloc(1, sizeof(*control));
	int err = control ? 0 : -ENOMEM;

	if (control) {
		control->daemon = daemon;
		control->fd = -1;
		err = open_socket(control, daemon->options, error);
		control->path = err ? NULL : strdup(daemon->options->socket_path);
		err = err ?: control->path ? 0 : -ENOMEM;
	}
	if (!err)
		return control;
	if (!error->text[0])
		error__set(error, EXIT_RUNTIME, err, "cannot listen on '%s': %s",
			   daemon->options->socket_path, strerror(-err));
	control__free(control);
	return NULL;
}

static void drop(struct control *control, size_t index)
{
	client__free(control->clients[index], control->daemon);
	control->clients[index] = control->clients[--control->cnt];
}

void control__free(struct control *control)
{
	if (!control)
		return;
	while (control->cnt)
		drop(control, 0);
	if (control->path)
		unlink(control->path);
	if (control->fd >= 0)
		close(control->fd);
	free(control->path);
	free(control);
}

size_t control__fds(const struct control *control, struct pollfd *ret_fds)
{
	ret_fds[0] = (struct pollfd){.fd = control->fd, .events = POLLIN};
	for (size_t i = 0; i < control->cnt; i++) {
		const struct client *client = control->clients[i];
		bool asks = client->state == CLIENT_ASKING || client->state == CLIENT_STREAMING;

		ret_fds[i + 1] = (struct pollfd){
			.fd = client->fd,
			.events = (short)((asks ? POLLIN : 0) |
					  (client->out_len > client->out_at ? POLLOUT : 0)),
		};
	}
	return control->cnt + 1;
}

/* Whether somebody else may be waiting. */
static bool accept_one(struct control *control)
{
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);
	struct client *client;
	int fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return false;
	if (control->cnt == CONTROL_CLIENTS_MAX ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) {
		log_warn("control", "connection refused: %d clients are connected",
			 CONTROL_CLIENTS_MAX);
		close(fd);
		return true;
	}
	client = client__new(fd, peer.pid, peer.uid == 0);
	if (client)
		control->clients[control->cnt++] = client;
	return true;
}

static bool is_over(const struct client *client)
{
	return client->failed ||
	       (client->state == CLIENT_CLOSING && client->out_at == client->out_len);
}

void control__turn(struct control *control, bool knocked, uint64_t now_ns)
{
	for (int i = 0; knocked && i < BACKLOG; i++)
		knocked = accept_one(control);
	for (size_t i = 0; i < control->cnt;) {
		struct client *client = control->clients[i];

		if (client->state == CLIENT_ASKING || client->state == CLIENT_STREAMING)
			client__read(client, control->daemon);
		client__step(client, control->daemon, now_ns);
		client__write(client);
		if (is_over(client))
			drop(control, i);
		else
			i++;
	}
}

bool control__is_busy(const struct control *control)
{
	for (size_t i = 0; i < control->cnt; i++)
		if (control->clients[i]->state == CLIENT_DRAINING)
			return true;
	return false;
}
