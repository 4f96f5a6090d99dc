// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths, targets and pages over a made-up publication, hostile names among it. */
#include "fake_web.h"

#include <jansson.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "web/connections.h"
#include "web/floors.h"
#include "web/route.h"
#include "web/target_id.h"

struct site {
	struct daemon_options options;
	struct fake_names names;
	struct publication *publication;
	struct floors *floors;
	struct web_query query;
	struct web_reply reply;
	char id[ROUTE_ID_BYTES];
};

static struct site *site__new(unsigned int groups)
{
	struct site *site = calloc(1, sizeof(*site));

	assert_non_null(site);
	assert_int_equal(daemon_options__init(&site->options), 0);
	site->publication = fake_publication__new(&site->names, groups);
	site->floors = floors__new();
	return site;
}

static void site__free(struct site *site)
{
	reply__release(&site->reply);
	publication__unref(site->publication);
	floors__free(site->floors);
	daemon_options__release(&site->options);
	free(site);
}

/* The status of @target; its body, NUL-terminated, is in site->reply.body. */
static unsigned int ask(struct site *site, const char *target)
{
	const struct route *route;
	struct web_call call;
	char *body;

	reply__release(&site->reply);
	assert_int_equal(web_query__parse(&site->query, target), 0);
	route = route__find(&site->options, site->query.path, site->id);
	if (!route)
		return 404;
	call = (struct web_call){
		.route = route,
		.id = site->id,
		.query = &site->query,
		.options = &site->options,
		.publication = site->publication,
		.authority = "127.0.0.1:10060",
		.floors = site->floors,
	};
	route->handle(&call, &site->reply);
	assert_null(site->reply.stream);
	body = realloc(site->reply.body, site->reply.body_bytes + 1);
	assert_non_null(body);
	body[site->reply.body_bytes] = 0;
	site->reply.body = body;
	return site->reply.status;
}

static json_t *ask_json(struct site *site, const char *target)
{
	json_t *json;

	assert_int_equal(ask(site, target), 200);
	assert_string_equal(site->reply.type, "application/json");
	json = json_loads(site->reply.body, 0, NULL);
	assert_non_null(json);
	return json;
}

static void paths_lead_where_the_table_says(void **state)
{
	static const char *const there[] = {
		"/",
		"/metrics",
		"/healthz",
		"/-/ready",
		"/api/v1/status",
		"/debug/pprof",
		"/debug/pprof/",
		"/debug/pprof/allocs",
		"/targets/4242-777-1/debug/pprof/heap",
		"/targets/deadbeef/debug/pprof/",
		"/sd/parca",
		"/style.css",
	};
	static const char *const absent[] = {
		"/x",
		"/metrics/",
		"//",
		"/debug/pprof/block",
		"/debug/pprof/profile",
		"/targets/",
		"/targets/debug/pprof/heap",
		"/targets//debug/pprof/heap",
		"/maps",
		"/-/reload",
		"/targets/a/b/debug/pprof/heap",
		"/targets/1-1-1/debug/pprof/goroutine",
		"",
		"/targets/0123456789012345678901234567890123456789012345678901234567890123456789xx/"
		"debug/pprof/heap",
	};
	struct daemon_options options;
	char id[ROUTE_ID_BYTES];

	(void)state;
	assert_int_equal(daemon_options__init(&options), 0);
	for (size_t i = 0; i < sizeof(there) / sizeof(*there); i++)
		if (!route__find(&options, there[i], id))
			fail_msg("'%s' leads nowhere", there[i]);
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
		if (route__find(&options, absent[i], id))
			fail_msg("'%s' leads somewhere", absent[i]);
	assert_non_null(route__find(&options, "/targets/1-2-3/debug/pprof/allocs", id));
	assert_string_equal(id, "1-2-3");
	options.debug = options.enable_lifecycle = true;
	assert_non_null(route__find(&options, "/maps", id));
	assert_true(route__find(&options, "/-/reload", id)->flags & ROUTE_POST);
	free(options.telemetry_path);
	options.telemetry_path = strdup("/own");
	assert_null(route__find(&options, "/metrics", id));
	assert_non_null(route__find(&options, "/own", id));
	daemon_options__release(&options);
}

static void targets_are_found_by_image_and_by_group(void **state)
{
	struct site *site = site__new(3);
	const struct analysis *analysis = site->publication->analysis;
	const struct view_process **processes;
	char id[TARGET_ID_BYTES];
	size_t cnt;

	(void)state;
	assert_string_equal(target__format(id, &analysis->view->processes[0]), "4242-777-1");
	assert_true(target__exists(site->publication, ""));
	assert_true(target__exists(site->publication, "4242-777-1"));
	assert_false(target__exists(site->publication, "4242-777-2"));
	assert_false(target__exists(site->publication, "4242-777"));
	assert_false(target__exists(site->publication, "../../etc"));
	assert_true(target__exists(site->publication, "00001000"));
	assert_true(target__exists(site->publication, "00001002"));
	assert_false(target__exists(site->publication, "00001003"));
	assert_false(target__exists(site->publication, "0000100g"));
	assert_false(target__exists(NULL, ""));
	assert_int_equal(
		target__processes(site->publication->host, analysis, "00001000", &processes, &cnt),
		0);
	assert_int_equal(cnt, 1);
	assert_ptr_equal(processes[0], &analysis->view->processes[0]);
	free(processes);
	/* a member that nobody has looked at yet: an empty profile, not a missing one */
	assert_int_equal(
		target__processes(site->publication->host, analysis, "00001001", &processes, &cnt),
		0);
	assert_int_equal(cnt, 0);
	free(processes);
	analysis->view->processes[0].refusal = "translated";
	assert_false(target__exists(site->publication, "4242-777-1"));
	site__free(site);
}

static void discovery_is_stable_and_empty_when_there_is_nothing(void **state)
{
	struct site *site = site__new(2);
	json_t *list = ask_json(site, "/sd/profiles"), *labels;
	char *first = strdup(site->reply.body);

	(void)state;
	assert_int_equal(json_array_size(list), 1);
	labels = json_object_get(json_array_get(list, 0), "labels");
	assert_string_equal(json_string_value(json_object_get(labels, "__profile_path_prefix__")),
			    "/targets/4242-777-1");
	assert_string_equal(json_string_value(json_object_get(labels, "service_name")), "prog");
	json_decref(list);
	json_decref(ask_json(site, "/sd/profiles"));
	assert_string_equal(site->reply.body, first);
	free(first);
	site->publication->analysis->view->processes[0].exited = true;
	assert_int_equal(ask(site, "/sd/profiles"), 200);
	assert_string_equal(site->reply.body, "[]\n");
	assert_int_equal(ask(site, "/targets/4242-777-1/debug/pprof/allocs"), 200);
	publication__unref(site->publication);
	site->publication = NULL;
	assert_int_equal(ask(site, "/sd/parca"), 200);
	assert_string_equal(site->reply.body, "[]\n");
	site__free(site);
}

static void pages_say_nothing_hostile(void **state)
{
	static const char *const pages[] = {
		"/",
		"/debug/pprof/",
		"/targets/4242-777-1/debug/pprof/",
		"/sd/profiles",
		"/sd/parca",
		"/api/v1/processes",
		"/api/v1/status",
		"/maps",
		"/debug/pprof/allocs?debug=1",
	};
	struct site *site = site__new(3);
	struct view *view = site->publication->analysis->view;
	struct host *host = site->publication->host;
	const char *script;

	(void)state;
	site->options.debug = true;
	fake_report__make_hostile(view, &site->names);
	view->processes[0].comm = "<script>" HOSTILE;
	for (size_t i = 0; i < 3; i++) {
		host->groups[i].comm = host->processes[i].comm = "<script>\"'&" HOSTILE;
		host->groups[i].unit = host->processes[i].unit = HOSTILE;
		host->groups[i].exe = host->processes[i].exe = HOSTILE;
	}
	host->name = "<script>" HOSTILE;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		if (ask(site, pages[i]) != 200)
			fail_msg("'%s'", pages[i]);
		/* the text profile's own columns */
		for (char *c = site->reply.body; (c = strchr(c, '\t')); c++)
			*c = ' ';
		assert_harmless(site->reply.body);
		if (strcmp(site->reply.type, TYPE_HTML) != 0)
			continue;
		/* the page's own, and no other */
		script = strstr(site->reply.body, "<script");
		if (script)
			assert_non_null(strstr(script, "<script src=\"/page.js\"></script>"));
		assert_null(script ? strstr(script + 1, "<script") : NULL);
	}
	site__free(site);
}

static void the_landing_page_lists_groups_by_rate(void **state)
{
	struct site *site = site__new(60);
	char *first, *second;

	(void)state;
	assert_int_equal(ask(site, "/"), 200);
	assert_non_null(strstr(site->reply.body, "50 of 60"));
	first = strstr(site->reply.body, ">prog59<");
	second = strstr(site->reply.body, ">prog58<");
	assert_non_null(first);
	assert_non_null(second);
	assert_true(first < second);
	assert_null(strstr(site->reply.body, ">prog3<"));
	assert_null(strstr(site->reply.body, "style=\""));
	assert_non_null(strstr(first, "</td><td>native</td><td class=\"n\">1</td>"));
	assert_null(strstr(site->reply.body, "go1.26.4"));
	site__free(site);
}

static void the_landing_page_says_which_go_a_group_runs(void **state)
{
	struct site *site = site__new(5);
	struct group *group = (struct group *)&site->publication->host->groups[4];

	(void)state;
	group->runtime = "go";
	group->go.version = "go1.26.4<";
	assert_int_equal(ask(site, "/"), 200);
	assert_non_null(strstr(site->reply.body, "<td>go</td>"));
	group->go.known = true;
	assert_int_equal(ask(site, "/"), 200);
	assert_non_null(strstr(site->reply.body, "<td>go1.26.4&lt;</td>"));
	site__free(site);
}

static void documents_can_be_narrowed(void **state)
{
	struct site *site = site__new(5);
	json_t *json = ask_json(site, "/api/v1/processes?limit=2"), *items, *first;

	(void)state;
	items = json_object_get(json, "items");
	assert_int_equal(json_array_size(items), 2);
	first = json_array_get(items, 0);
	assert_int_equal(json_integer_value(json_object_get(first, "rss_bytes")), 5000000);
	assert_null(json_object_get(first, "bytes_rate"));
	json_decref(json);
	json = ask_json(site, "/api/v1/processes?comm=prog");
	items = json_object_get(json, "items");
	assert_int_equal(json_array_size(items), 1);
	assert_non_null(json_object_get(json_array_get(items, 0), "bytes_rate"));
	json_decref(json);
	json = ask_json(site, "/api/v1/hotspots?pid=4242&limit=1");
	assert_int_equal(json_array_size(json_object_get(json, "items")), 1);
	json_decref(json);
	json = ask_json(site, "/api/v1/hotspots?pid=4243");
	assert_int_equal(json_array_size(json_object_get(json, "items")), 0);
	json_decref(json);
	json = ask_json(site, "/api/v1/recommendations");
	assert_true(json_array_size(json_object_get(json, "items")) > 0);
	json_decref(json);
	assert_int_equal(ask(site, "/api/v1/hotspots?by=x"), 400);
	assert_int_equal(ask(site, "/api/v1/hotspots?limit=99999999"), 400);
	assert_int_equal(ask(site, "/api/v1/flamegraph?format=pdf"), 400);
	assert_int_equal(ask(site, "/api/v1/flamegraph?target=1-2-3"), 404);
	site__free(site);
}

static void readiness_is_the_observers(void **state)
{
	struct site *site = site__new(1);

	(void)state;
	assert_int_equal(ask(site, "/readyz"), 200);
	site->publication->host->self.ready = false;
	assert_int_equal(ask(site, "/readyz"), 503);
	assert_int_equal(ask(site, "/healthz"), 200);
	site__free(site);
}

static void compression_gives_the_same_bytes_back(void **state)
{
	struct site *site = site__new(40);
	char *plain, *unpacked;
	size_t bytes;
	z_stream stream = {0};

	(void)state;
	assert_int_equal(ask(site, "/metrics"), 200);
	bytes = site->reply.body_bytes;
	plain = strdup(site->reply.body);
	reply__compress(&site->reply);
	assert_true(site->reply.gzip && site->reply.body_bytes < bytes / 2);
	unpacked = calloc(1, bytes + 1);
	stream.next_in = (unsigned char *)site->reply.body;
	stream.avail_in = (unsigned int)site->reply.body_bytes;
	stream.next_out = (unsigned char *)unpacked;
	stream.avail_out = (unsigned int)bytes;
	assert_int_equal(inflateInit2(&stream, 31), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	inflateEnd(&stream);
	assert_string_equal(plain, unpacked);
	free(plain);
	free(unpacked);
	reply__say(&site->reply, 404, "small");
	reply__compress(&site->reply);
	assert_false(site->reply.gzip);
	site__free(site);
}

static void floors_are_bounded(void **state)
{
	struct floors *floors = floors__new();

	(void)state;
	for (int i = 0; i < 3 * FLOORS_MAX; i++) {
		char id[16];
		struct pprof_floor *floor;

		snprintf(id, sizeof(id), "%d", i);
		floor = floors__hold(floors, id);
		assert_int_equal(floor->cnt, 0);
		floor->cnt = 1 << 12;
		floor->items = calloc(floor->cnt, sizeof(*floor->items));
		floors__release(floors);
	}
	assert_int_equal(floors__hold(floors, "191")->cnt, 1 << 12);
	floors__release(floors);
	assert_int_equal(floors__hold(floors, "100")->cnt, 0);
	floors__release(floors);
	floors__free(floors);
	floors__free(NULL);
}

#define SECOND 1000000000ULL

/* Whether @peer sees the end of the stream. */
static bool is_shut(int peer)
{
	char byte;

	return recv(peer, &byte, 1, MSG_DONTWAIT) == 0;
}

static void the_oldest_idle_connection_makes_room(void **state)
{
	struct connections *connections = connections__new();
	int pairs[3][2];

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
		assert_true(connections__add(connections, pairs[i][0], SECOND * (3 - (uint64_t)i)));
		connections__set(connections, pairs[i][0], CONNECTION_IDLE,
				 SECOND * (3 - (uint64_t)i));
	}
	connections__set(connections, pairs[2][0], CONNECTION_BUSY, SECOND);
	/* numbers that are no descriptors stand for connections that are busy */
	for (int fd = 100000; connections__cnt(connections) < CONNECTIONS_MAX; fd++) {
		assert_true(connections__add(connections, fd, 9 * SECOND));
		connections__set(connections, fd, CONNECTION_BUSY, 9 * SECOND);
	}
	assert_true(connections__add(connections, 200000, 9 * SECOND));
	connections__set(connections, 200000, CONNECTION_BUSY, 9 * SECOND);
	assert_true(is_shut(pairs[1][1]));
	assert_false(is_shut(pairs[0][1]));
	assert_false(is_shut(pairs[2][1]));
	assert_true(connections__add(connections, 200001, 9 * SECOND));
	connections__set(connections, 200001, CONNECTION_BUSY, 9 * SECOND);
	assert_true(is_shut(pairs[0][1]));
	assert_false(connections__add(connections, 200002, 9 * SECOND));
	assert_false(is_shut(pairs[2][1]));
	connections__remove(connections, 200001);
	assert_true(connections__add(connections, 200002, 9 * SECOND));
	connections__free(connections);
	for (int i = 0; i < 3; i++) {
		close(pairs[i][0]);
		close(pairs[i][1]);
	}
}

static void each_state_has_its_time(void **state)
{
	static const struct {
		enum connection_state state;
		uint64_t most_ns;
	} rows[] = {
		{CONNECTION_NEW, HEADERS_NS},	  {CONNECTION_HEADERS, HEADERS_NS},
		{CONNECTION_IDLE, KEEP_ALIVE_NS}, {CONNECTION_BUSY, ANSWER_NS},
		{CONNECTION_WAITING, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct connections *connections = connections__new();
		uint64_t most = rows[i].most_ns;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		assert_true(connections__add(connections, pair[0], SECOND));
		connections__set(connections, pair[0], rows[i].state, SECOND);
		connections__sweep(connections, SECOND + (most ? most : 600 * SECOND));
		assert_false(is_shut(pair[1]));
		connections__sweep(connections, SECOND + most + 1);
		assert_int_equal(is_shut(pair[1]), most != 0);
		/* it has its end already: nothing moves it back */
		connections__set(connections, pair[0], CONNECTION_BUSY, SECOND);
		assert_int_equal(connections__cnt(connections), most ? 0 : 1);
		connections__remove(connections, pair[0]);
		assert_int_equal(connections__cnt(connections), 0);
		connections__free(connections);
		close(pair[0]);
		close(pair[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_where_the_table_says),
		cmocka_unit_test(targets_are_found_by_image_and_by_group),
		cmocka_unit_test(discovery_is_stable_and_empty_when_there_is_nothing),
		cmocka_unit_test(pages_say_nothing_hostile),
		cmocka_unit_test(the_landing_page_lists_groups_by_rate),
		cmocka_unit_test(the_landing_page_says_which_go_a_group_runs),
		cmocka_unit_test(documents_can_be_narrowed),
		cmocka_unit_test(readiness_is_the_observers),
		cmocka_unit_test(compression_gives_the_same_bytes_back),
		cmocka_unit_test(floors_are_bounded),
		cmocka_unit_test(the_oldest_idle_connection_makes_room),
		cmocka_unit_test(each_state_has_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
