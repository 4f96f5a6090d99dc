// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/top_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/remote.h"
#include "cmd/remote_document.h"
#include "daemon/daemon.h"
#include "base/banned.h"

#define SITES_EACH   200 /* per family: what somebody scrolls through */
#define END_MS	     5000
#define FOLDER_BYTES 64
#define SOCKET_NAME  "/heapbeat.sock"

struct origin {
	struct top_source source;
	char socket_path[256];
	char folder[FOLDER_BYTES]; /* of the child's socket */
	pid_t child;		   /* 0: a daemon that ran before */
	int end_fd;		   /* the child says here why it ended */
	pid_t attached[SESSION_PIDS_MAX];
	size_t attached_cnt;
};

static json_t *new_request(const char *name, uint32_t pid)
{
	json_t *request = json_pack("{s:s, s:s, s:b, s:i}", "verb", "document", "name", name,
				    "fresh", 1, "limit", SITES_EACH);

	if (pid)
		json_object_set_new(request, "pid", json_integer(pid));
	return request;
}

/* True if the child has ended: then @error is final. */
static bool has_ended(const struct origin *origin, struct error *error)
{
	struct pollfd fd = {.fd = origin->end_fd, .events = POLLIN};
	struct error why;

	if (!origin->child || poll(&fd, 1, 0) <= 0)
		return false;
	if (read(origin->end_fd, &why, sizeof(why)) != sizeof(why) || !why.text[0])
		error__set(&why, EXIT_RUNTIME, -EPIPE, "the observer has ended unexpectedly");
	*error = why;
	if (error->code == EXIT_OK)
		error->code = EXIT_RUNTIME;
	return true;
}

static json_t *fetch(void *ctx, const char *name, uint32_t pid, struct error *error)
{
	struct origin *origin = ctx;
	json_t *document;

	*error = (struct error){0};
	if (has_ended(origin, error))
		return NULL;
	document = remote_document__get(origin->socket_path, new_request(name, pid), error);
	if (!document)
		error->code = EXIT_OK;
	return document;
}

static int reload_nothing(void *ctx, struct daemon_options *options, struct error *error)
{
	(void)ctx;
	(void)options;
	(void)error;
	return 0;
}

static int child_options(const struct origin *origin, const struct options *options,
			 struct daemon_options *daemon)
{
	int err = daemon_options__init(daemon);

	if (err)
		return err;
	daemon->pid_cnt = options->session.pid_cnt;
	if (daemon->pid_cnt > SELECTORS_MAX)
		daemon->pid_cnt = SELECTORS_MAX;
	memcpy(daemon->pids, options->session.pids, daemon->pid_cnt * sizeof(daemon->pids[0]));
	daemon->all = !daemon->pid_cnt;
	daemon->strict = true;
	daemon->web_disabled = true;
	daemon->log_level = LOG_LEVEL_ERROR;
	free(daemon->socket_path);
	daemon->socket_path = strdup(origin->socket_path);
	return daemon->socket_path ? 0 : -ENOMEM;
}

/* In the child: away from the terminal, its signals and its screen. */
static void leave_terminal(pid_t parent)
{
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_RUNTIME);
	for (int fd = STDIN_FILENO; null_fd >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null_fd, fd);
	unsetenv("NOTIFY_SOCKET");
}

static void __attribute__((noreturn))
observe(const struct origin *origin, const struct options *options, int end_fd)
{
	struct daemon_hooks hooks = {.reload = reload_nothing};
	struct daemon_options daemon;
	struct error error = {0};
	int err = child_options(origin, options, &daemon);

	if (err)
		error__set(&error, EXIT_RUNTIME, err, "out of memory");
	else
		err = daemon__run(&daemon, &hooks, &error);
	/* Top may have been killed. */
	rmdir(origin->folder);
	(void)!write(end_fd, &error, sizeof(error));
	_exit(err ? EXIT_RUNTIME : EXIT_OK);
}

static int make_folder(struct origin *origin)
{
	static const char *const places[] = {"/run/heapbeat-top.XXXXXX",
					     "/tmp/heapbeat-top.XXXXXX"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(origin->folder, sizeof(origin->folder), "%s", places[i]);
		if (mkdtemp(origin->folder)) {
			snprintf(origin->socket_path, sizeof(origin->socket_path), "%s%s",
				 origin->folder, SOCKET_NAME);
			return 0;
		}
	}
	origin->folder[0] = 0;
	return -errno;
}

static int start_child(struct origin *origin, const struct options *options, struct error *error)
{
	int fds[2] = {-1, -1}, err = make_folder(origin);
	pid_t parent = getpid();

	if (!err && pipe2(fds, O_CLOEXEC))
		err = -errno;
	if (!err) {
		origin->child = fork();
		err = origin->child < 0 ? -errno : 0;
	}
	if (!err && !origin->child) {
		close(fds[0]);
		leave_terminal(parent);
		observe(origin, options, fds[1]);
	}
	if (fds[1] >= 0)
		close(fds[1]);
	origin->end_fd = fds[0];
	origin->source.own = true;
	if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot start an observer: %s",
			   strerror(-err));
	return err;
}

/* The state of process @pid with the daemon; "" where it does not know it. */
static void read_state(const struct origin *origin, pid_t pid, char state[16])
{
	struct error ignored = {0};
	json_t *document = remote_document__get(origin->socket_path,
						new_request("processes", (uint32_t)pid), &ignored);
	const json_t *item = json_array_get(json_object_get(document, "items"), 0);
	const char *found = json_string_value(json_object_get(item, "state"));

	snprintf(state, 16, "%s", found ? found : "");
	json_decref(document);
}

static int tell(const struct origin *origin, const char *verb, pid_t pid, struct error *error)
{
	struct remote *remote = remote__open(origin->socket_path, error);
	json_t *answer = NULL;

	if (remote)
		answer = remote__ask(remote, json_pack("{s:s, s:i}", "verb", verb, "pid", (int)pid),
				     error);
	remote__close(remote);
	json_decref(answer);
	return answer ? 0 : -EREMOTEIO;
}

/* Members of the socket's group may look on, no more: they see what is observed anyhow. */
static int attach_named(struct origin *origin, const struct options *options, struct error *error)
{
	for (size_t i = 0; i < options->session.pid_cnt && !geteuid(); i++) {
		pid_t pid = options->session.pids[i];
		char state[16];

		read_state(origin, pid, state);
		if (!strcmp(state, "attached"))
			continue;
		if (tell(origin, "attach", pid, error))
			return -EREMOTEIO;
		/* A detach bars it from being chosen: not for those that some selector names. */
		if (!strcmp(state, "unwanted"))
			origin->attached[origin->attached_cnt++] = pid;
	}
	return 0;
}

static int open_origin(struct origin *origin, const struct options *options, struct error *error)
{
	struct remote *remote = remote__open(options->socket_path, error);

	if (!remote && error->code != EXIT_OK)
		return -ECONNREFUSED;
	if (!remote) {
		*error = (struct error){0};
		return start_child(origin, options, error);
	}
	remote__close(remote);
	snprintf(origin->socket_path, sizeof(origin->socket_path), "%s", options->socket_path);
	return attach_named(origin, options, error);
}

struct origin *origin__open(const struct options *options, struct error *error)
{
	struct origin *origin = calloc(1, sizeof(*origin));

	if (!origin) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	origin->end_fd = -1;
	origin->source.ctx = origin;
	origin->source.fetch = fetch;
	if (!open_origin(origin, options, error))
		return origin;
	origin__close(origin);
	return NULL;
}

const struct top_source *origin__source(const struct origin *origin)
{
	return &origin->source;
}

/* The end of the pipe comes with that of the child. */
static void end_child(struct origin *origin)
{
	struct pollfd fd = {.fd = origin->end_fd, .events = POLLIN};

	kill(origin->child, SIGTERM);
	if (poll(&fd, 1, END_MS) <= 0)
		kill(origin->child, SIGKILL);
	waitpid(origin->child, NULL, 0);
	unlink(origin->socket_path);
}

void origin__close(struct origin *origin)
{
	struct error ignored = {0};

	if (!origin)
		return;
	for (size_t i = 0; i < origin->attached_cnt; i++)
		(void)tell(origin, "detach", origin->attached[i], &ignored);
	if (origin->child > 0)
		end_child(origin);
	if (*origin->folder)
		rmdir(origin->folder);
}
