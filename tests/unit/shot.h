/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of known truth: threads and a child take their own registers and a copy of their stack in
 * a chain of functions, as the kernel side would, and the worker must find the chain in them.
 * Included by the tests of unwind/.
 */
#ifndef HB_TEST_SHOT_H
#define HB_TEST_SHOT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "symbol/symbolizer.h"
#include "unwind/unwind.h"
#include "base/banned.h"

#define QUEUE	   23
#define ENTRY_GAP  0x58 /* what capture_entry() takes from the stack, as glibc's mremap does */
#define TRAMPOLINE 0x7fffffffe000ULL
#define NOIPA	   __attribute__((noipa))

/* The registers at the moment after the return / within the function, in DWARF order. */
void capture_return(__u64 *regs);
void capture_entry(__u64 *regs);
void capture_bare(__u64 *regs);

#define STORE_REGS                                                           \
	"	movq %rax, 0(%rdi); movq %rdx, 8(%rdi); movq %rcx, 16(%rdi)\n"     \
	"	movq %rbx, 24(%rdi); movq %rsi, 32(%rdi); movq %rdi, 40(%rdi)\n"   \
	"	movq %rbp, 48(%rdi); movq %rsp, 56(%rdi); movq %r8, 64(%rdi)\n"    \
	"	movq %r9, 72(%rdi); movq %r10, 80(%rdi); movq %r11, 88(%rdi)\n"    \
	"	movq %r12, 96(%rdi); movq %r13, 104(%rdi); movq %r14, 112(%rdi)\n" \
	"	movq %r15, 120(%rdi)\n"

__asm__("	.text\n"
	"	.globl capture_return, capture_entry, capture_bare\n"
	"	.type capture_return, @function\n"
	"	.type capture_entry, @function\n"
	"	.type capture_bare, @function\n"
	"capture_return:\n"
	"	.cfi_startproc\n" STORE_REGS "	addq $8, 56(%rdi)\n"
	"	movq (%rsp), %rax; movq %rax, 128(%rdi)\n"
	"	ret\n"
	"	.cfi_endproc\n"
	"	.size capture_return, . - capture_return\n"
	"capture_entry:\n"
	"	.cfi_startproc\n"
	"	subq $0x58, %rsp\n"
	"	.cfi_adjust_cfa_offset 0x58\n" STORE_REGS
	"	leaq (%rip), %rax; movq %rax, 128(%rdi)\n"
	"	addq $0x58, %rsp\n"
	"	.cfi_adjust_cfa_offset -0x58\n"
	"	ret\n"
	"	.cfi_endproc\n"
	"	.size capture_entry, . - capture_entry\n"
	"capture_bare:\n"
	"	subq $0x58, %rsp\n" STORE_REGS "	leaq (%rip), %rax; movq %rax, 128(%rdi)\n"
	"	addq $0x58, %rsp\n"
	"	ret\n"
	"	.size capture_bare, . - capture_bare\n");

struct shot {
	void (*capture)(__u64 *regs);
	struct hb_sample sample;
	struct hb_stack stack;
	uint64_t caller_cfa; /* the truth */
	int depth;	     /* of recursion */
	bool by_signal;
};

/* As much as is mapped, page by page as the kernel side does. */
static void copy_stack(struct shot *shot)
{
	uint64_t sp = shot->sample.regs[HB_REG_SP], first = 4096 - (sp & 4095);
	struct iovec local = {shot->stack.data, first};
	struct iovec remote = {(void *)(uintptr_t)sp, first};

	shot->stack.bytes = 0;
	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)first)
		return;
	shot->stack.bytes = first;
	local = (struct iovec){shot->stack.data + first, 4096};
	remote = (struct iovec){(void *)(uintptr_t)(sp + first), 4096};
	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 4096)
		shot->stack.bytes += 4096;
}

static NOIPA void chain_c(struct shot *shot)
{
	uint64_t sp;

	shot->caller_cfa = (uint64_t)(uintptr_t)__builtin_dwarf_cfa();
	shot->capture(shot->sample.regs);
	copy_stack(shot);
	sp = shot->sample.regs[HB_REG_SP];
	shot->sample.return_address = shot->sample.regs[HB_REG_IP];
	shot->sample.return_slot = sp - 8;
	if (shot->capture == capture_return)
		return;
	shot->sample.flags |= HB_SAMPLE_AT_ENTRY;
	shot->sample.return_slot = sp + ENTRY_GAP;
	memcpy(&shot->sample.return_address, shot->stack.data + ENTRY_GAP, 8);
}

static NOIPA void chain_b(struct shot *shot)
{
	chain_c(shot);
	__asm__ volatile("" : : : "memory");
}

static NOIPA void chain_a(struct shot *shot)
{
	if (shot->depth-- > 0)
		chain_a(shot);
	else
		chain_b(shot);
	__asm__ volatile("" : : : "memory");
}

static struct shot *signal_shot;

static NOIPA void on_signal(int number)
{
	(void)number;
	chain_a(signal_shot);
	__asm__ volatile("" : : : "memory");
}

static NOIPA void *thread_main(void *arg)
{
	struct shot *shot = arg;

	if (shot->by_signal)
		raise(SIGUSR1);
	else
		chain_a(shot);
	__asm__ volatile("" : : : "memory");
	return NULL;
}

/* Run the chain in a thread of its own: its stack is short enough to be copied whole. */
static struct shot *take_shot(void (*capture)(__u64 *), int depth, bool by_signal)
{
	struct shot *shot = calloc(1, sizeof(*shot));
	pthread_t thread;

	shot->capture = capture;
	shot->depth = depth;
	shot->by_signal = by_signal;
	if (by_signal) {
		signal_shot = shot;
		signal(SIGUSR1, on_signal);
	}
	assert_int_equal(pthread_create(&thread, NULL, thread_main, shot), 0);
	pthread_join(thread, NULL);
	assert_true(shot->stack.bytes > 0);
	return shot;
}

/* A worker with the symbolizer that learns of its modules. */
struct bench {
	struct unwind_worker *worker;
	struct symbolizer *symbolizer;
	uint32_t module_max; /* highest number announced */
	size_t announced;
};

static void setup(struct bench *bench)
{
	*bench = (struct bench){unwind_worker__new(QUEUE), symbolizer__new(), 0, 0};
	assert_non_null(bench->worker);
	assert_non_null(bench->symbolizer);
}

static void teardown(struct bench *bench)
{
	unwind_worker__free(bench->worker);
	symbolizer__free(bench->symbolizer);
}

static struct unwind_answer *take(struct bench *bench)
{
	struct unwind_answer *answer;

	assert_true(unwind_worker__drain(bench->worker, 20000));
	answer = unwind_worker__take(bench->worker);
	assert_non_null(answer);
	for (size_t i = 0; i < answer->module_cnt; i++) {
		struct unwind_module *module = &answer->modules[i];

		/* Numbers are never announced twice. */
		assert_true(module->module > 0 && module->fd >= 0);
		bench->announced++;
		if (module->module > bench->module_max)
			bench->module_max = module->module;
		assert_int_equal(symbolizer__add_module(bench->symbolizer, module->module,
							module->fd, module->path, module->build_id,
							module->build_id_bytes, module->pid),
				 0);
	}
	return answer;
}

static struct unwind_answer *ask(struct bench *bench, const struct shot *shot)
{
	assert_int_equal(
		unwind_worker__post(bench->worker, getpid(), 1, 77, &shot->sample, &shot->stack),
		0);
	return take(bench);
}

static const char *name_of(struct bench *bench, const struct frame *frame)
{
	const struct symbol_name *names;
	uint64_t address = frame->flags & FRAME_EXACT_PC ? frame->offset : frame->offset - 1;
	int cnt = symbolizer__lookup(bench->symbolizer, frame->module, address, &names);

	assert_true(cnt >= 1);
	return names[cnt - 1].function;
}

static void expect_chain(struct bench *bench, const struct unwind_answer *answer,
			 const char *const *names, size_t cnt)
{
	assert_true(answer->frame_cnt >= cnt);
	for (size_t i = 0; i < cnt; i++)
		assert_string_equal(name_of(bench, &answer->frames[i]), names[i]);
}

static const char *const chain[] = {"chain_c", "chain_b", "chain_a", "thread_main"};

#endif
