// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"heapbeat.example/story/internal/histogram"
	"heapbeat.example/story/internal/serve"
)

// result is what one run was like. Before and After are the service's own figures around the part
// that counts.
type result struct {
	Sent       uint64        `json:"sent"`
	Answered   uint64        `json:"answered"`
	Failed     uint64        `json:"failed"`
	Unfinished uint64        `json:"unfinished"`
	Seconds    float64       `json:"seconds"`
	Rate       float64       `json:"rate"`
	P50        float64       `json:"p50_ms"`
	P99        float64       `json:"p99_ms"`
	P999       float64       `json:"p999_ms"`
	Longest    float64       `json:"longest_ms"`
	Before     serve.Figures `json:"before"`
	After      serve.Figures `json:"after"`
}

func (r *result) latencies(h *histogram.Histogram) {
	ms := func(q float64) float64 { return float64(h.Quantile(q)) / float64(time.Millisecond) }
	r.Answered = h.Count()
	r.P50, r.P99, r.P999, r.Longest = ms(0.5), ms(0.99), ms(0.999), ms(1)
}

func send(client *http.Client, url string, document []byte) (int, []byte, error) {
	answer, err := client.Post(url+"/orders", "application/json", bytes.NewReader(document))
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

func figures(url string) (f serve.Figures, err error) {
	answer, err := http.Get(url + "/figures")
	if err != nil {
		return f, err
	}
	defer answer.Body.Close()
	return f, json.NewDecoder(answer.Body).Decode(&f)
}

// worker sends what is due, one at a time, and counts what was due after @from.
func (s *settings) worker(client *http.Client, due <-chan time.Time, from time.Time, end time.Time,
	h *histogram.Histogram, next *atomic.Uint64, failed, unfinished *atomic.Uint64) {
	for at := range due {
		counts := !at.Before(from)
		if time.Now().After(end) {
			// The service is so far behind that the run would never end: at least so long.
			if counts {
				unfinished.Add(1)
				h.Record(time.Since(at))
			}
			continue
		}
		document := s.documents[next.Add(1)%uint64(len(s.documents))]
		status, _, err := send(client, s.url, document)
		if err != nil || status != http.StatusOK {
			failed.Add(1)
		}
		if counts {
			h.Record(time.Since(at))
		}
	}
}

func openLoop(s settings) (*result, error) {
	var next, failed, unfinished atomic.Uint64
	var group sync.WaitGroup
	client := newClient(s.connections)
	r := &result{Seconds: s.seconds.Seconds(), Rate: s.rate}
	start := time.Now()
	from := start.Add(s.warmup)
	end := from.Add(s.seconds)
	due := make(chan time.Time, int(s.rate*(s.warmup+s.seconds).Seconds())+1)
	histograms := make([]histogram.Histogram, s.connections)
	for i := range histograms {
		group.Add(1)
		go func() {
			defer group.Done()
			s.worker(client, due, from, end.Add(5*time.Second), &histograms[i], &next, &failed,
				&unfinished)
		}()
	}
	gap := time.Duration(float64(time.Second) / s.rate)
	var err error
	counting := false
	for at := start; at.Before(end); at = at.Add(gap) {
		time.Sleep(time.Until(at))
		if !counting && !at.Before(from) {
			counting = true
			r.Before, err = figures(s.url)
		}
		if counting {
			r.Sent++
		}
		due <- at
	}
	close(due)
	group.Wait()
	if err == nil {
		r.After, err = figures(s.url)
	}
	for i := 1; i < len(histograms); i++ {
		histograms[0].Add(&histograms[i])
	}
	r.latencies(&histograms[0])
	r.Failed, r.Unfinished = failed.Load(), unfinished.Load()
	if err == nil && r.Failed > 0 {
		err = fmt.Errorf("%d of %d requests failed", r.Failed, r.Sent)
	}
	return r, err
}

func closedLoop(s settings) (*result, error) {
	var next, failed, answered atomic.Uint64
	var group sync.WaitGroup
	client := newClient(s.connections)
	from := time.Now().Add(s.warmup)
	end := from.Add(s.seconds)
	for i := 0; i < s.connections; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for time.Now().Before(end) {
				document := s.documents[next.Add(1)%uint64(len(s.documents))]
				status, _, err := send(client, s.url, document)
				if err != nil || status != http.StatusOK {
					failed.Add(1)
				} else if now := time.Now(); now.After(from) && now.Before(end) {
					answered.Add(1)
				}
			}
		}()
	}
	group.Wait()
	r := &result{Answered: answered.Load(), Failed: failed.Load(), Seconds: s.seconds.Seconds()}
	r.Sent = r.Answered
	r.Rate = float64(r.Answered) / s.seconds.Seconds()
	if r.Failed > 0 {
		return r, fmt.Errorf("%d requests failed", r.Failed)
	}
	return r, nil
}
