/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that observes: it opens targets, lets govern/ decide, attaches and detaches, drains,
 * unwinds, names, and gives every subscriber one stream of records of the processes that it asked
 * for. A session has one subscriber; the daemon has itself and its clients.
 *
 * A process is observed for one subscriber at a time: while a later one has it, the earlier one's
 * windows rest. One thread drives an observer.
 */
#ifndef HB_OBSERVER_H
#define HB_OBSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "collect/record.h"
#include "kernel/object.h"
#include "kernel/sideband.h"
#include "model/host.h"
#include "probe/cost.h"

#define OBSERVER_SLOTS	   512 /* images: targets, their children, what they exec into */
#define BUDGET_RATIO	   0.01
#define BUDGET_FLOOR_RATIO 0.0005

struct observer_options {
	enum link_kind link;
	size_t slots; /* images at a time; 0: as many as can be */
	size_t ring_bytes;
	size_t live_entries;
	bool stacks;
	bool thrifty; /* a daemon: names and tables within its memory, calmer between looks */
	/* Process events, besides the observer's own use of them; NULL: nobody asks. */
	void *ctx;
	void (*event)(void *ctx, const struct sideband_event *event);
};

/* How the processes of one subscriber are observed; may change while it runs. */
struct observe_terms {
	bool full;
	bool unlimited; /* --budget off */
	double budget_ratio;
	double floor_ratio;
	uint64_t interval_bytes; /* 0: chosen by the governor; full mode: the default interval */
	double samples_per_s; /* of each process, what unwinding them may cost us; 0: the default */
	bool allow_stepped;
	bool no_stacks;
	bool no_follow;	  /* do not observe children of the targets */
	uint64_t run_ns;  /* length of the run, 0 unknown */
	uint64_t end_ns;  /* its end, 0 unknown */
	uint64_t span_ns; /* within which a busy process is looked at once; 0: the default */
};

struct record_sink {
	void *ctx;
	/* 0, or -errno: the subscriber gets no more. */
	int (*put)(void *ctx, const struct record *record);
};

struct observer;
struct subscriber;

/* What has become of a process of a subscriber. */
struct member_status {
	uint32_t image;
	uint64_t exec_id;
	bool attached;	   /* links are in place now */
	bool settled;	   /* counted throughout, as it fits the budget */
	bool probed;	   /* something in it can be probed */
	bool read;	   /* its runtime can be read, which costs it nothing */
	bool looked;	   /* looks are opened at its runtime's entries */
	uint32_t readings; /* of its runtime */
	uint32_t looks;	   /* windows that have closed */
	uint64_t since_ns; /* when it was added */
	uint64_t charged_ns;
	double cost_rate; /* CPU per second that its windows took when last open; 0 unknown */
	const char *runtime, *allocator; /* valid while the member is */
};

/* Load, calibrate, start the workers. NULL with @error filled. */
struct observer *observer__new(const struct observer_options *options, struct error *error);
/* Unlink everything and free; subscribers still there get nothing more. NULL is fine. */
void observer__free(struct observer *observer);

struct object *observer__object(struct observer *observer);
const struct cost_table *observer__costs(const struct observer *observer);

/* A new stream. NULL with errno set. @sink and @terms are copied. Nothing is put before
 * observer__begin, so that a target that is not fit spoils nothing. */
struct subscriber *observer__subscribe(struct observer *observer, const struct record_sink *sink,
				       const struct observe_terms *terms);
/* HOST, and the targets added so far. */
void observer__begin(struct observer *observer, struct subscriber *subscriber);
struct observe_terms *subscriber__terms(struct subscriber *subscriber);
/* The error that its sink returned, or 0. */
int subscriber__error(const struct subscriber *subscriber);

/*
 * Observe process @pid for @subscriber. 0 (also if it is observed for it already), or -errno with
 * @error filled: refused, gone, no room, had by another client. @at_exec: stopped at its exec.
 */
int observer__add(struct observer *observer, struct subscriber *subscriber, pid_t pid, bool at_exec,
		  struct error *error);
/* What its windows took when @pid was observed before: spares it a trial. Right after the add. */
void observer__hint(struct observer *observer, struct subscriber *subscriber, pid_t pid,
		    double cost_rate);
/* Stop observing @pid; its image ends as released. 0 or -ESRCH. */
int observer__remove(struct observer *observer, struct subscriber *subscriber, pid_t pid);
/* 0, or -ESRCH. */
int observer__status(struct observer *observer, struct subscriber *subscriber, pid_t pid,
		     struct member_status *ret_status);
/* Processes of @subscriber that live, and those that are waited for (children, execs). */
size_t observer__alive(const struct observer *observer, const struct subscriber *subscriber);
size_t observer__slots_used(const struct observer *observer);

/* One turn: gates, events, samples, answers. */
void observer__turn(struct observer *observer);
/* Readings of every member, each second; names are put every 10 s. */
void observer__tick(struct observer *observer);
/* Memory of @pid as a sweep has just seen it: spares a reading of its own at the next tick. */
void observer__note_memory(struct observer *observer, pid_t pid, uint64_t rss_bytes,
			   uint64_t anon_bytes);
/* How long the next turn may wait, ms: down to one where a window is about to use its budget up. */
int observer__patience_ms(const struct observer *observer);
/* Readable when the ring fills up. */
int observer__fd(const struct observer *observer);
/* Govern every member of @subscriber once, at once: attach before a command's first instruction. */
void observer__govern_now(struct observer *observer, struct subscriber *subscriber);
/* Say in @file what full mode will cost. */
void observer__announce_full(struct observer *observer, struct subscriber *subscriber, bool command,
			     FILE *file);

/* Shut and unlink all of @subscriber; its last samples are still on their way. */
void observer__stop(struct observer *observer, struct subscriber *subscriber);
/* Whether they have arrived, with their names. */
bool observer__is_drained(struct observer *observer, struct subscriber *subscriber);
/* The last readings, exact now; the sums of all its samples. */
void observer__close(struct observer *observer, struct subscriber *subscriber,
		     uint64_t *ret_sampled, uint64_t *ret_lost);
/* Whether some window of @subscriber has opened. */
bool observer__saw_window(const struct observer *observer, const struct subscriber *subscriber);
/* Free it; what it observed is released to earlier subscribers. */
void observer__unsubscribe(struct observer *observer, struct subscriber *subscriber);

/* Sums over all members, those gone included. */
struct observer_sums {
	uint64_t stages[SELF_STAGES];
	uint64_t losses[SELF_LOSSES];
	uint64_t probes[SELF_PROBES];
	uint64_t attach_failures[SELF_ATTACH_FAILURES];
	uint64_t attached_total, released_total;
};
void observer__sum(struct observer *observer, struct observer_sums *ret_sums);

#endif
