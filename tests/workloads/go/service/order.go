// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"
	"sync"
)

type item struct {
	SKU   string            `json:"sku"`
	Name  string            `json:"name"`
	Count int               `json:"count"`
	Cents int               `json:"cents"`
	Tags  []string          `json:"tags"`
	Attrs map[string]string `json:"attrs"`
}

type order struct {
	ID       string `json:"id"`
	Customer string `json:"customer"`
	Items    []item `json:"items"`
}

type receipt struct {
	ID    string            `json:"id"`
	Total string            `json:"total"`
	Lines []string          `json:"lines"`
	ByTag map[string]int    `json:"by_tag"`
	Notes map[string]string `json:"notes"`
}

const recentOrders = 256

// recent keeps what a service keeps: the orders of the last moments.
var recent = struct {
	sync.Mutex
	orders [recentOrders]*order
	next   int
}{}

func keep(o *order) {
	recent.Lock()
	recent.orders[recent.next] = o
	recent.next = (recent.next + 1) % recentOrders
	recent.Unlock()
}

func line(i *item) string {
	tags := append([]string(nil), i.Tags...)
	sort.Strings(tags)
	return fmt.Sprintf("%-12s %3d x %8.2f  %s (%s)", i.SKU, i.Count, float64(i.Cents)/100,
		strings.ToUpper(i.Name[:1])+i.Name[1:], strings.Join(tags, ","))
}

func total(o *order) *receipt {
	r := &receipt{ID: o.ID, ByTag: map[string]int{}, Notes: map[string]string{}}
	cents := 0
	for k := range o.Items {
		i := &o.Items[k]
		cents += i.Count * i.Cents
		r.Lines = append(r.Lines, line(i))
		for _, tag := range i.Tags {
			r.ByTag[tag] += i.Count
		}
		for name, value := range i.Attrs {
			r.Notes[i.SKU+"."+name] = value
		}
	}
	r.Total = fmt.Sprintf("%d.%02d", cents/100, cents%100)
	return r
}

func answer(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	o := &order{}
	if err := json.Unmarshal(body, o); err != nil {
		return err
	}
	keep(o)
	text, err := json.Marshal(total(o))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(text)
	return err
}

// sampleOrder is the one that the load asks about: a hundred items, some 15 KB.
func sampleOrder() ([]byte, error) {
	o := order{ID: "order-000017", Customer: "somebody"}
	for i := 0; i < 100; i++ {
		o.Items = append(o.Items, item{
			SKU: fmt.Sprintf("sku-%05d", i*37), Name: fmt.Sprintf("thing number %d", i),
			Count: i%7 + 1, Cents: 99 + i*13,
			Tags:  []string{"red", fmt.Sprintf("shelf-%d", i%11), "new"},
			Attrs: map[string]string{"weight": fmt.Sprint(i * 3), "origin": "here"},
		})
	}
	return json.Marshal(o)
}
