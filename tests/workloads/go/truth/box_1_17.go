// SPDX-License-Identifier: GPL-2.0-or-later

//go:build !go1.18
// +build !go1.18

package main

type boxed struct {
	value [3]string
	next  *boxed
}

func box(i int) interface{} { return &boxed{value: [3]string{"a"}} }
