// SPDX-License-Identifier: GPL-2.0-or-later

// Command causes allocates at one site per way of allocating, so many rounds per second, and
// prints at its end as one line of JSON how many rounds that were. What one round is, exactly,
// object by object:
//
//	causes [-rate ROUNDS] [-seconds N]   to be observed
//	causes -truth [-rounds N]            every allocation profiled: objects and bytes of each site
//
// A site is a line of sites.go with a comment "// site: cause=CAUSE type=TYPE".
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

const maxSeconds, maxRate, maxRounds = 300, 2000, 10000

// MemProfileRate counts from its first change on: before anything of interest is allocated.
func init() {
	for _, argument := range os.Args[1:] {
		if argument == "-truth" || argument == "--truth" {
			runtime.MemProfileRate = 1
		}
	}
}

func main() {
	truth := flag.Bool("truth", false, "profile every allocation of some rounds")
	rounds := flag.Int("rounds", 20, "how many, with -truth")
	rate := flag.Int("rate", 60, "rounds per second")
	seconds := flag.Int("seconds", 10, "how long")
	flag.Parse()
	if *rounds < 1 || *rounds > maxRounds || *rate < 1 || *rate > maxRate || *seconds < 1 ||
		*seconds > maxSeconds {
		flag.Usage()
		os.Exit(2)
	}
	var err error
	if *truth {
		err = printTruth(*rounds)
	} else {
		err = pace(*rate, *seconds)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "causes:", err)
		os.Exit(1)
	}
}

func round() {
	for _, s := range sites {
		s.run(s.passes)
	}
}

// result is what a paced run was. Objects and bytes are the whole process's: those of all sites,
// and a few of the runtime's own.
type result struct {
	Version string  `json:"go"`
	Rounds  int     `json:"rounds"`
	Seconds float64 `json:"seconds"`
	Objects uint64  `json:"objects"`
	Bytes   uint64  `json:"bytes"`
	Cycles  uint32  `json:"gc_cycles"`
}

func pace(rate, seconds int) error {
	var first, last runtime.MemStats
	round() // what a first time costs
	fmt.Println("ready")
	runtime.ReadMemStats(&first)
	start := time.Now()
	r := result{Version: runtime.Version(), Rounds: rate * seconds}
	for i := 0; i < r.Rounds; i++ {
		time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		round()
	}
	r.Seconds = time.Since(start).Seconds()
	runtime.ReadMemStats(&last)
	r.Objects, r.Bytes = last.Mallocs-first.Mallocs, last.TotalAlloc-first.TotalAlloc
	r.Cycles = last.NumGC - first.NumGC
	return json.NewEncoder(os.Stdout).Encode(r)
}
