// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	batchRows = 100
	flushWait = 200 * time.Millisecond
	// Requests wait while so much is pending: the database is behind.
	maxPending = 1 << 20
)

// store gathers rows as the text that COPY reads. Two buffers take turns: one is filled while the
// other is written.
type store struct {
	database *pgx.Conn
	wake     chan struct{}
	stop     chan struct{}
	ended    chan struct{}

	writing sync.Mutex // held while a batch is on its way
	spare   []byte
	reader  bytes.Reader

	mutex   sync.Mutex
	room    sync.Cond
	pending []byte
	rows    int
	err     error
}

func newStore(database *pgx.Conn) *store {
	s := &store{database: database, wake: make(chan struct{}, 1), stop: make(chan struct{}),
		ended: make(chan struct{})}
	s.room.L = &s.mutex
	go s.run()
	return s
}

func (s *store) add(rows []byte, count int) error {
	s.mutex.Lock()
	for len(s.pending) > maxPending && s.err == nil {
		s.room.Wait()
	}
	s.pending = append(s.pending, rows...)
	s.rows += count
	full, err := s.rows >= batchRows, s.err
	s.mutex.Unlock()
	if full {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	return err
}

func (s *store) close() error {
	close(s.stop)
	<-s.ended
	return s.flush()
}

func (s *store) run() {
	defer close(s.ended)
	ticker := time.NewTicker(flushWait)
	defer ticker.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-s.wake:
		case <-ticker.C:
		}
		_ = s.flush()
	}
}

func (s *store) flush() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mutex.Lock()
	batch, err := s.pending, s.err
	s.pending, s.rows = s.spare[:0], 0
	s.room.Broadcast()
	s.mutex.Unlock()
	s.spare = batch
	if len(batch) == 0 || err != nil {
		return err
	}
	s.reader.Reset(batch)
	_, err = s.database.PgConn().CopyFrom(context.Background(), &s.reader,
		"COPY orders (order_id, customer_id, name, country, items, total_cents, label,"+
			" fingerprint) FROM STDIN")
	if err != nil {
		s.mutex.Lock()
		s.err = err
		s.room.Broadcast()
		s.mutex.Unlock()
	}
	return err
}

func appendRow(to []byte, o *order, cents int64, label []byte) []byte {
	to = strconv.AppendInt(to, o.ID, 10)
	to = strconv.AppendInt(append(to, '\t'), o.Customer.ID, 10)
	to = appendEscaped(append(to, '\t'), o.Customer.Name)
	to = appendEscaped(append(to, '\t'), o.Customer.Delivery.Country)
	to = strconv.AppendInt(append(to, '\t'), int64(len(o.Items)), 10)
	to = strconv.AppendInt(append(to, '\t'), cents, 10)
	to = append(to, '\t')
	for _, c := range label {
		to = appendByte(to, c)
	}
	to = appendFingerprint(append(to, '\t'), label)
	return append(to, '\n')
}

func appendEscaped(to []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		to = appendByte(to, text[i])
	}
	return to
}

// appendByte escapes what has a meaning in the text format of COPY.
func appendByte(to []byte, c byte) []byte {
	switch c {
	case '\\':
		return append(to, '\\', '\\')
	case '\t':
		return append(to, '\\', 't')
	case '\n':
		return append(to, '\\', 'n')
	case '\r':
		return append(to, '\\', 'r')
	}
	return append(to, c)
}
