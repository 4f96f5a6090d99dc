// SPDX-License-Identifier: GPL-2.0-or-later

// Mixed has two heaps: Go's, and that of the C code it calls. It says "ready" and allocates in both
// until its input ends; then it says how many blocks it has taken from C, and whether all of them
// held what was written into them.
package main

/*
#include <stdlib.h>
#include <string.h>

static void *take(size_t bytes, int mark)
{
	void *block = malloc(bytes);

	if (block)
		memset(block, mark, bytes);
	return block;
}

static int check(const void *block, size_t bytes, int mark)
{
	const unsigned char *at = block;

	for (size_t i = 0; i < bytes; i++)
		if (at[i] != (unsigned char)mark)
			return 0;
	return 1;
}
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

const (
	blockBytes = 3000
	held       = 128
	step       = 5 * time.Millisecond
)

var kept [held][]byte

//go:noinline
func fromGo(i int) {
	kept[i%held] = make([]byte, 1500)
}

//go:noinline
func fromC(i int) unsafe.Pointer {
	return C.take(blockBytes, C.int(i))
}

func main() {
	// Makes the linker keep the heap profile, as a program with net/http/pprof has it.
	runtime.MemProfile(nil, false)
	var blocks [held]unsafe.Pointer
	var ended atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended.Store(true)
	}()
	fmt.Println("ready")
	cnt, sound := 0, true
	for ; !ended.Load(); cnt++ {
		if old := blocks[cnt%held]; old != nil {
			sound = sound && C.check(old, blockBytes, C.int(cnt-held)) == 1
			C.free(old)
		}
		blocks[cnt%held] = fromC(cnt)
		for i := 0; i < 8; i++ {
			fromGo(cnt + i)
		}
		if cnt%8 == 0 {
			time.Sleep(step)
		}
	}
	fmt.Println(cnt, sound)
	os.Exit(7)
}
