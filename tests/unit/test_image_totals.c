// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/image_totals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_host.h"

#define T0 (1000 * FAKE_SECOND)

struct case_of {
	struct view_process process;
	struct image_totals image;
	struct group_totals group;
};

/* Looked at once, for a second: 1000 calls of which 10 failed, 600 frees, 40 mmaps, 20 munmaps. */
static struct case_of *begin(void)
{
	struct case_of *c = calloc(1, sizeof(*c));
	struct view_process *p;

	assert_non_null(c);
	p = &c->process;
	p->mode = PLAN_LOOK;
	p->window_cnt = 1;
	p->last_seen_ns = T0;
	p->sums = (struct view_sums){
		.calls = 1000, .bytes = 64000, .frees = 600, .failures = 10, .observed_s = 1};
	p->sums.vm[0].calls = 40;
	p->sums.vm[0].bytes = 40 << 20;
	p->sums.vm[1].calls = 20;
	p->sums.vm[1].bytes = 10 << 20;
	p->sums.charged_s = 0.001;
	p->calls = p->bytes = p->frees_fig = fake_figure_of(1000, BASIS_EXACT);
	p->vm_calls = fake_figure_of(40, BASIS_EXACT);
	p->recent_calls_rate = fake_figure_of(1000, BASIS_WINDOW);
	p->recent_bytes_rate = fake_figure_of(64000, BASIS_WINDOW);
	p->recent_frees_rate = fake_figure_of(600, BASIS_WINDOW);
	p->recent_vm_calls_rate = fake_figure_of(40, BASIS_WINDOW);
	p->recent_vm_bytes_rate = fake_figure_of(40 << 20, BASIS_WINDOW);
	p->sizes.basis = BASIS_EXACT;
	p->sizes.counts[1] = 750;
	p->sizes.counts[3] = 250;
	p->sizes.sum = 64000;
	p->ended.basis = BASIS_SAMPLED;
	p->ended.counts[2] = 64;
	p->ended.sum = 0.5;
	return c;
}

static bool advance(struct case_of *c, double s, bool alive, bool counted)
{
	return image_totals__advance(&c->image, &c->group, &c->process, T0 + (uint64_t)(s * 1e9),
				     alive, counted);
}

static void expect(const struct case_of *c, int which, double value)
{
	assert_true(c->group.known[which]);
	if (fabs(c->group.value[which] - value) > 1e-6 * fmax(1, value))
		fail_msg("total %d is %g, not %g", which, c->group.value[which], value);
}

static void each_total_goes_on_at_its_own_rate(void **state)
{
	struct case_of *c = begin();

	(void)state;
	for (int s = 0; s <= 9; s++)
		assert_true(advance(c, s, true, false));
	expect(c, GROUP_ALLOCATIONS, 10000);
	expect(c, GROUP_ALLOCATED_BYTES, 640000);
	expect(c, GROUP_FREES, 6000);
	expect(c, GROUP_FAILURES, 100);
	expect(c, GROUP_VM_MMAP_CALLS, 400);
	expect(c, GROUP_VM_MUNMAP_CALLS, 200);
	expect(c, GROUP_VM_MREMAP_CALLS, 0);
	expect(c, GROUP_VM_MAPPED_BYTES, 400 << 20);
	expect(c, GROUP_VM_UNMAPPED_BYTES, 100 << 20);
	expect(c, TOTAL_SIZES + 1, 7500);
	expect(c, TOTAL_SIZES + 3, 2500);
	expect(c, TOTAL_SIZES_SUM, 640000);
	/* What is only known within windows stays as it was seen. */
	expect(c, TOTAL_LIVES + 2, 64);
	expect(c, TOTAL_LIVES_SUM, 0.5);
	expect(c, GROUP_OBSERVED_SECONDS, 1);
	expect(c, GROUP_CHARGED_SECONDS, 0.001);
	free(c);
}

static void a_histogram_adds_up_to_the_calls(void **state)
{
	struct case_of *c = begin();
	double sum = 0;

	(void)state;
	for (int s = 0; s <= 100; s++)
		advance(c, s * 0.73, true, false);
	for (int b = 0; b < GROUP_BUCKETS; b++)
		sum += c->group.value[TOTAL_SIZES + b];
	expect(c, GROUP_ALLOCATIONS, sum);
	free(c);
}

static void what_was_not_seen_is_not_known(void **state)
{
	struct case_of *c = begin();

	(void)state;
	c->process.vm_calls.basis = BASIS_UNKNOWN;
	c->process.frees_fig.basis = BASIS_UNKNOWN;
	c->process.ended.basis = BASIS_UNKNOWN;
	assert_true(advance(c, 0, true, false));
	assert_false(c->group.known[GROUP_FREES]);
	assert_false(c->group.known[GROUP_FREED_BYTES]);
	assert_false(c->group.known[GROUP_VM_MMAP_CALLS]);
	assert_false(c->group.known[TOTAL_LIVES]);
	assert_true(c->group.known[GROUP_ALLOCATIONS]);
	c->process.window_cnt = 0;
	assert_false(advance(c, 1, true, false));
	free(c);
}

static void nothing_goes_on_for_the_dead_the_counted_and_the_forgotten(void **state)
{
	struct case_of *c = begin();

	(void)state;
	advance(c, 0, true, false);
	advance(c, 5, false, false);
	expect(c, GROUP_ALLOCATIONS, 1000);
	advance(c, 10, true, true);
	expect(c, GROUP_ALLOCATIONS, 1000);
	/* That time is not made up for later. */
	advance(c, 11, true, false);
	expect(c, GROUP_ALLOCATIONS, 2000);
	advance(c, RATE_STALE_S + 12, true, false);
	expect(c, GROUP_ALLOCATIONS, 2000);
	free(c);
}

static void broken_figures_do_no_harm(void **state)
{
	struct case_of *c = begin();

	(void)state;
	c->process.recent_calls_rate.value = NAN;
	c->process.recent_bytes_rate.value = -5;
	c->process.recent_frees_rate.value = INFINITY;
	c->process.sums.calls = 0;
	c->process.vm_calls.value = 0;
	for (int s = 0; s < 5; s++)
		advance(c, s, true, false);
	for (int q = 0; q < TOTALS; q++)
		assert_true(isfinite(c->group.value[q]) && c->group.value[q] >= 0);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_total_goes_on_at_its_own_rate),
		cmocka_unit_test(a_histogram_adds_up_to_the_calls),
		cmocka_unit_test(what_was_not_seen_is_not_known),
		cmocka_unit_test(nothing_goes_on_for_the_dead_the_counted_and_the_forgotten),
		cmocka_unit_test(broken_figures_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
