// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of the table of rules: places of Go whose allocations room or reuse would spare. */
#include "advice/rule.h"

#include "base/banned.h"

#define FLOORS                                                                               \
	.hold_s = 5, .share = 0.01, .bytes_per_s = 1e6, .calls_per_s = 10000, .samples = 50, \
	.medium = 0.05, .high = 0.2

#define SAVES                                                                           \
	"{bytes_avoided~} allocated, {bytes_avoided_share~} of this process's bytes; "  \
	"{calls_avoided~} objects/s{?cycles_avoided}; of {cycles_rate=} collections/s " \
	"{cycles_avoided~} at the same GOGC{/}"

#define VERIFY                                                                          \
	"heapbeat record -p PID -d 60 -o before.hb now and after.hb after the change: " \
	"heapbeat diff before.hb after.hb --advice {id} has it resolved, with "         \
	"{bytes_avoided~} less allocated at the same load"

#define BUFFERS                                                                \
	"var pool = sync.Pool{New: func() any { return new(bytes.Buffer) }}\n" \
	"b := pool.Get().(*bytes.Buffer)\n"                                    \
	"b.Reset()\n"

const struct rule rule_go_pool = {
	.id = "go-pool",
	.title = "large objects of steady size that die young",
	.scope = SCOPE_GO_USE,
	.floor = {FLOORS, .points = 2, .spread = 8, .life_s = 1},
	.what = "{calls_rate} allocations/s, {bytes_rate}, {bytes_share=} of this process's "
		"allocated bytes{?via}, made by {via}{/}",
	.why = "objects of {p50=} (median; p95 {p95=}) live less than {life_most=} on average: "
	       "each is cleared, used once and left to the collector",
	.remedy = "{?made_rate}keep them in a sync.Pool, by pointer, and reset what is taken:{/}"
		  "{?buffer_rate}keep the buffers in a sync.Pool, and Reset them:{/}"
		  "{?writer_rate}keep the writers or readers in a sync.Pool (or one for each "
		  "goroutine), and Reset them onto the next stream:{/}"
		  "{?encoder_rate}encode into a buffer that is kept in a sync.Pool:{/}"
		  "{?read_rate}read into a buffer that is kept in a sync.Pool:{/}",
	.sketch = "{?made_rate}var pool = sync.Pool{New: func() any {\n"
		  "        p := {new}\n"
		  "        return &p\n"
		  "}}\n"
		  "p := pool.Get().(*{type})\n"
		  "defer pool.Put(p)                // where nothing refers to *p any more\n{/}"
		  "{?buffer_rate}" BUFFERS "defer func() {\n"
		  "        if b.Cap() <= 1<<20 {    // single large ones are not kept\n"
		  "                pool.Put(b)\n"
		  "        }\n"
		  "}()\n{/}"
		  "{?writer_rate}var pool = sync.Pool{New: func() any { return gzip.NewWriter(nil) "
		  "}}\n"
		  "w := pool.Get().(*gzip.Writer)   // or flate, zlib, bufio, ...\n"
		  "w.Reset(dst)\n"
		  "...\n"
		  "err := w.Close()                 // bufio: Flush\n"
		  "pool.Put(w)\n{/}"
		  "{?encoder_rate}" BUFFERS "err := json.NewEncoder(b).Encode(value)\n"
		  "...                              // b.Bytes() until\n"
		  "pool.Put(b)\n{/}"
		  "{?read_rate}" BUFFERS "_, err := b.ReadFrom(r)          // instead of {via}\n"
		  "...                              // b.Bytes() until\n"
		  "pool.Put(b)\n{/}",
	.saves = SAVES,
	.costs = "about {kept=} kept alive between collections: what is in use, and one for each "
		 "thread",
	.wrong_if = "an object outlives the function that puts it back (a response, another "
		    "goroutine), or sizes vary more than they did here",
	.verify = VERIFY,
	.check = go_pool__check,
};

const struct rule rule_go_prealloc = {
	.id = "go-prealloc",
	.title = "slices that append makes grow",
	.scope = SCOPE_GO_USE,
	.floor = {FLOORS, .spread = 8, .growing = 0.1},
	.what = "{calls_rate} growths/s of a {type}, {bytes_rate}, {bytes_share=} of this "
		"process's allocated bytes",
	.why = "a slice grows {steps=} times, up to {p50=} (median) and {p95=} (p95), and copies "
	       "what it has at each: {outgrown=} of these bytes are left behind for larger ones",
	.remedy = "make room once: for the length, where it is known beforehand (of what is "
		  "ranged over){?elements}; else for {elements#} elements, which 95 % do not "
		  "outgrow{/}:",
	.sketch = "list := make({type}, 0, len(from)){?elements}   // or {elements#}{/}\n"
		  "for i := range from {\n"
		  "        list = append(list, ...)\n"
		  "}\n",
	.saves = SAVES,
	.costs = "{?slack_per_slice}{slack_per_slice=} more in a slice of median size, where one "
		 "capacity serves all; {/}nothing, where the length is known",
	.wrong_if = "nearly all slices stay very short (small ones are hardly sampled), or their "
		    "length neither is known beforehand nor repeats",
	.verify = VERIFY,
	.check = go_prealloc__check,
};

const struct rule rule_go_map_hint = {
	.id = "go-map-hint",
	.title = "maps that grow while they are filled",
	.scope = SCOPE_GO_USE,
	.floor = {FLOORS, .growing = 0.1},
	.what = "{calls_rate} allocations/s by inserts, {bytes_rate}, {bytes_share=} of this "
		"process's allocated bytes",
	.why = "a map doubles until it holds {p50=} (median; p95 {p95=}), and moves its entries "
	       "each time: {outgrown=} of these bytes are tables that were outgrown",
	.remedy = "make it with the number of entries it will hold{?entries}; where that is not "
		  "known, {entries#} fit into what 95 % of them take{/}:",
	.sketch = "m := make({type}, len(from)){?entries}   // or {entries#}{/}\n",
	.saves = SAVES,
	.costs = "a map with fewer entries than the hint takes {kept=} all the same",
	.wrong_if = "most maps stay small, or the same map is filled over and over: then clear it "
		    "and keep it",
	.verify = VERIFY,
	.check = go_map_hint__check,
};

const struct rule rule_go_string_builder = {
	.id = "go-string-builder",
	.title = "strings made by +, step by step or over and over",
	.scope = SCOPE_GO_USE,
	.floor = {FLOORS, .life_s = 1},
	.what = "{calls_rate} strings/s by +, {bytes_rate}, {bytes_share=} of this process's "
		"allocated bytes",
	.why = "{?sizes}they are of {sizes#} sizes or more, from {first=} to {longest=}: a string "
	       "grows, and is copied whole at each step{/}"
	       "{?joined_rate}each is joined at once, up to {longest=}, used, and left to the "
	       "collector{/}",
	.remedy = "{?sizes}write the parts into one buffer, of {longest=} from the start:{/}"
		  "{?joined_rate}append the parts to a buffer that is kept, and hand on its bytes "
		  "where they will do:{/}",
	.sketch = "{?sizes}var b strings.Builder\n"
		  "b.Grow({longest#})\n"
		  "for i := range parts {\n"
		  "        b.WriteString(parts[i])\n"
		  "}\n"
		  "s := b.String()\n{/}"
		  "{?joined_rate}key = append(key[:0], first...)  // key []byte, kept\n"
		  "key = append(key, second...)\n"
		  "w.Write(key)                     // or m[string(key)], a lookup that does not "
		  "copy\n{/}",
	.saves = SAVES,
	.costs = "up to {longest=} for one that ends shorter",
	.wrong_if = "{?sizes}no string is the beginning of the next one: they each stand for "
		    "themselves and happen to be of many lengths{/}"
		    "{?joined_rate}a string is what is asked for, and it cannot be another "
		    "type{/}",
	.verify = VERIFY,
	.check = go_string_builder__check,
};

const struct rule rule_go_bytes_string = {
	.id = "go-bytes-string",
	.title = "copies between []byte and string",
	.scope = SCOPE_GO_USE,
	.floor = {FLOORS},
	.what = "{?to_string_rate}{calls_rate} conversions/s from []byte to string{/}"
		"{?to_bytes_rate}{calls_rate} conversions/s from string to []byte{/}, "
		"{bytes_rate}, {bytes_share=} of this process's allocated bytes",
	.why = "each copies {mean_size=} on average{?kept_bytes}; {kept_bytes=} of the copies "
	       "are still in use{/}",
	.remedy = "{?kept_bytes}intern what repeats, so that equal ones are kept once; else {/}"
		  "stay with one form from end to end; package bytes has the functions of package "
		  "strings:",
	.sketch = "{?to_string_rate}bytes.HasPrefix(raw, prefix)     // not "
		  "strings.HasPrefix(string(raw), ...)\n"
		  "bytes.Equal(raw, want)           // or string(raw) == \"...\", which does not "
		  "copy\n"
		  "value := m[string(raw)]          // a lookup does not copy either\n{/}"
		  "{?to_bytes_rate}io.WriteString(w, s)             // not w.Write([]byte(s))\n"
		  "b = append(b, s...)              // without []byte(s)\n{/}",
	.saves = SAVES,
	.costs = "nothing, but that a []byte may change under who keeps it",
	.wrong_if = "the copy is what protects a string from a buffer that is used again, or it is "
		    "kept as the key of a map",
	.verify = VERIFY,
	.check = go_bytes_string__check,
};
