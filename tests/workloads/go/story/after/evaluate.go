// SPDX-License-Identifier: GPL-2.0-or-later

package main

import "strconv"

func (s *service) evaluate(w *workspace) {
	w.rows = w.rows[:0]
	w.manifest = w.manifest[:0]
	w.journal = w.journal[:0]
	clear(w.answer.ByCountry)
	w.answer = answer{Accepted: len(w.document.Orders), Batch: w.document.Batch,
		ByCountry: w.answer.ByCountry}
	for i := range w.document.Orders {
		s.orderRow(w, &w.document.Orders[i])
	}
	w.answer.Manifest = string(appendFingerprint(w.label[:0], w.manifest))
	if len(w.journal) > 0 {
		_, _ = s.journal.Write(w.journal)
	}
}

func (s *service) orderRow(w *workspace, o *order) {
	cents := s.price(w, o)
	w.manifest = strconv.AppendInt(w.manifest, o.ID, 10)
	w.manifest = append(w.manifest, ':')
	w.manifest = append(w.manifest, w.label...)
	w.manifest = append(w.manifest, '\n')
	w.answer.ByCountry[o.Customer.Delivery.Country] += cents
	w.answer.Items += int64(len(o.Items))
	w.answer.TotalCents += cents
	w.rows = appendRow(w.rows, o, cents, w.label)
	w.journal = appendEntry(w.journal, w.document.Batch, o, cents, w.label)
}

// price leaves the order's label in the workspace; what the order costs.
func (s *service) price(w *workspace, o *order) int64 {
	var total int64
	w.label = w.label[:0]
	for i := range o.Items {
		it := &o.Items[i]
		category := "unknown"
		cents := it.Quantity * it.PriceCents
		if product := s.catalogue.Find(it.SKU); product != nil {
			category = product.Category
			cents -= cents * product.Discount / 1000
		} else {
			w.answer.Unknown++
		}
		if i > 0 {
			w.label = append(w.label, ',')
		}
		w.label = append(w.label, it.SKU...)
		w.label = append(w.label, 'x')
		w.label = strconv.AppendInt(w.label, it.Quantity, 10)
		w.label = append(w.label, '/')
		w.label = append(w.label, category...)
		total += cents
	}
	return total
}

func appendEntry(to []byte, batch string, o *order, cents int64, label []byte) []byte {
	to = append(to, "batch "...)
	to = append(to, batch...)
	to = append(to, " order "...)
	to = strconv.AppendInt(to, o.ID, 10)
	to = append(to, " customer "...)
	to = strconv.AppendInt(to, o.Customer.ID, 10)
	to = append(to, " ("...)
	to = append(to, o.Customer.Delivery.Country...)
	to = append(to, ") items "...)
	to = strconv.AppendInt(to, int64(len(o.Items)), 10)
	to = append(to, " total "...)
	to = strconv.AppendInt(to, cents/100, 10)
	to = append(to, '.', byte('0'+cents/10%10), byte('0'+cents%10), ' ')
	to = append(to, label...)
	return append(to, '\n')
}

const hexDigits = "0123456789abcdef"

// appendFingerprint appends the 64-bit FNV-1a hash of @text in hexadecimal.
func appendFingerprint(to, text []byte) []byte {
	hash := uint64(14695981039346656037)
	for _, c := range text {
		hash = (hash ^ uint64(c)) * 1099511628211
	}
	for shift := 60; shift >= 0; shift -= 4 {
		to = append(to, hexDigits[hash>>uint(shift)&15])
	}
	return to
}
