// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mailbox.h"
#include "base/table.h"
#include "base/thread.h"
#include "base/banned.h"

#define QUEUE_MAX 4096

enum request_kind { REQUEST_OPEN, REQUEST_READ, REQUEST_SUM, REQUEST_FORGET };

struct request {
	enum request_kind kind;
	uint32_t image, parts;
	pid_t pid;
	int fd;
	/* SUM */
	struct record_go_look sums;
	struct go_calls_row *rows;
	size_t row_cnt;
	bool over;
};

struct go_worker {
	pthread_t thread;
	struct mailbox *requests, *news;
	/* The thread's own: image -> struct go_reader *, struct go_calls *. */
	struct table readers, calls;
};

void go_news__free(struct go_news *news)
{
	if (!news)
		return;
	free(news->coverage);
	go_watch__release(&news->watch);
	go_look__release(&news->look);
	go_calls_news__release(&news->calls);
	go_reading__free(news->reading);
	free(news);
}

static void request__free(struct request *request)
{
	if (request && request->fd >= 0)
		close(request->fd);
	if (request)
		free(request->rows);
	free(request);
}

static void tell(struct go_worker *worker, struct go_news *news)
{
	if (mailbox__put(worker->news, news))
		go_news__free(news); /* the box holds an answer to every request */
}

static void free_calls(uint64_t value)
{
	struct go_calls *calls = (struct go_calls *)(uintptr_t)value;

	go_calls__release(calls);
	free(calls);
}

static void drop(struct go_worker *worker, uint32_t image)
{
	uint64_t reader, calls;

	if (table__remove(&worker->calls, image, &calls))
		free_calls(calls);

	if (table__remove(&worker->readers, image, &reader))
		go_reader__free((struct go_reader *)(uintptr_t)reader);
}

/* Without probes there is still what can be read. */
static void find_probes(const struct request *request, struct go_reader *reader,
			struct go_news *news)
{
	struct go_program *program = go_reader__program(reader);
	struct error error;

	news->text = go_program__sections(program)->text;
	news->etext = go_program__sections(program)->etext;
	if (go_watch__find(&news->watch, request->pid, request->fd, news->bias, program, &error))
		log_info("go", "%s", error.text);
	if (go_look__find(&news->look, request->pid, request->fd, news->bias, program, &error))
		log_info("go", "%s", error.text);
	go_program__rest(program);
}

static void open_reader(struct go_worker *worker, const struct request *request,
			struct go_news *news)
{
	struct go_reader *reader = go_reader__open(request->pid, request->fd, &news->error);

	news->kind = GO_NEWS_FAILED;
	if (!reader)
		return;
	drop(worker, request->image);
	news->coverage = strdup(go_reader__coverage(reader));
	if (!news->coverage ||
	    table__put(&worker->readers, request->image, (uint64_t)(uintptr_t)reader)) {
		go_reader__free(reader);
		error__set(&news->error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return;
	}
	news->kind = GO_NEWS_OPENED;
	news->parts = go_reader__parts(reader);
	snprintf(news->version, sizeof(news->version), "%s", go_reader__version(reader));
	memcpy(news->build_id, go_reader__build_id(reader), sizeof(news->build_id));
	news->bias = go_reader__bias(reader);
	find_probes(request, reader, news);
}

static void read_parts(struct go_worker *worker, const struct request *request,
		       struct go_news *news)
{
	uint64_t reader;
	int err;

	news->kind = GO_NEWS_GONE;
	if (!table__get(&worker->readers, request->image, &reader))
		return;
	err = go_reader__read((struct go_reader *)(uintptr_t)reader, request->parts,
			      &news->reading);
	if (!err)
		news->kind = GO_NEWS_READING;
	else if (err != -ESRCH)
		news->kind = GO_NEWS_FAILED;
}

static struct go_calls *calls_of(struct go_worker *worker, uint32_t image)
{
	struct go_calls *calls;
	uint64_t known;

	if (table__get(&worker->calls, image, &known))
		return (struct go_calls *)(uintptr_t)known;
	calls = calloc(1, sizeof(*calls));
	if (calls && table__put(&worker->calls, image, (uint64_t)(uintptr_t)calls)) {
		free(calls);
		return NULL;
	}
	return calls;
}

static void sum_up(struct go_worker *worker, const struct request *request, struct go_news *news)
{
	struct go_calls *calls = calls_of(worker, request->image);
	struct go_reader *reader;
	uint64_t known;

	news->kind = GO_NEWS_CALLS;
	news->sums = request->sums;
	if (!calls || !table__get(&worker->readers, request->image, &known))
		return;
	reader = (struct go_reader *)(uintptr_t)known;
	(void)go_calls__take(calls, go_reader__program(reader), go_reader__bias(reader),
			     request->rows, request->row_cnt, request->over, &news->calls);
	go_program__rest(go_reader__program(reader));
}

static void handle(struct go_worker *worker, const struct request *request)
{
	struct go_news *news;

	if (request->kind == REQUEST_FORGET) {
		drop(worker, request->image);
		return;
	}
	news = calloc(1, sizeof(*news));
	if (!news)
		return;
	news->image = request->image;
	if (request->kind == REQUEST_OPEN)
		open_reader(worker, request, news);
	else if (request->kind == REQUEST_READ)
		read_parts(worker, request, news);
	else
		sum_up(worker, request, news);
	tell(worker, news);
}

static void *run(void *arg)
{
	struct go_worker *worker = arg;
	struct request *request;

	while ((request = mailbox__wait(worker->requests, -1))) {
		if (!mailbox__is_closed(worker->requests))
			handle(worker, request);
		request__free(request);
	}
	return NULL;
}

static void release(struct go_worker *worker)
{
	for (const struct table_slot *slot = NULL; (slot = table__next(&worker->readers, slot));)
		go_reader__free((struct go_reader *)(uintptr_t)slot->value);
	for (const struct table_slot *slot = NULL; (slot = table__next(&worker->calls, slot));)
		free_calls(slot->value);
	table__release(&worker->readers);
	table__release(&worker->calls);
	mailbox__free(worker->requests);
	mailbox__free(worker->news);
	free(worker);
}

struct go_worker *go_worker__new(void)
{
	struct go_worker *worker = calloc(1, sizeof(*worker));
	int err = ENOMEM;

	if (!worker)
		return NULL;
	worker->requests = mailbox__new(QUEUE_MAX);
	worker->news = mailbox__new(2 * QUEUE_MAX);
	if (worker->requests && worker->news)
		err = thread__start(&worker->thread, "hb-go", run, worker);
	if (err) {
		release(worker);
		errno = err;
		return NULL;
	}
	return worker;
}

void go_worker__free(struct go_worker *worker)
{
	struct go_news *news;

	if (!worker)
		return;
	mailbox__close(worker->requests);
	pthread_join(worker->thread, NULL);
	while ((news = mailbox__take(worker->news)))
		go_news__free(news);
	release(worker);
}

static int send(struct go_worker *worker, struct request what)
{
	struct request *request = malloc(sizeof(*request));
	int err;

	if (!request) {
		if (what.fd >= 0)
			close(what.fd);
		free(what.rows);
		return -ENOMEM;
	}
	*request = what;
	err = mailbox__put(worker->requests, request);
	if (err)
		request__free(request);
	return err;
}

int go_worker__open(struct go_worker *worker, uint32_t image, pid_t pid, int fd)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (own < 0)
		return -errno;
	return send(worker,
		    (struct request){.kind = REQUEST_OPEN, .image = image, .pid = pid, .fd = own});
}

int go_worker__read(struct go_worker *worker, uint32_t image, uint32_t parts)
{
	return send(
		worker,
		(struct request){.kind = REQUEST_READ, .image = image, .parts = parts, .fd = -1});
}

int go_worker__forget(struct go_worker *worker, uint32_t image)
{
	return send(worker, (struct request){.kind = REQUEST_FORGET, .image = image, .fd = -1});
}

int go_worker__sum(struct go_worker *worker, const struct record_go_look *sums,
		   struct go_calls_row *rows, size_t cnt, bool over)
{
	return send(worker, (struct request){.kind = REQUEST_SUM,
					     .image = sums->image,
					     .fd = -1,
					     .sums = *sums,
					     .rows = rows,
					     .row_cnt = cnt,
					     .over = over});
}

struct go_news *go_worker__take(struct go_worker *worker)
{
	return mailbox__take(worker->news);
}
