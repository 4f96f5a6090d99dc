// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include "export/stacks_json.h"
#include "web/route.h"
#include "web/target_id.h"

#include "base/banned.h"

static void answer(const struct web_call *call, struct web_reply *reply,
		   int (*write)(FILE *file, const struct flame_source *source))
{
	const struct analysis *analysis = call->publication->analysis;
	const char *id = web_query__get(call->query, "target");
	struct flame_source source = {.view = analysis->view, .names = &analysis->names};
	const struct view_process **processes;
	FILE *out;
	int err = target__processes(call->publication->host, analysis, id ? id : "", &processes,
				    &source.process_cnt);

	if (err == -ENOENT) {
		reply__say(reply, 404,
			   "no such target; it may have ended. /debug/pprof/ lists "
			   "them");
		return;
	}
	source.processes = processes;
	out = reply__open(reply, 200, TYPE_JSON);
	if (out && !err)
		err = write(out, &source);
	reply__close(reply, err);
	free(processes);
}

void page__stacks(const struct web_call *call, struct web_reply *reply)
{
	answer(call, reply, stacks_json__write);
}

void page__collector(const struct web_call *call, struct web_reply *reply)
{
	answer(call, reply, gc_json__write);
}
