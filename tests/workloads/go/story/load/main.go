// SPDX-License-Identifier: GPL-2.0-or-later

// Command load sends documents of orders to the service: open loop at a fixed rate, so that a slow
// answer does not slow the next request down and waiting counts from when a request was due. It is
// bounded in rate, time, connections and requests, and prints one line of JSON.
//
//	load -url URL -rate 100 -seconds 20     open loop; the first -warmup seconds do not count
//	load -url URL -capacity -seconds 4      closed loop with -connections at once: the rate it reaches
//	load -url URL -same -seconds 1          one after the other, good and bad: prints every answer
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"heapbeat.example/story/internal/orders"
)

type settings struct {
	url         string
	rate        float64
	seconds     time.Duration
	warmup      time.Duration
	connections int
	documents   [][]byte
}

// No run is longer or asks for more than this, whatever the flags say.
const (
	maxSeconds     = 120
	maxRate        = 5000
	maxConnections = 256
)

func main() {
	log.SetFlags(0)
	url := flag.String("url", "", "where the service listens, such as http://127.0.0.1:8080")
	rate := flag.Float64("rate", 50, "requests per second")
	seconds := flag.Float64("seconds", 10, "seconds that count")
	warmup := flag.Float64("warmup", 3, "seconds before them")
	connections := flag.Int("connections", 32, "requests at once, at most")
	orderCount := flag.Int("orders", 25, "orders per document")
	itemCount := flag.Int("items", 12, "items per order")
	documents := flag.Int("documents", 64, "different documents")
	capacity := flag.Bool("capacity", false, "closed loop: as fast as answers come")
	same := flag.Bool("same", false, "send each document once and print the answers")
	flag.Parse()
	if *url == "" || *rate <= 0 || *rate > maxRate || *seconds+*warmup > maxSeconds ||
		*connections < 1 || *connections > maxConnections || *documents < 1 || *documents > 1000 {
		flag.Usage()
		os.Exit(2)
	}
	s := settings{*url, *rate, toDuration(*seconds), toDuration(*warmup), *connections, nil}
	for i := 0; i < *documents; i++ {
		s.documents = append(s.documents, orders.Make(i, *orderCount, *itemCount))
	}
	var err error
	switch {
	case *same:
		err = printAnswers(s)
	case *capacity:
		err = printJSON(closedLoop(s))
	default:
		err = printJSON(openLoop(s))
	}
	if err != nil {
		log.Fatal(err)
	}
}

func toDuration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

func printJSON(result interface{}, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func newClient(connections int) *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}}
}

// What clients get wrong, and what both versions must treat alike.
var oddities = []string{``, `{`, `null`, `[]`, `{}`, `{"orders":null}`, `{"orders":{}}`,
	`{"orders":[null,{}]}`, `{"orders":[1]}`, `{"batch":7}`, `{"orders":[{"id":"x"}]}`,
	`{"orders":[{"id":1.5}]}`, `{"batch":"<&>\u2028\ud800","orders":[{"id":3}]}`,
	`{"orders":[{"id":5,"customer":{"delivery_address":{"country":"<DE>"}},"items":[null,{}]}]}`,
	`{"orders":[{"items":[{"sku":"a\tb\\c\nd\re","quantity":2,"price_cents":-5}]}]} x`,
	`{"orders":[{"items":[{"sku":"a\tb\\c\nd\re","quantity":2,"price_cents":5}]}]}`}

func printAnswers(s settings) error {
	client := newClient(1)
	for _, text := range oddities {
		s.documents = append(s.documents, []byte(text))
	}
	s.documents = append(s.documents, make([]byte, 5<<20))
	// Once more: what a large or broken document leaves behind must not show in the next answers.
	s.documents = append(s.documents, s.documents[:3]...)
	for i, document := range s.documents {
		status, text, err := send(client, s.url, document)
		if err != nil {
			return err
		}
		fmt.Printf("%d %d %s\n", i, status, bytes.TrimSuffix(text, []byte("\n")))
	}
	return nil
}
