/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents as a daemon gives them, for the tests of top/. Included after cmocka. */
#ifndef HB_FAKE_TOP_H
#define HB_FAKE_TOP_H

#include <jansson.h>
#include <locale.h>
#include <stdio.h>

#include "top/top_state.h"

#define SERVICE_PID 4242

static inline json_t *json_of(const char *text)
{
	json_error_t why;
	json_t *json = json_loads(text, 0, &why);

	if (!json)
		fail_msg("line %d: %s", why.line, why.text);
	return json;
}

/* What characters are is asked of the locale. */
static inline int use_utf8(void **state)
{
	(void)state;
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static inline json_t *processes_of(const char *items)
{
	json_t *document =
		json_pack("{s:s, s:s, s:s, s:f}", "schema", "heapbeat/processes/v1", "host",
			  "forge", "at", "2026-11-24T12:34:56.000Z", "span_s", 9.0);

	json_object_set_new(document, "items", json_of(items));
	return document;
}

#define REDIS                                                                                   \
	"{\"id\":\"11-77-1\",\"pid\":11,\"comm\":\"redis-server\",\"exe\":\"redis-check-rdb\"," \
	"\"unit\":\"redis.service\",\"runtime\":\"native\",\"state\":\"attached\","             \
	"\"mode\":\"look\",\"rss_bytes\":9000000,\"recent_calls_rate\":{\"value\":30000},"      \
	"\"recent_bytes_rate\":{\"value\":2000000,\"lower_bound\":true},\"observed_s\":0.5,"    \
	"\"span_s\":50,\"charged_ratio\":0.004,\"interval_bytes\":524288,\"cpu_ratio\":0.25,"   \
	"\"rss_growth\":{\"value\":1000},\"rss_growing\":true}"
#define SERVICE                                                                                    \
	"{\"id\":\"4242-88-1\",\"pid\":4242,\"comm\":\"service\",\"exe\":\"service\","             \
	"\"runtime\":\"go\",\"state\":\"attached\",\"mode\":\"rest\",\"rss_bytes\":5000000,"       \
	"\"recent_calls_rate\":{\"value\":500},\"recent_bytes_rate\":{\"value\":70000000},"        \
	"\"live_bytes\":{\"value\":3000000},\"live_growth\":{\"value\":-10},\"growing\":false,"    \
	"\"observed_s\":10,\"span_s\":50,\"go\":{\"primary\":true,\"interval_s\":{\"value\":0.05}" \
	"}}"
#define SHELL                                                                                      \
	"{\"id\":\"99-5-0\",\"pid\":99,\"comm\":\"bash\",\"exe\":\"bash\",\"state\":\"unwanted\"," \
	"\"rss_bytes\":4000000,\"cpu_ratio\":0}"
#define THREE "[" REDIS "," SERVICE "," SHELL "]"

/* Two sites of the service, the second one with all there can be. */
static inline json_t *hotspots(void)
{
	return json_of(
		"{\"schema\":\"heapbeat/hotspots/v1\",\"items\":[{\"process\":{\"pid\":4242,"
		"\"comm\":\"service\"},\"figures\":{\"calls_rate\":{\"value\":500},\"bytes_rate\":"
		"{\"value\":7e7,\"stderr\":1e6,\"basis\":\"sampled\"}},\"go\":{\"version\":\"go1."
		"26\","
		"\"gc\":{\"interval_s\":{\"value\":0.05}},\"state\":{\"goroutines\":7}},\"sites\":["
		"{\"id\":\"00000000000000aa\",\"family\":\"heap\",\"function\":"
		"\"encoding/json.Marshal\",\"file\":\"encoding/json/encode.go\",\"line\":213,"
		"\"module\":\"/srv/service\",\"allocator_function\":\"go\",\"bytes_rate\":"
		"{\"value\":6e7},\"calls_rate\":{\"value\":300},\"bytes_share\":{\"value\":0.85}},"
		"{\"id\":\"00000000000000bb\",\"family\":\"heap\",\"function\":\"main.total\","
		"\"caller\":\"main.serve\",\"file\":\"main.go\",\"line\":72,\"module\":"
		"\"/srv/service\",\"allocator_function\":\"go\",\"bytes_rate\":{\"value\":1e7,"
		"\"stderr\":2e5,\"basis\":\"sampled\"},\"calls_rate\":{\"value\":900},"
		"\"live_bytes\":{\"value\":4096},\"mean_lifetime_s\":{\"value\":0.0001},"
		"\"sizes\":{\"buckets\":[{\"upto\":15,\"calls\":0},{\"upto\":63,\"calls\":30},"
		"{\"calls\":10}]},\"lifetimes\":{\"ended\":5,\"buckets\":[{\"upto_s\":0.001,"
		"\"outlived_by\":0.25}],\"median_s\":{\"value\":0.0002}},\"stacks\":[{\"bytes\":75,"
		"\"allocator_function\":\"go\",\"complete\":true,\"frames\":[{\"function\":"
		"\"main.total\",\"file\":\"main.go\",\"line\":72},{\"module\":\"/srv/service\","
		"\"offset\":\"0x1234\"}]},{\"bytes\":25,\"allocator_function\":\"go\",\"complete\":"
		"false,\"frames\":[]}]}]}]}");
}

static inline json_t *recommendations(void)
{
	return json_of(
		"{\"items\":[{\"id\":\"HB-1a2b3c\",\"rule\":\"go-pool\",\"title\":\"buffers made "
		"anew\",\"severity\":\"high\",\"process\":{\"pid\":4242},\"site\":{\"id\":"
		"\"00000000000000bb\",\"function\":\"main.total\"},\"text\":{\"what\":\"ten MB/s\","
		"\"do\":\"reuse them\",\"wrong_if\":\"they are kept\",\"sketch\":\"var pool "
		"sync.Pool\\n  b := "
		"pool.Get()\"}},{\"id\":\"HB-ffffff\",\"rule\":\"leak\",\"title\":"
		"\"of another\",\"process\":{\"pid\":7},\"text\":{}}],\"notes\":[{\"rule\":"
		"\"go-gogc\",\"process\":{\"pid\":4242},\"not_enough_data\":\"3 s observed, needs "
		"10 "
		"s\"}]}");
}

/* What a fetch would bring; @pid's details where it is not 0. */
static inline void bring(struct top_state *state, json_t *processes, uint32_t pid)
{
	struct top_news news = {.processes = processes, .pid = pid};

	if (pid) {
		news.hotspots = hotspots();
		news.recommendations = recommendations();
	}
	top_state__take(state, &news);
}

static inline void press(struct top_state *state, const char *keys)
{
	for (; *keys; keys++)
		(void)top_state__key(state, (unsigned char)*keys);
}

/* A state that shows the three processes by bytes. */
static inline void begin(struct top_state *state)
{
	top_state__init(state, PROCESS_BYTES);
	bring(state, processes_of(THREE), 0);
	assert_int_equal(top_state__fill(state), 0);
}

static inline const char *comm_at(const struct top_state *state, size_t row)
{
	const struct grid *grid = &state->processes.grid;

	assert_true(row < grid->cnt);
	return grid->rows[row].cells[PROCESS_COMMAND].string;
}

#endif
