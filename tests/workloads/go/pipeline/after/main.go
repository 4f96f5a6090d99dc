// SPDX-License-Identifier: GPL-2.0-or-later

// Command after is the collector of ../before with the usual remedies: events by value in a slice
// that is kept, numbers and text unboxed, keys and paths interned, JSON appended, one compressor
// that is reset for every batch.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"sort"
	"strconv"

	"heapbeat.example/pipeline/internal/tally"
)

type collector struct {
	out                  io.Writer
	pending              []event
	lines                []byte  // the text that the pending events refer to
	fields               []field // of the pending events, one after the other
	counters             map[string]*int
	lastPath             map[int64]string
	names                interner
	key                  []byte
	text                 []byte
	perService           map[string]int
	sorted               []string
	record               []field
	packed               bytes.Buffer
	writer               *gzip.Writer
	events, batches, odd uint64
}

func main() {
	tally.Main(func(out io.Writer) tally.Collector {
		return newCollector(out)
	})
}

func newCollector(out io.Writer) *collector {
	c := &collector{out: out, pending: make([]event, 0, tally.BatchEvents),
		lines: make([]byte, 0, 256*tally.BatchEvents), counters: make(map[string]*int, 64),
		lastPath: make(map[int64]string, 32768), names: make(interner, 512),
		perService: make(map[string]int, 32)}
	// The level is known to be valid.
	c.writer, _ = gzip.NewWriterLevel(&c.packed, gzip.BestSpeed)
	return c
}

func (c *collector) Line(line []byte) error {
	start, fields := len(c.lines), len(c.fields)
	c.lines = append(c.lines, line...)
	e, err := c.parse(start)
	if err != nil {
		c.lines, c.fields = c.lines[:start], c.fields[:fields]
		c.odd++
		return nil
	}
	c.count(&e)
	c.pending = append(c.pending, e)
	if len(c.pending) >= tally.BatchEvents {
		return c.flush()
	}
	return nil
}

func (c *collector) Counts() (events, batches, odd uint64) { return c.events, c.batches, c.odd }

func (c *collector) Close() error {
	if len(c.pending) == 0 {
		return nil
	}
	return c.flush()
}

func (c *collector) count(e *event) {
	c.key = append(append(append(c.key[:0], e.service...), '/'), e.level...)
	c.key = append(append(c.key, '/'), c.bytes(e.stamp)[:16]...)
	if counter := c.counters[string(c.key)]; counter != nil {
		*counter++
	} else {
		counter := 1
		c.counters[string(c.key)] = &counter
	}
	user, path := c.find(e, "user"), c.find(e, "path")
	if user != nil && path != nil && user.isNumber && !path.isNumber {
		c.lastPath[user.number] = c.names.intern(c.bytes(path.text))
	}
}

func (c *collector) flush() error {
	c.text = c.summary(c.text[:0])
	var err error
	for i := range c.pending {
		if c.text, err = c.render(c.text, &c.pending[i]); err != nil {
			return err
		}
	}
	c.packed.Reset()
	c.packed.WriteString("size") // its place
	c.writer.Reset(&c.packed)
	if _, err := c.writer.Write(c.text); err != nil {
		return err
	}
	if err := c.writer.Close(); err != nil {
		return err
	}
	c.events += uint64(len(c.pending))
	c.batches++
	c.pending = c.pending[:0]
	c.lines, c.fields = c.lines[:0], c.fields[:0]
	batch := c.packed.Bytes()
	binary.LittleEndian.PutUint32(batch, uint32(len(batch)-4))
	_, err = c.out.Write(batch)
	return err
}

// summary is one line of what the batch has of each service, in the order of their names.
func (c *collector) summary(to []byte) []byte {
	clear(c.perService)
	for i := range c.pending {
		c.perService[c.pending[i].service]++
	}
	c.sorted = c.sorted[:0]
	for name := range c.perService {
		c.sorted = append(c.sorted, name)
	}
	sort.Strings(c.sorted)
	to = append(to, '#')
	for _, name := range c.sorted {
		to = append(append(append(to, ' '), name...), '=')
		to = strconv.AppendInt(to, int64(c.perService[name]), 10)
	}
	return append(to, '\n')
}
