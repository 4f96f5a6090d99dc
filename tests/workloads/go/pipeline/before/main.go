// SPDX-License-Identifier: GPL-2.0-or-later

// Command before collects log lines: it parses them, counts them per service, level and minute,
// keeps each user's last path, and writes compressed batches of JSON lines. It allocates wherever
// it can; ../after has the same functions with the usual remedies.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sort"

	"heapbeat.example/pipeline/internal/tally"
)

type event struct {
	stamp   string
	level   string
	service string
	fields  map[string]interface{}
}

type collector struct {
	out                  io.Writer
	pending              []*event
	counters             map[string]int
	lastPath             map[int64]string
	events, batches, odd uint64
}

func main() {
	tally.Main(func(out io.Writer) tally.Collector {
		return &collector{out: out, counters: map[string]int{}, lastPath: map[int64]string{}}
	})
}

func (c *collector) Line(line []byte) error {
	e, err := parse(string(line)) // expect: go-bytes-string
	if err != nil {
		c.odd++
		return nil
	}
	c.count(e)
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
	key := e.service + "/" + e.level + "/" + e.stamp[:16] // expect: go-string-builder
	c.counters[key]++
	user, isNumber := e.fields["user"].(int64)
	path, isText := e.fields["path"].(string)
	if isNumber && isText {
		c.lastPath[user] = path
	}
}

func (c *collector) flush() error {
	text := []byte(c.summary())
	for _, e := range c.pending {
		line, err := e.render()
		if err != nil {
			return err
		}
		text = append(text, line...) // expect: go-prealloc
	}
	packed, err := compress(text)
	if err != nil {
		return err
	}
	c.events += uint64(len(c.pending))
	c.batches++
	c.pending = nil
	header := make([]byte, 4)
	binary.LittleEndian.PutUint32(header, uint32(len(packed)))
	_, err = c.out.Write(append(header, packed...))
	return err
}

// summary is one line of what the batch has of each service, in the order of their names.
func (c *collector) summary() string {
	perService := make(map[string]int)
	for _, e := range c.pending {
		perService[e.service]++
	}
	var names []string
	for name := range perService {
		names = append(names, name)
	}
	sort.Strings(names)
	line := "#"
	for _, name := range names {
		line = line + fmt.Sprintf(" %s=%d", name, perService[name])
	}
	return line + "\n"
}

func (e *event) render() ([]byte, error) {
	record := map[string]interface{}{"at": e.stamp, "level": e.level, "service": e.service}
	for key, value := range e.fields {
		record[key] = value
	}
	text, err := json.Marshal(record) // expect: go-pool
	return append(text, '\n'), err
}

func compress(text []byte) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // expect: go-pool
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(text); err != nil { // expect: go-pool
		return nil, err
	}
	err = writer.Close()
	return packed.Bytes(), err
}
