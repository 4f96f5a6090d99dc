// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mailbox.h"
#include "base/thread.h"
#include "base/vec.h"
#include "unwind/files.h"
#include "unwind/image.h"
#include "unwind/walk.h"
#include "base/banned.h"

#define IMAGES_MAX 64
/* Mapping changes are waited for besides samples: lost ones only cost unwinding for a while. */
#define ORDERS_MAX 1024
/* A process that runs code outside files strays at every sample: look again twice a second. */
#define LOOK_AGAIN_NS 500000000ULL

enum letter_kind { LETTER_SAMPLE, LETTER_PREPARE, LETTER_REFRESH, LETTER_FORGET };

struct letter {
	enum letter_kind kind;
	pid_t pid;
	uint32_t image;
	struct unwind_answer *answer; /* LETTER_SAMPLE: to be filled */
	size_t stack_bytes;
	unsigned char stack[];
};

struct unwind_worker {
	pthread_t thread;
	struct mailbox *requests, *answers;
	size_t queue_max;
	atomic_size_t outstanding; /* samples posted and not yet taken back */

	pthread_mutex_t lock; /* of what follows, for drain */
	pthread_cond_t progress;
	uint64_t posted, done;

	/* the thread's own */
	struct image *images[IMAGES_MAX];
	size_t image_cnt;
	uint64_t uses;
	struct files files;
	struct walk walk;
};

static void module__release(struct unwind_module *module)
{
	free(module->path);
	if (module->fd >= 0)
		close(module->fd);
}

void unwind_answer__free(struct unwind_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; i < answer->module_cnt; i++)
		module__release(&answer->modules[i]);
	free(answer->modules);
	free(answer);
}

static void letter__free(struct letter *letter)
{
	if (letter)
		unwind_answer__free(letter->answer);
	free(letter);
}

static struct image *find_image(struct unwind_worker *worker, uint32_t number)
{
	for (size_t i = 0; i < worker->image_cnt; i++)
		if (worker->images[i]->number == number)
			return worker->images[i];
	return NULL;
}

static void forget_image(struct unwind_worker *worker, struct image *image)
{
	for (size_t i = 0; i < worker->image_cnt; i++) {
		if (worker->images[i] != image)
			continue;
		worker->images[i] = worker->images[--worker->image_cnt];
		image__release(image);
		free(image);
		return;
	}
}

static struct image *oldest_image(struct unwind_worker *worker)
{
	struct image *oldest = worker->images[0];

	for (size_t i = 1; i < worker->image_cnt; i++)
		if (worker->images[i]->used < oldest->used)
			oldest = worker->images[i];
	return oldest;
}

/* Image @number, made and looked at if it is new. NULL if out of memory. */
static struct image *get_image(struct unwind_worker *worker, uint32_t number, pid_t pid)
{
	struct image *image = find_image(worker, number);

	if (!image) {
		if (worker->image_cnt == IMAGES_MAX)
			forget_image(worker, oldest_image(worker));
		image = malloc(sizeof(*image));
		if (!image)
			return NULL;
		image__init(image, number, pid);
		worker->images[worker->image_cnt++] = image;
		image__look(image, &worker->files, &walk_callbacks);
	}
	image->used = ++worker->uses;
	return image;
}

/* Let @answer carry @file, the first time that one refers to it. */
static void announce(struct unwind_answer *answer, struct unwind_file *file)
{
	struct unwind_module module = {
		.module = file->module,
		.path = strdup(file->path),
		.build_id_bytes = file->build_id_bytes,
		.pid = file->pid,
	};
	struct unwind_module *modules;

	if (file->announced || !module.path) {
		free(module.path);
		return;
	}
	modules = reallocarray(answer->modules, answer->module_cnt + 1, sizeof(*modules));
	if (!modules) {
		free(module.path);
		return;
	}
	memcpy(module.build_id, file->build_id, sizeof(module.build_id));
	module.fd = fcntl(file->elf.fd, F_DUPFD_CLOEXEC, 0);
	answer->modules = modules;
	answer->modules[answer->module_cnt++] = module;
	file->announced = true;
}

static void set_frames(struct unwind_answer *answer, const struct walk *walk)
{
	for (uint32_t i = 0; i < walk->frame_cnt; i++) {
		const struct walk_frame *from = &walk->frames[i];
		struct frame *frame = &answer->frames[i];

		*frame = (struct frame){.flags = from->is_exact ? FRAME_EXACT_PC : 0,
					.offset = from->pc};
		if (!from->part)
			continue;
		frame->module = from->part->file->module;
		frame->offset = from->pc - from->part->bias;
		announce(answer, from->part->file);
	}
	answer->frame_cnt = walk->frame_cnt;
	answer->complete = walk->complete;
	answer->caller_cfa = walk->caller_cfa;
}

static bool may_look_again(const struct image *image)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec - image->looked_ns >=
	       LOOK_AGAIN_NS;
}

static void unwind(struct unwind_worker *worker, struct letter *letter)
{
	struct image *image = get_image(worker, letter->image, letter->pid);
	struct walk *walk = &worker->walk;

	letter->answer->no_stack = !letter->stack_bytes;
	if (!image) {
		/* The caller at least, at its raw address. */
		letter->answer->frames[0].offset = letter->answer->sample.return_address;
		letter->answer->frame_cnt = letter->answer->sample.return_address ? 1 : 0;
		return;
	}
	walk->sample = &letter->answer->sample;
	walk->stack = letter->stack;
	walk->stack_bytes = letter->stack_bytes;
	walk__run(walk, image);
	if (walk->strayed && may_look_again(image) &&
	    !image__look(image, &worker->files, &walk_callbacks))
		walk__run(walk, image);
	set_frames(letter->answer, walk);
}

static void handle(struct unwind_worker *worker, struct letter *letter)
{
	struct image *image;

	switch (letter->kind) {
	case LETTER_SAMPLE:
		unwind(worker, letter);
		/* There is room: outstanding samples are bounded by its size. */
		if (!mailbox__put(worker->answers, letter->answer))
			letter->answer = NULL;
		break;
	case LETTER_PREPARE:
		get_image(worker, letter->image, letter->pid);
		break;
	case LETTER_REFRESH:
		image = find_image(worker, letter->image);
		if (image)
			image__look(image, &worker->files, &walk_callbacks);
		break;
	case LETTER_FORGET:
		image = find_image(worker, letter->image);
		if (image)
			forget_image(worker, image);
		break;
	}
}

static void *run(void *arg)
{
	struct unwind_worker *worker = arg;
	struct letter *letter;

	while ((letter = mailbox__wait(worker->requests, -1))) {
		if (!mailbox__is_closed(worker->requests))
			handle(worker, letter);
		letter__free(letter);
		pthread_mutex_lock(&worker->lock);
		worker->done++;
		pthread_cond_broadcast(&worker->progress);
		pthread_mutex_unlock(&worker->lock);
	}
	while (worker->image_cnt)
		forget_image(worker, worker->images[0]);
	files__release(&worker->files);
	return NULL;
}

static void release(struct unwind_worker *worker)
{
	pthread_cond_destroy(&worker->progress);
	pthread_mutex_destroy(&worker->lock);
	mailbox__free(worker->requests);
	mailbox__free(worker->answers);
	free(worker);
}

struct unwind_worker *unwind_worker__new(size_t queue_max)
{
	struct unwind_worker *worker;
	pthread_condattr_t attr;
	int err;

	if (!queue_max || queue_max > SIZE_MAX / 2) {
		errno = EINVAL;
		return NULL;
	}
	worker = calloc(1, sizeof(*worker));
	if (!worker)
		return NULL;
	worker->queue_max = queue_max;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->progress, &attr);
	pthread_condattr_destroy(&attr);
	worker->requests = mailbox__new(queue_max + ORDERS_MAX);
	worker->answers = worker->requests ? mailbox__new(queue_max) : NULL;
	err = worker->answers ? thread__start(&worker->thread, "hb-unwind", run, worker) : errno;
	if (err) {
		release(worker);
		errno = err;
		return NULL;
	}
	return worker;
}

void unwind_worker__free(struct unwind_worker *worker)
{
	struct unwind_answer *answer;

	if (!worker)
		return;
	mailbox__close(worker->requests);
	pthread_join(worker->thread, NULL);
	while ((answer = mailbox__take(worker->answers)))
		unwind_answer__free(answer);
	release(worker);
}

/* Hand @letter over, or free it. */
static int send(struct unwind_worker *worker, struct letter *letter)
{
	int err;

	/* Counted before it can be done. */
	pthread_mutex_lock(&worker->lock);
	err = mailbox__put(worker->requests, letter);
	if (!err)
		worker->posted++;
	pthread_mutex_unlock(&worker->lock);
	if (err)
		letter__free(letter);
	return err;
}

int unwind_worker__post(struct unwind_worker *worker, pid_t pid, uint32_t image, uint64_t tag,
			const struct hb_sample *sample, const struct hb_stack *stack)
{
	size_t bytes = stack ? stack->bytes : 0;
	struct letter *letter;
	int err;

	if (atomic_fetch_add(&worker->outstanding, 1) >= worker->queue_max) {
		atomic_fetch_sub(&worker->outstanding, 1);
		return -EAGAIN;
	}
	if (bytes > HB_STACK_BYTES)
		bytes = HB_STACK_BYTES;
	letter = malloc(sizeof(*letter) + bytes);
	if (letter)
		*letter = (struct letter){
			.kind = LETTER_SAMPLE,
			.pid = pid,
			.image = image,
			.stack_bytes = bytes,
			.answer = calloc(1, sizeof(*letter->answer)),
		};
	if (!letter || !letter->answer) {
		free(letter);
		atomic_fetch_sub(&worker->outstanding, 1);
		return -ENOMEM;
	}
	letter->answer->tag = tag;
	letter->answer->sample = *sample;
	if (bytes)
		memcpy(letter->stack, stack->data, bytes);
	err = send(worker, letter);
	if (err)
		atomic_fetch_sub(&worker->outstanding, 1);
	return err;
}

static int order(struct unwind_worker *worker, enum letter_kind kind, pid_t pid, uint32_t image)
{
	struct letter *letter = malloc(sizeof(*letter));

	if (!letter)
		return -EAGAIN;
	*letter = (struct letter){.kind = kind, .pid = pid, .image = image};
	return send(worker, letter);
}

int unwind_worker__prepare(struct unwind_worker *worker, pid_t pid, uint32_t image)
{
	return order(worker, LETTER_PREPARE, pid, image);
}

int unwind_worker__refresh(struct unwind_worker *worker, uint32_t image)
{
	return order(worker, LETTER_REFRESH, 0, image);
}

int unwind_worker__forget(struct unwind_worker *worker, uint32_t image)
{
	return order(worker, LETTER_FORGET, 0, image);
}

struct unwind_answer *unwind_worker__take(struct unwind_worker *worker)
{
	struct unwind_answer *answer = mailbox__take(worker->answers);

	if (answer)
		atomic_fetch_sub(&worker->outstanding, 1);
	return answer;
}

int unwind_worker__fd(const struct unwind_worker *worker)
{
	return mailbox__fd(worker->answers);
}

bool unwind_worker__drain(struct unwind_worker *worker, int timeout_ms)
{
	struct timespec deadline;
	uint64_t target;
	bool done;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += timeout_ms / 1000;
	deadline.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&worker->lock);
	target = worker->posted;
	while (worker->done < target &&
	       pthread_cond_timedwait(&worker->progress, &worker->lock, &deadline) != ETIMEDOUT)
		;
	done = worker->done >= target;
	pthread_mutex_unlock(&worker->lock);
	return done;
}
