// SPDX-License-Identifier: GPL-2.0-or-later

// Command after is the service of ../before with the usual remedies: it decodes into structs, keeps
// what a request needs in a pool, sizes slices, and appends text instead of formatting it.
package main

import (
	"encoding/json"
	"io"
	"net/http"

	"heapbeat.example/story/internal/catalogue"
	"heapbeat.example/story/internal/serve"
)

type service struct {
	catalogue *catalogue.Catalogue
	journal   io.Writer
	store     *store
}

func main() {
	serve.Main(func(parts serve.Parts) serve.Version {
		return &service{parts.Catalogue, parts.Journal, newStore(parts.Database)}
	})
}

func (s *service) Flush() error { return s.store.flush() }
func (s *service) Close() error { return s.store.close() }

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	work := workspaces.Get().(*workspace)
	defer work.release()
	err := work.readBody(r.Body)
	if err == errTooLarge {
		refuse(w, http.StatusRequestEntityTooLarge, "document too large")
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "no document")
		return
	}
	if err := work.decode(); err != nil {
		refuse(w, http.StatusBadRequest, "not a document of orders")
		return
	}
	s.evaluate(work)
	if err := s.store.add(work.rows, len(work.document.Orders)); err != nil {
		refuse(w, http.StatusServiceUnavailable, "cannot store")
		return
	}
	if err := work.encoder.Encode(&work.answer); err != nil {
		refuse(w, http.StatusInternalServerError, "cannot answer")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(work.output.Bytes())
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Error string `json:"error"`
	}{why})
}
