/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs of several files share. Weak, so that one of each is left when they are linked. */
#ifndef HB_SHARED_BPF_H
#define HB_SHARED_BPF_H

#include "compat.bpf.h"

const volatile __u64 wakeup_bytes __weak = 2 << 20; /* pending data that forces a wakeup */

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* * bytes */
} ring __weak SEC(".maps");

static __always_inline void add(__u64 *counter, u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static __always_inline u64 submit_flags(void)
{
	/* A default wakeup costs 1.9 us; the consumer comes by on its own timer. */
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) >= wakeup_bytes ? BPF_RB_FORCE_WAKEUP
									   : BPF_RB_NO_WAKEUP;
}

/* All but the epoch and the sample's number. */
static __always_inline void fill_event(struct hb_event *event, u16 type, u32 slot, u32 image,
				       u64 now_ns)
{
	event->type = type;
	event->slot = slot;
	event->image = image;
	event->epoch = 0;
	event->tid = (u32)bpf_get_current_pid_tgid();
	event->time_ns = now_ns;
	event->sample_id = 0;
}

#endif
