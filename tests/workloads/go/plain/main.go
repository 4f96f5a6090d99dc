// SPDX-License-Identifier: GPL-2.0-or-later

// Plain is a program as small as they come: nothing in it can read a heap profile, so that the runtime
// keeps none. It says "ready" and allocates at a steady pace, until its input ends.
//
//	plain [BYTES-PER-STEP]		a step is 10 ms; 64 KB unless told
package main

import (
	"io"
	"os"
	"strconv"
	"time"
)

const (
	step  = 10 * time.Millisecond
	piece = 512
)

type record struct {
	next *record
	body [piece - 8]byte
}

var kept *record

//go:noinline
func fill(bytes int) {
	kept = nil
	for ; bytes > 0; bytes -= piece {
		kept = &record{next: kept}
	}
}

func main() {
	bytes := 64 << 10
	if len(os.Args) > 1 {
		bytes, _ = strconv.Atoi(os.Args[1])
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	_, _ = os.Stdout.WriteString("ready\n")
	for {
		fill(bytes)
		time.Sleep(step)
	}
}
