// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"context"
	"time"
)

var goroutineLeakRule = rule{"go-goroutine-leak",
	mode{rate: 100, request: askAndForget},
	mode{rate: 100, request: askAndWait}, // as many starts, each ends after a while
	mode{rate: 100, request: askWithDeadline},
}

var question = make(chan int)

// Nobody ever answers. 300 s of it are 30,000 goroutines of a few kB.
//
//go:noinline
func askAndForget() {
	go waitForAnswer(question) // expect: go-goroutine-leak
}

//go:noinline
func waitForAnswer(answers <-chan int) {
	<-answers
}

//go:noinline
func askAndWait() {
	go time.Sleep(100 * time.Millisecond)
}

//go:noinline
func askWithDeadline() {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	go func() {
		defer cancel()
		waitOrGiveUp(ctx, question)
	}()
}

//go:noinline
func waitOrGiveUp(ctx context.Context, answers <-chan int) {
	select {
	case <-answers:
	case <-ctx.Done():
	}
}

var heapLeakRule = rule{"go-heap-leak",
	mode{rate: 50, request: cacheForEver}, // 0.8 MB/s: 250 MB in 300 s
	mode{rate: 50, request: cacheOfHotKeys},
	mode{rate: 50, request: cacheWithLimit},
}

const entryBytes, hotKeys, cacheLimit = 16384, 200, 200

var (
	cache = map[int][]byte{}
	next  int
)

// Every request has a key of its own, and nothing is ever evicted.
//
// What a request leaves behind, so that the heap is collected every second or so whatever is kept.
//
//go:noinline
func answer() {
	sinkBytes = make([]byte, 200<<10)
}

//go:noinline
func cacheForEver() {
	answer()
	cache[next] = make([]byte, entryBytes) // expect: go-heap-leak
	next++
}

// The same cache, but its keys come back: it grows for four seconds and then no more.
//
//go:noinline
func cacheOfHotKeys() {
	answer()
	cache[next%hotKeys] = make([]byte, entryBytes)
	next++
}

//go:noinline
func cacheWithLimit() {
	answer()
	cache[next] = make([]byte, entryBytes)
	delete(cache, next-cacheLimit)
	next++
}
