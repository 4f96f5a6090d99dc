// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A synthetic process with three sites goes through a capture file into a view: every figure is
 * known beforehand. Site A allocates 100 B and frees them 2 ms later; site B grows buffers by
 * realloc from 64 B to 1024 B; site C leaks 4000 B a second.
 */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/random.h"
#include "collect/capture_reader.h"
#include "collect/capture_writer.h"
#include "feed.h"
#include "model/estimate.h"

#include "scratch.h"
#include "base/banned.h"

#define SECONDS 60
#define SITE_A	0xa0
#define SITE_B	0xb0
#define SITE_C	0xc0
#define A_CALLS 23 /* a second */
#define B_CALLS 5
#define B_STEPS 4

static void to_writer(void *context, const struct record *record)
{
	assert_int_equal(capture_writer__add(context, record), 0);
}

static void feed_birth(struct feed *feed, uint64_t id, uint64_t size_bytes, uint64_t site,
		       uint64_t at)
{
	struct record_sample sample = {.epoch = 1,
				       .sample_id = id,
				       .size_bytes = size_bytes,
				       .flags = SAMPLE_TRACKED | SAMPLE_COMPLETE};

	feed__sample(feed, sample, site, at);
}

static void feed_grown_block(struct feed *feed, uint64_t id, uint64_t at)
{
	struct record_block block = {.epoch = 1, .sample_id = id, .size_bytes = 64, .born_ns = at};

	feed_birth(feed, id, 64, SITE_B, at);
	for (block.steps = 1; block.steps <= B_STEPS; block.steps++) {
		block.old_size_bytes = block.size_bytes;
		block.size_bytes *= 2;
		feed__block(feed, RECORD_STEP, block, at + block.steps * 1000);
		/* The realloc itself is a call, too, made at the same site. */
		feed__sample(feed,
			     (struct record_sample){.epoch = 1,
						    .func = HB_REALLOC,
						    .size_bytes = block.size_bytes,
						    .flags = SAMPLE_COMPLETE},
			     SITE_B, at + block.steps * 1000);
	}
	block.steps = B_STEPS;
	feed__block(feed, RECORD_FREE, block, at + SECOND / 2);
}

static void feed_second(struct feed *feed, uint64_t second)
{
	uint64_t n = second + 1, at = (10 + second) * SECOND, id = second * 1000;
	struct counters_row rows[] = {
		{HB_MALLOC, 7, 0, (A_CALLS + B_CALLS) * n, (A_CALLS * 100 + B_CALLS * 64) * n},
		{HB_MALLOC, 12, 0, n, 4000 * n},
		{HB_REALLOC, 8, 0, B_CALLS * n, B_CALLS * 128 * n},
		{HB_REALLOC, 9, 0, B_CALLS * n, B_CALLS * 256 * n},
		{HB_REALLOC, 10, 0, B_CALLS * n, B_CALLS * 512 * n},
		{HB_REALLOC, 11, 0, B_CALLS * n, B_CALLS * 1024 * n},
	};

	for (uint64_t i = 0; i < A_CALLS; i++) {
		struct record_block block = {.epoch = 1, .sample_id = ++id, .size_bytes = 100};

		block.born_ns = at + i * 1000000;
		feed_birth(feed, id, 100, SITE_A, block.born_ns);
		feed__block(feed, RECORD_FREE, block, block.born_ns + 2000000);
	}
	for (uint64_t i = 0; i < B_CALLS; i++)
		feed_grown_block(feed, ++id, at + i * 10000000);
	feed_birth(feed, ++id, 4000, SITE_C, at + SECOND / 2);
	/* The class of 64 B is [64, 128): rows and samples must agree. */
	feed__counters(feed, (struct record_counters){.epoch = 1, .frees = (A_CALLS + B_CALLS) * n},
		       rows, sizeof(rows) / sizeof(*rows), at + SECOND);
	feed__vitals(feed, (1 << 20) + 4096 * n, n * SECOND / 4, at + SECOND);
}

static void feed_all(struct feed *feed)
{
	struct record_plan plan = {.epoch = 1,
				   .mode = PLAN_EXACT,
				   .link = 3,
				   .interval_bytes = 1,
				   .opened_ns = 10 * SECOND};
	struct record_module module = {
		.head.time_ns = 10 * SECOND, .module = 1, .build_id_bytes = 2, .build_id = {1, 2}};
	struct record_loss loss = {.image = 1, .sampled = 3240, .delivered = 3240};

	feed__record(feed,
		     record_buffer__host(&feed->buffer, 10 * SECOND, "6.18", "box", "0.1", 2));
	feed__image(feed, 1, "glibc", 10 * SECOND);
	feed__record(feed, record_buffer__module(&feed->buffer, &module, "/usr/bin/worker"));
	feed__plan(feed, plan, 10 * SECOND);
	for (uint64_t second = 0; second < SECONDS; second++)
		feed_second(feed, second);
	plan.closed_ns = (10 + SECONDS) * SECOND;
	plan.observed_ns = SECONDS * SECOND;
	plan.cpu_ns = SECONDS * SECOND / 4;
	plan.charged_ns = SECONDS * SECOND / 400;
	feed__plan(feed, plan, plan.closed_ns);
	record__init(&loss.head, RECORD_LOSS, sizeof(loss), plan.closed_ns);
	feed__record(feed, &loss.head);
}

static void write_capture(void)
{
	struct feed feed = {.also = to_writer};

	feed.context = capture_writer__new(path, 5 * SECOND, 1000 * SECOND, NULL);
	assert_non_null(feed.context);
	feed_all(&feed);
	assert_int_equal(capture_writer__close(feed.context, (10 + SECONDS) * SECOND, 0), 0);
	feed__release(&feed);
}

/* The view of the capture at path. NULL if its header cannot be read. */
static struct view *replay(void)
{
	struct capture_reader *reader = capture_reader__new(path, NULL);
	struct model *model = model__new();
	const struct record *record;
	struct view *view = NULL;

	assert_non_null(model);
	if (reader) {
		model__set_clock(model, capture_reader__header(reader)->boottime_ns,
				 capture_reader__header(reader)->wall_ns);
		while (capture_reader__next(reader, &record) > 0)
			assert_int_equal(model__apply(model, record), 0);
		view = model__build(model);
		assert_non_null(view);
		assert_int_equal(view->truncated, capture_reader__is_truncated(reader));
	}
	capture_reader__free(reader);
	model__free(model);
	return view;
}

static const struct view_stack *find_stack(const struct view_process *process, uint64_t site,
					   uint16_t func)
{
	for (size_t i = 0; i < process->stack_cnt; i++)
		if (process->stacks[i].frames[0].offset == site && process->stacks[i].func == func)
			return &process->stacks[i];
	fail_msg("no stack at site 0x%llx", (unsigned long long)site);
	return NULL;
}

static void assert_exact(const struct figure *figure, double value)
{
	assert_int_equal(figure->basis, BASIS_EXACT);
	assert_true(fabs(figure->value - value) < 1e-9 * value);
	assert_true(figure->stderr_abs == 0);
}

static void check_process(const struct view_process *p)
{
	double bytes = A_CALLS * 100 + B_CALLS * (64 + 128 + 256 + 512 + 1024) + 4000;
	double calls = A_CALLS + B_CALLS * (1 + B_STEPS) + 1;

	assert_string_equal(p->comm, "worker");
	assert_int_equal(p->mode, PLAN_EXACT);
	assert_int_equal(p->link, 3);
	assert_true(p->frees_seen);
	assert_true(p->span_s == SECONDS && p->observed_s == SECONDS);
	assert_true(p->window_cpu_s == SECONDS / 4.0);
	assert_true(fabs(p->charged_s - SECONDS / 400.0) < 1e-9);
	assert_exact(&p->calls, calls * SECONDS);
	assert_exact(&p->bytes, bytes * SECONDS);
	assert_exact(&p->frees_fig, (A_CALLS + B_CALLS) * SECONDS);
	assert_exact(&p->calls_rate, calls);
	assert_exact(&p->bytes_rate, bytes);
	assert_exact(&p->frees_rate, A_CALLS + B_CALLS);
	assert_int_equal(p->vm_calls.basis, BASIS_UNKNOWN);
	assert_exact(&p->live_bytes, 4000.0 * SECONDS);
	assert_exact(&p->live_objects, SECONDS);
	assert_int_equal(p->live_growth.basis, BASIS_SAMPLED);
	assert_true(fabs(p->live_growth.value - 4000) < 1e-6);
	assert_true(p->live_growth.low > 3999);
	assert_true(fabs(p->rss_growth.value - 4096) < 1e-6);
	assert_int_equal(p->point_cnt, SECONDS);
	assert_int_equal(p->sample_n, calls * SECONDS);
	assert_int_equal(p->complete_n, p->sample_n);
	assert_true(p->loss_known);
	assert_int_equal(p->loss.sampled, 3240);
}

static void add_classes(struct sample_sums sums[SIZE_CLASSES], const struct view_stack *stack)
{
	for (uint32_t i = 0; i < stack->class_cnt; i++)
		sample_sums__merge(&sums[stack->classes[i].size_class], &stack->classes[i].sums);
}

static void check_stacks(const struct view_process *p)
{
	const struct view_stack *a = find_stack(p, SITE_A, HB_MALLOC);
	const struct view_stack *b = find_stack(p, SITE_B, HB_MALLOC);
	const struct view_stack *b_realloc = find_stack(p, SITE_B, HB_REALLOC);
	const struct view_stack *c = find_stack(p, SITE_C, HB_MALLOC);
	struct sample_sums site_a[SIZE_CLASSES] = {0}, site_b[SIZE_CLASSES] = {0};
	struct figure figure;

	assert_int_equal(p->stack_cnt, 4);
	assert_int_equal(a->freed_n, A_CALLS * SECONDS);
	assert_true(fabs(a->lifetime_sum_s - 0.002 * A_CALLS * SECONDS) < 1e-9);
	assert_int_equal(a->live_n, 0);
	assert_true(a->live_bytes == 0);
	assert_int_equal(b->chain_cnt, B_CALLS * SECONDS);
	for (size_t i = 0; i < b->chain_cnt; i++) {
		assert_int_equal(b->chains[i].final_bytes, 1024);
		assert_int_equal(b->chains[i].moved_bytes, 64 + 128 + 256 + 512);
		assert_int_equal(b->chains[i].steps, B_STEPS);
		assert_true(b->chains[i].closed && b->chains[i].weight == 1);
	}
	assert_int_equal(b_realloc->chain_cnt, 0);
	assert_int_equal(c->live_n, SECONDS);
	assert_true(c->live_bytes == 4000 * SECONDS);
	assert_int_equal(c->live.cnt, SECONDS);
	for (size_t i = 0; i < SECONDS; i++)
		assert_true(c->live.points[i] == 4000.0 * (double)(i + 1));
	assert_null(a->live.points);
	add_classes(site_a, a);
	add_classes(site_b, b);
	add_classes(site_b, b_realloc);
	figure = estimate__site(QUANTITY_BYTES, site_b, p->heap_sums, p->heap_class);
	assert_exact(&figure, B_CALLS * 1984.0 * SECONDS);
	figure = estimate__site(QUANTITY_CALLS, site_a, p->heap_sums, p->heap_class);
	assert_exact(&figure, A_CALLS * SECONDS);
	figure = estimate__mean_lifetime(a->freed_objects, a->lifetime_sum_s, a->lifetime_sq_s2,
					 a->freed_n);
	assert_true(fabs(figure.value - 0.002) < 1e-9);
}

static void capture_replays_to_known_figures(void **state)
{
	struct view *view;

	(void)state;
	write_capture();
	view = replay();
	assert_non_null(view);
	assert_string_equal(view->host, "box");
	assert_string_equal(view->version, "0.1");
	assert_int_equal(view->wall_ns, (1000 + 5 + SECONDS) * SECOND);
	assert_false(view->truncated);
	assert_int_equal(view->module_cnt, 1);
	assert_string_equal(view->modules[0].path, "/usr/bin/worker");
	assert_int_equal(view->process_cnt, 1);
	check_process(&view->processes[0]);
	check_stacks(&view->processes[0]);
	view__free(view);
}

static void truncated_capture_gives_the_figures_of_what_it_holds(void **state)
{
	const struct view_process *p;
	struct view *view;
	struct stat st;

	(void)state;
	write_capture();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
	view = replay();
	assert_true(view->truncated);
	p = &view->processes[0];
	/* The window was never closed: it lasts to the last record. */
	assert_true(p->frees_seen);
	assert_true(p->observed_s > 28 && p->observed_s < 32);
	assert_true(p->calls_rate.value > 45 && p->calls_rate.value < 52);
	assert_true(fabs(p->live_growth.value - 4000) < 1e-6);
	view__free(view);
}

static void bit_flips_in_a_capture_never_break_a_replay(void **state)
{
	struct random random = {.state = 5};
	struct stat st;
	int fd;

	(void)state;
	write_capture();
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	/* Damage adds up: from one flipped bit to a capture that is mostly noise. */
	for (int round = 0; round < 300; round++) {
		for (int flip = 0; flip < 1 + round / 10; flip++) {
			off_t at = (off_t)(32 + random__below(&random, (uint64_t)st.st_size - 32));
			unsigned char byte;

			assert_int_equal(pread(fd, &byte, 1, at), 1);
			byte ^= (unsigned char)(1U << random__below(&random, 8));
			assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		}
		view__free(replay());
		/* Lengths break first and end the reading: mend the file now and then. */
		if (round % 20 == 19)
			write_capture();
	}
	close(fd);
}

static void same_records_give_the_same_view(void **state)
{
	struct feed live = {.model = model__new()};
	const struct view_process *a, *b;
	struct view *direct, *replayed;

	(void)state;
	assert_non_null(live.model);
	feed_all(&live);
	direct = model__build(live.model);
	write_capture();
	replayed = replay();
	a = &direct->processes[0];
	b = &replayed->processes[0];
	assert_int_equal(a->stack_cnt, b->stack_cnt);
	for (size_t i = 0; i < a->stack_cnt; i++) {
		assert_int_equal(a->stacks[i].id, b->stacks[i].id);
		assert_int_equal(a->stacks[i].class_cnt, b->stacks[i].class_cnt);
		assert_memory_equal(a->stacks[i].classes, b->stacks[i].classes,
				    a->stacks[i].class_cnt * sizeof(*a->stacks[i].classes));
	}
	assert_memory_equal(&a->live_growth, &b->live_growth, sizeof(a->live_growth));
	view__free(direct);
	view__free(replayed);
	feed__release(&live);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(capture_replays_to_known_figures),
		TEST(truncated_capture_gives_the_figures_of_what_it_holds),
		TEST(bit_flips_in_a_capture_never_break_a_replay),
		TEST(same_records_give_the_same_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
