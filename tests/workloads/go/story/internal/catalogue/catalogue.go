// SPDX-License-Identifier: GPL-2.0-or-later

// Package catalogue is the live heap of the service: what is sold, in memory for as long as the
// process runs. Both versions hold the same, so that the garbage collector has the same to mark.
package catalogue

import "strconv"

// Product is what an item of an order refers to by its SKU.
type Product struct {
	SKU      string
	Name     string
	Category string
	Discount int64 // per mille, off the price of each piece
	Related  []*Product
}

// Catalogue finds products by SKU. Nothing changes in it after New.
type Catalogue struct {
	products map[string]*Product
}

var categories = [...]string{"garden", "kitchen", "office", "toys", "outdoor", "books", "tools"}

// SKU names the product with this number.
func SKU(number int) string {
	return "SKU-" + strconv.Itoa(100000+number)
}

// New makes a catalogue of so many products, always the same ones.
func New(products int) *Catalogue {
	all := make([]*Product, products)
	c := &Catalogue{products: make(map[string]*Product, products)}
	for i := range all {
		all[i] = &Product{
			SKU:      SKU(i),
			Name:     "Product number " + strconv.Itoa(i),
			Category: categories[i%len(categories)],
			Discount: int64(i*7%5) * 10,
		}
		c.products[all[i].SKU] = all[i]
	}
	for i, product := range all {
		product.Related = []*Product{all[(i+1)%products], all[(i*3)%products]}
	}
	return c
}

// Find returns nil for what is not sold here.
func (c *Catalogue) Find(sku string) *Product {
	return c.products[sku]
}
