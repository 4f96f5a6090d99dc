// SPDX-License-Identifier: GPL-2.0-or-later

package serve

import (
	"encoding/json"
	"net/http"
	"runtime"
	"runtime/metrics"
	"syscall"
)

// Figures are what the process counts of itself since its start: the truth that whatever is said of
// it from outside is held against.
type Figures struct {
	Requests       uint64  `json:"requests"`
	Mallocs        uint64  `json:"mallocs"`
	AllocatedBytes uint64  `json:"allocated_bytes"`
	Cycles         uint32  `json:"gc_cycles"`
	PauseSeconds   float64 `json:"gc_pause_seconds"`
	GCCPUSeconds   float64 `json:"gc_cpu_seconds"`
	CPUSeconds     float64 `json:"cpu_seconds"`
	LiveBytes      uint64  `json:"live_heap_bytes"`
	GoalBytes      uint64  `json:"heap_goal_bytes"`
	GOGC           uint64  `json:"gogc"`
}

func writeFigures(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(read())
}

func read() Figures {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	samples := []metrics.Sample{
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
		{Name: "/gc/heap/live:bytes"},
		{Name: "/gc/heap/goal:bytes"},
		{Name: "/gc/gogc:percent"},
	}
	metrics.Read(samples)
	return Figures{
		Requests:       requests.Load(),
		Mallocs:        memory.Mallocs,
		AllocatedBytes: memory.TotalAlloc,
		Cycles:         memory.NumGC,
		PauseSeconds:   float64(memory.PauseTotalNs) / 1e9,
		GCCPUSeconds:   samples[0].Value.Float64(),
		CPUSeconds:     cpuSeconds(),
		LiveBytes:      samples[1].Value.Uint64(),
		GoalBytes:      samples[2].Value.Uint64(),
		GOGC:           samples[3].Value.Uint64(),
	}
}

// cpuSeconds is user and system time as /proc/self/stat has it, but not in ticks of 10 ms.
func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}
