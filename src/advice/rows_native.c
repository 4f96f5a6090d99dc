// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of the table of rules: the malloc family. */
#include "advice/rule.h"

#include "base/banned.h"

const struct rule rule_prealloc = {
	.id = "prealloc",
	.title = "blocks that grow by realloc",
	.floor = {.share = 0.01,
		  .bytes_per_s = 1e6,
		  .calls_per_s = 10000,
		  .samples = 50,
		  /* beyond this no one capacity fits: the p95 would mostly lie idle */
		  .spread = 8,
		  .growing = 0.25,
		  .medium = 0.05,
		  .high = 0.2},
	.what = "{realloc_rate} reallocs/s: {growing_share=} of the blocks born here grow, "
		"{steps=} times each; with them {traffic_rate} are requested, "
		"{traffic_share=} of this process's allocated bytes",
	.why = "a block reaches {p50=} (median), {p95=} (p95) in small steps, and every "
	       "step may copy what is there: up to {copied_rate=}{?open_share}; "
	       "{open_share=} of the blocks were still held at the end, so their last "
	       "sizes are not known{/}",
	.remedy = "allocate {capacity=} at once, which 95 % of the blocks do not outgrow, "
		  "and double beyond it:",
	.sketch = "cap = {capacity#};\n"
		  "buf = malloc(cap);\n"
		  "...\n"
		  "if (need > cap) {\n"
		  "        cap = need > 2 * cap ? need : 2 * cap;\n"
		  "        buf = realloc(buf, cap);\n"
		  "}\n",
	.saves = "{reallocs_avoided~} reallocs/s; {bytes_avoided~} requested, "
		 "{bytes_avoided_share~} of this process's bytes; at most "
		 "{copied_avoided=} of copying",
	.costs = "{slack_per_block=} more per block on average{?slack_live}, "
		 "{slack_live=} over the blocks alive now{/}",
	.wrong_if = "the blocks are shrunk to fit and then kept for long, or their size is "
		    "known beforehand (then ask for exactly that)",
	.verify = "heapbeat record -p PID -d 60 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, with "
		  "{reallocs_avoided~} fewer reallocs/s at the same load",
	.check = prealloc__check,
	.share_of = "the process's allocated bytes, realloc traffic included",
	.call_word = "calls",
	.sample_word = "sampled blocks that grew at least twice",
	.measure = "of the process's allocated bytes",
	.reason = "below that a change is not felt, and the p95 of fewer blocks is a guess",
};

const struct rule rule_leak = {
	.id = "leak",
	.title = "outstanding bytes that keep growing",
	.needs_frees = true,
	.floor = {.hold_s = 30,
		  .share = 0.05, /* growth over the span, of the site's live bytes */
		  .bytes = 1e6,
		  .samples = 8,
		  .points = 6,
		  .medium = 0.1, /* growth per hour, of the resident set */
		  .high = 1},
	.what = "outstanding bytes grow by {growth~}; now {live_bytes} in {live_objects} "
		"blocks allocated since observation began",
	.why = "over {span=} they rose by {grown=} and were still rising in the last "
	       "third{?never_freed}; {never_freed=} of the blocks allocated here were not "
	       "freed{/}",
	.remedy = "free the block on every path that drops its last reference, or bound "
		  "what holds it:",
	.sketch = "p = malloc(n);          /* this call */\n"
		  "...\n"
		  "out:                    /* error returns and removals, too */\n"
		  "        free(p);\n",
	.saves = "growth of {growth_stopped~}",
	.costs = "nothing, where the blocks are no longer used",
	.wrong_if = "a cache or a load is still filling up, or this is one period of a "
		    "sawtooth longer than the observed span",
	.verify = "heapbeat record -p PID -d 300 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, and heapbeat "
		  "report after.hb --by live shows this site level",
	.check = leak__check,
	.share_of = "the site's live bytes, as growth over the span",
	.sample_word = "live samples",
	.measure = "of the resident set an hour",
	.reason = "the slope's 95 % interval lies above 0, a sign test over halves agrees and the "
		  "last third still rises: a cache that fills or a sawtooth does not pass",
};

const struct rule rule_pool = {
	.id = "pool",
	.title = "short-lived objects of one size at a high rate",
	.floor = {.share = 0.01,
		  .bytes_per_s = 1e6,
		  .calls_per_s = 10000,
		  .samples = 50,
		  .spread = 8,
		  .life_s = 1,
		  .left = 0.1,
		  .medium = 0.05,
		  .high = 0.2},
	.what = "{calls_rate} allocations/s, {bytes_rate}, {bytes_share=} of this "
		"process's "
		"allocated bytes",
	.why = "objects of {p50=} (median; p95 {p95=}) live {median_life=} (median)"
	       "{?p99_life}, 99 % of them less than {p99_life=}{/}; {outstanding=} are "
	       "outstanding on average, and a new one finds {found=} others",
	.remedy = "keep up to {held#} freed objects in a list of this place (one per thread) "
		  "and take from it first:",
	.sketch = "obj = free_list ? pop(&free_list) : malloc(size);\n"
		  "...\n"
		  "if (free_cnt < {held#})\n"
		  "        push(&free_list, obj);   /* reset it when it is taken */\n"
		  "else\n"
		  "        free(obj);\n",
	.saves = "{calls_avoided~} allocations/s and as many frees; {bytes_avoided~} "
		 "requested",
	.costs = "{kept=} kept for reuse at most, for each thread that has such a list",
	.wrong_if = "objects are handed to another thread that frees them, their sizes are "
		    "about to vary, or stale contents must not be seen again",
	.verify = "heapbeat record -p PID -d 60 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, with "
		  "{calls_avoided~} fewer allocations/s at the same load",
	.check = pool__check,
	.call_word = "objects",
	.sample_word = "followed blocks",
	.measure = "of the process's allocated bytes",
	.reason = "below that a pool saves less than it costs to keep in mind; blocks that live "
		  "long or vary in size would make it large",
};

const struct rule rule_mmap_churn = {
	.id = "mmap-churn",
	.title = "large blocks mapped and unmapped over and over",
	.scope = SCOPE_PROCESS,
	.floor = {.calls_per_s = 100, .samples = 50, .medium = 1000, .high = 10000},
	.what = "{churn_rate} mmap and munmap calls/s are made by malloc and free, for "
		"{blocks_rate} blocks/s of {mean_bytes=} on average",
	.why = "each such block is fetched from the kernel, zeroed page by page as it is "
	       "touched, and given back: glibc raises its threshold by itself only up to "
	       "32 MB, and not at all once mallopt or a tunable has set it; most are "
	       "mapped "
	       "in {place}",
	.remedy = "let the heap keep these blocks, and what it has at its top, too (the "
		  "first setting alone would turn mmap into brk calls):",
	.sketch = "GLIBC_TUNABLES=glibc.malloc.mmap_threshold={threshold#}:"
		  "glibc.malloc.trim_threshold={trim#} program ...\n"
		  "or, where the program calls mallopt(M_MMAP_THRESHOLD, ...):\n"
		  "mallopt(M_MMAP_THRESHOLD, {threshold#});\n"
		  "mallopt(M_TRIM_THRESHOLD, {trim#});\n",
	.saves = "{calls_avoided~} mmap and munmap calls/s, and the page faults of fresh "
		 "pages",
	.costs = "up to {kept=} more stay resident in each arena that such blocks are "
		 "allocated from",
	.wrong_if = "the program calls mallopt later than the tunable is read, the blocks "
		    "must go back to the kernel at once, or threads other than the first "
		    "allocate blocks above 32 MB (their arenas cannot hold them)",
	.verify = "heapbeat record -p PID -d 60 -o before.hb now and after.hb after the change: "
		  "heapbeat diff before.hb after.hb --advice {id} has it resolved, with "
		  "{calls_avoided~} fewer mmap and munmap calls/s at the same load",
	.check = mmap_churn__check,
	.call_word = "mmap and munmap calls of malloc and free",
	.sample_word = "mappings that large blocks explain",
	.measure = "calls/s",
	.reason = "a mapping costs microseconds and its page faults more: a hundred a second show",
};
