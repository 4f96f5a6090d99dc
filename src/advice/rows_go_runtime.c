// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of the table of rules: what Go's runtime says of itself. */
#include "advice/rule.h"

#include "base/banned.h"

const struct rule rule_go_goroutine_leak = {
	.id = "go-goroutine-leak",
	.title = "goroutines of one go statement that keep growing",
	.scope = SCOPE_GO_ROUTINES,
	.floor = {.hold_s = 30,
		  .samples = 20, /* goroutines more: fewer may be a burst */
		  .medium = 100, /* growth per hour */
		  .high = 3600},
	.what = "goroutines started here grow by {growth~} a second; now {count#}, "
		"{waiting=} of "
		"them waiting{?longest}, the oldest for {longest=}{/}",
	.why = "over {span=} their number rose without falling back: nothing wakes them, "
	       "and each holds its stack and all that it refers to",
	.remedy = "give {entry} a way to end, and take it on every path of who started it:",
	.sketch = "ctx, cancel := context.WithTimeout(parent, limit)\n"
		  "defer cancel()\n"
		  "go func() {\n"
		  "        select {\n"
		  "        case results <- work():   // or a channel with room for one\n"
		  "        case <-ctx.Done():\n"
		  "        }\n"
		  "}()\n",
	.saves = "growth of {growth_stopped~} a second{?stacks_stopped}; {stacks_stopped~} "
		 "of "
		 "stacks{/}",
	.costs = "nothing, where their results are no longer waited for",
	.wrong_if = "a pool is still filling up, or the load has risen for as long as it "
		    "was observed",
	.verify = "heapbeat record -p PID -d 60 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, and heapbeat "
		  "report after.hb shows these goroutines level",
	.check = go_goroutine_leak__check,
	.sample_word = "goroutines more over the span",
	.measure = "goroutines an hour",
	.reason = "fewer may be a burst; 90 % of them must wait, the slope's 95 % interval lies "
		  "above 0 and a sign test over halves agrees",
};

const struct rule rule_go_heap_leak = {
	.id = "go-heap-leak",
	.title = "bytes in use that grow across collections",
	.scope = SCOPE_GO_SITE,
	.floor = {.hold_s = 30,
		  .share = 0.05, /* growth over the span, of the site's live bytes */
		  .bytes = 1e6,
		  .samples = 8,
		  .points = 6,
		  .medium = 0.1, /* growth per hour, of the resident set */
		  .high = 1},
	.what = "bytes that collections leave over grow by {growth~}; now {live_bytes} in "
		"{live_objects} objects",
	.why = "over {span=} they rose by {grown=} from one collection to the next and "
	       "were "
	       "still rising in the last third: something reachable holds them",
	.remedy = "bound what holds them, or drop the reference when its use is over:",
	.sketch = "if len(cache) >= limit {\n"
		  "        evict(cache)            // or an LRU with a size\n"
		  "}\n"
		  "cache[key] = value              // allocated at this place\n",
	.saves = "growth of {growth_stopped~}, and twice that of heap at GOGC=100",
	.costs = "what is evicted and needed again",
	.wrong_if = "a cache or a load is still filling up, or this is one period of a "
		    "sawtooth longer than the observed span",
	.verify = "heapbeat record -p PID -d 300 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, and heapbeat "
		  "report after.hb --by live shows this site level",
	.check = go_heap_leak__check,
	.share_of = "the site's live bytes, as growth over the span",
	.sample_word = "live samples of the program's profile",
	.measure = "of the resident set an hour",
	.reason = "as for leak, with a point for each collection: what one leaves over does not "
		  "swing with the collector",
};

const struct rule rule_go_gogc = {
	.id = "go-gogc",
	.title = "a collector that runs more often than it need",
	.scope = SCOPE_GO_PROCESS,
	.floor = {.hold_s = 5,
		  .share = 0.02,    /* cores that the collector takes */
		  .calls_per_s = 1, /* cycles */
		  .samples = 20,    /* cycles */
		  .medium = 0.05,   /* cores saved */
		  .high = 0.25},
	.what = "a collection every {interval=}, which takes {gc_cpu=} of a core: "
		"{alloc_rate=} are allocated into a heap of which {left_over=} are left "
		"over",
	.why = "GOGC={gogc_now#} starts the next one once the heap has grown by that per "
	       "cent of what is left over; each marks the same bytes again",
	.remedy = "let it grow further, with a limit that holds in any case:",
	.sketch = "GOGC={gogc#}{?memlimit} GOMEMLIMIT={memlimit#}{/} program ...\n"
		  "or: debug.SetGCPercent({gogc#})\n",
	.saves = "a collection every {interval_then~} instead; {cpu_saved~} of a core",
	.costs = "the heap grows to {heap_then~} before each collection, {heap_more=} more "
		 "than now",
	.wrong_if = "the container's or host's memory does not leave room for that, or what "
		    "is left over is about to grow; pool and preallocate first, where they "
		    "are advised",
	.verify = "heapbeat record -p PID -d 60 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, with a "
		  "collection every {interval_then~}",
	.check = go_gogc__check,
	.share_of = "a core, taken by the collector",
	.call_word = "collections",
	.sample_word = "collections",
	.measure = "cores saved",
	.reason = "a rarer collector costs little; it must not be asked for by the program, and "
		  "the pacing model must give today's interval within 20 %, or it says nothing",
};
