// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"runtime"
	"strconv"
	"time"
)

type session struct {
	name    string
	payload []byte
	next    *session
}

var (
	sessions map[string]*session
	blocks   [][]byte
	floor    = make(chan struct{})
	sink     interface{}
)

// fill is small enough to be inlined into its callers, as its callers are into theirs.
func fill(size int) []byte { return make([]byte, size) }

func newSession(i int) *session {
	return &session{name: strconv.Itoa(i), payload: fill(1000)}
}

func grow(cnt int) {
	if sessions == nil {
		sessions = map[string]*session{}
	}
	for i := 0; i < cnt; i++ {
		s := newSession(len(sessions))
		sessions[s.name] = s
	}
}

// A churner drops at once what it makes, of many sizes and through many paths.
type churner struct {
	last interface{}
	text string
}

func (c *churner) churn(cnt int) {
	for i := 0; i < cnt; i++ {
		c.last = fill(16 + i%2000)
		c.last = i
		c.text += "x"
		if len(c.text) > 500 {
			c.text = ""
		}
		c.last = box(i)
	}
}

func waitHere(until chan struct{}) { <-until }

type server struct{ stop chan struct{} }

func (s *server) serve() { <-s.stop }

// leak starts goroutines of three kinds that never end.
func leak(cnt int) {
	s := &server{floor}
	for i := 0; i < cnt; i++ {
		go waitHere(floor)
		go s.serve()
		go func() {
			for {
				time.Sleep(time.Hour)
			}
		}()
	}
}

func large(cnt int) {
	for i := 0; i < cnt; i++ {
		blocks = append(blocks, fill(1<<20))
		sink = fill(300 << 10)
	}
}

func deep(cnt, depth int) {
	if depth > 0 {
		deep(cnt, depth-1)
		return
	}
	for i := 0; i < cnt; i++ {
		sink = fill(4000)
	}
}

// many allocates once at the end of each of cnt different paths.
func many(cnt int) {
	for i := 0; i < cnt; i++ {
		left(i, 16)
	}
}

func left(path, depth int) {
	if depth == 0 {
		blocks = append(blocks, fill(64))
	} else if path&1 == 0 {
		left(path>>1, depth-1)
	} else {
		right(path>>1, depth-1)
	}
}

func right(path, depth int) {
	if depth == 0 {
		blocks = append(blocks, fill(80))
	} else if path&1 == 0 {
		left(path>>1, depth-1)
	} else {
		right(path>>1, depth-1)
	}
}

func work(kind string, cnt int) {
	switch kind {
	case "grow":
		grow(cnt)
	case "churn":
		new(churner).churn(cnt)
	case "leak":
		leak(cnt)
	case "large":
		large(cnt)
	case "many":
		many(cnt)
	case "rate":
		runtime.MemProfileRate = cnt
	case "deep":
		deep(cnt, 50)
	case "loop":
		go func() {
			for c := new(churner); ; {
				c.churn(cnt)
			}
		}()
	default:
		panic("no such work: " + kind)
	}
}
