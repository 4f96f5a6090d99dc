// SPDX-License-Identifier: GPL-2.0-or-later

// Command ship writes log lines to stdout, so many per second: what the collectors read. The lines
// are the same at every run; only their pace is given.
//
//	ship -rate 20000 -seconds 30 | before >batches.bin
package main

import (
	"bufio"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"time"
)

var (
	levels   = []string{"DEBUG", "INFO", "INFO", "INFO", "WARN", "ERROR"}
	services = []string{"checkout", "payment", "search", "stock", "mail", "login", "cart"}
	messages = []string{"card declined", "slow query", "cache miss", "user <b>signed</b> in",
		"retry scheduled", "déjà vu", "page served", "tab\\there"}
)

const maxSeconds, maxRate = 120, 200000

func main() {
	rate := flag.Int("rate", 20000, "lines per second; 0: as fast as they are read")
	seconds := flag.Int("seconds", 10, "how long; with -rate 0, tens of thousands of lines")
	flag.Parse()
	if *rate < 0 || *rate > maxRate || *seconds < 1 || *seconds > maxSeconds {
		flag.Usage()
		os.Exit(2)
	}
	lines := *rate * *seconds
	if *rate == 0 {
		lines = 10000 * *seconds
	}
	if err := ship(lines, *rate); err != nil {
		fmt.Fprintln(os.Stderr, "ship:", err)
		os.Exit(1)
	}
}

// ship writes in steps of 10 ms: a pipe's buffer takes so much at once.
func ship(lines, rate int) error {
	random := rand.New(rand.NewSource(4711))
	out := bufio.NewWriterSize(os.Stdout, 32<<10)
	start := time.Now()
	for i := 0; i < lines; i++ {
		if rate > 0 && i%max(rate/100, 1) == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
			time.Sleep(time.Until(start.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		}
		if err := writeLine(out, random, i); err != nil {
			return err
		}
	}
	return out.Flush()
}

func writeLine(out *bufio.Writer, random *rand.Rand, i int) error {
	pick := func(from []string) string { return from[random.Intn(len(from))] }
	second := i / 5000
	_, err := fmt.Fprintf(out, "2026-03-01T10:%02d:%02d.%03dZ %s %s-%d user=%d took_ms=%d bytes=%d"+
		" path=/items/%d/view msg=\"%s\"\n", second/60%60, second%60, i%1000, pick(levels),
		pick(services), random.Intn(3), random.Intn(30000), random.Intn(900), random.Intn(100000),
		random.Intn(300), pick(messages))
	return err
}
