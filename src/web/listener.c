// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define BACKLOG 512

static int parse_number(const char *text, unsigned long max, unsigned long *ret)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value > max)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int parse_v6(const char *name, unsigned long port, struct listener_address *ret)
{
	ret->v6 =
		(struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	ret->len = sizeof(ret->v6);
	return inet_pton(AF_INET6, name, &ret->v6.sin6_addr) == 1 ? 0 : -EINVAL;
}

static int parse_v4(const char *name, unsigned long port, struct listener_address *ret)
{
	if (!strcmp(name, "localhost"))
		name = "127.0.0.1";
	ret->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	ret->len = sizeof(ret->v4);
	return inet_pton(AF_INET, name, &ret->v4.sin_addr) == 1 ? 0 : -EINVAL;
}

static int parse_address(const char *text, struct listener_address *ret)
{
	const char *colon = strrchr(text, ':');
	char name[64];
	unsigned long port;
	size_t len;

	if (!colon || parse_number(colon + 1, 65535, &port))
		return -EINVAL;
	len = (size_t)(colon - text);
	if (len >= sizeof(name))
		return -EINVAL;
	memcpy(name, text, len);
	name[len] = 0;
	if (!len) {
		ret->dual = true;
		return parse_v6("::", port, ret);
	}
	if (name[0] != '[')
		return parse_v4(name, port, ret);
	if (name[len - 1] != ']')
		return -EINVAL;
	name[len - 1] = 0;
	return parse_v6(name + 1, port, ret);
}

int listener__parse(const char *text, struct listener_address *ret_address, struct error *error)
{
	struct listener_address address = {.activated_fd = -1};
	unsigned long number;
	int err;

	if (!strncmp(text, "fd://", 5)) {
		err = parse_number(text + 5, LISTEN_MAX - 1, &number);
		if (!err)
			address.activated_fd = (int)number;
	} else {
		err = parse_address(text, &address);
	}
	if (err)
		return error__set(error, EXIT_USAGE, err,
				  "--web.listen-address '%s' is not ADDRESS:PORT, [V6]:PORT, :PORT "
				  "or fd://N; write an address, names are not looked up",
				  text);
	*ret_address = address;
	return 0;
}

bool listener__is_local(const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_in *v4 = (const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	if (address->sa_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		return v6->sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* Note what the socket is bound to, and take it. */
static int add_socket(struct listeners *listeners, int fd)
{
	struct sockaddr_in6 bound = {0};
	socklen_t len = sizeof(bound);
	const struct sockaddr *address = (const void *)&bound;
	int is_listening = 0;
	socklen_t option_len = sizeof(is_listening);

	if (getsockname(fd, (struct sockaddr *)&bound, &len) ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &option_len))
		return -errno;
	if (!is_listening || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
		return -EPROTOTYPE;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return -errno;
	/* the port lies at the same place in both families */
	if (!listeners->cnt)
		listeners->port = ntohs(bound.sin6_port);
	listeners->beyond |= !listener__is_local(address);
	listeners->fds[listeners->cnt++] = fd;
	return 0;
}

static int bind_socket(const struct listener_address *address, int *ret_fd)
{
	int on = 1, only_v6 = !address->dual, err = 0;
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
		err = -errno;
	if (!err && address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6)))
		err = -errno;
	if (!err && (bind(fd, &address->any, address->len) || listen(fd, BACKLOG)))
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	*ret_fd = fd;
	return 0;
}

/* Sockets that were handed to this very process. */
static int activated_cnt(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	unsigned long value;

	if (!pid || !fds || parse_number(pid, 1UL << 30, &value) || (pid_t)value != getpid())
		return 0;
	return parse_number(fds, LISTEN_MAX, &value) ? 0 : (int)value;
}

static int add_activated(struct listeners *listeners, int number, struct error *error)
{
	int err;

	if (number >= activated_cnt())
		return error__set(error, EXIT_USAGE, -ENOENT,
				  "socket %d was not handed over (LISTEN_FDS): start by a systemd "
				  "socket unit, or give --web.listen-address an address",
				  number);
	if (listeners->cnt == LISTEN_MAX)
		return error__set(error, EXIT_USAGE, -E2BIG, "more than %d addresses to listen on",
				  LISTEN_MAX);
	err = add_socket(listeners, ACTIVATED_FIRST_FD + number);
	if (err)
		return error__set(error, EXIT_RUNTIME, err,
				  "socket %d that was handed over is no listening TCP socket",
				  number);
	return 0;
}

static int add_address(struct listeners *listeners, const char *text, struct error *error)
{
	struct listener_address address;
	int fd = -1, err = listener__parse(text, &address, error);

	if (err)
		return err;
	if (address.activated_fd >= 0)
		return add_activated(listeners, address.activated_fd, error);
	if (listeners->cnt == LISTEN_MAX)
		return error__set(error, EXIT_USAGE, -E2BIG, "more than %d addresses to listen on",
				  LISTEN_MAX);
	err = bind_socket(&address, &fd);
	if (err == -EAFNOSUPPORT && address.dual) {
		/* a machine without IPv6: all of IPv4 is what is left */
		address.v4 = (struct sockaddr_in){.sin_family = AF_INET,
						  .sin_port = address.v6.sin6_port};
		address.len = sizeof(address.v4);
		err = bind_socket(&address, &fd);
	}
	if (!err) {
		err = add_socket(listeners, fd);
		if (err)
			close(fd);
	}
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot listen on '%s': %s", text,
				  strerror(-err));
	return 0;
}

int listeners__open(struct listeners *listeners, const struct daemon_options *options,
		    struct error *error)
{
	int err = 0;

	*listeners = (struct listeners){0};
	if (options->systemd_socket) {
		int cnt = activated_cnt();

		for (int i = 0; i < (cnt ? cnt : 1) && !err; i++)
			err = add_activated(listeners, i, error);
	} else {
		for (size_t i = 0; i < options->listen.cnt && !err; i++)
			err = add_address(listeners, options->listen.items[i], error);
	}
	if (!err && !listeners->cnt)
		err = error__set(error, EXIT_USAGE, -EINVAL, "no address to listen on");
	if (err)
		listeners__close(listeners);
	return err;
}

void listeners__close(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->cnt; i++)
		close(listeners->fds[i]);
	listeners->cnt = 0;
}
