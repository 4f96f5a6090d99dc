// SPDX-License-Identifier: GPL-2.0-or-later

// Looks makes calls of known number that looks are held against: a line "ready", then for a byte a
// line of JSON with what it has done, then for a byte its end. Between the two bytes it allocates
// nothing else.
package main

import (
	"os"
	"runtime"
	"strconv"
	"syscall"
)

const (
	rounds   = 300
	appended = 100
	inserted = 3000
	maps     = 5
)

type node struct {
	next *node
	data [4]int
}

type leaf struct{ data [3]int }

var (
	keepNode   *node
	keepLeaf   *leaf
	keepTiny   *int32
	keepBytes  []byte
	keepInts   []int
	keepNodes  []*node
	keepString string
	keepMap    map[int]int
	words      = [3]string{"a string of the heap", ", another one of it", " and one more, which is longer"}
	empty      string
	before     runtime.MemStats
	after      runtime.MemStats
	output     [16 << 10]byte
	line       []byte
)

//go:noinline
func siteNode() { keepNode = &node{} }

//go:noinline
func siteLeaf() { keepLeaf = &leaf{} }

//go:noinline
func siteTiny() { keepTiny = new(int32) }

//go:noinline
func siteBytes(n int) { keepBytes = make([]byte, n) }

// What has grown is told by its capacity.
var grown int

//go:noinline
func siteInts() {
	keepInts = nil
	for i := 0; i < appended; i++ {
		had := cap(keepInts)
		keepInts = append(keepInts, i)
		if cap(keepInts) != had {
			grown++
		}
	}
}

//go:noinline
func siteNodes() {
	keepNodes = nil
	for i := 0; i < appended; i++ {
		had := cap(keepNodes)
		keepNodes = append(keepNodes, keepNode)
		if cap(keepNodes) != had {
			grown++
		}
	}
}

//go:noinline
func siteConcat(n int) {
	switch n {
	case 2:
		keepString = words[0] + words[1]
	case 3:
		keepString = words[0] + words[1] + words[2]
	default:
		keepString = words[0] + words[1] + words[2] + words[0] + words[1] + words[2] + words[0]
	}
}

// One string alone is taken as it is.
//
//go:noinline
func siteSame() { keepString = words[0] + empty }

// The result is short and stays here.
//
//go:noinline
func siteShort(a, b string) bool { return a+b == words[2] }

//go:noinline
func siteMap(n int) {
	keepMap = make(map[int]int)
	for i := 0; i < n; i++ {
		keepMap[i] = i
	}
}

// deep runs where a goroutine's stack must grow first: the calls on the way come twice.
//
//go:noinline
func deep(depth int) int {
	var room [256]byte
	if depth == 0 {
		siteNode()
		siteInts()
		siteConcat(2)
		return 0
	}
	room[depth%len(room)] = byte(depth)
	return deep(depth-1) + int(room[depth%len(room)])
}

func work(done chan bool) {
	for i := 0; i < rounds; i++ {
		siteNode()
		siteLeaf()
		siteTiny()
		siteBytes(1000)
		siteBytes(5000)
		siteBytes(40000)
		siteBytes(0)
		siteInts()
		siteNodes()
		siteConcat(2)
		siteConcat(3)
		siteConcat(7)
		siteSame()
		siteShort(words[0][:3], words[1][:4])
	}
	for i := 0; i < maps; i++ {
		siteMap(8)
		siteMap(200)
		siteMap(inserted)
	}
	done <- true
}

func await() {
	var one [1]byte
	if n, err := syscall.Read(0, one[:]); n <= 0 || err != nil {
		os.Exit(1)
	}
}

func field(name string, value uint64) {
	line = append(line, '"')
	line = append(line, name...)
	line = append(line, `":`...)
	line = strconv.AppendUint(line, value, 10)
	line = append(line, ',')
}

// tell says what has become of MemStats, and by size class.
func tell() {
	line = append(output[:0], '{')
	field("rounds", rounds)
	field("maps", maps)
	field("grown", uint64(grown))
	field("mallocs", after.Mallocs-before.Mallocs)
	line = append(line, `"classes":[`...)
	for i := 1; i < len(after.BySize); i++ {
		if i > 1 {
			line = append(line, ',')
		}
		line = append(line, '[')
		line = strconv.AppendUint(line, uint64(after.BySize[i].Size), 10)
		line = append(line, ',')
		line = strconv.AppendUint(line, after.BySize[i].Mallocs-before.BySize[i].Mallocs, 10)
		line = append(line, ']')
	}
	line = append(line, "]}\n"...)
	_, _ = syscall.Write(1, line)
}

func main() {
	done := make(chan bool)
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, _ = syscall.Write(1, []byte("ready\n"))
	await()
	runtime.ReadMemStats(&before)
	go work(done)
	<-done
	go func() { done <- deep(40) > 0 }()
	<-done
	runtime.ReadMemStats(&after)
	tell()
	await()
	os.Exit(7)
}
