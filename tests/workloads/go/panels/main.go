// SPDX-License-Identifier: GPL-2.0-or-later

// Panels does what each panel of the dashboard for Go programs shows: it allocates strings, boxed
// values and large buffers, keeps a cache that grows, leaks goroutines slowly and asks for a
// collection now and then. It says "ready" and goes on until its input ends. Set GOMEMLIMIT to give
// it a limit.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

const (
	step       = 20 * time.Millisecond
	cacheBytes = 1024
	cacheMost  = 50000 // 50 MB: the limit is to be felt by nobody else
	leakEvery  = 10    // steps: five goroutines a second
	leakMost   = 5000
	forceEvery = 250 // steps: every five seconds
)

type item struct {
	id   int
	body []byte
}

var (
	cache = map[int]*item{}
	never = make(chan struct{})
	total int
)

//go:noinline
func churn(n int) {
	text := ""
	for i := 0; i < 50; i++ {
		text += fmt.Sprintf("%d,", n+i)
	}
	total += len(strings.Split(text, ","))
}

//go:noinline
func buffer() {
	large := make([]byte, 64<<10)
	total += len(large) + int(large[total%len(large)])
}

//go:noinline
func remember(n int) {
	if len(cache) < cacheMost {
		cache[n] = &item{n, make([]byte, cacheBytes)}
	}
}

func wait(n int) {
	<-never
	total += n
}

//go:noinline
func leak(n int) {
	if n/leakEvery < leakMost {
		go wait(n)
	}
}

func main() {
	// Makes the linker keep the heap profile, as a program with net/http/pprof has it.
	runtime.MemProfile(nil, false)
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	fmt.Println("ready")
	for n := 0; ; n++ {
		select {
		case <-ended:
			fmt.Println("end", total)
			return
		case <-time.After(step):
		}
		for i := 0; i < 20; i++ {
			churn(n)
		}
		buffer()
		remember(n)
		if n%leakEvery == 0 {
			leak(n)
		}
		if n%forceEvery == 0 {
			runtime.GC()
		}
	}
}
