// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"sort"
	"strings"
)

//go:embed sites.go
var source string

// site is one marked line, and what it allocated in so many rounds.
type site struct {
	Function string `json:"function"`
	Line     int    `json:"line"`
	Cause    string `json:"cause"`
	Type     string `json:"type"`
	Objects  int64  `json:"objects"`
	Bytes    int64  `json:"bytes"`
}

type truth struct {
	Version string `json:"go"`
	Rounds  int    `json:"rounds"`
	// What the runtime needs to let a goroutine wait, made anew after a collection.
	Unmarked int64   `json:"unmarked_objects"`
	Sites    []*site `json:"sites"`
}

var mark = regexp.MustCompile(`// site: cause=(\S+) type=(\S+)`)

// markedLines is every site by its line.
func markedLines() map[int]*site {
	found := map[int]*site{}
	for i, line := range strings.Split(source, "\n") {
		if m := mark.FindStringSubmatch(line); m != nil {
			found[i+1] = &site{Line: i + 1, Cause: m[1], Type: m[2]}
		}
	}
	return found
}

// printTruth profiles every allocation of so many rounds. It fails if lines that are not marked
// allocate more than an object per round, or if a marked one does not.
func printTruth(rounds int) error {
	marked := markedLines()
	round() // what a first time costs, such as the stacks of goroutines
	before := profile()
	for i := 0; i < rounds; i++ {
		round()
	}
	after := profile()
	t := truth{Version: runtime.Version(), Rounds: rounds}
	for key, sum := range after {
		if !strings.HasSuffix(key.file, "/sites.go") {
			continue
		}
		s := marked[key.line]
		if s == nil {
			t.Unmarked += sum.objects - before[key].objects
			continue
		}
		s.Function = key.function
		s.Objects = sum.objects - before[key].objects
		s.Bytes = sum.bytes - before[key].bytes
	}
	for line, s := range marked {
		if s.Cause == "convT64" {
			s.byConstruction(rounds)
		}
		if s.Objects == 0 {
			return fmt.Errorf("line %d is marked and does not allocate", line)
		}
		t.Sites = append(t.Sites, s)
	}
	if t.Unmarked > int64(rounds) {
		return fmt.Errorf("lines that are not marked allocate %d objects", t.Unmarked)
	}
	sort.Slice(t.Sites, func(i, k int) bool { return t.Sites[i].Line < t.Sites[k].Line })
	return json.NewEncoder(os.Stdout).Encode(t)
}

// byConstruction counts what the profile cannot see: tiny objects that find room in a block that is
// there already.
func (s *site) byConstruction(rounds int) {
	for _, each := range sites {
		if strings.HasSuffix(s.Function, functionName(each.run)) {
			s.Objects = int64(each.passes * rounds)
			s.Bytes = 8 * s.Objects
		}
	}
}

type place struct {
	function string
	file     string
	line     int
}

type sum struct{ objects, bytes int64 }

// profile adds up all allocations since the start by the first line of this package that is on
// their stack, main and the functions of this file excepted by their file.
func profile() map[place]sum {
	// Allocations are published when the cycle after theirs has ended.
	runtime.GC()
	runtime.GC()
	runtime.GC()
	records := make([]runtime.MemProfileRecord, 1<<14)
	n, whole := runtime.MemProfile(records, true)
	if !whole {
		panic("more places than expected")
	}
	found := map[place]sum{}
	for i := range records[:n] {
		frames := runtime.CallersFrames(records[i].Stack())
		for more := true; more; {
			var frame runtime.Frame
			frame, more = frames.Next()
			if strings.HasPrefix(frame.Function, "main.") {
				key := place{frame.Function, frame.File, frame.Line}
				s := found[key]
				s.objects += records[i].AllocObjects
				s.bytes += records[i].AllocBytes
				found[key] = s
				break
			}
		}
	}
	return found
}
