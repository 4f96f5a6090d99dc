/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every process of the host, kept from sweep to sweep: who it is (fixed when its image is first
 * seen), what it uses, and what the daemon has made of it. Rows come from kernel/tasks.h; /proc is
 * read once per image, and not before it is a second old. Called by daemon/.
 */
#ifndef HB_ROSTER_H
#define HB_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/table.h"
#include "bpf/abi.h"
#include "target/target_state.h"

#define ROSTER_MAX 65536 /* processes; more are counted */

struct roster_entry {
	pid_t pid;
	uint64_t start_ticks, exec_id;
	uint64_t image_ns;   /* CLOCK_BOOTTIME when this image was first seen */
	uint64_t exec_at_ns; /* of the process's start, or of the exec that made this image */
	char comm[16];	     /* as it was when it was identified */
	bool identified;     /* what follows has been read */
	char *exe;	     /* path, without " (deleted)"; "" if it cannot be read; owned */
	char *cgroup;	     /* path; owned */
	char *unit;	     /* owned */

	uint64_t rss_bytes, anon_bytes;
	uint64_t cpu_ns;     /* of all threads, as of the last whole sweep; never falls */
	uint64_t cpu_sum_ns; /* of the rows of the sweep under way */
	bool cpu_known;	     /* before, the difference of two sums is not its use since */
	double cpu_ratio;    /* cores, over about five seconds */
	bool zombie;
	uint64_t swept; /* number of the last sweep that saw it */

	/* the daemon's */
	bool selected; /* a selector matches */
	bool named;    /* by PID: at the start, in the configuration, or since */
	bool asked;    /* since, by hand */
	bool followed; /* a child of a target */
	bool banished; /* detached by hand: left alone until it is attached again */
	bool attached; /* a member of the observer */
	bool had;      /* has been one, or an image before this one */
	enum target_state state;
	uint32_t image; /* of its last member, 0 never */
	uint64_t attached_ns, released_ns;
	const char *runtime, *allocator; /* static; "" until looked into */
	double cost_rate;		 /* of its last stay: what its windows took; 0 unknown */
	uint32_t failures;		 /* attaches that failed for a reason that may pass */
	uint64_t retry_ns;
};

struct roster {
	struct roster_entry **items; /* in no order */
	size_t cnt, cap;
	struct table by_pid;
	uint64_t sweeps, swept_ns, before_ns;
	uint64_t page_bytes;
	uint64_t overflow; /* processes beyond ROSTER_MAX, at the last sweep */
};

void roster__init(struct roster *roster);
void roster__release(struct roster *roster);

/* A sweep: begin, one apply per row, end. @gone is told of each entry that has not been seen,
 * before it is dropped. An image that execs starts anew in place, and stays named or banished; so
 * does a new process under an old pid, which is neither. A sweep that fails is not ended: the next
 * one begins as if it had not been. apply: 0, -ENOSPC beyond ROSTER_MAX, -ENOMEM. */
void roster__begin_sweep(struct roster *roster, uint64_t now_ns);
int roster__apply(struct roster *roster, const struct hb_task_row *row);
void roster__end_sweep(struct roster *roster, void (*gone)(void *ctx, struct roster_entry *entry),
		       void *ctx);

/* The entry of @pid, or NULL. */
struct roster_entry *roster__find(const struct roster *roster, pid_t pid);
/* Read exe and cgroup of @entry, once. 0, or -errno (gone). */
int roster_entry__identify(struct roster_entry *entry);
/* Seconds since its image began. */
double roster_entry__age_s(const struct roster_entry *entry, uint64_t now_ns);

#endif
