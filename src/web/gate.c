// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "web/accept.h"
#include "web/server_state.h"

#include "base/banned.h"

#define STALL_S 10 /* without a byte taken while an answer is sent */

int request__fd(const struct web_request *request)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

static void note(const struct web_request *request, enum connection_state state)
{
	connections__set(request->server->connections, request__fd(request), state,
			 clock__boottime_ns());
}

void gate__connection(void *server, struct MHD_Connection *connection, void **ctx,
		      enum MHD_ConnectionNotificationCode code)
{
	struct web_server *self = server;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	(void)ctx;
	tls__serve_here(self->tls);
	if (!info)
		return;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		connections__set(self->connections, info->connect_fd, CONNECTION_NEW,
				 clock__boottime_ns());
	else
		connections__remove(self->connections, info->connect_fd);
}

/* The request line has come. */
void *gate__begin(void *server, const char *target, struct MHD_Connection *connection)
{
	struct web_request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->server = server;
	request->connection = connection;
	request->target_err = web_query__parse(&request->query, target);
	note(request, CONNECTION_HEADERS);
	return request;
}

void gate__end(void *server, struct MHD_Connection *connection, void **ctx,
	       enum MHD_RequestTerminationCode code)
{
	struct web_request *request = *ctx;
	struct web_server *self = server;

	if (!request)
		return;
	/* of a connection that is being torn down nothing may be changed any more */
	if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK) {
		note(request, CONNECTION_IDLE);
		MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT,
					  (unsigned int)(KEEP_ALIVE_NS / 1000000000));
	}
	pthread_mutex_lock(&self->lock);
	self->running -= request->counted;
	self->body_bytes -= request->held_bytes;
	pthread_mutex_unlock(&self->lock);
	publication__unref(request->publication);
	analysis__unref(request->since);
	reply__release(&request->reply);
	explicit_bzero(request->password, sizeof(request->password));
	free(request);
	*ctx = NULL;
}

static const char *header(const struct web_request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Each check below fills the reply and answers false where the request ends. */

static bool check_target(struct web_request *request)
{
	if (request->target_err == -E2BIG)
		reply__say(&request->reply, 414,
			   "the address is longer than %d bytes or has more "
			   "than %d arguments",
			   TARGET_BYTES_MAX, QUERY_ARGS_MAX);
	else if (request->target_err)
		reply__say(&request->reply, 400, "the address is malformed");
	return !request->target_err;
}

static bool check_host(struct web_request *request, const char *version)
{
	const char *host = header(request, "Host");

	/* browsers, whom this is about, always send one */
	if (!host && !strcmp(version, "HTTP/1.0"))
		return true;
	if (host &&
	    authority__is_allowed(host, request->server->authority, request->server->machine)) {
		snprintf(request->authority, sizeof(request->authority), "%s", host);
		return true;
	}
	reply__say(&request->reply, 421,
		   "this server does not answer under that name: use its "
		   "address, or localhost");
	return false;
}

static bool check_method(struct web_request *request, const char *method)
{
	bool is_read = !strcmp(method, "GET") || !strcmp(method, "HEAD");
	bool is_post = request->route && request->route->flags & ROUTE_POST;

	if (is_post ? !strcmp(method, "POST") : is_read)
		return true;
	reply__say(&request->reply, 405, "method not allowed");
	request->reply.allow = is_post ? "POST" : "GET, HEAD";
	return false;
}

/* A page of a stranger may make a browser post here: it says where the page is from. */
static bool check_origin(struct web_request *request)
{
	const char *origin = header(request, "Origin");
	const char *from = origin ? strstr(origin, "://") : NULL;

	if (!origin || !request->route || !(request->route->flags & ROUTE_POST) ||
	    (from && !strcmp(from + 3, request->authority)))
		return true;
	reply__say(&request->reply, 403, "asked for by a page of another origin");
	return false;
}

static bool check_body(struct web_request *request)
{
	const char *len = header(request, "Content-Length");

	if (!header(request, "Transfer-Encoding") && (!len || !strcmp(len, "0")))
		return true;
	reply__say(&request->reply, 413, "no body is taken");
	return false;
}

static bool check_rate(struct web_request *request, const struct web_config *config)
{
	struct web_server *server = request->server;
	unsigned int most = server->options->max_requests;
	bool has_token;

	if (request->route && request->route->flags & ROUTE_UNLIMITED)
		return true;
	pthread_mutex_lock(&server->lock);
	has_token = bucket__take(&server->bucket, config->rate_interval_s, config->rate_burst,
				 clock__boottime_ns());
	if (has_token && (!most || server->running < most)) {
		request->counted = true;
		server->running++;
	}
	pthread_mutex_unlock(&server->lock);
	if (request->counted)
		return true;
	if (has_token)
		reply__say(&request->reply, 503, "limit of %u requests at once reached", most);
	else
		reply__say(&request->reply, 429, "more requests than rate_limit allows");
	request->reply.retry_s = 1;
	return false;
}

/* A reply that waits for nobody: 401. */
static bool refuse_user(struct web_request *request)
{
	reply__say(&request->reply, 401, "user name and password are needed");
	request->reply.ask_password = true;
	return false;
}

/* *ret_unknown: the password is to be hashed. */
static bool check_user(struct web_request *request, const struct web_config *config,
		       bool *ret_unknown)
{
	char *password = NULL, *name = NULL;
	enum auth_verdict verdict = AUTH_WRONG;

	if (!config->user_cnt)
		return true;
	name = MHD_basic_auth_get_username_password(request->connection, &password);
	if (name && password)
		verdict = auth__look(request->server->auth, config, name, password);
	if (verdict == AUTH_UNKNOWN) {
		snprintf(request->name, sizeof(request->name), "%s", name);
		snprintf(request->password, sizeof(request->password), "%s", password);
	}
	if (password)
		explicit_bzero(password, strlen(password));
	MHD_free(password);
	MHD_free(name);
	*ret_unknown = verdict == AUTH_UNKNOWN;
	return verdict != AUTH_WRONG || refuse_user(request);
}

static bool check_route(struct web_request *request)
{
	if (!request->route)
		reply__say(&request->reply, 404, "there is nothing here; / lists what there is");
	return request->route;
}

static bool check(struct web_request *request, const char *method, const char *version,
		  bool *ret_unknown)
{
	struct web_snapshot *snapshot = config_store__get(request->server->config);
	const char *match;
	bool passed;

	request->openmetrics = accept__wants_openmetrics(header(request, "Accept"));
	match = header(request, "If-None-Match");
	if (match && strlen(match) < sizeof(request->if_none_match))
		snprintf(request->if_none_match, sizeof(request->if_none_match), "%s", match);
	request->gzip = accept__wants_gzip(header(request, "Accept-Encoding"));
	if (!request->target_err)
		request->route =
			route__find(request->server->options, request->query.path, request->id);
	passed = check_target(request) && check_host(request, version) &&
		 check_method(request, method) && check_origin(request) &&
		 check_rate(request, &snapshot->config) &&
		 check_user(request, &snapshot->config, ret_unknown) &&
		 (*ret_unknown || check_route(request));
	web_snapshot__put(snapshot);
	return passed;
}

enum MHD_Result gate__handle(void *server, struct MHD_Connection *connection, const char *url,
			     const char *method, const char *version, const char *data,
			     size_t *data_bytes, void **ctx)
{
	struct web_request *request = *ctx;
	bool is_unknown = false;

	(void)server, (void)url, (void)data;
	/* no memory for it, or a body that was said not to come: the connection ends */
	if (!request || *data_bytes)
		return MHD_NO;
	/* an answer to the first call, before the end of the request, ends the connection */
	if (request->stage == REQUEST_NEW) {
		request->stage = REQUEST_HEADERS;
		return check_body(request) ? MHD_YES : send__reply(request);
	}
	if (request->stage == REQUEST_READY)
		return send__reply(request);
	if (request->stage != REQUEST_HEADERS)
		return MHD_YES;
	note(request, CONNECTION_BUSY);
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, STALL_S);
	if (!check(request, method, version, &is_unknown))
		return send__reply(request);
	request->stage = REQUEST_SUSPENDED;
	MHD_suspend_connection(connection);
	if (is_unknown)
		work__authenticate(request);
	else
		work__dispatch(request);
	return MHD_YES;
}
