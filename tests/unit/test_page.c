// SPDX-License-Identifier: GPL-2.0-or-later
/* What the page is made of: trees of stacks, the collector, its files, and the report in one file. */
#include "fake_report.h"

#include <jansson.h>

#include "cmd/moments.h"
#include "export/advice_json.h"
#include "export/html_report.h"
#include "export/page_assets.h"
#include "export/stack_tree.h"
#include "export/stacks_json.h"
#include "go_fixture.h"

#include "base/banned.h"

/* What @write says of the whole view; free it. */
static char *text_of(const struct view *view, struct fake_names *fake,
		     int (*write)(FILE *file, const struct flame_source *source))
{
	struct name_source names = fake_names__source(fake);
	struct flame_source source = {.view = view, .names = &names};
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	assert_non_null(file);
	assert_int_equal(write(file, &source), 0);
	fclose(file);
	return text;
}

static json_t *item_of(const char *text, size_t at)
{
	json_t *document = json_loads(text, 0, NULL), *item;

	assert_non_null(document);
	item = json_incref(json_array_get(json_object_get(document, "items"), at));
	json_decref(document);
	return item;
}

static const char *function_of(json_t *item, size_t node)
{
	json_t *functions = json_object_get(json_object_get(item, "nodes"), "function");
	json_int_t at = json_integer_value(json_array_get(functions, node));

	return json_string_value(json_array_get(json_object_get(item, "functions"), (size_t)at));
}

static json_int_t sum_of(json_t *item, const char *column)
{
	json_t *values = json_object_get(json_object_get(item, "nodes"), column);
	json_int_t sum = 0;

	for (size_t i = 0; i < json_array_size(values); i++)
		sum += json_integer_value(json_array_get(values, i));
	return sum;
}

static void stacks_are_merged_from_the_outermost_function_on(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *text = text_of(view, &fake, stacks_json__write);
	json_t *item = item_of(text, 0), *parents;
	size_t mains = 0, nodes;

	(void)state;
	parents = json_object_get(json_object_get(item, "nodes"), "parent");
	nodes = json_array_size(parents);
	for (size_t i = 0; i < nodes; i++) {
		json_int_t parent = json_integer_value(json_array_get(parents, i));

		assert_true(parent < (json_int_t)i);
		if (parent < 0) {
			mains++;
			assert_string_equal(function_of(item, i), "main");
		}
	}
	assert_int_equal(mains, 1);
	/* every byte and call of the heap, which was sampled in full; none of mmap's */
	assert_int_equal(sum_of(item, "alloc_bytes"), 500LL * (1 << 20) + 60LL * 4096 + 10LL * 64);
	assert_int_equal(sum_of(item, "alloc_objects"), 570);
	assert_int_equal(sum_of(item, "live_bytes"), 19000000);
	assert_int_equal(sum_of(item, "live_objects"), 18);
	assert_string_equal(json_string_value(json_object_get(item, "heap")), "malloc");
	json_decref(item);
	free(text);
	view__free(view);
}

static void live_columns_are_absent_where_live_is_unknown(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	json_t *item, *nodes;
	char *text;

	(void)state;
	view->processes[0].live_bytes.basis = BASIS_UNKNOWN;
	text = text_of(view, &fake, stacks_json__write);
	item = item_of(text, 0);
	nodes = json_object_get(item, "nodes");
	assert_null(json_object_get(nodes, "live_bytes"));
	assert_null(json_object_get(nodes, "live_objects"));
	assert_non_null(json_object_get(nodes, "alloc_objects"));
	json_decref(item);
	free(text);
	view__free(view);
}

static void hostile_names_come_out_harmless(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *text;
	json_t *document;

	(void)state;
	fake_report__make_hostile(view, &fake);
	text = text_of(view, &fake, stacks_json__write);
	assert_harmless(text);
	document = json_loads(text, 0, NULL);
	assert_non_null(document);
	json_decref(document);
	free(text);
	view__free(view);
}

static void a_tree_is_bounded_and_loses_no_byte(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake);
	double bytes[2] = {0};

	(void)state;
	for (size_t max = 0; max < 6; max++) {
		struct stack_tree tree = {0};
		double sum = 0;

		assert_int_equal(stack_tree__build(&tree, view->processes, false, &names, max), 0);
		assert_true(!max || tree.cnt <= max);
		assert_int_equal(tree.cut, max > 0);
		for (size_t i = 0; i < tree.cnt; i++)
			sum += tree.items[i].values[STACK_ALLOC_BYTES];
		bytes[max > 0] = sum;
		assert_true(fabs(bytes[max > 0] - bytes[0]) < 1);
		stack_tree__release(&tree);
	}
	view__free(view);
}

static struct view *gopher_view(struct fake_names *gopher, uint64_t readings)
{
	static struct frame frames[] = {{1, 0, 16 + 1}, {1, 0, 2 * 16 + 1}};
	struct go_bucket bucket = {1, 2, 1024, frames};
	struct feed feed = go_feed__start("", GO_PARTS);
	struct record_module module = {.module = 1};
	struct name_source names = fake_names__source(gopher);
	struct view *view;

	fake_names__set(gopher, 1, "runtime.mallocgc", NULL);
	fake_names__set(gopher, 2, "main.main</script>", NULL);
	feed__record(&feed, record_buffer__module(&feed.buffer, &module, "/usr/bin/server"));
	for (uint64_t i = 0; i < readings; i++) {
		struct go_count_row count = {1, 0, 100 + 10 * i, 90 + 10 * i, 5};
		struct record_go_cycle cycle = {.cycle = 600 + i,
						.cause = GO_CAUSE_FORCED,
						.ended_wall_ns = (1010 + i) * SECOND,
						.pause_ns = 52000};
		struct go_reading reading = {.time_ns = (10 + i) * SECOND,
					     .parts = GO_PARTS,
					     .profile_rate_bytes = GO_RATE,
					     .buckets = &bucket,
					     .bucket_cnt = !i,
					     .counts = &count,
					     .count_cnt = 1,
					     .cycles = &cycle,
					     .cycle_cnt = 1};

		reading.state = go_state(1000 * i, 900 * i, 1000000 * i, 900000 * i);
		reading.state.cycles = 600 + i;
		go_feed__read(&feed, &reading);
	}
	view = model__build(feed.model);
	assert_non_null(view);
	assert_int_equal(fold__sites(view, &names), 0);
	model__free(feed.model);
	record_buffer__release(&feed.buffer);
	return view;
}

static void the_collector_of_a_go_program_is_told(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = gopher_view(&gopher, 13);
	char *text = text_of(view, &gopher, gc_json__write);
	json_t *item = item_of(text, 0), *cycles = json_object_get(item, "cycles"), *last;

	(void)state;
	last = json_array_get(cycles, json_array_size(cycles) - 1);
	assert_int_equal(json_integer_value(json_object_get(last, "cycle")), 612);
	assert_string_equal(json_string_value(json_object_get(last, "cause")), "forced");
	assert_int_equal(json_integer_value(json_object_get(item, "heap_goal_bytes")), 62000000);
	assert_int_equal(json_integer_value(json_object_get(item, "gogc_percent")), 100);
	assert_null(json_object_get(item, "memory_limit_bytes"));
	json_decref(item);
	free(text);
	text = text_of(view, &gopher, stacks_json__write);
	item = item_of(text, 0);
	assert_string_equal(json_string_value(json_object_get(item, "heap")), "go");
	assert_int_equal(json_integer_value(json_object_get(item, "heap_live_bytes")), 31000000);
	assert_string_equal(json_string_value(json_object_get(item, "basis")), "bucket");
	/* Go alone: malloc's heap is not a second one of the same figures */
	assert_null(strstr(text, "\"malloc\""));
	json_decref(item);
	free(text);
	view__free(view);
}

static void a_program_that_is_not_go_has_no_collector(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *text = text_of(view, &fake, gc_json__write);

	(void)state;
	assert_null(item_of(text, 0));
	free(text);
	view__free(view);
}

static void the_shell_has_every_mark_and_no_script_of_its_own(void **state)
{
	struct page_file shell = page_asset__get(PAGE_SHELL), script = page_asset__get(PAGE_SCRIPT);
	size_t bytes = 0;

	(void)state;
	for (int i = 0; i < SHELL_PARTS; i++) {
		struct page_file part = page_shell__part((enum page_shell_part)i);

		assert_true(part.bytes > 0);
		bytes += part.bytes;
	}
	assert_int_equal(shell.bytes - bytes,
			 strlen("<!--head--><!--groups--><!--links--><!--scripts-->"));
	/* policies allow neither */
	assert_null(memmem(shell.data, shell.bytes, "<script", 7));
	assert_null(memmem(shell.data, shell.bytes, "style=", 6));
	assert_null(memmem(shell.data, shell.bytes, " onclick", 8));
	/* what would end it early where it stands in a page */
	assert_null(memmem(script.data, script.bytes, "</script", 8));
	assert_null(memmem(script.data, script.bytes, "<!--", 4));
	assert_null(memmem(script.data, script.bytes, "innerHTML", 9));
}

static void hashes_are_those_of_sha256(void **state)
{
	struct page_file abc = {"abc", 3}, none = {"", 0};
	char hash[PAGE_HASH_BYTES];

	(void)state;
	assert_string_equal(page_file__hash(hash, abc),
			    "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
	assert_string_equal(page_file__hash(hash, none),
			    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

static char *report_of(const struct view *view, struct fake_names *fake,
		       const struct view *const *moments, size_t moment_cnt)
{
	struct name_source names = fake_names__source(fake);
	struct advice_list *advice = advice__evaluate(view);
	struct html_report report = {.view = view,
				     .names = &names,
				     .advice = advice,
				     .moments = moments,
				     .moment_cnt = moment_cnt};
	char *text = NULL;
	size_t bytes = 0;
	FILE *file = open_memstream(&text, &bytes);

	assert_non_null(advice);
	assert_int_equal(html_report__write(file, &report), 0);
	fclose(file);
	advice_list__free(advice);
	return text;
}

/* What stands between @open and the next "</script>"; free it. */
static char *between(const char *text, const char *open)
{
	const char *from = strstr(text, open), *to;

	assert_non_null(from);
	from += strlen(open);
	to = strstr(from, "</script>");
	assert_non_null(to);
	return strndup(from, (size_t)(to - from));
}

static size_t count_of(const char *text, const char *part)
{
	size_t cnt = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		cnt++;
	return cnt;
}

static void a_report_allows_its_own_script_alone(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = gopher_view(&gopher, 13);
	char *text = report_of(view, &gopher, NULL, 0), *script = between(text, "<script>");
	char hash[PAGE_HASH_BYTES], policy[96];

	(void)state;
	page_file__hash(hash, (struct page_file){script, strlen(script)});
	snprintf(policy, sizeof(policy), "script-src 'sha256-%s';", hash);
	assert_non_null(strstr(text, policy));
	assert_non_null(strstr(text, "default-src 'none';"));
	/* the data and the script: no name of a function has ended either, or begun another */
	assert_int_equal(count_of(text, "<script"), 2);
	assert_int_equal(count_of(text, "</script>"), 2);
	assert_null(strstr(text, "src=\""));
	assert_null(strstr(text, "href=\"http"));
	free(script);
	free(text);
	view__free(view);
}

static void the_data_of_a_report_are_the_documents_of_the_server(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = gopher_view(&gopher, 13), *earlier = gopher_view(&gopher, 7);
	/* the last one is of the same moment as the view */
	const struct view *const moments[] = {earlier, view};
	char *text = report_of(view, &gopher, moments, 2);
	char *json = between(text, "<script type=\"application/json\" id=\"report-data\">");
	json_t *data = json_loads(json, 0, NULL), *list;

	(void)state;
	assert_non_null(data);
	assert_null(strchr(json, '<'));
	assert_non_null(strstr(json, "main.main\\u003c/script>"));
	list = json_object_get(data, "moments");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 1), "schema")),
			    "heapbeat/stacks/v1");
	list = json_object_get(json_object_get(data, "processes"), "items");
	assert_int_equal(json_array_size(list), 1);
	assert_non_null(json_object_get(json_array_get(list, 0), "go"));
	assert_non_null(json_object_get(data, "gc"));
	assert_non_null(json_object_get(json_object_get(data, "recommendations"), "notes"));
	json_decref(data);
	free(json);
	free(text);
	view__free(earlier);
	view__free(view);
}

static void a_report_of_hostile_names_is_harmless(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *text, *json;
	json_t *data;

	(void)state;
	fake_report__make_hostile(view, &fake);
	view->processes[0].comm = "<script>" HOSTILE;
	text = report_of(view, &fake, NULL, 0);
	json = between(text, "<script type=\"application/json\" id=\"report-data\">");
	assert_harmless(json);
	data = json_loads(json, 0, NULL);
	assert_non_null(data);
	json_decref(data);
	free(json);
	free(text);
	view__free(view);
}

static void moments_cover_a_session_and_stay_few(void **state)
{
	struct model *model = model__new();
	struct moments *moments = moments__new();

	(void)state;
	for (uint64_t second = 1; second <= 3600; second++) {
		for (int i = 0; i < 3; i++)
			assert_int_equal(
				moments__note(moments, model, second * SECOND + (uint64_t)i), 0);
		assert_true(moments->cnt <= MOMENTS_MAX);
		assert_true(second < 3 || moments->cnt > 0);
		/* it never holds fewer than half of what it may for long */
		assert_true(second < 2 * MOMENTS_MAX || moments->cnt >= MOMENTS_MAX / 2);
	}
	/* a record that is older changes nothing */
	assert_int_equal(moments__note(moments, model, SECOND), 0);
	moments__free(moments);
	moments__free(NULL);
	model__free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_are_merged_from_the_outermost_function_on),
		cmocka_unit_test(live_columns_are_absent_where_live_is_unknown),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_tree_is_bounded_and_loses_no_byte),
		cmocka_unit_test(the_collector_of_a_go_program_is_told),
		cmocka_unit_test(a_program_that_is_not_go_has_no_collector),
		cmocka_unit_test(the_shell_has_every_mark_and_no_script_of_its_own),
		cmocka_unit_test(hashes_are_those_of_sha256),
		cmocka_unit_test(a_report_allows_its_own_script_alone),
		cmocka_unit_test(the_data_of_a_report_are_the_documents_of_the_server),
		cmocka_unit_test(a_report_of_hostile_names_is_harmless),
		cmocka_unit_test(moments_cover_a_session_and_stay_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
