/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views made by hand for the tests of symbol/, advice/ and export/: one process, stacks of numbered
 * frames, and a name source that is a table of text. Frame F has return address 16 F + 1 in module 1,
 * so its names are those at 16 F.
 */
#ifndef HB_FAKE_VIEW_H
#define HB_FAKE_VIEW_H

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "base/text.h"
#include "bpf/abi.h"
#include "model/view.h"
#include "symbol/fold.h"

#define FAKE_FRAMES 64

struct fake_names {
	struct symbol_name names[FAKE_FRAMES][3]; /* innermost first; function NULL ends */
	unsigned int lookups;
};

static inline int fake_names__of(void *ctx, uint32_t module, uint64_t address,
				 const struct symbol_name **ret)
{
	static struct symbol_name unknown = {.function = (char *)"prog+0xdead", .no_name = true};
	struct fake_names *fake = ctx;
	int cnt = 0;

	(void)module;
	fake->lookups++;
	*ret = &unknown;
	if (address % 16 || address / 16 >= FAKE_FRAMES || !fake->names[address / 16][0].function)
		return 1;
	*ret = fake->names[address / 16];
	while (cnt < 3 && (*ret)[cnt].function)
		cnt++;
	return cnt;
}

/* Name frame @frame: the innermost function first, then those it is inlined into, then NULL. */
static inline void fake_names__set(struct fake_names *fake, unsigned int frame, const char *first,
				   ...)
{
	const char *function = first;
	va_list args;

	va_start(args, first);
	for (int i = 0; i < 3 && function; i++) {
		fake->names[frame][i] = (struct symbol_name){
			.function = (char *)(uintptr_t)function,
			.file = (char *)"src/file.c",
			.line = frame * 10 + (unsigned int)i,
		};
		if (i)
			fake->names[frame][i - 1].inlined = true;
		function = va_arg(args, const char *);
	}
	va_end(args);
}

static inline struct name_source fake_names__source(struct fake_names *fake)
{
	return (struct name_source){.ctx = fake, .names = fake_names__of};
}

#ifndef FAKE_STACKS /* a test that needs more says so first */
#define FAKE_STACKS 64
#endif

/* A process "prog", attached throughout for 100 s, all of whose calls were sampled with p = 1. */
static inline struct view *fake_view__new(void)
{
	struct view *view = calloc(1, sizeof(*view));
	struct view_process *process;

	assert_non_null(view);
	view->host = "host";
	view->kernel = "6.18";
	view->version = "0.1.0";
	view->wall_ns = 1700000000ULL * 1000000000;
	view->span_s = 100;
	view->processes = process = view__alloc(view, sizeof(*process));
	view->process_cnt = 1;
	view->modules = view__alloc(view, 2 * sizeof(*view->modules));
	view->module_cnt = 2;
	view->modules[0] = (struct view_module){.module = 1, .path = "/usr/bin/prog"};
	view->modules[1] = (struct view_module){.module = 2, .path = "/lib/libc.so.6"};
	view->modules[0].build_id_bytes = view->modules[1].build_id_bytes = BUILD_ID_MAX;
	memset(view->modules[0].build_id, 0xab, BUILD_ID_MAX);
	memset(view->modules[1].build_id, 0xcd, BUILD_ID_MAX);
	*process = (struct view_process){
		.image = 1,
		.tgid = 4242,
		.start_ticks = 777,
		.exec_id = 1,
		.comm = "prog",
		.exe = "/usr/bin/prog",
		.runtime = "native",
		.allocator = "glibc",
		.hides = "",
		.mode = PLAN_EXACT,
		.link = 3,
		.interval_bytes = 524288,
		.span_s = 100,
		.observed_s = 100,
		.window_cpu_s = 50,
		.cpu_s = 50,
		.charged_s = 0.25,
		.charged_ratio = 0.005,
		.window_cnt = 1,
		.frees_seen = true,
		.rss_bytes = 100 << 20,
	};
	process->heap_sums = view__alloc(view, SIZE_CLASSES * sizeof(*process->heap_sums));
	process->vm_sums = view__alloc(view, SIZE_CLASSES * sizeof(*process->vm_sums));
	process->stacks = view__alloc(view, FAKE_STACKS * sizeof(*process->stacks));
	return view;
}

static inline struct figure fake_figure(double value, double stderr_abs, enum basis basis)
{
	return (struct figure){.value = value,
			       .stderr_abs = stderr_abs,
			       .low = value - 1.96 * stderr_abs,
			       .high = value + 1.96 * stderr_abs,
			       .n = 100,
			       .basis = basis};
}

/* One more stack of @cnt frames (numbers, innermost first; above 1000: of libc) that made @calls
 * calls of @func with @bytes each, every one sampled. */
static inline struct view_stack *fake_view__stack(struct view *view, uint16_t func, uint64_t calls,
						  uint64_t bytes, size_t cnt,
						  const unsigned int *frames)
{
	struct view_process *process = view->processes;
	struct view_stack *stack = &process->stacks[process->stack_cnt++];
	struct view_class *exact = func >= HB_FIRST_VM ? process->vm_class : process->heap_class;
	struct sample_sums *sums;
	unsigned int class = bytes ? 64 - (unsigned int)__builtin_clzll(bytes) : 0;

	assert_true(process->stack_cnt <= FAKE_STACKS);
	stack->id = process->stack_cnt;
	stack->func = func;
	stack->complete = true;
	stack->frames = view__alloc(view, cnt * sizeof(*stack->frames));
	stack->frame_cnt = (uint32_t)cnt;
	for (size_t i = 0; i < cnt; i++)
		stack->frames[i] = (struct frame){.module = frames[i] > 1000 ? 2 : 1,
						  .offset = frames[i] % 1000 * 16 + 1};
	stack->class_cnt = 1;
	stack->classes = view__alloc(view, sizeof(*stack->classes));
	stack->classes[0] = (struct class_sums){
		.size_class = class,
		.sums = {.n = calls, .calls = (double)calls, .bytes = (double)(calls * bytes)},
	};
	sums = func >= HB_FIRST_VM ? &process->vm_sums[class] : &process->heap_sums[class];
	sums->n += calls;
	sums->calls += (double)calls;
	sums->bytes += (double)(calls * bytes);
	exact[class].calls += calls;
	exact[class].bytes += calls * bytes;
	process->by_func[func].calls += calls;
	process->by_func[func].bytes += calls * bytes;
	process->sample_n += calls;
	process->complete_n += calls;
	return stack;
}

#define FRAMES(...)                                                                    \
	sizeof((unsigned int[]){__VA_ARGS__}) / sizeof(unsigned int), (unsigned int[]) \
	{                                                                              \
		__VA_ARGS__                                                            \
	}

/* Fill the process's figures from its exact totals. */
static inline void fake_view__total(struct view *view)
{
	struct view_process *process = view->processes;
	double calls = 0, bytes = 0, vm_calls = 0, vm_bytes = 0;

	for (size_t k = 0; k < SIZE_CLASSES; k++) {
		calls += (double)process->heap_class[k].calls;
		bytes += (double)process->heap_class[k].bytes;
		vm_calls += (double)process->vm_class[k].calls;
		vm_bytes += (double)process->vm_class[k].bytes;
	}
	process->calls = fake_figure(calls, 0, BASIS_EXACT);
	process->bytes = fake_figure(bytes, 0, BASIS_EXACT);
	process->calls_rate = fake_figure(calls / process->observed_s, 0, BASIS_EXACT);
	process->bytes_rate = fake_figure(bytes / process->observed_s, 0, BASIS_EXACT);
	process->vm_calls = fake_figure(vm_calls, 0, BASIS_EXACT);
	process->vm_bytes = fake_figure(vm_bytes, 0, BASIS_EXACT);
	process->vm_calls_rate = fake_figure(vm_calls / process->observed_s, 0, BASIS_EXACT);
	process->vm_bytes_rate = fake_figure(vm_bytes / process->observed_s, 0, BASIS_EXACT);
}

#endif
