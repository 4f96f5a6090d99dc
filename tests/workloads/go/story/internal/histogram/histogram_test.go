// SPDX-License-Identifier: GPL-2.0-or-later

package histogram

import (
	"math/rand"
	"sort"
	"testing"
	"time"
)

func TestEveryBucketHoldsItsOwnUpperBoundAndNoMore(t *testing.T) {
	for at := 0; at < buckets-sub; at++ {
		bound := upper(at)
		if index(bound) != at || index(bound+1) != at+1 {
			t.Fatalf("bucket %d: bound %d falls into %d, the next into %d", at, bound, index(bound),
				index(bound+1))
		}
	}
}

func TestQuantilesAreWithinOnePercentOfTheSortedValues(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	var parts [3]Histogram
	var values []float64
	for i := 0; i < 100003; i++ {
		d := time.Duration(random.ExpFloat64() * float64(3*time.Millisecond))
		values = append(values, float64(d))
		parts[i%3].Record(d)
	}
	var h Histogram
	for i := range parts {
		h.Add(&parts[i])
	}
	sort.Float64s(values)
	for _, q := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		want := values[int(q*float64(len(values)-1))]
		got := float64(h.Quantile(q))
		if got < want*0.99-1000 || got > want*1.01+1000 {
			t.Errorf("q%g: %g, the values say %g", q, got, want)
		}
	}
	if h.Count() != 100003 {
		t.Errorf("count %d", h.Count())
	}
}

func TestNothingRecordedIsZeroAndNegativeCountsAsZero(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("an empty histogram has a median")
	}
	h.Record(-time.Second)
	if h.Quantile(1) != 0 || h.Count() != 1 {
		t.Error("a negative duration is not zero")
	}
}
