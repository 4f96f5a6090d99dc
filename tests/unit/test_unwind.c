// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks of known truth: threads and a child take their own registers and a copy of their stack in
 * a chain of functions, as the kernel side would, and the worker must find the chain in them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "symbol/symbolizer.h"
#include "unwind/unwind.h"
#include "compiled.h"
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

static void chain_is_found_from_the_return_of_a_call(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct unwind_answer *answer;
	struct bench bench;

	(void)state;
	setup(&bench);
	answer = ask(&bench, shot);
	assert_int_equal(answer->tag, 77);
	assert_memory_equal(&answer->sample, &shot->sample, sizeof(shot->sample));
	expect_chain(&bench, answer, chain, 4);
	assert_true(answer->complete);
	assert_false(answer->no_stack);
	assert_int_equal(answer->frames[0].flags, 0);
	assert_true(answer->caller_cfa == shot->caller_cfa);
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void chain_is_found_from_within_a_function(void **state)
{
	void (*const captures[])(__u64 *) = {capture_entry, capture_bare};
	struct bench bench;

	(void)state;
	setup(&bench);
	/* capture_bare() has no CFI: the caller's state is worked out from the return slot. */
	for (size_t i = 0; i < 2; i++) {
		struct shot *shot = take_shot(captures[i], 0, false);
		struct unwind_answer *answer = ask(&bench, shot);

		expect_chain(&bench, answer, chain, 4);
		assert_true(answer->complete);
		assert_true(answer->caller_cfa == shot->caller_cfa);
		unwind_answer__free(answer);
		free(shot);
	}
	teardown(&bench);
}

static void return_address_replaced_by_a_probe_is_known(void **state)
{
	void (*const captures[])(__u64 *) = {capture_entry, capture_bare};
	struct bench bench;

	(void)state;
	setup(&bench);
	for (size_t i = 0; i < 2; i++) {
		struct shot *shot = take_shot(captures[i], 0, false);
		uint64_t trampoline = TRAMPOLINE;
		struct unwind_answer *answer;

		memcpy(shot->stack.data + ENTRY_GAP, &trampoline, 8);
		answer = ask(&bench, shot);
		expect_chain(&bench, answer, chain, 4);
		assert_true(answer->complete);
		unwind_answer__free(answer);
		free(shot);
	}
	teardown(&bench);
}

static void fixed_word_gives_the_same_frames(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	uint64_t slot, trampoline = TRAMPOLINE, before;
	struct unwind_answer *whole, *broken, *fixed;
	unsigned char *word;
	struct bench bench;

	(void)state;
	setup(&bench);
	whole = ask(&bench, shot);
	/* chain_c()'s return into chain_b(). */
	slot = whole->caller_cfa - 8;
	word = shot->stack.data + (slot - shot->sample.regs[HB_REG_SP]);
	memcpy(&before, word, 8);
	memcpy(word, &trampoline, 8);
	broken = ask(&bench, shot);
	assert_int_equal(broken->frame_cnt, 2);
	assert_int_equal(broken->frames[1].module, 0);
	assert_true(broken->frames[1].offset == TRAMPOLINE);
	assert_false(broken->complete);
	shot->sample.fixes[1] = (struct hb_fix){slot, before};
	shot->sample.fix_cnt = 2;
	fixed = ask(&bench, shot);
	assert_int_equal(fixed->frame_cnt, whole->frame_cnt);
	assert_memory_equal(fixed->frames, whole->frames, sizeof(whole->frames));
	assert_true(fixed->complete);
	unwind_answer__free(whole);
	unwind_answer__free(broken);
	unwind_answer__free(fixed);
	teardown(&bench);
	free(shot);
}

static void cut_copies_are_incomplete(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct unwind_answer *whole, *cut;
	struct bench bench;

	(void)state;
	setup(&bench);
	whole = ask(&bench, shot);
	assert_true(whole->complete);
	for (uint64_t bytes = 0; bytes <= 64; bytes += 8) {
		shot->stack.bytes = bytes;
		cut = ask(&bench, shot);
		assert_false(cut->complete);
		assert_true(cut->frame_cnt >= 1 && cut->frame_cnt < whole->frame_cnt);
		assert_memory_equal(cut->frames, whole->frames,
				    cut->frame_cnt * sizeof(cut->frames[0]));
		assert_int_equal(cut->no_stack, bytes == 0);
		unwind_answer__free(cut);
	}
	unwind_answer__free(whole);
	teardown(&bench);
	free(shot);
}

static void sample_without_a_stack_has_its_caller(void **state)
{
	struct shot *shot = take_shot(capture_entry, 0, false);
	struct unwind_answer *answer;
	struct bench bench;

	(void)state;
	setup(&bench);
	assert_int_equal(unwind_worker__post(bench.worker, getpid(), 1, 0, &shot->sample, NULL), 0);
	answer = take(&bench);
	assert_int_equal(answer->frame_cnt, 1);
	assert_true(answer->no_stack);
	assert_false(answer->complete);
	assert_int_equal(answer->caller_cfa, 0);
	assert_string_equal(name_of(&bench, &answer->frames[0]), "chain_c");
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void frame_under_a_signal_is_exact(void **state)
{
	static const char *const names[] = {"chain_c", "chain_b", "chain_a", "on_signal"};
	struct shot *shot = take_shot(capture_return, 0, true);
	struct unwind_answer *answer;
	struct bench bench;
	size_t exact = 0;

	(void)state;
	setup(&bench);
	answer = ask(&bench, shot);
	expect_chain(&bench, answer, names, 4);
	assert_true(answer->complete);
	for (uint32_t i = 0; i < answer->frame_cnt; i++)
		exact += answer->frames[i].flags == FRAME_EXACT_PC;
	assert_int_equal(exact, 1);
	/* on_signal(), the kernel's return code, the interrupted call. */
	assert_int_equal(answer->frames[5].flags, FRAME_EXACT_PC);
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void deep_stacks_are_cut_and_incomplete(void **state)
{
	struct shot *shot = take_shot(capture_return, 300, false);
	struct unwind_answer *answer;
	struct bench bench;

	(void)state;
	setup(&bench);
	answer = ask(&bench, shot);
	assert_true(answer->frame_cnt > 40 && answer->frame_cnt <= FRAMES_MAX);
	assert_false(answer->complete);
	expect_chain(&bench, answer, chain, 3);
	unwind_answer__free(answer);
	teardown(&bench);
	free(shot);
}

static void library_loaded_later_is_found(void **state)
{
	static const char source[] = "void call(void (*f)(void *), void *arg)\n"
				     "{ f(arg); __asm__ volatile(\"\"); }\n";
	struct shot *shot = calloc(1, sizeof(*shot));
	struct timespec pause = {0, 20000000};
	void (*call)(void (*)(void *), void *);
	struct unwind_answer *answer;
	struct bench bench;
	void *library;
	int tries = 0;

	(void)state;
	setup(&bench);
	assert_int_equal(unwind_worker__prepare(bench.worker, getpid(), 1), 0);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	assert_true(fixture__write("late.c", source, sizeof(source) - 1));
	assert_true(fixture__run("gcc -O2 -shared -fPIC -o late.so late.c"));
	library = dlopen(fixture__path("late.so"), RTLD_NOW);
	assert_non_null(library);
	*(void **)&call = dlsym(library, "call");
	shot->capture = capture_return;
	call((void (*)(void *))chain_c, shot);
	/* A stray sample makes the worker look again, but not at every sample. */
	for (;;) {
		answer = ask(&bench, shot);
		if (answer->frame_cnt > 2)
			break;
		unwind_answer__free(answer);
		assert_true(++tries < 500);
		nanosleep(&pause, NULL);
	}
	assert_string_equal(name_of(&bench, &answer->frames[0]), "chain_c");
	assert_string_equal(name_of(&bench, &answer->frames[1]), "call");
	assert_string_equal(name_of(&bench, &answer->frames[2]), "library_loaded_later_is_found");
	unwind_answer__free(answer);
	dlclose(library);
	teardown(&bench);
	free(shot);
}

static void refresh_makes_the_worker_look_at_once(void **state)
{
	struct shot *shot = calloc(1, sizeof(*shot));
	void (*call)(void (*)(void *), void *);
	struct unwind_answer *answer;
	struct bench bench;
	void *library;

	(void)state;
	setup(&bench);
	assert_int_equal(unwind_worker__prepare(bench.worker, getpid(), 1), 0);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	library = dlopen(fixture__path("late.so"), RTLD_NOW);
	assert_non_null(library);
	*(void **)&call = dlsym(library, "call");
	shot->capture = capture_return;
	call((void (*)(void *))chain_c, shot);
	assert_int_equal(unwind_worker__refresh(bench.worker, 1), 0);
	answer = ask(&bench, shot);
	assert_string_equal(name_of(&bench, &answer->frames[1]), "call");
	unwind_answer__free(answer);
	dlclose(library);
	teardown(&bench);
	free(shot);
}

/* A child hands over its shot and then waits for its end. */
static pid_t start_child(struct shot *shot, int *ret_go)
{
	int out[2], go[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (!pid) {
		shot = take_shot(capture_return, 0, false);
		if (write(out[1], shot, sizeof(*shot)) != sizeof(*shot) ||
		    read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(0);
	}
	close(out[1]);
	close(go[0]);
	assert_int_equal(read(out[0], shot, sizeof(*shot)), sizeof(*shot));
	close(out[0]);
	*ret_go = go[1];
	return pid;
}

static void end_child(pid_t pid, int go)
{
	assert_int_equal(write(go, "x", 1), 1);
	close(go);
	waitpid(pid, NULL, 0);
}

static void prepared_image_outlives_its_process(void **state)
{
	struct shot *own = take_shot(capture_return, 0, false);
	struct shot *shot = calloc(1, sizeof(*shot));
	struct unwind_answer *answer;
	size_t announced;
	struct bench bench;
	pid_t pid;
	int go;

	(void)state;
	setup(&bench);
	pid = start_child(shot, &go);
	assert_int_equal(unwind_worker__prepare(bench.worker, pid, 2), 0);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	end_child(pid, go);
	assert_int_equal(unwind_worker__refresh(bench.worker, 2), 0);
	assert_int_equal(unwind_worker__post(bench.worker, pid, 2, 0, &shot->sample, &shot->stack),
			 0);
	answer = take(&bench);
	expect_chain(&bench, answer, chain, 4);
	assert_true(answer->complete);
	unwind_answer__free(answer);
	/* The same files in another process have the same numbers. */
	announced = bench.announced;
	assert_true(announced > 0);
	answer = ask(&bench, own);
	expect_chain(&bench, answer, chain, 4);
	assert_int_equal(bench.announced, announced);
	unwind_answer__free(answer);
	/* Forgotten, it is only an address. */
	assert_int_equal(unwind_worker__forget(bench.worker, 2), 0);
	assert_int_equal(unwind_worker__post(bench.worker, pid, 2, 0, &shot->sample, &shot->stack),
			 0);
	answer = take(&bench);
	assert_int_equal(answer->frame_cnt, 1);
	assert_int_equal(answer->frames[0].module, 0);
	assert_true(answer->frames[0].offset == shot->sample.return_address);
	unwind_answer__free(answer);
	teardown(&bench);
	free(own);
	free(shot);
}

static void full_queue_refuses(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct bench bench;
	struct pollfd fd;

	(void)state;
	setup(&bench);
	for (int i = 0; i < QUEUE; i++)
		assert_int_equal(unwind_worker__post(bench.worker, getpid(), 1, (uint64_t)i,
						     &shot->sample, &shot->stack),
				 0);
	assert_int_equal(
		unwind_worker__post(bench.worker, getpid(), 1, 99, &shot->sample, &shot->stack),
		-EAGAIN);
	assert_true(unwind_worker__drain(bench.worker, 20000));
	fd = (struct pollfd){.fd = unwind_worker__fd(bench.worker), .events = POLLIN};
	assert_int_equal(poll(&fd, 1, 0), 1);
	for (uint64_t i = 0; i < QUEUE; i++) {
		struct unwind_answer *answer = unwind_worker__take(bench.worker);

		assert_int_equal(answer->tag, i);
		unwind_answer__free(answer);
	}
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_null(unwind_worker__take(bench.worker));
	assert_int_equal(
		unwind_worker__post(bench.worker, getpid(), 1, 0, &shot->sample, &shot->stack), 0);
	/* Freed with a request and perhaps an answer inside. */
	teardown(&bench);
	free(shot);
}

static void many_images_push_out_the_oldest(void **state)
{
	struct shot *shot = take_shot(capture_return, 0, false);
	struct bench bench;

	(void)state;
	setup(&bench);
	for (uint32_t image = 1; image < 150; image++) {
		struct unwind_answer *answer;

		assert_int_equal(unwind_worker__post(bench.worker, getpid(), image, 0,
						     &shot->sample, &shot->stack),
				 0);
		answer = take(&bench);
		assert_true(answer->complete);
		unwind_answer__free(answer);
	}
	teardown(&bench);
	free(shot);
}

/* Part of the words are real ones, so that steps lead into real code with false state. */
static void spoil(struct shot *shot, const struct shot *whole, int round)
{
	*shot = *whole;
	for (int i = 0; i < HB_REG_MAX; i++)
		if (rand() % 4 == 0)
			shot->sample.regs[i] = rand() % 2 ? (uint64_t)rand() * (uint64_t)rand()
							  : whole->sample.regs[rand() % HB_REG_MAX];
	for (int i = 0; i < round % 200; i++)
		shot->stack.data[rand() % HB_STACK_BYTES] = (unsigned char)rand();
	for (int i = 0; i < round % 100; i++)
		memcpy(shot->stack.data + rand() % (HB_STACK_BYTES / 8) * 8,
		       whole->stack.data + rand() % (HB_STACK_BYTES / 8) * 8, 8);
	if (round % 7 == 0)
		shot->stack.bytes = (uint64_t)rand() << 10;
	if (round % 5 == 0)
		memset(&shot->sample.event, 0xff, sizeof(shot->sample) - sizeof(shot->sample.regs));
	if (round % 3 == 0)
		shot->sample.flags ^= HB_SAMPLE_AT_ENTRY;
	if (round % 11 == 0)
		shot->sample.fix_cnt = (uint32_t)rand();
}

static void garbage_gives_bounded_answers(void **state)
{
	struct shot *whole = take_shot(capture_return, 20, true);
	struct shot *shot = calloc(1, sizeof(*shot));
	struct bench bench;

	(void)state;
	setup(&bench);
	srand(7);
	for (int round = 0; round < 3000; round++) {
		struct unwind_answer *answer;

		spoil(shot, whole, round);
		answer = ask(&bench, shot);
		assert_true(answer->frame_cnt <= FRAMES_MAX);
		assert_true(answer->frame_cnt >= 1 || !shot->sample.return_address);
		unwind_answer__free(answer);
	}
	teardown(&bench);
	free(whole);
	free(shot);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Reports what a stack costs; judges no clock. */
static void cost_is_reported(void **state)
{
	struct shot *shot = take_shot(capture_return, 6, false);
	uint64_t frames = 0, stacks = 0;
	struct bench bench;
	double begin;

	(void)state;
	setup(&bench);
	unwind_answer__free(ask(&bench, shot));
	begin = now_s();
	for (int round = 0; round < 200; round++) {
		struct unwind_answer *answer;

		for (int i = 0; i < QUEUE; i++)
			unwind_worker__post(bench.worker, getpid(), 1, 0, &shot->sample,
					    &shot->stack);
		unwind_worker__drain(bench.worker, 20000);
		while ((answer = unwind_worker__take(bench.worker))) {
			frames += answer->frame_cnt;
			stacks++;
			unwind_answer__free(answer);
		}
	}
	assert_int_equal(stacks, 200 * QUEUE);
	print_message("%.1f us per stack of %.1f frames, %.0f frames/s\n",
		      (now_s() - begin) * 1e6 / (double)stacks, (double)frames / (double)stacks,
		      (double)frames / (now_s() - begin));
	teardown(&bench);
	free(shot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_is_found_from_the_return_of_a_call),
		cmocka_unit_test(chain_is_found_from_within_a_function),
		cmocka_unit_test(return_address_replaced_by_a_probe_is_known),
		cmocka_unit_test(fixed_word_gives_the_same_frames),
		cmocka_unit_test(cut_copies_are_incomplete),
		cmocka_unit_test(sample_without_a_stack_has_its_caller),
		cmocka_unit_test(frame_under_a_signal_is_exact),
		cmocka_unit_test(deep_stacks_are_cut_and_incomplete),
		cmocka_unit_test(library_loaded_later_is_found),
		cmocka_unit_test(refresh_makes_the_worker_look_at_once),
		cmocka_unit_test(prepared_image_outlives_its_process),
		cmocka_unit_test(full_queue_refuses),
		cmocka_unit_test(many_images_push_out_the_oldest),
		cmocka_unit_test(garbage_gives_bounded_answers),
		cmocka_unit_test(cost_is_reported),
	};

	return cmocka_run_group_tests(tests, fixture__make_dir, fixture__remove_dir);
}
