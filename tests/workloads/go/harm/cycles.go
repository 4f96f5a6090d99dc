// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

const (
	forcedCycles = 23
	largeObjects = 997
	largeBytes   = 40000
)

func churn(n int) {
	var crew sync.WaitGroup
	for i := 0; i < 4; i++ {
		crew.Add(1)
		go func() {
			kept := make([][]byte, 64)
			for k := 0; k < n; k++ {
				kept[k%64] = make([]byte, 2000)
			}
			crew.Done()
		}()
	}
	crew.Wait()
}

// runCycles: between two readings, each behind a collection that it has waited for.
func runCycles(int) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	fmt.Println("ready")
	waitByte()
	for i := 0; i < forcedCycles; i++ {
		runtime.GC()
	}
	churn(40009)
	// Stops of the world that are no collection's.
	for i := 0; i < 101; i++ {
		runtime.ReadMemStats(&after)
	}
	debug.FreeOSMemory()
	runtime.GC()
	runtime.ReadMemStats(&after)
	forced := after.NumForcedGC - before.NumForcedGC
	tell(map[string]interface{}{
		"forced": forced, "heap": after.NumGC - before.NumGC - forced,
		"pause_ns": after.PauseTotalNs - before.PauseTotalNs,
	})
	waitByte()
}

//go:noinline
func siteHuge(n int) {
	for i := 0; i < n; i++ {
		sinkBytes = make([]byte, largeBytes)
	}
}

func runSpans(int) {
	fmt.Println("ready")
	waitByte()
	siteHuge(largeObjects)
	siteNodes(2000003)
	tell(map[string]interface{}{
		"large": largeObjects, "large_bytes": largeObjects * largeBytes,
		"nodes": 2000003,
	})
	waitByte()
}
