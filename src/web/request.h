/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request on its way: the HTTP library's thread checks it and suspends its connection, a thread
 * of the server's makes the reply and resumes it, the library's thread sends it. Exactly one thread
 * has a request at any time. Internal to web/.
 */
#ifndef HB_WEB_REQUEST_H
#define HB_WEB_REQUEST_H

#include <microhttpd.h>

#include "web/auth.h"
#include "web/authority.h"
#include "web/route.h"

struct web_server;

enum request_stage {
	REQUEST_NEW,	   /* only its request line is known */
	REQUEST_HEADERS,   /* its headers have come */
	REQUEST_SUSPENDED, /* with another thread */
	REQUEST_READY,	   /* its reply can be sent */
};

struct web_request {
	struct web_server *server;
	struct MHD_Connection *connection;
	enum request_stage stage;
	int target_err; /* what web_query__parse answered */
	struct web_query query;
	const struct route *route;
	char id[ROUTE_ID_BYTES];
	char authority[AUTHORITY_BYTES];
	char name[AUTH_NAME_BYTES], password[AUTH_PASSWORD_BYTES]; /* to be hashed */
	bool openmetrics, gzip;
	char if_none_match[256]; /* "" there was none, or one that is too long to be of us */
	bool counted;		 /* among max_requests */
	bool waiting;		 /* among the waiters of ?seconds=N */
	struct publication *publication;
	/* ?seconds=N */
	uint64_t seconds;
	uint64_t wanted; /* number of the analysis that is waited for */
	struct analysis *since;
	uint64_t give_up_ns;
	struct web_reply reply;
	size_t held_bytes; /* of its body, among the server's */
};

/* gate.c: the callbacks of the HTTP library. */
void *gate__begin(void *server, const char *target, struct MHD_Connection *connection);
enum MHD_Result gate__handle(void *server, struct MHD_Connection *connection, const char *url,
			     const char *method, const char *version, const char *data,
			     size_t *data_bytes, void **request);
void gate__end(void *server, struct MHD_Connection *connection, void **request,
	       enum MHD_RequestTerminationCode code);
void gate__connection(void *server, struct MHD_Connection *connection, void **ctx,
		      enum MHD_ConnectionNotificationCode code);

/* send.c: queue request->reply on its connection. */
enum MHD_Result send__reply(struct web_request *request);

/* work.c: threads that make replies. */

/* Hand the request, which is suspended and has passed every check, to a render thread or among the
 * waiters; resumed with a 503 or 429 where there is no room. */
void work__dispatch(struct web_request *request);
/* The same by way of the password thread. */
void work__authenticate(struct web_request *request);
/* Give it back to the library's thread with the reply that it has. */
void work__resume(struct web_request *request);
/* Those of ?seconds=N whose moment has come go to a render thread. Accepting thread. */
void work__tick(struct web_server *server, uint64_t now_ns);
bool work__has_waiters(struct web_server *server);

int work__start(struct web_server *server);
/* Close the queues, answer what is in them or comes now with 503, join the threads. */
void work__stop(struct web_server *server);
/* When no request can come any more. */
void work__release(struct web_server *server);

/* Connection's descriptor. */
int request__fd(const struct web_request *request);

#endif
