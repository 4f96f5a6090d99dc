// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/naming.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mailbox.h"
#include "base/thread.h"
#include "collect/record.h"
#include "base/banned.h"

/* Beside the questions: a burst of new files must find room, or their frames stay numbers. */
#define MODULES_WAITING 8192
#define IDLE_MS		10000

struct new_module {
	int fd;
	uint8_t build_id[BUILD_ID_MAX];
	size_t build_id_bytes;
	pid_t root_pid;
	char path[];
};

struct question {
	struct new_module *module; /* NULL: a question */
	struct naming_answer *answer;
	uint32_t number; /* of the module */
};

struct naming_worker {
	pthread_t thread;
	struct mailbox *questions, *answers;
	size_t questions_max;
	atomic_size_t outstanding;     /* questions asked and not yet taken back */
	struct symbolizer *symbolizer; /* the thread's own */
	bool rested;		       /* likewise */
};

static void new_module__free(struct new_module *module)
{
	if (module && module->fd >= 0)
		close(module->fd);
	free(module);
}

static void question__free(struct question *question)
{
	if (!question)
		return;
	new_module__free(question->module);
	free(question->answer);
	free(question);
}

static void handle(struct naming_worker *worker, struct question *question)
{
	struct new_module *module = question->module;
	struct naming_answer *answer = question->answer;

	if (module) {
		symbolizer__add_module(worker->symbolizer, question->number, module->fd,
				       module->path, module->build_id, module->build_id_bytes,
				       module->root_pid);
		return;
	}
	answer->cnt = symbolizer__lookup(worker->symbolizer, answer->module, answer->address,
					 &answer->names);
	if (symbolizer__site(worker->symbolizer, answer->module, answer->address, &answer->site))
		answer->site = NULL;
	/* There is room: questions in flight are bounded by its size. */
	if (!mailbox__put(worker->answers, answer))
		question->answer = NULL;
}

static void *run(void *arg)
{
	struct naming_worker *worker = arg;
	struct question *question;

	for (;;) {
		question = mailbox__wait(worker->questions, worker->rested ? -1 : IDLE_MS);
		if (!question && mailbox__is_closed(worker->questions))
			break;
		/* Tables of a gone crowd of programs would stay for good. */
		if (!question)
			symbolizer__rest(worker->symbolizer);
		else if (!mailbox__is_closed(worker->questions))
			handle(worker, question);
		worker->rested = !question;
		question__free(question);
	}
	return NULL;
}

static void release(struct naming_worker *worker)
{
	mailbox__free(worker->questions);
	mailbox__free(worker->answers);
	symbolizer__free(worker->symbolizer);
	free(worker);
}

struct naming_worker *naming_worker__new(size_t questions_max,
					 const struct symbolizer_limits *limits)
{
	struct naming_worker *worker = calloc(1, sizeof(*worker));
	int err = 0;

	if (!worker)
		return NULL;
	worker->questions_max = questions_max;
	worker->symbolizer = symbolizer__new();
	worker->questions = mailbox__new(questions_max + MODULES_WAITING);
	worker->answers = mailbox__new(questions_max);
	if (!worker->symbolizer || !worker->questions || !worker->answers)
		err = ENOMEM;
	if (!err && limits)
		symbolizer__limit(worker->symbolizer, limits);
	err = err ?: thread__start(&worker->thread, "hb-names", run, worker);
	if (err) {
		release(worker);
		errno = err;
		return NULL;
	}
	return worker;
}

void naming_worker__free(struct naming_worker *worker)
{
	struct naming_answer *answer;

	if (!worker)
		return;
	mailbox__close(worker->questions);
	pthread_join(worker->thread, NULL);
	while ((answer = mailbox__take(worker->answers)))
		free(answer);
	release(worker);
}

static int send(struct naming_worker *worker, struct question *question)
{
	int err = mailbox__put(worker->questions, question);

	if (err)
		question__free(question);
	return err;
}

int naming_worker__add_module(struct naming_worker *worker, uint32_t module, int fd,
			      const char *path, const uint8_t *build_id, size_t build_id_bytes,
			      pid_t root_pid)
{
	size_t bytes = strlen(path) + 1;
	struct question *question = calloc(1, sizeof(*question));
	struct new_module *new = malloc(sizeof(*new) + bytes);

	if (!question || !new) {
		free(question);
		free(new);
		return -ENOMEM;
	}
	*new = (struct new_module){
		.fd = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1,
		.build_id_bytes = build_id_bytes < BUILD_ID_MAX ? build_id_bytes : BUILD_ID_MAX,
		.root_pid = root_pid,
	};
	if (new->build_id_bytes)
		memcpy(new->build_id, build_id, new->build_id_bytes);
	memcpy(new->path, path, bytes);
	question->module = new;
	question->number = module;
	return send(worker, question);
}

int naming_worker__ask(struct naming_worker *worker, uint32_t tag, uint32_t module,
		       uint64_t address)
{
	struct question *question;
	int err;

	if (atomic_fetch_add(&worker->outstanding, 1) >= worker->questions_max) {
		atomic_fetch_sub(&worker->outstanding, 1);
		return -EAGAIN;
	}
	question = calloc(1, sizeof(*question));
	if (question)
		question->answer = malloc(sizeof(*question->answer));
	if (!question || !question->answer) {
		question__free(question);
		atomic_fetch_sub(&worker->outstanding, 1);
		return -ENOMEM;
	}
	*question->answer =
		(struct naming_answer){.tag = tag, .module = module, .address = address};
	err = send(worker, question);
	if (err)
		atomic_fetch_sub(&worker->outstanding, 1);
	return err;
}

struct naming_answer *naming_worker__take(struct naming_worker *worker)
{
	struct naming_answer *answer = mailbox__take(worker->answers);

	if (answer)
		atomic_fetch_sub(&worker->outstanding, 1);
	return answer;
}

int naming_worker__fd(const struct naming_worker *worker)
{
	return mailbox__fd(worker->answers);
}
