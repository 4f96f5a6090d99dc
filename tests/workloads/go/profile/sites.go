// SPDX-License-Identifier: GPL-2.0-or-later
package main

import (
	"strings"
	"time"
)

const (
	held       = 1 << 12
	cacheBytes = 4096
	cacheMost  = 1 << 16 // 256 MB
	leakMost   = 20000
	faultStep  = 20 * time.Millisecond
)

var (
	window [held][]byte
	text   string
	total  int
	cache  = map[int]*entry{}
	never  = make(chan struct{})
)

type entry struct {
	key  int
	body []byte
}

type node struct {
	left, right *node
	value       [4]int
}

//go:noinline
func sitePage(i int) {
	window[i%held] = make([]byte, 2048+i%8*512)
}

//go:noinline
func siteText(i int) {
	text = strings.Repeat("order ", 64+i%64)
}

//go:noinline
func siteTree(depth int) *node {
	if depth == 0 {
		return nil
	}
	return &node{left: siteTree(depth - 1), right: siteTree(depth - 1)}
}

// inlined is to be a frame of its own, although the compiler leaves no call of it.
func inlined(n int) []int {
	return make([]int, n)
}

//go:noinline
func siteInlined(i int) {
	total += len(inlined(100 + i%100))
}

//go:noinline
func siteLarge(i int) {
	if i%32 == 0 {
		total += len(make([]byte, 256<<10))
	}
}

// work allocates some 20 KB.
//
//go:noinline
func work(i int) {
	sitePage(i)
	siteText(i)
	if siteTree(7) == nil {
		total++
	}
	siteInlined(i)
	siteLarge(i)
}

//go:noinline
func waitForever(n int) {
	<-never
	total += n
}

//go:noinline
func leakOne(n int) {
	go waitForever(n)
}

//go:noinline
func remember(n int) {
	cache[n] = &entry{n, make([]byte, cacheBytes)}
}

// fault leaks a hundred goroutines and 1.6 MB a second.
func fault() {
	for n := 0; ; n++ {
		time.Sleep(faultStep)
		for i := 0; i < 8; i++ {
			if len(cache) < cacheMost {
				remember(8*n + i)
			}
		}
		for i := 0; i < 2 && 2*n < leakMost; i++ {
			leakOne(n)
		}
	}
}
