// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of the table of rules: what a Go program makes of its values. */
#include "advice/rule.h"

#include "base/banned.h"

/* What is asked of every use: of the program's allocated bytes, and one of the absolute floors. */
#define USE_FLOOR                                                                       \
	{                                                                               \
		.share = 0.01, .bytes_per_s = 1e6, .calls_per_s = 10000, .samples = 50, \
		.medium = 0.05, .high = 0.2                                             \
	}

#define USE_VERIFY                                                                          \
	"after the change: heapbeat record -p PID -d 60 -o after.hb; then heapbeat advise " \
	"after.hb no longer lists {id}, and heapbeat report after.hb shows "

const struct rule rule_go_boxing = {
	.id = "go-boxing",
	.title = "values boxed for a callee that takes interfaces",
	.scope = SCOPE_GO_USE,
	.floor = USE_FLOOR,
	.what = "{calls_rate} values/s are boxed{?callee} for {callee}{/}{?via}, or formatted by "
		"{via}{/}: {bytes_rate}, {bytes_share=} of this process's allocated bytes",
	.why = "an interface holds a pointer, so what is none{?type}, such as {type},{/} is copied "
	       "to the heap first; {boxed_share=} of these bytes are such copies, the rest is "
	       "text that was formatted of them",
	.remedy = "hand it over as what it is: an API that appends or takes types, or a type "
		  "parameter:",
	.sketch = "func put[T any](key string, value T) { ... }     // not value interface{}\n"
		  "type field struct {                              // or, of a few kinds, by "
		  "value\n"
		  "        number int64\n"
		  "        text   string\n"
		  "        isText bool\n"
		  "}\n",
	.saves = "{calls_avoided~} allocations/s; {bytes_avoided~}{?cycles_avoided}, and "
		 "{cycles_avoided~} of {cycles_rate=} collections/s at the same GOGC{/}",
	.costs = "longer code where a format string did; nothing at run time",
	.wrong_if = "the boxed values are kept for long, or the callee's interface is not "
		    "yours to change and has no typed twin",
	.verify = USE_VERIFY "{calls_avoided~} fewer allocations/s at the same load",
	.check = go_boxing__check,
};

const struct rule rule_go_typed_decode = {
	.id = "go-typed-decode",
	.title = "text decoded into maps of interfaces",
	.scope = SCOPE_GO_USE,
	.floor = USE_FLOOR,
	.what = "what {via} makes here of maps, boxes and strings: {calls_rate} "
		"allocations/s, {bytes_rate}, {bytes_share=} of this process's allocated bytes",
	.why = "it decodes into interface{}, so the decoder must make a map for every object, a "
	       "box for every value and a string for every key: maps and boxes are "
	       "{boxes_share=} of these bytes",
	.remedy = "decode into a struct of the members that are read; the others are skipped "
		  "without a copy:",
	.sketch = "type document struct {\n"
		  "        ID    int64  `json:\"id\"`\n"
		  "        Items []item `json:\"items\"`      // a struct of its own\n"
		  "}\n"
		  "var d document                          // not map[string]interface{}\n"
		  "err := json.Unmarshal(body, &d)         // at {place}\n",
	.saves = "{calls_avoided~} allocations/s; {bytes_avoided~}, {bytes_avoided_share~} of "
		 "this process's bytes{?cycles_avoided}, and {cycles_avoided~} of "
		 "{cycles_rate=} collections/s at the same GOGC{/}",
	.costs = "the types have to be written, and to follow the format",
	.wrong_if = "the members are not known beforehand, or all of the text is handed on as it "
		    "is (then json.RawMessage)",
	.verify = USE_VERIFY "{bytes_avoided~} less of allocation at the same load",
	.check = go_typed_decode__check,
};

const struct rule rule_go_value_slice = {
	.id = "go-value-slice",
	.title = "a slice of pointers to objects made one by one",
	.scope = SCOPE_GO_USE,
	.floor = USE_FLOOR,
	.what = "{calls_rate} objects/s of {size=} each: {bytes_rate}, {bytes_share=} of this "
		"process's allocated bytes",
	.why = "their pointers go straight into a slice of *{type}, so that each of them is an "
	       "allocation of its own, and one more thing to mark",
	.remedy = "keep the values themselves in the slice, with room for all where the number "
		  "is known:",
	.sketch = "list := make([]{type}, 0, n)             // not []*{type}\n"
		  "list = append(list, {type}{...})\n"
		  "for i := range list {\n"
		  "        use(&list[i])                    // no copy\n"
		  "}\n",
	.saves = "{calls_avoided~} allocations/s; fewer pointers to follow while it marks",
	.costs = "a slice that grows copies values of {size=} instead of pointers",
	.wrong_if = "single objects outlive the slice, pointers to them must stay valid while "
		    "it grows, or most of them are nil",
	.verify = USE_VERIFY "{calls_avoided~} fewer allocations/s at the same load",
	.check = go_value_slice__check,
};

const struct rule rule_go_escape = {
	.id = "go-escape",
	.title = "small short-lived variables moved to the heap",
	.scope = SCOPE_GO_USE,
	/* Whether it can be avoided stands in the source: never high. */
	.floor = {.share = 0.01,
		  .bytes_per_s = 1e6,
		  .calls_per_s = 10000,
		  .samples = 50,
		  .medium = 0.1,
		  .high = 2},
	.what = "{calls_rate} variables/s{?type} of type {type}{/}, {size=} each, are moved to "
		"the heap: {bytes_rate}, {bytes_share=} of this process's allocated bytes",
	.why = "{?life}they live {life=} on average, yet {/}their address outlives the call as far "
	       "as "
	       "the compiler can tell: returned, stored, or handed to an interface or a closure",
	.remedy = "let the address stay in the function: return the value, or have the caller "
		  "say where it goes:",
	.sketch = "return value                            // not &value{?type}: a {type}{/}\n"
		  "func fill(to *T)                        // or into the caller's own variable\n"
		  "$ go build -gcflags=-m=2 2>build.log    // the compiler's own reason:\n"
		  "$ heapbeat report after.hb --by escape --escape-log build.log\n",
	.saves = "{calls_avoided~} allocations/s; {bytes_avoided~}{?cycles_avoided}, and "
		 "{cycles_avoided~} of {cycles_rate=} collections/s at the same GOGC{/}",
	.costs = "a copy of {size=} where a pointer was passed",
	.wrong_if = "the object is kept, shared or sent elsewhere: then it belongs on the heap",
	.verify = USE_VERIFY "{calls_avoided~} fewer allocations/s at the same load",
	.check = go_escape__check,
};

const struct rule rule_go_memlimit = {
	.id = "go-memlimit",
	.title = "a heap that only GOGC bounds",
	.scope = SCOPE_GO_PROCESS,
	.floor = {.hold_s = 5,
		  .share = 0.65, /* of the limit, the heap's goal with the rest: it is near */
		  .bytes = 1e8,	 /* that a raised GOGC adds to the live heap */
		  .samples = 2,	 /* cycles */
		  .medium = 0.6, /* of the container's limit, the heap's goal with the rest */
		  .high = 0.9},
	.what = "the heap grows to {goal=} before each collection, {left_over=} of which are "
		"left over (GOGC={gogc_now#}); no GOMEMLIMIT is set{?container}, and the "
		"container may take {container=}{/}{?host}, and the host has {host=}{/}",
	.why = "a live heap that grows is multiplied by 1 + GOGC/100, whatever the memory "
	       "there is: the kernel ends the process where a collection would have helped",
	.remedy = "give the runtime a limit below that of the {?container}container{/}"
		  "{?host}host{/}; it collects earlier as it comes near:",
	.sketch = "GOMEMLIMIT={memlimit#}MiB program ...\n"
		  "or: debug.SetMemoryLimit({memlimit#} << 20)\n",
	.saves = "the process up to a live heap of {live_most~}; until then a collection every "
		 "{interval_then~}",
	.costs = "CPU, where the live heap comes near {limit=}: then collections follow closely, "
		 "and the runtime bounds them to half of the CPUs",
	.wrong_if = "others in the container need more than now, or what is left over is about to "
		    "come near the limit for good: then it needs more memory, not a limit",
	.verify = "after the change: heapbeat record -p PID -d 60 -o after.hb; then heapbeat "
		  "advise after.hb no longer lists {id}, and heapbeat report after.hb shows a "
		  "collection every {interval_then~}",
	.check = go_memlimit__check,
};
