// SPDX-License-Identifier: GPL-2.0-or-later

// Command before is the service as it was first written: it works, and it allocates wherever it
// can. Its functions have the names of those in ../after, as two builds of one program would.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"

	"heapbeat.example/story/internal/catalogue"
	"heapbeat.example/story/internal/serve"
)

type service struct {
	catalogue *catalogue.Catalogue
	journal   *log.Logger
	store     *store
}

func main() {
	serve.Main(func(parts serve.Parts) serve.Version {
		return &service{parts.Catalogue, log.New(parts.Journal, "", 0), newStore(parts.Database)}
	})
}

func (s *service) Flush() error { return s.store.flush() }
func (s *service) Close() error { return s.store.close() }

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r.Body)
	if err == errTooLarge {
		refuse(w, http.StatusRequestEntityTooLarge, "document too large")
		return
	}
	if err != nil {
		refuse(w, http.StatusBadRequest, "no document")
		return
	}
	document, err := decode(body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "not a document of orders")
		return
	}
	rows, answer, err := s.evaluate(document)
	if err != nil {
		refuse(w, http.StatusBadRequest, "not a document of orders")
		return
	}
	if err := s.store.add(rows); err != nil {
		refuse(w, http.StatusServiceUnavailable, "cannot store")
		return
	}
	text, err := json.Marshal(answer)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "cannot answer")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, "%s\n", text)
}

func refuse(w http.ResponseWriter, status int, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, "{\"error\":%q}\n", why)
}
