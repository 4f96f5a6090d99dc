// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"heapbeat.example/story/internal/serve"
)

var errTooLarge = errors.New("too large")

type item struct {
	SKU        string `json:"sku"`
	Quantity   int64  `json:"quantity"`
	PriceCents int64  `json:"price_cents"`
}

type order struct {
	ID       int64 `json:"id"`
	Customer struct {
		ID       int64  `json:"id"`
		Name     string `json:"name"`
		Delivery struct {
			Country string `json:"country"`
		} `json:"delivery_address"`
	} `json:"customer"`
	Items []item `json:"items"`
}

type document struct {
	Batch  string  `json:"batch"`
	Orders []order `json:"orders"`
}

// The members are in the order of their names, as they are in the answer.
type answer struct {
	Accepted   int              `json:"accepted"`
	Batch      string           `json:"batch"`
	ByCountry  map[string]int64 `json:"by_country"`
	Items      int64            `json:"items"`
	Manifest   string           `json:"manifest"`
	TotalCents int64            `json:"total_cents"`
	Unknown    int64            `json:"unknown"`
}

// workspace is all that one request needs, kept for the next one.
type workspace struct {
	body     bytes.Buffer
	document document
	label    []byte
	manifest []byte
	journal  []byte
	rows     []byte
	answer   answer
	output   bytes.Buffer
	encoder  *json.Encoder
}

var workspaces = sync.Pool{New: func() interface{} {
	work := &workspace{answer: answer{ByCountry: make(map[string]int64, 16)}}
	work.encoder = json.NewEncoder(&work.output)
	return work
}}

// What a rare huge document has made grow is not kept.
const keepBytes = 512 << 10

func (w *workspace) release() {
	if w.body.Cap() <= keepBytes && cap(w.rows) <= keepBytes {
		workspaces.Put(w)
	}
}

func (w *workspace) readBody(r io.Reader) error {
	w.body.Reset()
	w.output.Reset()
	_, err := w.body.ReadFrom(io.LimitReader(r, serve.MaxDocument+1))
	if err == nil && w.body.Len() > serve.MaxDocument {
		err = errTooLarge
	}
	return err
}

// decode fills the document of the last request anew. The decoder writes only what the text has,
// into whatever the slices hold, so everything but their room is cleared first.
func (w *workspace) decode() error {
	orders := w.document.Orders[:cap(w.document.Orders)]
	for i := range orders {
		items := orders[i].Items[:cap(orders[i].Items)]
		clear(items)
		orders[i] = order{Items: items[:0]}
	}
	w.document = document{Orders: orders[:0]}
	return json.Unmarshal(w.body.Bytes(), &w.document)
}
