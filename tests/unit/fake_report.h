/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A view with a bit of everything, for the tests of the writers. */
#ifndef HB_FAKE_REPORT_H
#define HB_FAKE_REPORT_H

#include "fake_view.h"

/* ESC [ 3 1 m, a line break, quotes, a byte that is no UTF-8, C1 CSI, right-to-left override. */
#define HOSTILE                          \
	"a\033[31m\n\"b\\;\xff \xc2\x9b" \
	"2J\xe2\x80\xaez"

/* Three heap sites (one of them with 60 chains), one vm site; folded. */
static inline struct view *fake_report__view(struct fake_names *fake)
{
	struct name_source source = fake_names__source(fake);
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;
	struct view_stack *stack;

	fake_names__set(fake, 1, "zmalloc", NULL);
	fake_names__set(fake, 2, "_sdsnewlen", NULL);
	fake_names__set(fake, 3, "createStringObject", "processInput", NULL);
	fake_names__set(fake, 4, "main", NULL);
	fake_names__set(fake, 5, "grow_list", NULL);
	fake_names__set(fake, 6, "dictResize", NULL);
	fake_view__stack(view, HB_MALLOC, 400, 1 << 20, FRAMES(1, 2, 3, 4));
	fake_view__stack(view, HB_MALLOC, 100, 1 << 20, FRAMES(1, 2, 4))->complete = false;
	process->complete_n -= 100;
	stack = fake_view__stack(view, HB_MALLOC, 60, 4096, FRAMES(5, 4));
	fake_view__stack(view, HB_CALLOC, 10, 64, FRAMES(1, 6, 4));
	fake_view__stack(view, HB_MMAP, 5, 1 << 21, FRAMES(6, 4));
	stack->chains = view__alloc(view, 60 * sizeof(*stack->chains));
	stack->chain_cnt = 60;
	for (int i = 0; i < 60; i++)
		stack->chains[i] = (struct chain){.weight = 10000,
						  .final_bytes = 1024,
						  .moved_bytes = 960,
						  .steps = 4,
						  .closed = i % 3};
	process->point_cnt = 20;
	process->at_s = view__alloc(view, 20 * sizeof(double));
	stack = &process->stacks[0];
	stack->live.points = view__alloc(view, 20 * sizeof(double));
	stack->live.cnt = 20;
	for (int i = 0; i < 20; i++) {
		process->at_s[i] = 5 * i;
		stack->live.points[i] = 1e6 * i;
	}
	stack->live_bytes = 19e6, stack->live_objects = 18, stack->live_n = 18;
	stack->freed_objects = 382, stack->freed_n = 382, stack->lifetime_sum_s = 38.2;
	stack->lifetime_sq_s2 = 8, stack->tracked_objects = 400;
	fake_view__total(view);
	process->frees_fig = fake_figure(450, 0, BASIS_EXACT);
	process->frees_rate = fake_figure(4.5, 0, BASIS_EXACT);
	process->live_bytes = fake_figure(19e6, 1e6, BASIS_SAMPLED);
	process->live_objects = fake_figure(18, 0, BASIS_SAMPLED);
	process->rss_growth = fake_figure(2e5, 1e4, BASIS_SAMPLED);
	assert_int_equal(fold__sites(view, &source), 0);
	return view;
}

/* Every name that a watched process can choose, hostile. */
static inline void fake_report__make_hostile(struct view *view, struct fake_names *fake)
{
	struct view_process *process = view->processes;
	struct name_source source = fake_names__source(fake);

	process->comm = process->exe = process->hides = process->runtime = HOSTILE;
	process->allocator = view->host = HOSTILE;
	view->modules[0].path = HOSTILE;
	for (unsigned int i = 2; i < 7; i++) {
		fake_names__set(fake, i, HOSTILE, HOSTILE, NULL);
		fake->names[i][0].file = (char *)(uintptr_t)HOSTILE;
	}
	assert_int_equal(fold__sites(view, &source), 0);
}

/* Nothing in @s moves a cursor or breaks a line but '\n', and all of it is UTF-8. */
static inline void assert_harmless(const char *s)
{
	char *copy = malloc(4 * strlen(s) + 1), *clean = copy;

	assert_non_null(copy);
	for (const unsigned char *c = (const unsigned char *)s; *c; c++) {
		assert_true(*c >= 0x20 || *c == '\n');
		assert_true(*c != 0x7f);
		/* C1 controls and bidirectional overrides */
		assert_false(c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f);
		assert_false(c[0] == 0xe2 && c[1] == 0x80 && c[2] == 0xae);
		*clean++ = *c == '\n' ? ' ' : (char)*c;
	}
	*clean = 0;
	clean = malloc(4 * strlen(s) + 1);
	text__sanitise(clean, 4 * strlen(s) + 1, copy);
	assert_string_equal(clean, copy);
	free(clean);
	free(copy);
}

#endif
