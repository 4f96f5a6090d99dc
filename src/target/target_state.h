/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a process stands with the daemon; the label `state` of heapbeat_targets. */
#ifndef HB_TARGET_STATE_H
#define HB_TARGET_STATE_H

enum target_state {
	TARGET_YOUNG,	 /* younger than a second: left alone */
	TARGET_UNWANTED, /* no selector matches */
	TARGET_WAITING,	 /* wanted, not attached now: its turn comes */
	TARGET_ATTACHED, /* a member: looked at, or counted throughout */
	TARGET_REFUSED,	 /* must not be probed */
	TARGET_UNPROBED, /* nothing in it can be probed: vitals only */
	TARGET_SKIPPED,	 /* beyond --max-targets for longer than a minute */
	TARGET_STATES,
};

#endif
