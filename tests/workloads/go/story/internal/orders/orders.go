// SPDX-License-Identifier: GPL-2.0-or-later

// Package orders makes the documents that clients send: batches of orders as a shop's systems write
// them, with far more in them than any one receiver reads.
package orders

import (
	"encoding/json"
	"fmt"
	"math/rand"

	"heapbeat.example/story/internal/catalogue"
)

type address struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
}

type customer struct {
	ID        int64   `json:"id"`
	Name      string  `json:"name"`
	Email     string  `json:"email"`
	Language  string  `json:"language"`
	Loyal     bool    `json:"loyal"`
	Invoice   address `json:"invoice_address"`
	Delivery  address `json:"delivery_address"`
	Telephone *string `json:"telephone"`
}

type item struct {
	SKU        string                 `json:"sku"`
	Title      string                 `json:"title"`
	Quantity   int64                  `json:"quantity"`
	PriceCents int64                  `json:"price_cents"`
	TaxRate    float64                `json:"tax_rate"`
	Warehouse  string                 `json:"warehouse"`
	Tags       []string               `json:"tags"`
	Attributes map[string]interface{} `json:"attributes"`
}

type order struct {
	ID       int64    `json:"id"`
	PlacedAt string   `json:"placed_at"`
	Currency string   `json:"currency"`
	Channel  string   `json:"channel"`
	Customer customer `json:"customer"`
	Items    []item   `json:"items"`
	Notes    string   `json:"notes"`
}

type document struct {
	Batch  string  `json:"batch"`
	Source string  `json:"source"`
	Orders []order `json:"orders"`
}

// Names that storing and answering must not break: quotes, backslashes, tabs, other scripts.
var names = [...]string{"Ada Lovelace", "Grace \"Amazing\" Hopper", "Łukasz Żółw", "O\\Brien & Söhne",
	"Tab\tStop", "山田 太郎", "Nul-free \\N", "Anna-Lena Müller"}

var countries = [...]string{"DE", "FR", "PL", "SE", "IE", "JP", "PT"}

// Make returns the JSON text of document number @number with so many orders of so many items each.
// Equal arguments make equal documents.
func Make(number, orderCount, itemCount int) []byte {
	random := rand.New(rand.NewSource(int64(number)*7919 + 17))
	d := document{Batch: fmt.Sprintf("b-%06d", number), Source: fmt.Sprintf("shop-%d", number%5)}
	for i := 0; i < orderCount; i++ {
		d.Orders = append(d.Orders, makeOrder(random, int64(number*orderCount+i), itemCount))
	}
	text, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return text
}

func makeOrder(random *rand.Rand, id int64, itemCount int) order {
	home := address{Street: fmt.Sprintf("Long Street %d", random.Intn(400)), City: "Springfield",
		Zip: fmt.Sprintf("%05d", random.Intn(99999)), Country: countries[random.Intn(len(countries))]}
	o := order{ID: id, PlacedAt: "2026-03-01T10:00:00Z", Currency: "EUR", Channel: "web",
		Customer: customer{ID: int64(random.Intn(50000)), Name: names[random.Intn(len(names))],
			Email: fmt.Sprintf("customer%d@mail.example", id), Language: "en",
			Loyal: random.Intn(3) == 0, Invoice: home, Delivery: home},
		Notes: "please ring twice"}
	for i := 0; i < itemCount; i++ {
		number := random.Intn(catalogueSize)
		o.Items = append(o.Items, item{SKU: catalogue.SKU(number),
			Title:    fmt.Sprintf("Product number %d", number),
			Quantity: int64(1 + random.Intn(4)), PriceCents: int64(99 + random.Intn(20000)),
			TaxRate: 0.19, Warehouse: "north-2", Tags: []string{"sale", "new", "eco"},
			Attributes: map[string]interface{}{"colour": "red", "size": "M",
				"weight_g": random.Intn(4000)}})
	}
	return o
}

// A tenth more than the service sells: some items are unknown to it.
const catalogueSize = 44000
