// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

type node struct {
	left, right *node
	value       [4]int
}

var (
	sinkNode  *node
	sinkBytes []byte
	sinkText  string
	sinkMap   map[string]int
)

//go:noinline
func siteNodes(n int) {
	for i := 0; i < n; i++ {
		sinkNode = &node{left: sinkNode}
		if i%64 == 0 {
			sinkNode = nil
		}
	}
}

//go:noinline
func siteBuffers(n int) {
	for i := 0; i < n; i++ {
		sinkBytes = make([]byte, 1000+i%24)
	}
}

//go:noinline
func siteLarge(n int) {
	for i := 0; i < n; i++ {
		sinkBytes = make([]byte, 1<<20)
	}
}

//go:noinline
func siteText(n int) {
	for i := 0; i < n; i++ {
		sinkText = fmt.Sprintf("%d-%s", i, strings.Repeat("x", 200))
	}
}

//go:noinline
func siteMap(n int) {
	for i := 0; i < n; i++ {
		sinkMap = make(map[string]int)
		for k := 0; k < 40; k++ {
			sinkMap[sinkText[k:k+5]+string(rune('a'+k))] = k
		}
	}
}

// siteDeep allocates at the bottom of a stack that has had to grow.
//
//go:noinline
func siteDeep(depth int) int {
	var pad [256]byte
	if depth == 0 {
		siteBuffers(1009)
		return 0
	}
	pad[depth%256] = byte(depth)
	return siteDeep(depth-1) + int(pad[depth%256])
}

// sampled sums the runtime's own samples, and those of stacks with each function of main.
func sampled(records []runtime.MemProfileRecord) (int64, map[string]int64) {
	runtime.GC()
	runtime.GC()
	runtime.GC()
	n, ok := runtime.MemProfile(records, true)
	if !ok {
		panic("more buckets than foreseen")
	}
	total, sites := int64(0), map[string]int64{}
	for i := range records[:n] {
		total += records[i].AllocObjects
		frames := runtime.CallersFrames(records[i].Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if strings.HasPrefix(frame.Function, "main.site") {
				sites[frame.Function] += records[i].AllocObjects
				break
			}
		}
	}
	return total, sites
}

func runSamples(rate int) {
	records := make([]runtime.MemProfileRecord, 10000)
	before, sitesBefore := sampled(records)
	fmt.Println("ready")
	waitByte()
	runtime.MemProfileRate = rate
	var crew sync.WaitGroup
	for i := 0; i < 4; i++ {
		crew.Add(1)
		go func() {
			siteDeep(199)
			crew.Done()
		}()
	}
	crew.Wait()
	siteText(20011)
	siteNodes(1000003)
	siteBuffers(50021)
	siteLarge(101)
	siteMap(997)
	runtime.MemProfileRate = 0
	after, sites := sampled(records)
	for name, n := range sitesBefore {
		sites[name] -= n
	}
	tell(map[string]interface{}{"samples": after - before, "sites": sites})
	waitByte()
}
