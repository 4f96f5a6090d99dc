// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web/server_state.h"

#include "base/banned.h"

static const struct {
	const char *name, *value;
} headers[] = {
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Content-Security-Policy",
	 "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
	 "frame-ancestors 'none'"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
};

static bool is_configured(const struct web_config *config, const char *name)
{
	for (size_t i = 0; i < config->header_cnt; i++)
		if (!strcasecmp(config->headers[i].name, name))
			return true;
	return false;
}

/* A header of http_server_config stands in the place of ours. */
static void add(struct MHD_Response *response, const struct web_config *config, const char *name,
		const char *value)
{
	if (!is_configured(config, name))
		MHD_add_response_header(response, name, value);
}

static void add_headers(struct MHD_Response *response, const struct web_reply *reply,
			const struct web_config *config)
{
	char text[128];

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		add(response, config, headers[i].name, headers[i].value);
	add(response, config, "Cache-Control", reply->etag[0] ? "private, no-cache" : "no-store");
	if (reply->etag[0])
		MHD_add_response_header(response, "ETag", reply->etag);
	for (size_t i = 0; i < config->header_cnt; i++)
		MHD_add_response_header(response, config->headers[i].name,
					config->headers[i].value);
	if (reply->type)
		MHD_add_response_header(response, "Content-Type", reply->type);
	MHD_add_response_header(response, "Vary", "Accept, Accept-Encoding");
	if (reply->gzip)
		MHD_add_response_header(response, "Content-Encoding", "gzip");
	if (reply->allow)
		MHD_add_response_header(response, "Allow", reply->allow);
	if (reply->ask_password)
		MHD_add_response_header(response, "WWW-Authenticate", "Basic realm=\"heapbeat\"");
	if (reply->filename[0]) {
		snprintf(text, sizeof(text), "attachment; filename=\"%s\"", reply->filename);
		MHD_add_response_header(response, "Content-Disposition", text);
	}
	if (reply->retry_s) {
		snprintf(text, sizeof(text), "%u", reply->retry_s);
		MHD_add_response_header(response, "Retry-After", text);
	}
}

enum MHD_Result send__reply(struct web_request *request)
{
	struct web_reply *reply = &request->reply;
	struct web_snapshot *snapshot;
	struct MHD_Response *response;
	enum MHD_Result ret;

	if (!reply->status)
		reply__say(reply, 500, "no answer was made");
	response = MHD_create_response_from_buffer(reply->body_bytes, reply->body,
						   MHD_RESPMEM_MUST_FREE);
	if (!response)
		return MHD_NO;
	reply->body = NULL; /* the response's now */
	snapshot = config_store__get(request->server->config);
	add_headers(response, reply, &snapshot->config);
	web_snapshot__put(snapshot);
	ret = MHD_queue_response(request->connection, reply->status, response);
	MHD_destroy_response(response);
	return ret;
}
