// SPDX-License-Identifier: GPL-2.0-or-later

package main

import "runtime/debug"

// node makes a live heap that is work to mark.
type node struct {
	left, right *node
	payload     [2]uint64
}

func tree(depth int) *node {
	if depth == 0 {
		return nil
	}
	return &node{left: tree(depth - 1), right: tree(depth - 1)}
}

var (
	liveTree *node
	sinkNode *node
)

// A request leaves 20 kB of garbage, of sizes too different for a pool.
//
//go:noinline
func garbage() {
	for i := 0; i < 16; i++ {
		sinkNode = &node{payload: [2]uint64{uint64(i)}}
		sinkBytes = make([]byte, 128+i*128)
		sinkString = part + part[:i+8]
	}
}

// grow makes 2^depth nodes of 32 bytes that live on.
func grow(depth int) func() {
	return func() { liveTree = tree(depth) }
}

var gogcRule = rule{"go-gogc",
	// 34 MB live, 150 MB/s: a collection every 220 ms at the default of 100.
	mode{rate: 8000, request: garbage, prepare: grow(20)},
	mode{rate: 60, request: garbage, prepare: grow(20)},
	mode{rate: 8000, request: garbage, prepare: func() {
		debug.SetGCPercent(800)
		debug.SetMemoryLimit(memoryLimit)
		grow(20)()
	}},
}

const memoryLimit = 512 << 20

var memlimitRule = rule{"go-memlimit",
	// GOGC was raised and nothing bounds the heap: 34 MB live may become 306 MB.
	mode{rate: 3000, request: garbage, prepare: func() {
		debug.SetGCPercent(800)
		grow(20)()
	}},
	mode{rate: 3000, request: garbage, prepare: grow(20)},
	mode{rate: 3000, request: garbage, prepare: func() {
		debug.SetGCPercent(800)
		debug.SetMemoryLimit(memoryLimit)
		grow(20)()
	}},
}
