/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the session share; nobody else includes this. */
#ifndef HB_SESSION_STATE_H
#define HB_SESSION_STATE_H

#include "base/table.h"
#include "observe/session.h"
#include "collect/drain.h"
#include "collect/record_buffer.h"
#include "govern/governor.h"
#include "kernel/sideband.h"
#include "probe/cost.h"
#include "probe/watch.h"
#include "symbol/symbolizer.h"
#include "unwind/unwind.h"

struct session_address {
	uint32_t module;
	uint64_t address;
};

/* A process that has just been forked or has exec'ed: looked at once its libraries are mapped. */
struct pending_child {
	pid_t pid;
	uint64_t due_ns;
	int tries;
};

/* A process image and the governor that keeps it within its budget. */
struct member {
	struct watch watch;
	struct governor governor;
	struct govern_limits limits;
	uint64_t charged_before_ns;	/* by windows that have closed: each PLAN tells its own */
	uint64_t rss_bytes, anon_bytes; /* as last seen */
	uint64_t adapted_ns;		/* when the interval was last fitted to the budget */
	enum plan_mode last_mode;	/* of the window that closed last */
	uint64_t seen_ns; /* before it was looked at: earlier events belong to an image before it */
	bool leaderless;  /* its first thread has ended, which need not be the end of the others */
	bool tested;	  /* the self-test has spoken, or passed */
	bool plan_due;	  /* a window has closed whose cost is not told yet */
	bool leaving;	  /* its links go one by one */
	bool streamed;	  /* windows count; false during a trial, whose figures are dropped */
};

struct session {
	const struct session_options *options;
	const struct session_sink *sink;
	struct object *object;
	struct cost_table costs;
	struct drain *drain;
	struct unwind_worker *unwinder;
	struct symbolizer *symbolizer;
	struct sideband *sideband;
	struct record_buffer buffer;
	struct table named; /* hash of (module, address) whose SYMBOL is in the stream */
	struct {
		struct session_address *items;
		size_t cnt, cap;
	} unnamed;			       /* addresses whose SYMBOL is to be written */
	struct member *members[SESSION_SLOTS]; /* by slot; the last slot calibrates */
	size_t member_cnt;
	struct {
		struct pending_child *items;
		size_t cnt, cap;
	} children;
	pid_t command_pid;
	int command_exit;
	int lock_fd, signal_fd;
	uint64_t begun_ns, end_ns, tick_ns, named_ns;
	bool released; /* the command runs */
	bool closing;  /* every window is shut: the last readings are exact */
	int sink_err;
	uint64_t random;
};

/* session_member.c: one image's life */
int session__add(struct session *session, pid_t pid, struct error *error);
void session__govern(struct session *session, struct member *member);
void session__shut(struct session *session, struct member *member);
void session__leave(struct session *session, struct member *member);
/* The image has ended (enum exit_reason): last readings, purge, EXIT. */
void session__retire(struct session *session, struct member *member, enum exit_reason reason);
bool session__is_hasty(const struct session *session);
void session__announce_full(struct session *session);

/* session_stream.c: what goes into the sink */
void session__put(struct session *session, const struct record *record);
void session__put_host(struct session *session);
/* IMAGE and first VITALS: nothing is put before every target has been found fit. */
void session__introduce(struct session *session, struct member *member);
void session__put_plan(struct session *session, const struct member *member);
void session__put_counters(struct session *session, const struct member *member);
void session__put_vitals(struct session *session, struct member *member);
void session__put_loss(struct session *session, const struct member *member);
void session__put_symbols(struct session *session);
void session__take_answers(struct session *session);
/* The ring's records go into the unwinder or, for STEP and FREE, straight into the sink. */
int session__open_drain(struct session *session);

/* session_events.c: fork, exec, exit, mappings */
void session__drain_events(struct session *session);
/* Retire the members whose last thread has followed their first. */
void session__follow_leaderless(struct session *session);
void session__adopt_children(struct session *session);
struct member *session__member_of(struct session *session, pid_t pid);
size_t session__alive(const struct session *session);

#endif
