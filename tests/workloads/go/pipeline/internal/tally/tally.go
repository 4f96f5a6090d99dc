// SPDX-License-Identifier: GPL-2.0-or-later

// Package tally is what both collectors share and what is no part of their faults: reading until
// the end, and the figures that the process has of itself at that point.
package tally

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
)

// BatchEvents is how many events make one compressed batch.
const BatchEvents = 500

// Collector takes one log line at a time.
type Collector interface {
	// Line takes a line without its end; the bytes are valid until it returns.
	Line(line []byte) error
	// Close writes what is pending.
	Close() error
	// Counts is how many events and batches were written, and how many lines were not understood.
	Counts() (events, batches, odd uint64)
}

type figures struct {
	Events         uint64  `json:"events"`
	Batches        uint64  `json:"batches"`
	Odd            uint64  `json:"odd_lines"`
	Seconds        float64 `json:"seconds"`
	Mallocs        uint64  `json:"mallocs"`
	AllocatedBytes uint64  `json:"allocated_bytes"`
	Cycles         uint32  `json:"gc_cycles"`
	GCCPUFraction  float64 `json:"gc_cpu_fraction"`
	CPUSeconds     float64 `json:"cpu_seconds"`
}

// Without a reference to it the linker leaves the heap profile out, and with it every site.
var keepProfile = runtime.MemProfile

// Main reads stdin to its end and writes batches to stdout; the figures go to stderr as one line.
func Main(open func(io.Writer) Collector) {
	if err := run(open); err != nil || keepProfile == nil {
		fmt.Fprintln(os.Stderr, "collector:", err)
		os.Exit(1)
	}
}

func run(open func(io.Writer) Collector) error {
	var first, last runtime.MemStats
	collector := open(os.Stdout)
	scanner := bufio.NewScanner(os.Stdin)
	runtime.ReadMemStats(&first)
	start := time.Now()
	for scanner.Scan() {
		if err := collector.Line(scanner.Bytes()); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return err
	}
	if err := collector.Close(); err != nil {
		return err
	}
	runtime.ReadMemStats(&last)
	f := figures{Seconds: time.Since(start).Seconds(), Mallocs: last.Mallocs - first.Mallocs,
		AllocatedBytes: last.TotalAlloc - first.TotalAlloc, Cycles: last.NumGC - first.NumGC,
		GCCPUFraction: last.GCCPUFraction}
	f.Events, f.Batches, f.Odd = collector.Counts()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	f.CPUSeconds = float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
	return json.NewEncoder(os.Stderr).Encode(f)
}
