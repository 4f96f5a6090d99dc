// SPDX-License-Identifier: GPL-2.0-or-later

// Truth is a Go program that does as it is told on stdin and tells the truth about itself on
// stdout, a line of JSON for a line of command. What it says of its counters it says without
// allocating, so that they stay as they were said until the next command.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

var (
	input  [4096]byte
	filled int
	output [64 << 10]byte
	stats  runtime.MemStats
)

// command reads a line without allocating more than its words.
func command() []string {
	for {
		for i := 0; i < filled; i++ {
			if input[i] == '\n' {
				words := strings.Fields(string(input[:i]))
				filled = copy(input[:], input[i+1:filled])
				return words
			}
		}
		n, err := syscall.Read(0, input[filled:])
		if n <= 0 || err != nil {
			return []string{"quit"}
		}
		filled += n
	}
}

func say(line []byte) {
	for len(line) > 0 {
		n, err := syscall.Write(1, line)
		if err != nil {
			os.Exit(1)
		}
		line = line[n:]
	}
}

func field(line []byte, name string, value uint64) []byte {
	line = append(line, '"')
	line = append(line, name...)
	line = append(line, `":`...)
	line = strconv.AppendUint(line, value, 10)
	return append(line, ',')
}

// tellStats is called with nothing else running.
func tellStats() {
	goroutines := uint64(runtime.NumGoroutine())
	runtime.ReadMemStats(&stats)
	line := append(output[:0], '{')
	line = field(line, "mallocs", stats.Mallocs)
	line = field(line, "frees", stats.Frees)
	line = field(line, "total_alloc", stats.TotalAlloc)
	line = field(line, "heap_alloc", stats.HeapAlloc)
	line = field(line, "heap_in_use", stats.HeapInuse)
	line = field(line, "stack_in_use", stats.StackInuse)
	line = field(line, "next_gc", stats.NextGC)
	line = field(line, "cycles", uint64(stats.NumGC))
	line = field(line, "forced", uint64(stats.NumForcedGC))
	line = field(line, "pause_ns", stats.PauseTotalNs)
	line = field(line, "cpu_ppm", uint64(stats.GCCPUFraction*1e6+0.5))
	line = field(line, "goroutines", goroutines)
	line = field(line, "procs", uint64(runtime.GOMAXPROCS(0)))
	line = append(line, `"pauses":[`...)
	for i := uint32(0); i < stats.NumGC && i < 255; i++ {
		if i > 0 {
			line = append(line, ',')
		}
		line = strconv.AppendUint(line, stats.PauseNs[(stats.NumGC+255-i)%256], 10)
	}
	line = append(line, `],"classes":[`...)
	for i := 1; i < len(stats.BySize); i++ {
		class := &stats.BySize[i]
		if i > 1 {
			line = append(line, ',')
		}
		line = append(line, '[')
		line = strconv.AppendUint(line, uint64(class.Size), 10)
		line = append(line, ',')
		line = strconv.AppendUint(line, class.Mallocs, 10)
		line = append(line, ',')
		line = strconv.AppendUint(line, class.Frees, 10)
		line = append(line, ']')
	}
	say(append(line, "]}\n"...))
}

type record struct {
	Allocs     int64    `json:"allocs"`
	Frees      int64    `json:"frees"`
	AllocBytes int64    `json:"alloc_bytes"`
	FreeBytes  int64    `json:"free_bytes"`
	Stack      []string `json:"stack"`
}

func names(stack []uintptr) []string {
	var found []string
	frames := runtime.CallersFrames(stack)
	for {
		frame, more := frames.Next()
		found = append(found, frame.Function+":"+strconv.Itoa(frame.Line))
		if !more {
			return found
		}
	}
}

// tellProfile leaves the collector off, up to "collect": the profile stays as it was told.
func tellProfile() {
	debug.SetGCPercent(-1)
	runtime.GC()
	runtime.GC()
	var profile []runtime.MemProfileRecord
	for n, ok := 4096, false; !ok; n += 4096 {
		profile = make([]runtime.MemProfileRecord, n)
		n, ok = runtime.MemProfile(profile, true)
		if ok {
			profile = profile[:n]
		}
	}
	records := []record{}
	for i := range profile {
		p := &profile[i]
		if p.AllocObjects != 0 {
			records = append(records, record{p.AllocObjects, p.FreeObjects, p.AllocBytes,
				p.FreeBytes, names(p.Stack())})
		}
	}
	line, err := json.Marshal(records)
	if err != nil {
		panic(err)
	}
	say(append(line, '\n'))
}

// tellGoroutines gives the runtime's own list of them.
func tellGoroutines() {
	text := make([]byte, 4<<20)
	text = text[:runtime.Stack(text, true)]
	line, err := json.Marshal(string(text))
	if err != nil {
		panic(err)
	}
	say(append(line, '\n'))
}

type named struct {
	Address uintptr `json:"address"`
	Name    string  `json:"name"`
	Size    uintptr `json:"size"`
}

// tellTypes gives the addresses of type descriptors: the first words of interfaces.
func tellTypes() {
	values := []interface{}{session{}, &server{}, []string{}, map[string]*session{}, 1.5,
		func(int) error { return nil }, struct{ A, b int }{}, box(0), box(1)}
	types := make([]named, len(values))
	for i := range values {
		t := reflect.TypeOf(values[i])
		types[i] = named{*(*uintptr)(unsafe.Pointer(&values[i])), t.String(), t.Size()}
	}
	line, err := json.Marshal(types)
	if err != nil {
		panic(err)
	}
	say(append(line, '\n'))
}

func number(words []string, at int) int {
	if at >= len(words) {
		return 0
	}
	n, err := strconv.Atoi(words[at])
	if err != nil {
		panic(err)
	}
	return n
}

func main() {
	say([]byte("ready\n"))
	for {
		words := command()
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "quit":
			os.Exit(0)
		case "stats":
			tellStats()
			continue
		case "profile":
			tellProfile()
			continue
		case "types":
			tellTypes()
			continue
		case "goroutines":
			tellGoroutines()
			continue
		case "collect":
			debug.SetGCPercent(100)
		case "gc":
			for i := 0; i < number(words, 1); i++ {
				runtime.GC()
			}
		default:
			work(words[0], number(words, 1))
		}
		say([]byte("done\n"))
	}
}
