// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/control.h"
#include "base/banned.h"

#define ANSWER_S 30 /* the daemon attaches before it answers */

#define FIRST_BYTES 65536
#define MOST_BYTES  (2 * RECORD_MAX_BYTES)

struct remote {
	int fd;
	char *data; /* what has come: from at to len */
	size_t at, len, cap;
};

static int lost(struct error *error, int err)
{
	return error__set(error, EXIT_RUNTIME, err ?: -ECONNRESET,
			  "the daemon has closed the connection; see its log");
}

static int make_room(struct remote *remote)
{
	size_t cap = remote->cap ? 2 * remote->cap : FIRST_BYTES;
	char *data;

	if (remote->at) {
		memmove(remote->data, remote->data + remote->at, remote->len - remote->at);
		remote->len -= remote->at;
		remote->at = 0;
	}
	if (remote->len < remote->cap)
		return 0;
	data = cap <= MOST_BYTES ? realloc(remote->data, cap) : NULL;
	if (!data)
		return -ENOMEM;
	remote->data = data;
	remote->cap = cap;
	return 0;
}

int remote__fill(struct remote *remote)
{
	int err = make_room(remote);
	ssize_t got;

	if (err)
		return err;
	got = recv(remote->fd, remote->data + remote->len, remote->cap - remote->len, 0);
	if (got < 0)
		return errno == EINTR ? 0 : -errno;
	remote->len += (size_t)got;
	return got ? 0 : -EPIPE;
}

const struct record *remote__next(struct remote *remote, int *ret_err)
{
	const struct record *record = (const void *)(remote->data + remote->at);
	size_t have = remote->len - remote->at;

	*ret_err = 0;
	if (have < sizeof(*record))
		return NULL;
	if (record->bytes < sizeof(*record) || record->bytes > RECORD_MAX_BYTES ||
	    record->bytes % 8) {
		*ret_err = -EBADMSG;
		return NULL;
	}
	if (have < record->bytes)
		return NULL;
	remote->at += record->bytes;
	return record;
}

/* Records may follow a line; they lie aligned only if they begin where the buffer does. */
static void drop_line(struct remote *remote, const char *end)
{
	size_t next = (size_t)(end - remote->data) + 1;

	remote->len -= next;
	memmove(remote->data, remote->data + next, remote->len);
	remote->at = 0;
}

static json_t *read_line(struct remote *remote, struct error *error)
{
	json_t *answer = NULL;
	json_error_t parse;
	char *end = NULL;
	int err = 0;

	while (!err && !(end = memchr(remote->data + remote->at, '\n', remote->len - remote->at)))
		err = remote__fill(remote);
	if (end) {
		answer = json_loadb(remote->data + remote->at,
				    (size_t)(end - remote->data) - remote->at, 0, &parse);
		drop_line(remote, end);
	}
	if (json_is_object(answer))
		return answer;
	lost(error, err);
	json_decref(answer);
	return NULL;
}

static bool greet(struct remote *remote, struct error *error)
{
	json_t *greeting = read_line(remote, error);
	json_int_t protocol;

	if (!greeting)
		return false;
	protocol = json_integer_value(json_object_get(greeting, "protocol"));
	json_decref(greeting);
	if (protocol == CONTROL_PROTOCOL)
		return true;
	error__set(error, EXIT_RUNTIME, -EPROTO,
		   "the running daemon speaks protocol %lld, this heapbeat %d; restart it",
		   (long long)protocol, CONTROL_PROTOCOL);
	return false;
}

static int connect_to(const char *path, struct error *error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return error__set(error, EXIT_USAGE, -ENAMETOOLONG,
				  "'%s' is longer than a socket's name may be", path);
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	err = -errno;
	if (fd >= 0)
		close(fd);
	error__set(error, err == -EACCES ? EXIT_REFUSED : EXIT_RUNTIME, err,
		   "cannot reach the daemon at '%s': %s", path, strerror(-err));
	if (err == -ENOENT || err == -ECONNREFUSED)
		error->code = EXIT_OK;
	return err;
}

struct remote *remote__open(const char *path, struct error *error)
{
	struct timeval patience = {.tv_sec = ANSWER_S};
	struct remote *remote = calloc(1, sizeof(*remote));
	int fd = remote ? connect_to(path, error) : -ENOMEM;

	if (fd < 0) {
		free(remote);
		errno = -fd;
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	remote->fd = fd;
	if (!make_room(remote) && greet(remote, error))
		return remote;
	remote__close(remote);
	return NULL;
}

void remote__close(struct remote *remote)
{
	if (!remote)
		return;
	close(remote->fd);
	free(remote->data);
	free(remote);
}

static int send_line(struct remote *remote, json_t *request)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	int err = text ? 0 : -ENOMEM;

	if (text)
		text[len] = '\n'; /* in the place of its NUL */
	if (text && send(remote->fd, text, len + 1, MSG_NOSIGNAL) != (ssize_t)(len + 1))
		err = -EPIPE;
	free(text);
	json_decref(request);
	return err;
}

json_t *remote__ask(struct remote *remote, json_t *request, struct error *error)
{
	int err = send_line(remote, request);
	json_t *answer;

	if (err) {
		lost(error, err);
		return NULL;
	}
	answer = read_line(remote, error);
	if (!answer || json_is_true(json_object_get(answer, "ok")))
		return answer;
	error__set(error, (enum exit_code)json_integer_value(json_object_get(answer, "code")),
		   -EREMOTEIO, "%s",
		   json_string_value(json_object_get(answer, "error")) ?: "the daemon refuses");
	json_decref(answer);
	return NULL;
}

int remote__copy(struct remote *remote, FILE *file, struct error *error)
{
	int err = 0;

	while (!err) {
		size_t have = remote->len - remote->at;

		if (fwrite(remote->data + remote->at, 1, have, file) != have)
			return error__set(error, EXIT_RUNTIME, -EIO, "cannot write the answer");
		remote->at = remote->len;
		err = remote__fill(remote);
	}
	return err == -EPIPE ? 0 : lost(error, err);
}

int remote__fd(const struct remote *remote)
{
	return remote->fd;
}
