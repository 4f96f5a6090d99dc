// SPDX-License-Identifier: GPL-2.0-or-later

// Profile is a service that can be asked for its own heap profile (net/http/pprof), to hold what is
// said of it from outside against what it says of itself.
//
//	profile serve		prints the address it listens on; ends when its input does
//	profile brief SECONDS	allocates for so long, and exits with code 7
//	profile again SECONDS	does that, then becomes "brief" in place, by exec
//	profile nothing		exits at once, with code 7
//
// GET /work?n=N makes N rounds of allocations at sites of its own, GET /load starts or stops them
// without end, GET /fault begins to leak goroutines and to fill a cache.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

const exitCode = 7

func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func serve() error {
	var loading atomic.Bool
	http.HandleFunc("/work", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		for i := 0; i < n; i++ {
			work(i)
		}
	})
	http.HandleFunc("/load", func(w http.ResponseWriter, _ *http.Request) {
		if loading.CompareAndSwap(true, false) {
			return
		}
		loading.Store(true)
		go func() {
			for i := 0; loading.Load(); i++ {
				work(i)
				if i%16 == 0 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
	})
	http.HandleFunc("/fault", func(w http.ResponseWriter, _ *http.Request) {
		go fault()
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, nil)
}

func brief(text string) {
	seconds, _ := strconv.ParseFloat(text, 64)
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for i := 0; time.Now().Before(end); i++ {
		work(i)
		if i%64 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func main() {
	mode := append(os.Args, "", "")[1]
	switch {
	case mode == "serve":
		go endWithInput()
		fmt.Fprintln(os.Stderr, "profile:", serve())
		os.Exit(1)
	case mode == "brief" && len(os.Args) == 3:
		brief(os.Args[2])
	case mode == "again" && len(os.Args) == 3:
		brief(os.Args[2])
		err := syscall.Exec("/proc/self/exe", []string{os.Args[0], "brief", os.Args[2]}, os.Environ())
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	case mode == "nothing":
	default:
		fmt.Fprintln(os.Stderr, "usage: profile serve | brief SECONDS | again SECONDS | nothing")
		os.Exit(2)
	}
	os.Exit(exitCode)
}
