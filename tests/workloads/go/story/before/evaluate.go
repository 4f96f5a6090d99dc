// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"fmt"
	"hash/fnv"
)

type line struct {
	sku      string
	category string
	quantity int64
	cents    int64
	known    bool
}

func (s *service) evaluate(document map[string]interface{}) ([]*row, map[string]interface{}, error) {
	batch, err := text(document, "batch")
	if err != nil {
		return nil, nil, err
	}
	list, err := members(document, "orders")
	if err != nil {
		return nil, nil, err
	}
	var rows []*row
	var items, unknown, total int64
	manifest := ""
	countries := make(map[string]int64)
	for _, order := range list {
		r, missing, err := s.orderRow(order)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, r)
		manifest = manifest + fmt.Sprintf("%d", r.orderID) + ":" + r.label + "\n" // expect: go-string-builder go-boxing
		countries[r.country] += r.totalCents
		items += r.items
		unknown += missing
		total += r.totalCents
	}
	for _, r := range rows {
		s.journal.Printf("batch %s order %d customer %d (%s) items %d total %d.%02d %s", batch,
			r.orderID, r.customerID, r.country, r.items, r.totalCents/100, r.totalCents%100, r.label)
	}
	return rows, map[string]interface{}{
		"accepted": len(rows), "batch": batch, "by_country": countries, "items": items,
		"manifest": fingerprint(manifest), "total_cents": total, "unknown": unknown,
	}, nil
}

func (s *service) orderRow(order map[string]interface{}) (*row, int64, error) {
	customer, err := member(order, "customer")
	if err != nil {
		return nil, 0, err
	}
	address, err := member(customer, "delivery_address")
	if err != nil {
		return nil, 0, err
	}
	lines, err := s.lines(order)
	if err != nil {
		return nil, 0, err
	}
	r := &row{items: int64(len(lines))}
	if r.orderID, err = integer(order, "id"); err != nil {
		return nil, 0, err
	}
	if r.customerID, err = integer(customer, "id"); err != nil {
		return nil, 0, err
	}
	if r.name, err = text(customer, "name"); err != nil {
		return nil, 0, err
	}
	if r.country, err = text(address, "country"); err != nil {
		return nil, 0, err
	}
	var unknown int64
	for i, l := range lines {
		if i > 0 {
			r.label = r.label + ","
		}
		r.label = r.label + fmt.Sprintf("%sx%d/%s", l.sku, l.quantity, l.category) // expect: go-string-builder go-boxing
		r.totalCents += l.cents
		if !l.known {
			unknown++
		}
	}
	r.fingerprint = fingerprint(r.label)
	return r, unknown, nil
}

func (s *service) lines(order map[string]interface{}) ([]*line, error) {
	items, err := members(order, "items")
	if err != nil {
		return nil, err
	}
	var lines []*line
	for _, item := range items {
		l, err := s.price(item)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l) // expect: go-prealloc
	}
	return lines, nil
}

func (s *service) price(item map[string]interface{}) (*line, error) {
	sku, err := text(item, "sku")
	if err != nil {
		return nil, err
	}
	quantity, err := integer(item, "quantity")
	if err != nil {
		return nil, err
	}
	cents, err := integer(item, "price_cents")
	if err != nil {
		return nil, err
	}
	l := &line{sku: sku, category: "unknown", quantity: quantity, cents: quantity * cents} // expect: go-value-slice
	if product := s.catalogue.Find(sku); product != nil {
		l.known = true
		l.category = product.Category
		l.cents -= l.cents * product.Discount / 1000
	}
	return l, nil
}

func fingerprint(text string) string {
	hash := fnv.New64a()
	hash.Write([]byte(text)) // expect: go-bytes-string
	return fmt.Sprintf("%016x", hash.Sum64())
}
