// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "web/server_state.h"
#include "web/target_id.h"

#include "base/banned.h"

#define RENDERS_MAX   (CONNECTIONS_MAX + CONNECTIONS_CLOSING)
#define FRESH_WAIT_NS 30000000000ULL /* for an analysis that was asked for */
#define STALE_NS      10000000000ULL /* a page from an older one asks for the next */

void work__resume(struct web_request *request)
{
	request->stage = REQUEST_READY;
	MHD_resume_connection(request->connection);
}

static void refuse(struct web_request *request, unsigned int status, const char *why)
{
	reply__say(&request->reply, status, "%s", why);
	request->reply.retry_s = 1;
	work__resume(request);
}

static void enqueue(struct mailbox *box, struct web_request *request)
{
	if (mailbox__put(box, request))
		refuse(request, 503, "too much to do at the moment");
}

void work__authenticate(struct web_request *request)
{
	enqueue(request->server->passwords, request);
}

static bool is_stopping(struct web_server *server)
{
	bool stopping;

	pthread_mutex_lock(&server->lock);
	stopping = server->stopping;
	pthread_mutex_unlock(&server->lock);
	return stopping;
}

/* Among the waiters of ?seconds=N. */
static void wait_for_analyses(struct web_request *request)
{
	struct web_server *server = request->server;
	bool room;

	request->wanted = publisher__want_analysis(server->publisher);
	request->give_up_ns = clock__boottime_ns() + FRESH_WAIT_NS;
	connections__set(server->connections, request__fd(request), CONNECTION_WAITING,
			 clock__boottime_ns());
	pthread_mutex_lock(&server->lock);
	room = server->waiter_cnt < WAITERS_MAX && !server->stopping;
	if (room) {
		server->waiters[server->waiter_cnt++] = request;
		request->waiting = true;
	}
	pthread_mutex_unlock(&server->lock);
	if (!room)
		refuse(request, 429, "enough profiles over a time are waited for already");
}

static bool has_target(const struct web_request *request)
{
	struct publication *latest = publisher__get(request->server->publisher);
	bool has = target__exists(latest, request->id);

	publication__unref(latest);
	return has;
}

void work__dispatch(struct web_request *request)
{
	struct web_server *server = request->server;

	if (request->route->flags & ROUTE_SECONDS) {
		if (web_query__number(&request->query, "seconds", 0, 1000000, &request->seconds)) {
			refuse(request, 400, "seconds is not a whole number");
			return;
		}
		if (request->seconds > SECONDS_MAX)
			request->seconds = SECONDS_MAX;
		/* a target that is gone is told so at once, by the renderer */
		if (request->seconds && has_target(request)) {
			wait_for_analyses(request);
			return;
		}
		request->seconds = 0;
	}
	enqueue(server->renders, request);
}

/* Take the waiter at @i out. Under the lock. */
static struct web_request *take_waiter(struct web_server *server, size_t i)
{
	struct web_request *request = server->waiters[i];

	server->waiters[i] = server->waiters[--server->waiter_cnt];
	request->waiting = false;
	return request;
}

/* One step of a waiter: whether it is done with waiting. @latest may be NULL. */
static bool advance(struct web_request *request, struct publication *latest, uint64_t now_ns)
{
	struct analysis *analysis = latest ? latest->analysis : NULL;
	uint64_t span_ns = request->seconds * 1000000000;

	if (now_ns > request->give_up_ns)
		return true;
	if (request->wanted && (!analysis || analysis->number < request->wanted))
		return false;
	if (!request->since) {
		request->since = analysis__ref(analysis);
		request->give_up_ns = now_ns + span_ns + FRESH_WAIT_NS;
		request->wanted = 0;
		return false;
	}
	if (!request->wanted) {
		if (now_ns < request->since->at_ns + span_ns)
			return false;
		request->wanted = publisher__want_analysis(request->server->publisher);
		return false;
	}
	request->publication = latest;
	__atomic_add_fetch(&latest->refs, 1, __ATOMIC_RELAXED);
	return true;
}

void work__tick(struct web_server *server, uint64_t now_ns)
{
	struct publication *latest = publisher__get(server->publisher);
	struct web_request *done[WAITERS_MAX];
	size_t done_cnt = 0;

	pthread_mutex_lock(&server->lock);
	for (size_t i = server->waiter_cnt; i-- > 0;)
		if (advance(server->waiters[i], latest, now_ns))
			done[done_cnt++] = take_waiter(server, i);
	pthread_mutex_unlock(&server->lock);
	publication__unref(latest);
	for (size_t i = 0; i < done_cnt; i++) {
		connections__set(server->connections, request__fd(done[i]), CONNECTION_BUSY,
				 now_ns);
		if (done[i]->publication)
			enqueue(server->renders, done[i]);
		else
			refuse(done[i], 503, "no new analysis was made in time");
	}
}

bool work__has_waiters(struct web_server *server)
{
	bool has;

	pthread_mutex_lock(&server->lock);
	has = server->waiter_cnt;
	pthread_mutex_unlock(&server->lock);
	return has;
}

/* Whether what the route demands has been published. */
static bool is_there(const struct web_request *request)
{
	const struct publication *publication = request->publication;
	unsigned int flags = request->route->flags;

	if (flags & ROUTE_HOST && (!publication || !publication->host))
		return false;
	return !(flags & ROUTE_ANALYSIS) || (publication && publication->analysis);
}

/* The page of an old analysis is answered at once; who comes back finds a newer one. */
static void want_fresh(const struct web_request *request)
{
	const struct publication *publication = request->publication;

	if (request->seconds || !(request->route->flags & ROUTE_ANALYSIS))
		return;
	if (!publication || !publication->analysis ||
	    clock__boottime_ns() > publication->analysis->at_ns + STALE_NS)
		publisher__want_analysis(request->server->publisher);
}

/* Readers that do not read must not fill the memory with what was made for them. */
static bool has_room(struct web_request *request)
{
	struct web_server *server = request->server;
	bool room;

	pthread_mutex_lock(&server->lock);
	room = server->body_bytes < BODIES_MAX || request->route->flags & ROUTE_UNLIMITED;
	pthread_mutex_unlock(&server->lock);
	if (!room) {
		reply__say(&request->reply, 503, "too many answers wait for their readers");
		request->reply.retry_s = 1;
	}
	return room;
}

static void hold_body(struct web_request *request)
{
	request->held_bytes = request->reply.body_bytes;
	pthread_mutex_lock(&request->server->lock);
	request->server->body_bytes += request->held_bytes;
	pthread_mutex_unlock(&request->server->lock);
}

static void render(struct web_request *request)
{
	struct web_server *server = request->server;
	struct web_call call = {
		.route = request->route,
		.id = request->id,
		.query = &request->query,
		.options = server->options,
		.since = request->since,
		.if_none_match = request->if_none_match,
		.authority = request->authority,
		.openmetrics = request->openmetrics,
		.floors = server->floors,
	};

	if (!request->publication && !(request->route->flags & ROUTE_PLAIN))
		request->publication = publisher__get(server->publisher);
	want_fresh(request);
	if (!is_there(request)) {
		reply__say(&request->reply, 503, "nothing has been published yet");
		request->reply.retry_s = 1;
		return;
	}
	call.publication = request->publication;
	request->route->handle(&call, &request->reply);
	if (request->route->flags & ROUTE_POST && request->reply.status == 200 &&
	    server->hooks.reload)
		server->hooks.reload(server->hooks.ctx);
	if (request->gzip && request->route->flags & ROUTE_GZIP)
		reply__compress(&request->reply);
	/* the answer may take a minute to be sent: what it was made from need not wait for that */
	publication__unref(request->publication);
	request->publication = NULL;
}

static void *render_thread(void *arg)
{
	struct web_server *server = arg;
	struct web_request *request;

	pthread_setname_np(pthread_self(), "hb-web-render");
	while ((request = mailbox__wait(server->renders, -1))) {
		if (is_stopping(server))
			reply__say(&request->reply, 503, "stopping");
		else if (has_room(request))
			render(request);
		hold_body(request);
		work__resume(request);
	}
	return NULL;
}

static void authenticate(struct web_request *request)
{
	struct web_snapshot *snapshot = config_store__get(request->server->config);
	bool right = auth__check(request->server->auth, &snapshot->config, request->name,
				 request->password);

	web_snapshot__put(snapshot);
	explicit_bzero(request->password, sizeof(request->password));
	if (right && request->route) {
		work__dispatch(request);
		return;
	}
	if (right) {
		reply__say(&request->reply, 404, "there is nothing here; / lists what there is");
	} else {
		reply__say(&request->reply, 401, "user name and password are needed");
		request->reply.ask_password = true;
	}
	work__resume(request);
}

static void *password_thread(void *arg)
{
	struct web_server *server = arg;
	struct web_request *request;

	pthread_setname_np(pthread_self(), "hb-web-auth");
	while ((request = mailbox__wait(server->passwords, -1))) {
		if (is_stopping(server))
			refuse(request, 503, "stopping");
		else
			authenticate(request);
	}
	return NULL;
}

int work__start(struct web_server *server)
{
	int err;

	server->renders = mailbox__new(RENDERS_MAX);
	server->passwords = mailbox__new(PASSWORDS_MAX);
	if (!server->renders || !server->passwords)
		return -errno;
	for (; server->render_cnt < RENDER_THREADS; server->render_cnt++) {
		err = pthread_create(&server->render[server->render_cnt], NULL, render_thread,
				     server);
		if (err)
			return -err;
	}
	err = pthread_create(&server->password, NULL, password_thread, server);
	server->has_password = !err;
	return -err;
}

void work__stop(struct web_server *server)
{
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	pthread_mutex_unlock(&server->lock);
	if (server->passwords)
		mailbox__close(server->passwords);
	if (server->has_password)
		pthread_join(server->password, NULL);
	if (server->renders)
		mailbox__close(server->renders);
	for (size_t i = 0; i < server->render_cnt; i++)
		pthread_join(server->render[i], NULL);
	/* nobody is left to add one: the lock is for form */
	pthread_mutex_lock(&server->lock);
	while (server->waiter_cnt)
		refuse(take_waiter(server, 0), 503, "stopping");
	pthread_mutex_unlock(&server->lock);
}

void work__release(struct web_server *server)
{
	mailbox__free(server->passwords);
	mailbox__free(server->renders);
}
