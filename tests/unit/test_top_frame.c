// SPDX-License-Identifier: GPL-2.0-or-later
/* Pictures of the state: what stands where at which size, and that nothing stands beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "top/top_fit.h"
#include "top/top_frame.h"
#include "fake_top.h"
#include "base/banned.h"

static struct top_state top;
static struct top_frame frame;

static int set_up(void **state)
{
	(void)state;
	begin(&top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	top_state__release(&top);
	top_frame__release(&frame);
	return 0;
}

/* Draw, and hold every line against the size. */
static void draw(size_t rows, size_t columns)
{
	assert_int_equal(top_frame__draw(&frame, &top, rows, columns), 0);
	assert_int_equal(frame.rows, rows);
	for (size_t i = 0; i < rows; i++) {
		const struct frame_line *line = &frame.lines[i];

		assert_true(fit__width(text__str(&line->text)) <= columns);
		assert_null(strpbrk(text__str(&line->text), "\x1b\r\n\t"));
		for (size_t s = 0; s < line->span_cnt; s++)
			assert_true((size_t)line->spans[s].at + line->spans[s].width <= columns);
	}
}

static const char *line_at(size_t row)
{
	return text__str(&frame.lines[row].text);
}

/* The row of the first line that holds @needle, or -1. */
static int row_of(const char *needle)
{
	for (size_t i = 0; i < frame.rows; i++)
		if (strstr(line_at(i), needle))
			return (int)i;
	return -1;
}

static void expect(const char *needle)
{
	if (row_of(needle) < 0)
		fail_msg("'%s' is not shown", needle);
}

static void processes_are_shown_below_a_title(void **state)
{
	(void)state;
	draw(24, 80);
	assert_string_equal(line_at(0), "heapbeat  3 processes, 2 observed"
					"                            forge  12:34:56 UTC");
	assert_int_equal(frame.lines[1].style, LINE_HEADER);
	assert_string_equal(line_at(2), "   4242 go          500  70.0 MB  3.00 MB  -36.0 kB  "
					"5.00 MB service            ");
	assert_int_equal(frame.lines[2].style, LINE_SELECTED);
	assert_string_equal(line_at(3), "     11 native    30.0k >2.00 MB        - !+3.60 MB  "
					"9.00 MB redis-server       ");
	assert_string_equal(line_at(4), "     99 -             -        -        -         -  "
					"4.00 MB bash               ");
	assert_int_equal(frame.lines[4].style, LINE_DIM);
	assert_int_equal(row_of("q quit"), 23);
}

static void growth_that_is_significant_is_marked(void **state)
{
	bool warned = false;

	(void)state;
	draw(24, 80);
	for (size_t s = 0; s < frame.lines[3].span_cnt; s++)
		warned |= frame.lines[3].spans[s].mark == MARK_WARN;
	assert_true(warned);
	for (size_t s = 0; s < frame.lines[2].span_cnt; s++)
		assert_int_not_equal(frame.lines[2].spans[s].mark, MARK_WARN);
}

static void every_column_is_shown_where_there_is_room(void **state)
{
	(void)state;
	draw(24, 200);
	for (size_t i = 0; i < PROCESS_COLUMNS; i++)
		if (i != PROCESS_CHANGE)
			assert_non_null(strstr(line_at(1), process_columns[i].title));
	expect("524 kB");
	expect("0.4 %");
	expect("50.0 ms");
	expect("redis.service");
}

static void changes_are_told_by_the_column_sorted_by(void **state)
{
	(void)state;
	press(&top, "Rc");
	bring(&top,
	      processes_of("[{\"id\":\"99-5-0\",\"pid\":99,\"comm\":\"bash\",\"rss_bytes\":"
			   "6500000},{\"id\":\"7-7-7\",\"pid\":7,\"comm\":\"newcomer\","
			   "\"rss_bytes\":1000}]"),
	      0);
	draw(24, 120);
	expect("+RSS");
	assert_non_null(strstr(line_at((size_t)row_of("bash")), "+2.50 MB"));
	assert_non_null(strstr(line_at((size_t)row_of("newcomer")), "*1.00 kB"));
}

static void sizes_down_to_nothing_are_drawn(void **state)
{
	static const size_t sizes[][2] = {{10, 40}, {1, 1},   {2, 7},	{3, 500}, {500, 3},
					  {5, 20},  {10, 13}, {24, 80}, {10, 40}};

	(void)state;
	press(&top, "j");
	for (int view = VIEW_PROCESSES; view <= VIEW_HELP; view++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			draw(sizes[i][0], sizes[i][1]);
		if (view == VIEW_PROCESSES) {
			press(&top, "k\r");
			bring(&top, processes_of(THREE), SERVICE_PID);
		} else if (view != VIEW_HELP) {
			press(&top, view == VIEW_SITES ? "\r" : view == VIEW_SITE ? "e" : "h");
		}
	}
	assert_int_equal(top.view, VIEW_HELP);
}

static void small_screen_keeps_table_and_way_out(void **state)
{
	(void)state;
	draw(10, 40);
	assert_string_equal(line_at(1), "    PID  BYTES/S      RSS COMMAND       ");
	assert_string_equal(line_at(2), "   4242  70.0 MB  5.00 MB service       ");
	expect("q quit");
}

static void selected_row_is_always_in_sight(void **state)
{
	struct text items = {0};

	(void)state;
	for (int i = 0; i < 97; i++)
		text__add(&items, "%s{\"pid\":%d,\"id\":\"%d-1-1\",\"comm\":\"p%d\"}",
			  i ? "," : "[", i + 1, i + 1, i + 1);
	text__add(&items, "]");
	bring(&top, processes_of(text__str(&items)), 0);
	text__release(&items);
	press(&top, "P");
	draw(10, 60);
	top_state__key(&top, TOP_KEY_END);
	draw(10, 60);
	assert_int_equal(frame.lines[row_of("p97")].style, LINE_SELECTED);
	top_state__key(&top, TOP_KEY_PAGE_UP);
	draw(10, 60);
	expect("p91");
	draw(60, 60);
	draw(4, 60);
	expect("p91");
	top_state__key(&top, TOP_KEY_HOME);
	draw(10, 60);
	expect("p1 ");
}

static void sites_and_their_page_say_what_is_known(void **state)
{
	(void)state;
	press(&top, "\r");
	draw(30, 100);
	expect("service (pid 4242)  sites");
	expect("Nothing is known of its heap yet.");
	bring(&top, processes_of(THREE), SERVICE_PID);
	draw(30, 100);
	expect("500 allocs/s, 70.0 MB/s +- 1.00 MB/s, live -");
	expect("go1.26: GC every 50.0 ms");
	expect("1 recommendation: press e");
	expect("json.Marshal");
	expect("encode.go:213");
	press(&top, "j\r");
	draw(60, 100);
	expect("main.total (main.go:72)");
	expect("called by          main.serve");
	expect("10.0 MB/s +- 200 kB/s");
	expect("1. 75 % of the site's bytes, by go");
	expect("/srv/service+0x1234");
	expect("2. 25 % of the site's bytes, by go, not complete");
	expect("up to 63 B           75 %");
	expect("outlive 1.00 ms      25 %");
	expect("median             200 us");
	expect("high  HB-1a2b3c  buffers made anew (go-pool)");
	expect("wrong if  they are kept");
	expect("var pool sync.Pool");
	assert_int_equal(row_of("of another"), -1);
	/* a sketch stands below what is to be done */
	assert_true(row_of("do        reuse them") < row_of("sync.Pool"));
	assert_true(row_of("sync.Pool") < row_of("wrong if"));
}

static void advice_tells_what_rules_lack(void **state)
{
	(void)state;
	press(&top, "e");
	bring(&top, processes_of(THREE), SERVICE_PID);
	draw(30, 100);
	expect("service (pid 4242)  advice");
	expect("HB-1a2b3c");
	expect("go-gogc: 3 s observed, needs 10 s");
}

static void pages_scroll_to_their_end_and_no_further(void **state)
{
	(void)state;
	press(&top, "h");
	draw(10, 60);
	assert_int_equal(row_of("Keys"), 1);
	top_state__key(&top, TOP_KEY_END);
	draw(10, 60);
	expect("at least this");
	assert_int_equal(row_of("at least this"), 8);
	press(&top, "jjj");
	draw(10, 60);
	assert_int_equal(row_of("at least this"), 8);
	top_state__key(&top, TOP_KEY_HOME);
	draw(10, 60);
	assert_int_equal(row_of("Keys"), 1);
}

static void hostile_names_stay_in_their_cells(void **state)
{
	(void)state;
	bring(&top,
	      processes_of("[{\"pid\":7,\"id\":\"7-1-1\",\"rss_bytes\":1000,\"comm\":"
			   "\"a\\u001b[31m\\u009b2J\\r\\n\\u202eb\",\"unit\":\"\\u0007\\t\"},"
			   "{\"pid\":8,\"id\":\"8-1-1\",\"rss_bytes\":10,\"comm\":"
			   "\"e\\u0301\\u0301\\u0301\\u6f22\\u6f22\"}]"),
	      0);
	draw(24, 80);
	expect("a?[31m?2J???b");
	expect("e\xe6\xbc\xa2\xe6\xbc\xa2");
	assert_int_equal(fit__width(line_at(2)), 80);
	assert_int_equal(fit__width(line_at(3)), 80);
	press(&top, "R\r");
	draw(24, 80);
	expect("(pid 7)");
}

/* @document with some bytes changed, or NULL where that is no JSON any more. */
static json_t *mutated(json_t *document, uint32_t *seed)
{
	char *text = json_dumps(document, 0);
	size_t len = strlen(text);
	json_t *changed;

	for (int i = 0; i < 3; i++) {
		*seed = *seed * 1664525 + 1013904223;
		text[(*seed >> 8) % len] = "0-\"[{}],:e\x7fx"[(*seed >> 4) % 13];
	}
	changed = json_loads(text, JSON_DECODE_ANY, NULL);
	free(text);
	return changed;
}

static void documents_of_any_shape_are_survived(void **state)
{
	json_t *sites = hotspots(), *advice = recommendations(), *processes = processes_of(THREE);
	uint32_t seed = 23, parsed = 0;

	(void)state;
	press(&top, "\r");
	for (int i = 0; i < 5003; i++) {
		struct top_news news = {.pid = SERVICE_PID,
					.processes = mutated(processes, &seed),
					.hotspots = mutated(sites, &seed),
					.recommendations = mutated(advice, &seed)};

		parsed += news.hotspots != NULL;
		top_state__take(&top, &news);
		top.view = (enum top_view)(i % (VIEW_HELP + 1));
		draw(24, 80);
		press(&top, i & 1 ? "jr" : "kA");
		snprintf(top.site, sizeof(top.site), "00000000000000bb-heap-0");
	}
	assert_true(parsed > 100);
	json_decref(sites);
	json_decref(advice);
	json_decref(processes);
}

static void what_is_wrong_is_said(void **state)
{
	struct top_news news = {.error = {.text = "cannot reach the daemon at '/run/x'"}};

	(void)state;
	top_state__take(&top, &news);
	draw(24, 80);
	assert_string_equal(line_at(1),
			    "daemon gone, retrying (cannot reach the daemon at '/run/x')");
	expect("redis-server");
	bring(&top, processes_of("[]"), 0);
	press(&top, "p/zz");
	draw(24, 80);
	expect("[paused]");
	expect("nothing passes the filter");
	assert_string_equal(line_at(23), "/zz");
	assert_int_equal(frame.cursor, 3);
}

static void process_that_has_ended_is_called_gone(void **state)
{
	(void)state;
	press(&top, "\r");
	bring(&top, processes_of("[" REDIS "]"), 0);
	draw(24, 80);
	expect("service (pid 4242), gone  sites");
	press(&top, "\r");
	draw(24, 80);
	assert_int_equal(top.view, VIEW_SITES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(processes_are_shown_below_a_title),
		TEST(growth_that_is_significant_is_marked),
		TEST(every_column_is_shown_where_there_is_room),
		TEST(changes_are_told_by_the_column_sorted_by),
		TEST(sizes_down_to_nothing_are_drawn),
		TEST(small_screen_keeps_table_and_way_out),
		TEST(selected_row_is_always_in_sight),
		TEST(sites_and_their_page_say_what_is_known),
		TEST(advice_tells_what_rules_lack),
		TEST(pages_scroll_to_their_end_and_no_further),
		TEST(hostile_names_stay_in_their_cells),
		TEST(documents_of_any_shape_are_survived),
		TEST(what_is_wrong_is_said),
		TEST(process_that_has_ended_is_called_gone),
	};

	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
