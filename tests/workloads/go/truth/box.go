// SPDX-License-Identifier: GPL-2.0-or-later

//go:build go1.18
// +build go1.18

package main

type boxed[T any] struct {
	value T
	next  *boxed[T]
}

func newBoxed[T any](value T) *boxed[T] { return &boxed[T]{value: value} }

func box(i int) interface{} {
	if i%2 == 0 {
		return newBoxed(float64(i))
	}
	return newBoxed([3]string{"a"})
}
