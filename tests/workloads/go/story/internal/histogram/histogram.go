// SPDX-License-Identifier: GPL-2.0-or-later

// Package histogram counts durations in buckets of constant relative width, as HDR histograms do:
// a quantile is never off by more than 1/128 of itself, at any size, in fixed memory.
package histogram

import (
	"math/bits"
	"time"
)

const (
	subBits = 7
	sub     = 1 << subBits
	buckets = (64 - subBits) * sub
)

// Histogram is ready as its zero value. One goroutine writes it; Add merges several.
type Histogram struct {
	counts [buckets]uint64
	total  uint64
	max    time.Duration
}

// Values below 128 ns have a bucket each; above, 128 buckets per power of two.
func index(ns uint64) int {
	shift := bits.Len64(ns) - subBits - 1
	if shift <= 0 {
		return int(ns)
	}
	return shift*sub + int(ns>>uint(shift))
}

// upper is the largest value that falls into bucket @at.
func upper(at int) uint64 {
	if at < 2*sub {
		return uint64(at)
	}
	shift := uint(at/sub - 1)
	return (uint64(at%sub+sub)+1)<<shift - 1
}

// Record counts one duration; negative ones count as zero.
func (h *Histogram) Record(d time.Duration) {
	if d < 0 {
		d = 0
	}
	h.counts[index(uint64(d))]++
	h.total++
	if d > h.max {
		h.max = d
	}
}

// Add takes over what @other has counted.
func (h *Histogram) Add(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	if other.max > h.max {
		h.max = other.max
	}
}

// Count is the number of durations recorded.
func (h *Histogram) Count() uint64 { return h.total }

// Quantile is the smallest bucket bound below which the share @q of all durations lies, never more
// than the longest one; 0 if nothing was recorded.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	rank := uint64(q*float64(h.total) + 0.999999)
	if rank < 1 {
		rank = 1
	}
	var seen uint64
	for i, n := range h.counts {
		seen += n
		if seen >= rank {
			return min(time.Duration(upper(i)), h.max)
		}
	}
	return h.max
}
