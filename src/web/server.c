// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "web/server_state.h"
#include "web/unprivileged.h"

#include "base/banned.h"

#define REQUEST_MEMORY_BYTES (24UL << 10) /* of a connection: request line and headers */
#define TICK_MS		     1000
#define TICK_PAUSE_MS	     10
#define STOP_MS		     1000 /* for answers that are under way */
#define TICK_WAITERS_MS	     100
#define TLS_OPTIONS_MAX	     4

/* Take what is waiting at @fd. Whether something had to be left there: the caller pauses. */
static bool accept_all(struct web_server *server, int fd)
{
	struct sockaddr_storage address;
	socklen_t len;
	int peer;

	while (!connections__is_clogged(server->connections)) {
		len = sizeof(address);
		peer = accept4(fd, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (peer < 0)
			return errno != EAGAIN && errno != ECONNABORTED && errno != EINTR;
		if (!connections__add(server->connections, peer, clock__boottime_ns()))
			close(peer);
		else if (MHD_add_connection(server->daemon, peer, (struct sockaddr *)&address,
					    len) != MHD_YES)
			connections__remove(server->connections, peer);
	}
	return true;
}

static void *accepting_thread(void *arg)
{
	struct web_server *server = arg;
	struct pollfd polls[LISTEN_MAX + 1];
	size_t cnt = server->listeners.cnt;
	bool pause = false;

	pthread_setname_np(pthread_self(), "hb-web-accept");
	for (size_t i = 0; i < cnt; i++)
		polls[i] = (struct pollfd){.fd = server->listeners.fds[i], .events = POLLIN};
	polls[cnt] = (struct pollfd){.fd = server->stop_fd, .events = POLLIN};
	while (!polls[cnt].revents) {
		int tick = pause		       ? TICK_PAUSE_MS
			   : work__has_waiters(server) ? TICK_WAITERS_MS
						       : TICK_MS;

		/* out of descriptors, say: the sockets stay readable, asking at once would spin */
		if (poll(pause ? &polls[cnt] : polls, pause ? 1 : cnt + 1, tick) < 0)
			continue;
		pause = false;
		for (size_t i = 0; i < cnt; i++) {
			if (polls[i].revents & POLLIN)
				pause |= accept_all(server, polls[i].fd);
			polls[i].revents = 0;
		}
		connections__sweep(server->connections, clock__boottime_ns());
		work__tick(server, clock__boottime_ns());
	}
	return NULL;
}

static int start_library(struct web_server *server)
{
	unsigned int flags =
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[TLS_OPTIONS_MAX] = {{MHD_OPTION_END, 0, NULL}};
	size_t cnt = 0;

	if (server->tls) {
		flags |= MHD_USE_TLS;
		tls[cnt++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
						     (void *)(uintptr_t)tls__retrieve};
		tls[cnt++] =
			(struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
						(void *)(uintptr_t)tls__priorities(server->tls)};
		if (tls__client_ca(server->tls))
			tls[cnt++] = (struct MHD_OptionItem){
				MHD_OPTION_HTTPS_MEM_TRUST, 0,
				(void *)(uintptr_t)tls__client_ca(server->tls)};
		tls[cnt] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	}
	server->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, gate__handle, server, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)(CONNECTIONS_MAX + CONNECTIONS_CLOSING),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_MEMORY_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)(HEADERS_NS / 1000000000),
		MHD_OPTION_NOTIFY_CONNECTION, gate__connection, server, MHD_OPTION_NOTIFY_COMPLETED,
		gate__end, server, MHD_OPTION_URI_LOG_CALLBACK, gate__begin, server,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return server->daemon ? 0 : errno ? -errno : -EIO;
}

/* In the thread without capabilities: every thread of the server begins here. */
static int start(void *ctx)
{
	struct web_server *server = ctx;
	int err = work__start(server);

	if (!err)
		err = start_library(server);
	if (!err) {
		err = -pthread_create(&server->accepting, NULL, accepting_thread, server);
		server->is_accepting = !err;
	}
	return err;
}

/* Whom the address lets in, and under which names. */
static int check_exposure(struct web_server *server, const struct web_config *config,
			  struct error *error)
{
	bool is_guarded = config->tls || web_config__is_guarded(config);

	server->authority = AUTHORITY_LOOPBACK;
	if (!server->listeners.beyond)
		return 0;
	server->authority = web_config__is_guarded(config) ? AUTHORITY_ANY : AUTHORITY_HOST;
	if (!config->tls && !server->options->allow_insecure)
		config_store__need_users(server->config);
	if (is_guarded || server->options->allow_insecure)
		return 0;
	return error__set(error, EXIT_USAGE, -EACCES,
			  "refusing to serve beyond this machine without TLS or passwords: give "
			  "tls_server_config or basic_auth_users by --web.config.file, listen on "
			  "127.0.0.1, or say --web.allow-insecure");
}

static int prepare(struct web_server *server, struct error *error)
{
	const struct daemon_options *options = server->options;
	struct web_snapshot *snapshot;
	int err = listeners__open(&server->listeners, options, error);

	if (err)
		return err;
	server->config = config_store__new(options->web_config_file, error);
	if (!server->config)
		return -EINVAL;
	snapshot = config_store__get(server->config);
	err = check_exposure(server, &snapshot->config, error);
	if (!err && snapshot->config.tls) {
		server->tls = tls__new(&snapshot->config, error);
		err = server->tls ? 0 : -EINVAL;
	}
	web_snapshot__put(snapshot);
	if (err)
		return err;
	gethostname(server->machine, sizeof(server->machine) - 1);
	server->auth = auth__new();
	server->floors = floors__new();
	server->connections = connections__new();
	server->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!server->auth || !server->floors || !server->connections || server->stop_fd < 0)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	return 0;
}

struct web_server *web_server__new(const struct daemon_options *options,
				   struct publisher *publisher, const struct web_hooks *hooks,
				   struct error *error)
{
	struct web_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	server->options = options;
	server->publisher = publisher;
	server->stop_fd = -1;
	if (hooks)
		server->hooks = *hooks;
	pthread_mutex_init(&server->lock, NULL);
	err = prepare(server, error);
	if (!err) {
		err = unprivileged__run(start, server);
		if (err)
			error__set(error, EXIT_RUNTIME, err, "cannot start the HTTP server: %s",
				   strerror(-err));
	}
	if (err) {
		web_server__free(server);
		return NULL;
	}
	return server;
}

void web_server__free(struct web_server *server)
{
	uint64_t one = 1;

	if (!server)
		return;
	if (server->is_accepting) {
		if (write(server->stop_fd, &one, sizeof(one)) != sizeof(one))
			log_error("web", "cannot stop the accepting thread");
		pthread_join(server->accepting, NULL);
	}
	work__stop(server);
	for (int ms = 0; server->daemon && ms < STOP_MS; ms += TICK_PAUSE_MS) {
		if (!connections__busy_cnt(server->connections))
			break;
		clock__sleep_ns(TICK_PAUSE_MS * 1000000ULL);
	}
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	work__release(server);
	listeners__close(&server->listeners);
	connections__free(server->connections);
	floors__free(server->floors);
	auth__free(server->auth);
	tls__free(server->tls);
	config_store__free(server->config);
	if (server->stop_fd >= 0)
		close(server->stop_fd);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

unsigned int web_server__port(const struct web_server *server)
{
	return server->listeners.port;
}
