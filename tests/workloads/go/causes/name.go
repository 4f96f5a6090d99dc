// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"reflect"
	"runtime"
)

func functionName(function func(int)) string {
	return runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
}
