// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/drain.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "kernel/object.h"
#include "base/banned.h"

struct drain {
	struct ring_buffer *ring;
	struct drain_handlers handlers;
};

static void handle_go(const struct drain_handlers *handlers, const struct hb_event *event,
		      size_t bytes)
{
	if (event->type == HB_EVENT_GO_SAMPLE && handlers->go_sample &&
	    bytes >= sizeof(struct hb_go_sample))
		handlers->go_sample(handlers->ctx, (const struct hb_go_sample *)event);
	if (event->type == HB_EVENT_GO_CYCLE && handlers->go_cycle &&
	    bytes >= sizeof(struct hb_go_cycle))
		handlers->go_cycle(handlers->ctx, (const struct hb_go_cycle *)event);
}

static int handle(void *ctx, void *data, size_t bytes)
{
	struct drain *drain = ctx;
	const struct hb_event *event = data;

	if (bytes < sizeof(*event))
		return 0;
	switch (event->type) {
	case HB_EVENT_SAMPLE:
		if (bytes >= sizeof(struct hb_sample) + sizeof(struct hb_stack))
			drain->handlers.sample(drain->handlers.ctx, data,
					       (const struct hb_stack *)((const char *)data +
									 sizeof(struct hb_sample)));
		else if (bytes >= sizeof(struct hb_sample))
			drain->handlers.sample(drain->handlers.ctx, data, NULL);
		break;
	case HB_EVENT_STEP:
	case HB_EVENT_FREE:
		if (bytes >= sizeof(struct hb_block))
			drain->handlers.block(drain->handlers.ctx, data);
		break;
	case HB_EVENT_OOM:
		if (drain->handlers.death)
			drain->handlers.death(drain->handlers.ctx, (pid_t)event->tid);
		break;
	case HB_EVENT_GO_SAMPLE:
	case HB_EVENT_GO_CYCLE:
		handle_go(&drain->handlers, event, bytes);
		break;
	}
	return 0;
}

struct drain *drain__new(struct object *object, const struct drain_handlers *handlers)
{
	struct drain *drain = calloc(1, sizeof(*drain));

	if (!drain)
		return NULL;
	drain->handlers = *handlers;
	drain->ring = ring_buffer__new(object__ring_fd(object), handle, drain, NULL);
	if (!drain->ring ||
	    ring_buffer__add(drain->ring, object__deaths_fd(object), handle, drain)) {
		int err = errno;

		ring_buffer__free(drain->ring);
		free(drain);
		errno = err;
		return NULL;
	}
	return drain;
}

void drain__free(struct drain *drain)
{
	if (!drain)
		return;
	ring_buffer__free(drain->ring);
	free(drain);
}

int drain__consume(struct drain *drain)
{
	return ring_buffer__consume(drain->ring);
}

int drain__fd(const struct drain *drain)
{
	return ring_buffer__epoll_fd(drain->ring);
}
