// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	batchRows = 100
	flushWait = 200 * time.Millisecond
)

type row struct {
	orderID     int64
	customerID  int64
	name        string
	country     string
	items       int64
	totalCents  int64
	label       string
	fingerprint string
}

// store writes rows in batches, from one goroutine.
type store struct {
	database *pgx.Conn
	incoming chan []*row
	flushes  chan chan error
	ended    chan struct{}

	mutex sync.Mutex
	err   error
}

func newStore(database *pgx.Conn) *store {
	s := &store{database: database, incoming: make(chan []*row, 64),
		flushes: make(chan chan error), ended: make(chan struct{})}
	go s.run()
	return s
}

func (s *store) failure() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.err
}

func (s *store) add(rows []*row) error {
	s.incoming <- rows
	return s.failure()
}

func (s *store) flush() error {
	answer := make(chan error)
	s.flushes <- answer
	return <-answer
}

func (s *store) close() error {
	close(s.incoming)
	<-s.ended
	return s.failure()
}

func (s *store) run() {
	defer close(s.ended)
	ticker := time.NewTicker(flushWait)
	defer ticker.Stop()
	var pending []*row
	for {
		select {
		case rows, open := <-s.incoming:
			if !open {
				s.write(pending, 1)
				return
			}
			pending = s.write(append(pending, rows...), batchRows)
		case answer := <-s.flushes:
			for len(s.incoming) > 0 {
				pending = append(pending, <-s.incoming...)
			}
			pending = s.write(pending, 1)
			answer <- s.failure()
		case <-ticker.C:
			pending = s.write(pending, 1)
		}
	}
}

// write stores batches while at least so many rows are pending; what remains.
func (s *store) write(pending []*row, least int) []*row {
	for len(pending) >= least && len(pending) > 0 {
		count := min(len(pending), batchRows)
		if err := s.insert(pending[:count]); err != nil {
			s.mutex.Lock()
			s.err = err
			s.mutex.Unlock()
		}
		pending = pending[count:]
	}
	return pending
}

func (s *store) insert(rows []*row) error {
	statement := "INSERT INTO orders (order_id, customer_id, name, country, items, total_cents," +
		" label, fingerprint) VALUES "
	var arguments []interface{}
	for i, r := range rows {
		if i > 0 {
			statement = statement + ", "
		}
		n := i * 8
		statement = statement + fmt.Sprintf("($%d, $%d, $%d, $%d, $%d, $%d, $%d, $%d)", n+1, n+2, // expect: go-string-builder go-boxing
			n+3, n+4, n+5, n+6, n+7, n+8) // expect: go-boxing
		arguments = append(arguments, r.orderID, r.customerID, r.name, r.country, r.items,
			r.totalCents, r.label, r.fingerprint)
	}
	_, err := s.database.Exec(context.Background(), statement, arguments...)
	return err
}
