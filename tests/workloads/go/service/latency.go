// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"encoding/json"
	"io"
	"math/bits"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	dueHeader = "X-Due-Ns"
	subBits   = 5 // 32 steps in each power of two: within 3 %
	buckets   = 64 << subBits
)

// histogram counts latencies without a lock and without an allocation.
type histogram struct {
	counts [buckets]uint64
}

func bucketOf(ns uint64) int {
	if ns < 1<<subBits {
		return int(ns)
	}
	exponent := bits.Len64(ns) - subBits - 1
	return exponent<<subBits + int(ns>>uint(exponent))
}

func lowest(bucket int) uint64 {
	if bucket < 1<<subBits {
		return uint64(bucket)
	}
	exponent := uint(bucket>>subBits) - 1
	return (uint64(bucket)&(1<<subBits-1) | 1<<subBits) << exponent
}

// addSince counts the time since a request was due, as its header says.
func (h *histogram) addSince(due string) {
	ns, err := strconv.ParseInt(due, 10, 64)
	now := time.Now().UnixNano()
	if err != nil || ns > now {
		return
	}
	atomic.AddUint64(&h.counts[bucketOf(uint64(now-ns))], 1)
}

// tell writes the quantiles since the last time, and begins anew.
func (h *histogram) tell(w io.Writer) {
	var counts [buckets]uint64
	n := uint64(0)
	for i := range counts {
		counts[i] = atomic.SwapUint64(&h.counts[i], 0)
		n += counts[i]
	}
	quantile := func(share float64) float64 {
		seen := uint64(0)
		for i := range counts {
			seen += counts[i]
			if n > 0 && float64(seen) >= share*float64(n) {
				return float64(lowest(i)) / 1e6
			}
		}
		return 0
	}
	_ = json.NewEncoder(w).Encode(map[string]interface{}{
		"n": n, "p50_ms": quantile(0.5), "p99_ms": quantile(0.99), "p999_ms": quantile(0.999),
		"counts": sparse(counts[:]),
	})
}

// sparse: the buckets that are not empty, by their lowest latency in ns, so that slices add up.
func sparse(counts []uint64) map[string]uint64 {
	kept := map[string]uint64{}
	for i, n := range counts {
		if n > 0 {
			kept[strconv.FormatUint(lowest(i), 10)] = n
		}
	}
	return kept
}
