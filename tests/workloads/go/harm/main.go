// SPDX-License-Identifier: GPL-2.0-or-later

// Allocations, collections and mischief of known truth. Like `calls`: prints "ready", waits for a
// byte, does what its mode says, prints the truth as a line of JSON, waits for a second byte with
// everything quiet, and exits with code 7.
//
//	samples [RATE]	allocates from named sites; truth: the runtime's own samples, by site
//	cycles		collects, forced and not; truth: cycles of each cause
//	spans		small objects and a prime number of large ones
//	storm		grows stacks, panics, recovers, collects, in many threads, until the second byte
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

const exitCode = 7

var stdin [1]byte

// waitByte returns false at the end of input. It allocates nothing.
func waitByte() bool {
	n, _ := os.Stdin.Read(stdin[:])
	return n == 1
}

func tell(truth interface{}) {
	text, err := json.Marshal(truth)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func main() {
	// Samples are taken within a run alone, so that nothing else can be one.
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 0
	if len(os.Args) > 2 {
		rate, _ = strconv.Atoi(os.Args[2])
	}
	mode := ""
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	modes := map[string]func(int){
		"samples": runSamples, "cycles": runCycles, "spans": runSpans, "storm": runStorm,
	}
	run, known := modes[mode]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: harm samples|cycles|spans|storm [RATE]")
		os.Exit(2)
	}
	run(rate)
	os.Exit(exitCode)
}
