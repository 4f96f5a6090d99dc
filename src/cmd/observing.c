// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/observing.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/table.h"
#include "cmd/remote.h"
#include "kernel/child.h"
#include "base/banned.h"

#define REAP_MS 200

/* The sums of one image, as its last LOSS told them. */
struct image_loss {
	uint64_t sampled, lost;
};

struct stream {
	const struct session_options *options;
	const struct record_sink *sink;
	struct session_result *result;
	struct remote *remote;
	struct table losses; /* image -> struct image_loss */
	int signal_fd;
	pid_t command_pid;
	bool released; /* the command runs */
	bool ended;
};

static json_t *build_request(const struct session_options *options, pid_t command_pid)
{
	json_t *pids = json_array();

	for (size_t i = 0; i < options->pid_cnt; i++)
		json_array_append_new(pids, json_integer(options->pids[i]));
	if (command_pid > 0)
		json_array_append_new(pids, json_integer(command_pid));
	return json_pack("{s:s, s:o, s:f, s:b, s:b, s:f, s:I, s:b, s:b, s:b, s:b}", "verb",
			 "observe", "pids", pids, "duration_s", options->duration_s, "full",
			 options->full, "unlimited", options->unlimited, "budget_ratio",
			 options->budget_ratio, "interval_bytes",
			 (json_int_t)options->interval_bytes, "allow_stepped",
			 options->allow_stepped, "no_stacks", options->no_stacks, "no_follow",
			 options->no_follow, "at_exec", command_pid > 0);
}

static int note_loss(struct stream *stream, const struct record_loss *loss)
{
	struct image_loss *kept;
	uint64_t found;

	if (!table__get(&stream->losses, loss->image, &found)) {
		kept = calloc(1, sizeof(*kept));
		if (!kept || table__put(&stream->losses, loss->image, (uintptr_t)kept)) {
			free(kept);
			return -ENOMEM;
		}
		found = (uintptr_t)kept;
	}
	kept = (struct image_loss *)(uintptr_t)found;
	kept->sampled = loss->sampled;
	kept->lost = loss->lost_ring_full + loss->lost_queue_full;
	return 0;
}

static void sum_losses(struct stream *stream)
{
	const struct table_slot *slot = NULL;

	while ((slot = table__next(&stream->losses, slot))) {
		struct image_loss *loss = (struct image_loss *)(uintptr_t)slot->value;

		stream->result->sampled += loss->sampled;
		stream->result->lost += loss->lost;
		free(loss);
	}
	table__release(&stream->losses);
}

static int release_command(struct stream *stream, struct error *error)
{
	int err;

	if (stream->command_pid <= 0 || stream->released)
		return 0;
	stream->released = true;
	err = child__release(stream->command_pid);
	if (!err)
		return 0;
	return error__set(error, EXIT_RUNTIME, err, "cannot release '%s': %s",
			  stream->options->command[0], strerror(-err));
}

static int take(struct stream *stream, const struct record *record, struct error *error)
{
	int err = record__validate(record);

	if (err && err != -ENOTSUP)
		return error__set(error, EXIT_RUNTIME, err, "the daemon sent a broken record");
	switch (record->type) {
	case RECORD_READY:
		return release_command(stream, error);
	case RECORD_END:
		stream->ended = true;
		stream->result->end_reason = ((const struct record_end *)record)->reason;
		return 0;
	case RECORD_LOSS:
		err = note_loss(stream, (const struct record_loss *)record);
		break;
	default:
		err = 0;
	}
	return err ?: stream->sink->put(stream->sink->ctx, record);
}

static void reap(struct stream *stream)
{
	int code;

	if (stream->command_pid <= 0 || stream->result->command_exit >= 0)
		return;
	code = child__exit_code(stream->command_pid);
	if (code >= 0)
		stream->result->command_exit = code;
}

/* An interrupt ends our side of the connection: the daemon then sends what is left, and END. */
static void mind_signals(struct stream *stream)
{
	struct signalfd_siginfo info;

	if (read(stream->signal_fd, &info, sizeof(info)) == sizeof(info))
		shutdown(remote__fd(stream->remote), SHUT_WR);
}

/* Everything that has come. 1 at the end of the stream. */
static int take_all(struct stream *stream, struct error *error)
{
	const struct record *record;
	int err = 0, broken;

	while (!stream->ended && !err && (record = remote__next(stream->remote, &broken)))
		err = take(stream, record, error);
	if (!err && broken)
		err = error__set(error, EXIT_RUNTIME, broken, "the daemon sent a broken record");
	return err;
}

static int read_stream(struct stream *stream, struct error *error)
{
	int err = take_all(stream, error);

	while (!stream->ended && !err) {
		struct pollfd fds[] = {
			{.fd = remote__fd(stream->remote), .events = POLLIN},
			{.fd = stream->signal_fd, .events = POLLIN},
		};

		poll(fds, 2, REAP_MS);
		mind_signals(stream);
		reap(stream);
		if (!(fds[0].revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		if (remote__fill(stream->remote))
			return error__set(error, EXIT_RUNTIME, -ECONNRESET,
					  "the daemon has ended; what it sent until then is kept");
		err = take_all(stream, error);
	}
	return err;
}

static int open_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int observe(struct stream *stream, struct error *error)
{
	const char *say;
	json_t *answer;
	int err;

	if (stream->options->command) {
		stream->command_pid = child__start(stream->options->command, error);
		if (stream->command_pid < 0)
			return stream->command_pid;
	}
	answer = remote__ask(stream->remote, build_request(stream->options, stream->command_pid),
			     error);
	if (!answer)
		return -EREMOTEIO;
	say = json_string_value(json_object_get(answer, "say"));
	fputs(say ? say : "", stderr);
	json_decref(answer);
	err = read_stream(stream, error);
	reap(stream);
	return err;
}

static int run_remote(struct stream *stream, struct error *error)
{
	int err;

	*stream->result = (struct session_result){.command_exit = -1};
	stream->signal_fd = open_signals();
	if (stream->signal_fd < 0)
		return error__set(error, EXIT_RUNTIME, -errno, "cannot watch signals: %s",
				  strerror(errno));
	err = observe(stream, error);
	if (err && stream->command_pid > 0 && !stream->released)
		kill(stream->command_pid, SIGKILL); /* it has not run a single instruction */
	sum_losses(stream);
	close(stream->signal_fd);
	return err;
}

int observing__run(const struct session_options *options, const char *socket_path,
		   const struct record_sink *sink, struct session_result *ret_result,
		   struct error *error)
{
	struct stream stream = {.options = options, .sink = sink, .result = ret_result};
	struct error unreachable = {0};
	int err;

	stream.remote = remote__open(socket_path, &unreachable);
	if (!stream.remote && unreachable.code == EXIT_OK)
		return session__run(options, sink, ret_result, error);
	if (!stream.remote) {
		*error = unreachable;
		return -ECONNREFUSED;
	}
	err = run_remote(&stream, error);
	remote__close(stream.remote);
	return err;
}
