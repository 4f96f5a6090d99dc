/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the observer share; nobody else includes this. */
#ifndef HB_OBSERVER_STATE_H
#define HB_OBSERVER_STATE_H

#include "base/table.h"
#include "collect/drain.h"
#include "collect/go_worker.h"
#include "collect/record_buffer.h"
#include "govern/governor.h"
#include "observe/observer.h"
#include "probe/watch.h"
#include "symbol/naming.h"
#include "unwind/unwind.h"

/* The last slot calibrates. */
#define MEMBER_SLOTS  (OBSERVER_SLOTS - 1)
#define OBSERVER_PIDS 1024

struct name_wanted {
	uint32_t module;
	uint64_t address;
};

/* A stream of records, and what has been put into it. */
struct subscriber {
	uint32_t id;
	struct record_sink sink;
	struct observe_terms terms;
	int err;	      /* of the sink: nothing more is put */
	struct table modules; /* numbers whose MODULE is in the stream */
	struct table named;   /* hash of (module, address) whose names were asked for */
	struct {
		struct name_wanted *items;
		size_t cnt, cap;
	} unnamed;	      /* the naming worker had no room for them */
	size_t names_pending; /* asked, not answered */
	bool begun;	      /* before, nothing is put */
	bool closing;	      /* every window is shut: the last readings are exact */
	bool saw_window;
	uint64_t sampled, lost; /* of members that have left their slots */
	struct subscriber *next;
};

/* A process that has just been forked or has exec'ed: looked at once its libraries are mapped. */
struct pending_child {
	pid_t pid;
	uint32_t subscriber; /* id */
	uint64_t due_ns;
	int tries;
};

enum go_member_state {
	GO_MEMBER_NONE, /* no Go program, or one that cannot be read */
	GO_MEMBER_NEW,
	GO_MEMBER_ASKED, /* to be opened */
	GO_MEMBER_RETRY,
	GO_MEMBER_OPEN,
};

/* Looks at the entries of a Go program's runtime, within what its budget has left. */
struct go_looks {
	struct go_look look; /* a zeroed one has no probes */
	struct governor governor;
	uint64_t due_ns;    /* when the governor is to be asked again */
	uint64_t opened_ns; /* 0: none is open */
	uint64_t opened_cpu_ns, told_ns, shut_ns;
	uint64_t observed_ns, cpu_ns; /* of looks that are over */
	uint32_t cnt;		      /* looks so far, the open one included */
	uint32_t pending;	      /* sums that were asked for and have not come */
	uint64_t asked_ns;	      /* the last of them */
	bool leaving;		      /* its links go one by one */
	bool failed;		      /* they could not be linked, which was said */
};

/* What is read of a member that is a Go program. */
struct go_member {
	enum go_member_state state;
	bool told;	  /* GO_PROGRAM is in the stream */
	bool ending;	  /* one last reading is wanted ... */
	bool final_asked; /* ... and has been asked for */
	int tries;
	uint32_t parts, module, readings;
	char version[32];
	char *coverage;
	uint64_t bias, text, etext, profile_rate_bytes;
	struct go_watch watch; /* its probes; a zeroed one has none */
	struct go_looks looks;
	uint64_t delivered; /* records of them taken from the ring */
	bool unprobed;	    /* they could not be linked, which was said */
	uint64_t asked_ns;  /* a request is under way since; 0: none */
	uint64_t light_due_ns, heavy_due_ns;
};

/* A process image and the governor that keeps it within its budget. */
struct member {
	struct watch watch;
	struct subscriber *subscriber;
	struct governor governor;
	uint64_t charged_before_ns;	/* by windows that have closed: each PLAN tells its own */
	uint64_t rss_bytes, anon_bytes; /* as last seen */
	uint64_t adapted_ns;		/* when the interval was last fitted to the budget */
	uint64_t due_ns;		/* when the governor is to be asked again */
	enum plan_mode last_mode;	/* of the window that closed last */
	uint64_t seen_ns; /* before it was looked at: earlier events belong to an image before it */
	uint32_t looks;	  /* windows that have closed */
	size_t unwinding; /* samples that the unwinder has not answered */
	bool leaderless;  /* its first thread has ended, which need not be the end of the others */
	bool tested;	  /* the self-test has spoken, or passed */
	bool plan_due;	  /* a window has closed whose cost is not told yet */
	bool leaving;	  /* its links go one by one */
	bool streamed;	  /* windows count; false during a trial, whose figures are dropped */
	bool memory_noted;    /* by a sweep, since the last VITALS */
	bool starved;	      /* it dies, killed for memory */
	bool paused;	      /* a later subscriber has the process */
	bool hasty;	      /* a command: what is not read soon will never be */
	struct table threads; /* tids whose THREAD is in the stream */
	struct go_member go;
};

/* A file that frames point into, as the unwinder announced it. */
struct known_module {
	uint32_t module;
	char *path;
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t build_id_bytes;
};

struct observer {
	struct observer_options options;
	struct object *object;
	struct cost_table costs;
	struct drain *drain;
	struct unwind_worker *unwinder;
	struct naming_worker *naming;
	struct go_worker *go_worker;
	struct sideband *sideband;
	struct record_buffer buffer;
	struct subscriber *subscribers; /* the newest first */
	uint32_t subscriber_cnt;	/* ever */
	struct {
		struct known_module *items;
		size_t cnt, cap;
	} modules;
	struct table by_module;	 /* number -> index */
	struct table go_modules; /* hash of a Go program's build-id -> number */
	struct member *members[OBSERVER_SLOTS];
	size_t slot_cnt;	      /* of members; one more calibrates */
	uint64_t look_rest_ns;	      /* before it no further look at a Go program is opened */
	uint32_t image_cnt;	      /* ever */
	uint16_t pids[OBSERVER_PIDS]; /* living members by pid: most events are of others */
	struct {
		struct pending_child *items;
		size_t cnt, cap;
	} children;
	struct observer_sums past; /* of members that have left their slots */
	bool unwinder_hangs;	   /* it was waited for in vain, and has answered nothing since */
	uint64_t named_ns;
	uint64_t random;
};

/* member.c: one image's life */
void member__retire(struct observer *observer, struct member *member, enum exit_reason reason);
/* What the live map still holds of it is dropped and counted. */
void member__purge(struct observer *observer, struct member *member, enum hb_purged reason);
/* Free the slots of images that are gone and whose samples have all come. */
void observer__reap(struct observer *observer);
struct member *observer__member_of(struct observer *observer, const struct subscriber *subscriber,
				   pid_t pid);
/* The member of @pid whose windows do not rest, or NULL. */
struct member *observer__active_member(struct observer *observer, pid_t pid);
void observer__for_each(struct observer *observer, const struct subscriber *subscriber,
			void (*act)(struct observer *observer, struct member *member));

/* governing.c: windows */
struct govern_limits member__limits(const struct observer *observer, const struct member *member);
double observer__random(struct observer *observer);
/* Another window is open that must be shut to the millisecond; attaching takes ten. */
bool observer__is_looking(const struct observer *observer, const struct member *except);
void member__govern(struct observer *observer, struct member *member);
void member__shut(struct observer *observer, struct member *member);
void member__leave(struct observer *observer, struct member *member);
void member__start_trial(struct observer *observer, struct member *member);

/* stream.c: what goes into the sinks */
void subscriber__put(struct subscriber *subscriber, const struct record *record);
void stream__host(struct observer *observer, struct subscriber *subscriber);
/* IMAGE and first VITALS. */
void stream__introduce(struct observer *observer, struct member *member);
void stream__plan(struct observer *observer, const struct member *member);
void stream__counters(struct observer *observer, const struct member *member);
void stream__vitals(struct observer *observer, struct member *member);
void stream__loss(struct observer *observer, const struct member *member);
void stream__exit(struct observer *observer, const struct member *member, enum exit_reason reason);

/* samples.c: from the ring through the unwinder, and their names */
int observer__open_drain(struct observer *observer);
void observer__take_answers(struct observer *observer);
void observer__take_names(struct observer *observer);
/* Ask for the names that had no room. */
void observer__ask_names(struct observer *observer);

/* A file that frames point into. Takes its path over. 0 or -ENOMEM. */
int observer__know_module(struct observer *observer, const struct known_module *known);
/* MODULE, the first time that this stream refers to it. */
void stream__module(struct observer *observer, struct subscriber *subscriber, uint32_t number);

/* Ask for the name of a frame, the first time that this stream refers to it. */
void stream__want_name(struct observer *observer, struct subscriber *subscriber,
		       const struct frame *frame);

/* threads.c: THREAD, the first time that @tid is seen to allocate. */
void member__name_thread(struct observer *observer, struct member *member, uint32_t tid);

/* go_member.c: runtimes of Go programs */
struct go_stream {
	struct observer *observer;
	struct subscriber *subscriber;
};
/* Put a record into @ctx, a struct go_stream, and ask for the names in it. */
int go_stream__put(void *ctx, const struct record *record);
void member__start_go(struct observer *observer, struct member *member);
/* Ask for what is due. */
void member__read_go(struct observer *observer, struct member *member);
/* One last reading, of everything; go.ending until it has come. */
void member__end_go(struct observer *observer, struct member *member);
void member__forget_go(struct observer *observer, struct member *member);
void member__release_go(struct member *member);
void observer__take_go(struct observer *observer);

/* go_probes.c: probes in runtimes of Go programs */
/* Link those that are due. */
void member__probe_go(struct observer *observer, struct member *member);
void member__unprobe_go(struct member *member);
void observer__handle_go_sample(struct observer *observer, struct member *member,
				const struct hb_go_sample *sample);
void observer__handle_go_cycle(struct observer *observer, struct member *member,
			       const struct hb_go_cycle *cycle);
void member__add_go_sums(struct observer_sums *sums, const struct member *member);

/* go_looks.c: looks at Go programs */
/* What is due now: open, shut, or read a look. */
void member__govern_look(struct observer *observer, struct member *member);
/* Count no more in it. */
void member__shut_look(struct observer *observer, struct member *member);
/* Unlink it and ask for its sums. */
void member__leave_look(struct observer *observer, struct member *member);
/* Sums of looks of @member as the thread of readers has named them. */
void member__take_calls(struct observer *observer, struct member *member, struct go_news *news);
/* Whether sums may still come. */
bool member__awaits_calls(const struct member *member);
/* A look is open that must be shut to the millisecond. */
bool member__is_looking(const struct member *member);
/* CPU charged to @member for all probes in its Go runtime. */
uint64_t member__go_charged_ns(const struct member *member);

/* events.c: fork, exec, exit, mappings */
void observer__drain_events(struct observer *observer);
/* Retire the members whose last thread has followed their first. */
void observer__follow_leaderless(struct observer *observer);
void observer__adopt_children(struct observer *observer);

/* parting.c: take the probes of all members off, at the end. */
void observer__part(struct observer *observer);

#endif
