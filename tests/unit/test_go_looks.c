// SPDX-License-Identifier: GPL-2.0-or-later
/* What looks at a Go program have seen: summed up, named, through records into the model's view. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect/go_calls.h"
#include "collect/go_records.h"
#include "go_image.h"
#include "govern/governor.h"
#include "model/go_looks.h"
#include "model/go_types.h"
#include "target/go_program.h"

#include "base/banned.h"

#define BIAS   0x10000000ULL
#define MODULE 9
#define ROWS   2500

static struct go_program *open_image(struct go_image *image)
{
	struct go_program *program;
	struct error error;
	int fd;

	go_image__build(image);
	fd = go_image__file(image->bytes, sizeof(image->bytes));
	program = go_program__open(fd, &error);
	assert_non_null(program);
	close(fd);
	return program;
}

static struct go_calls_row row_of(uint64_t site, uint64_t type, uint64_t size, uint64_t n)
{
	return (struct go_calls_row){
		.key = {.site = site, .type = type, .size = size, .image = 3},
		.call = {.n = n, .bytes = n * size},
	};
}

static void sums_of_looks_add_up_and_a_look_may_be_read_twice(void **state)
{
	struct go_image image = go_image__of(26);
	struct go_program *program = open_image(&image);
	uint64_t site = go_program__sections(program)->text + BIAS + 0x40;
	struct go_calls_row row = row_of(site, 0, 64, 10);
	struct go_calls_news news;
	struct go_calls calls = {0};

	(void)state;
	assert_int_equal(go_calls__take(&calls, program, BIAS, &row, 1, false, &news), 0);
	assert_int_equal(news.cnt, 1);
	assert_int_equal(news.rows[0].n, 10);
	assert_int_equal(news.rows[0].site.module, 1);
	assert_int_equal(news.rows[0].site.offset, site - BIAS);
	go_calls_news__release(&news);
	/* The same look, a moment later; then its end, without news of this row. */
	row = row_of(site, 0, 64, 15);
	assert_int_equal(go_calls__take(&calls, program, BIAS, &row, 1, false, &news), 0);
	assert_int_equal(news.rows[0].n, 15);
	go_calls_news__release(&news);
	assert_int_equal(go_calls__take(&calls, program, BIAS, &row, 1, true, &news), 0);
	assert_int_equal(news.cnt, 0);
	go_calls_news__release(&news);
	/* The next look begins at nothing. */
	row = row_of(site, 0, 64, 4);
	assert_int_equal(go_calls__take(&calls, program, BIAS, &row, 1, true, &news), 0);
	assert_int_equal(news.rows[0].n, 19);
	assert_int_equal(news.rows[0].bytes, 19 * 64);
	go_calls_news__release(&news);
	go_calls__release(&calls);
	go_program__free(program);
}

static void types_get_names_and_those_made_at_run_time_none(void **state)
{
	struct go_image image = go_image__of(26);
	struct go_program *program = open_image(&image);
	uint64_t type = go_program__sections(program)->types + 0x40 + BIAS;
	struct go_calls_row rows[] = {
		row_of(1, type, 8, 3),
		row_of(2, type, 16, 2),
		row_of(3, 0xc000012000, 24, 1),
	};
	struct go_calls_news news;
	struct go_calls calls = {0};
	char name[64];

	(void)state;
	assert_int_equal(go_program__type(program, type - BIAS, name, sizeof(name), NULL), 0);
	assert_int_equal(go_calls__take(&calls, program, BIAS, rows, 3, true, &news), 0);
	assert_int_equal(news.cnt, 3);
	assert_string_equal(news.names + news.rows[0].type, name);
	assert_int_equal(news.rows[1].type, news.rows[0].type);
	assert_true(news.rows[0].type_bytes > 0);
	assert_int_equal(news.rows[2].type, 0);
	assert_int_equal(news.rows[2].type_bytes, 0);
	/* Outside the program's code: an address, no place. */
	assert_int_equal(news.rows[0].site.module, 0);
	assert_int_equal(news.rows[0].site.offset, 1);
	go_calls_news__release(&news);
	go_calls__release(&calls);
	go_program__free(program);
}

static void rows_beyond_the_room_are_counted(void **state)
{
	struct go_image image = go_image__of(26);
	struct go_program *program = open_image(&image);
	struct go_calls_row *rows = calloc(GO_CALLS_MAX + 10, sizeof(*rows));
	struct go_calls_news news;
	struct go_calls calls = {0};

	(void)state;
	assert_non_null(rows);
	for (uint64_t i = 0; i < GO_CALLS_MAX + 10; i++)
		rows[i] = row_of(i + 1, 0, 8, i < 10 ? 1 : 2);
	assert_int_equal(
		go_calls__take(&calls, program, BIAS, rows, GO_CALLS_MAX + 10, true, &news), 0);
	/* The busy ones have the room. */
	assert_int_equal(news.cnt, GO_CALLS_MAX);
	assert_int_equal(news.dropped, 10);
	go_calls_news__release(&news);
	assert_int_equal(go_calls__take(&calls, program, BIAS, rows, 0, true, &news), 0);
	assert_int_equal(news.dropped, 10);
	go_calls_news__release(&news);
	free(rows);
	go_calls__release(&calls);
	go_program__free(program);
}

struct seen {
	struct go_looks_sums looks;
	size_t records, rows;
	bool over;
};

static int see(void *ctx, const struct record *record)
{
	struct seen *seen = ctx;

	assert_int_equal(record__validate(record), 0);
	assert_int_equal(record->time_ns, 77);
	assert_false(seen->over);
	seen->records++;
	if (record->type == RECORD_GO_LOOK) {
		seen->over = true;
		go_looks__sum(&seen->looks, (const struct record_go_look *)record);
		return 0;
	}
	seen->rows += ((const struct record_go_calls *)record)->row_cnt;
	return go_looks__count(&seen->looks, (const struct record_go_calls *)record, true);
}

static void put(struct seen *seen, struct go_call_row *rows, size_t cnt)
{
	static char names[] = "\0main.Order\0[]string";
	struct record_go_look sums = {
		.head.time_ns = 77,
		.image = 3,
		.looks = 2,
		.observed_ns = 500000000,
		.charged_ns = 1000,
		.dropped = 5,
	};
	struct go_calls_news news = {.rows = rows, .cnt = cnt, .names = names, .dropped = 7};
	struct record_buffer buffer = {0};

	assert_int_equal(go_records__put_calls(&buffer, MODULE, &sums, &news, see, seen), 0);
	record_buffer__release(&buffer);
}

static void rows_come_through_records_into_the_view(void **state)
{
	struct go_call_row *rows = calloc(ROWS, sizeof(*rows));
	struct view *view = view__new();
	struct view_go go = {0};
	struct seen seen = {0};
	struct go_type *types;
	size_t type_cnt;

	(void)state;
	assert_non_null(rows);
	for (size_t i = 0; i < ROWS; i++)
		rows[i] = (struct go_call_row){
			.site = {1, 0, i},
			.type = i % 3 == 0   ? 1
				: i % 3 == 1 ? 12
					     : 0,
			.size = 8,
			.n = i + 1,
			.bytes = 8 * (i + 1),
		};
	put(&seen, rows, ROWS);
	assert_int_equal(seen.records, 4);
	assert_int_equal(seen.rows, ROWS);
	assert_int_equal(go_looks__fill(view, &go, &seen.looks, true), 0);
	assert_int_equal(go.looks, 2);
	assert_int_equal(go.dropped_calls, 12);
	assert_int_equal(go.look_call_cnt, ROWS);
	assert_int_equal(go.look_calls[0].n, ROWS);
	assert_int_equal(go.look_calls[0].site.module, MODULE);
	assert_string_equal(go.look_calls[0].type, "main.Order");
	assert_int_equal(go_types__sum(&go, &types, &type_cnt), 0);
	assert_int_equal(type_cnt, 3);
	assert_string_equal(types[0].type, "main.Order");
	assert_true(types[0].bytes_rate == (double)types[0].bytes / 0.5);
	assert_null(types[1].type);
	free(types);
	/* Given back, they are calls without a row. */
	go_looks__shed(&seen.looks);
	go = (struct view_go){0};
	assert_int_equal(go_looks__fill(view, &go, &seen.looks, true), 0);
	assert_int_equal(go.look_call_cnt, 0);
	assert_int_equal(go.dropped_calls, 12 + ROWS * (ROWS + 1) / 2);
	go_looks__release(&seen.looks);
	view__free(view);
	free(rows);
}

static void sums_of_a_row_never_fall(void **state)
{
	struct go_call_row row = {.site = {1, 0, 5}, .size = 8, .n = 10, .bytes = 80};
	struct seen seen = {0};

	(void)state;
	put(&seen, &row, 1);
	seen.over = false;
	row.n = 4;
	row.bytes = 32;
	put(&seen, &row, 1);
	assert_int_equal(seen.looks.rows.cnt, 1);
	assert_int_equal(seen.looks.rows.items[0].n, 10);
	assert_int_equal(seen.looks.rows.items[0].bytes, 80);
	go_looks__release(&seen.looks);
}

static void broken_rows_are_refused(void **state)
{
	struct {
		struct record_go_calls fixed;
		struct go_call_row row;
		char text[8];
	} whole = {
		.fixed = {.head = {.bytes = sizeof(whole), .type = RECORD_GO_CALLS}, .row_cnt = 1},
		.text = "string",
	};
	const struct record *record = &whole.fixed.head;
	uint32_t text = offsetof(typeof(whole), text);

	(void)state;
	whole.row.type = text;
	assert_int_equal(record__validate(record), 0);
	whole.row.kind = GO_CALL_KINDS;
	assert_int_equal(record__validate(record), -EBADMSG);
	whole.row.kind = GO_CALL_CONCAT;
	whole.row.type = text - 8; /* within the row */
	assert_int_equal(record__validate(record), -EBADMSG);
	whole.row.type = sizeof(whole);
	assert_int_equal(record__validate(record), -EBADMSG);
	whole.row.type = text;
	memset(whole.text, 'x', sizeof(whole.text)); /* without an end */
	assert_int_equal(record__validate(record), -EBADMSG);
	whole.row.type = 0;
	assert_int_equal(record__validate(record), 0);
	whole.fixed.row_cnt = 2;
	assert_int_equal(record__validate(record), -EBADMSG);
	whole.fixed.row_cnt = UINT32_MAX;
	assert_int_equal(record__validate(record), -EBADMSG);
	whole.fixed.head.bytes = sizeof(whole.fixed) - 8;
	assert_int_equal(record__validate(record), -EBADMSG);
}

static void a_window_that_the_caller_ends_waits_for_its_next_span(void **state)
{
	struct governor governor = {.state = GOVERN_LOOKING, .opened_ns = 1000000000};
	struct govern_view view = {.now_ns = 1500000000, .charged_ns = 5000000};

	(void)state;
	governor__leave(&governor, &view);
	assert_int_equal(governor.state, GOVERN_WAITING);
	assert_true(governor.look_at_ns == UINT64_MAX);
	assert_true(governor.cost_rate > 0.0099 && governor.cost_rate < 0.0101);
	governor.state = GOVERN_EXACT;
	governor__leave(&governor, &view);
	assert_int_equal(governor.state, GOVERN_NEW);
	governor.state = GOVERN_DONE;
	governor__leave(&governor, &view);
	assert_int_equal(governor.state, GOVERN_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_of_looks_add_up_and_a_look_may_be_read_twice),
		cmocka_unit_test(types_get_names_and_those_made_at_run_time_none),
		cmocka_unit_test(rows_beyond_the_room_are_counted),
		cmocka_unit_test(rows_come_through_records_into_the_view),
		cmocka_unit_test(sums_of_a_row_never_fall),
		cmocka_unit_test(broken_rows_are_refused),
		cmocka_unit_test(a_window_that_the_caller_ends_waits_for_its_next_span),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
