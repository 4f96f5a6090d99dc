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
	"runtime/metrics"
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
	GC            gcPace  `json:"gc"`
}

// gcPace is of the last three quarters of the time: the first collections are of what was prepared.
type gcPace struct {
	Cycles    uint32  `json:"cycles"`
	Interval  float64 `json:"interval_seconds"` // mean, from end to end
	GoalBytes uint64  `json:"goal_bytes"`
	Cores     float64 `json:"cores"` // negative: this version of Go does not tell
}

type gcMoment struct {
	at      time.Time
	stats   runtime.MemStats
	seconds float64
}

func gcNow() *gcMoment {
	m := &gcMoment{at: time.Now(), seconds: -1}
	samples := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/cpu/classes/gc/mark/idle:cpu-seconds"}}
	runtime.ReadMemStats(&m.stats)
	metrics.Read(samples)
	if samples[0].Value.Kind() == metrics.KindFloat64 {
		m.seconds = samples[0].Value.Float64() - samples[1].Value.Float64()
	}
	return m
}

func (m *gcMoment) lastEnd() uint64 { return m.stats.PauseEnd[(m.stats.NumGC+255)%256] }

func (m *gcMoment) until(last *gcMoment) gcPace {
	p := gcPace{Cycles: last.stats.NumGC - m.stats.NumGC, GoalBytes: last.stats.NextGC, Cores: -1}
	if p.Cycles > 0 {
		p.Interval = float64(last.lastEnd()-m.lastEnd()) / 1e9 / float64(p.Cycles)
	}
	if m.seconds >= 0 {
		p.Cores = (last.seconds - m.seconds) / last.at.Sub(m.at).Seconds()
	}
	return p
}

func (m *mode) pace(seconds int, stop <-chan os.Signal) truth {
	var first, last runtime.MemStats
	t := truth{Version: runtime.Version()}
	m.request() // what a first time costs
	runtime.ReadMemStats(&first)
	cpu := cpuSeconds()
	start := time.Now()
	warm := gcNow()
	for t.Requests < m.rate*seconds && len(stop) == 0 {
		due := start.Add(time.Duration(t.Requests) * time.Second / time.Duration(m.rate))
		time.Sleep(time.Until(due))
		if t.Requests == m.rate*seconds/4 {
			warm = gcNow()
		}
		m.request()
		t.Requests++
	}
	t.Seconds = time.Since(start).Seconds()
	runtime.ReadMemStats(&last)
	t.CPUSeconds = cpuSeconds() - cpu
	t.GC = warm.until(gcNow())
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
