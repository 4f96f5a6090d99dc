// SPDX-License-Identifier: GPL-2.0-or-later

// Command rules shows one habit of allocation at a steady pace, for the advice rule of that name:
//
//	rules RULE fires|twin|mended [SECONDS]
//
// fires has the habit well above what the rule takes up; twin just below it, or looks alike and is
// harmless; mended has the usual remedy at the pace of fires. It prints "ready", and at its end (or
// at SIGTERM) its own truth as one line of JSON. rules alone lists the rules.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// mode is one program: what a request does, and how many there are per second.
type mode struct {
	rate    int
	request func()
	prepare func() // may be nil; before the first request
}

type rule struct {
	name                string
	fires, twin, mended mode
}

func (r *rule) mode(name string) *mode {
	switch name {
	case "fires":
		return &r.fires
	case "twin":
		return &r.twin
	case "mended":
		return &r.mended
	}
	return nil
}

var rules = []rule{
	poolRule, preallocRule, mapHintRule, stringBuilderRule, boxingRule, typedDecodeRule,
	bytesStringRule, valueSliceRule, escapeRule, goroutineLeakRule, heapLeakRule, gogcRule,
	memlimitRule,
}

// Without a reference to it the linker leaves the heap profile out, and with it every site.
var keepProfile = runtime.MemProfile

const defaultSeconds, maxSeconds = 30, 300

func main() {
	m, seconds := parse(os.Args[1:])
	if m == nil {
		fmt.Fprintln(os.Stderr, "usage: rules RULE fires|twin|mended [SECONDS], RULE is one of:")
		for _, r := range rules {
			fmt.Fprintln(os.Stderr, "  "+r.name)
		}
		os.Exit(2)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	if keepProfile == nil {
		os.Exit(1)
	}
	if m.prepare != nil {
		m.prepare()
	}
	fmt.Println("ready")
	t := m.pace(seconds, stop)
	t.Rule, t.Mode = os.Args[1], os.Args[2]
	if err := json.NewEncoder(os.Stdout).Encode(t); err != nil {
		os.Exit(1)
	}
}

func parse(arguments []string) (*mode, int) {
	seconds := defaultSeconds
	if len(arguments) == 3 {
		seconds, _ = strconv.Atoi(arguments[2])
	}
	if len(arguments) < 2 || len(arguments) > 3 || seconds < 1 || seconds > maxSeconds {
		return nil, 0
	}
	for i := range rules {
		if rules[i].name == arguments[0] {
			return rules[i].mode(arguments[1]), seconds
		}
	}
	return nil, 0
}

// truth is what the process knows of itself. Requests are the only thing that allocates while it
// runs, so what is counted between first and last request is what their site allocates.
type truth struct {
	Rule          string  `json:"rule"`
	Mode          string  `json:"mode"`
	Version       string  `json:"go"`
	Seconds       float64 `json:"seconds"`
	Requests      int     `json:"requests"`
	Objects       uint64  `json:"objects"`
	Bytes         uint64  `json:"bytes"`
	ObjectsPerSec float64 `json:"objects_per_s"`
	BytesPerSec   float64 `json:"bytes_per_s"`
	Cycles        uint32  `json:"gc_cycles"`
	GCCPUFraction float64 `json:"gc_cpu_fraction"`
	GrownBytes    int64   `json:"grown_heap_bytes"`
	Goroutines    int     `json:"goroutines"`
	CPUSeconds    float64 `json:"cpu_seconds"`
}

func (m *mode) pace(seconds int, stop <-chan os.Signal) truth {
	var first, last runtime.MemStats
	t := truth{Version: runtime.Version()}
	m.request() // what a first time costs
	runtime.ReadMemStats(&first)
	cpu := cpuSeconds()
	start := time.Now()
	for t.Requests < m.rate*seconds && len(stop) == 0 {
		due := start.Add(time.Duration(t.Requests) * time.Second / time.Duration(m.rate))
		time.Sleep(time.Until(due))
		m.request()
		t.Requests++
	}
	t.Seconds = time.Since(start).Seconds()
	runtime.ReadMemStats(&last)
	t.CPUSeconds = cpuSeconds() - cpu
	t.Objects, t.Bytes = last.Mallocs-first.Mallocs, last.TotalAlloc-first.TotalAlloc
	t.ObjectsPerSec, t.BytesPerSec = float64(t.Objects)/t.Seconds, float64(t.Bytes)/t.Seconds
	t.Cycles, t.GCCPUFraction = last.NumGC-first.NumGC, last.GCCPUFraction
	t.GrownBytes = int64(last.HeapAlloc) - int64(first.HeapAlloc)
	t.Goroutines = runtime.NumGoroutine()
	return t
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
