// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	_ "runtime/pprof" // without it the linker leaves the heap profile off
	"strings"
	"sync"
)

// What is stored here escapes.
var (
	sinkBytes  []byte
	sinkInts   []int
	sinkMap    map[int]int
	sinkString string
)

var bufferSize, elements, parts = 32768, 1000, 40

var poolRule = rule{"go-pool",
	mode{rate: 1500, request: freshBuffer},
	mode{rate: 20, request: freshBuffer}, // 0.7 MB/s
	mode{rate: 1500, request: pooledBuffer},
}

//go:noinline
func freshBuffer() {
	buffer := make([]byte, bufferSize) // expect: go-pool
	sinkBytes = buffer
	fill(buffer)
	sinkBytes = nil
}

var buffers = sync.Pool{New: func() interface{} {
	buffer := make([]byte, bufferSize)
	return &buffer
}}

//go:noinline
func pooledBuffer() {
	buffer := buffers.Get().(*[]byte)
	fill(*buffer)
	buffers.Put(buffer)
}

//go:noinline
func fill(buffer []byte) {
	for i := 0; i < len(buffer); i += 64 {
		buffer[i] = byte(i)
	}
}

var preallocRule = rule{"go-prealloc",
	mode{rate: 110, request: appendFromNothing}, // 2.8 MB/s
	mode{rate: 30, request: appendFromNothing},  // 0.8 MB/s
	// What is kept is as large as before: the remedy saves what growing left behind.
	mode{rate: 110, request: appendIntoRoom},
}

//go:noinline
func appendFromNothing() {
	var numbers []int
	for i := 0; i < elements; i++ {
		numbers = append(numbers, i) // expect: go-prealloc
	}
	sinkInts = numbers
}

//go:noinline
func appendIntoRoom() {
	numbers := make([]int, 0, elements)
	for i := 0; i < elements; i++ {
		numbers = append(numbers, i)
	}
	sinkInts = numbers
}

var mapHintRule = rule{"go-map-hint",
	mode{rate: 20, request: growingMap}, // 1.5 MB/s
	mode{rate: 8, request: growingMap},  // 0.6 MB/s
	mode{rate: 20, request: sizedMap},
}

//go:noinline
func growingMap() {
	numbers := make(map[int]int)
	for i := 0; i < elements; i++ {
		numbers[i] = i // expect: go-map-hint
	}
	sinkMap = numbers
}

//go:noinline
func sizedMap() {
	numbers := make(map[int]int, elements)
	for i := 0; i < elements; i++ {
		numbers[i] = i
	}
	sinkMap = numbers
}

var stringBuilderRule = rule{"go-string-builder",
	mode{rate: 600, request: joinByPlus},
	mode{rate: 20, request: joinByPlus}, // 0.6 MB/s
	mode{rate: 600, request: joinByBuilder},
}

const part = "thirty-two bytes of some message,"

//go:noinline
func joinByPlus() {
	text := ""
	for i := 0; i < parts; i++ {
		text = text + part // expect: go-string-builder
	}
	sinkString = text
}

//go:noinline
func joinByBuilder() {
	var text strings.Builder
	text.Grow(parts * len(part))
	for i := 0; i < parts; i++ {
		text.WriteString(part)
	}
	sinkString = text.String()
}
