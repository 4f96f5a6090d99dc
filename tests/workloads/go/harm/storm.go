// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
)

const stormThreads = 8

var (
	stormOver   int32
	stormRounds int64
	errDeep     = errors.New("deep")
)

// descend grows the stack, and panics or returns at its bottom; what it returns is known.
//
//go:noinline
func descend(depth int, fail bool) int {
	var pad [200]byte
	pad[depth%200] = byte(depth)
	if depth == 0 {
		if fail {
			panic(errDeep)
		}
		return 0
	}
	return descend(depth-1, fail) + int(pad[depth%200])
}

func recovered(depth int) (caught bool) {
	defer func() {
		caught = recover() == errDeep
	}()
	descend(depth, true)
	return false
}

func sumBytes(depth int) int {
	sum := 0
	for i := 1; i <= depth; i++ {
		sum += int(byte(i))
	}
	return sum
}

func check(truth bool, what string) {
	if !truth {
		panic("storm: " + what)
	}
}

func stormTurn(seed int) {
	depth := 100 + seed%1500
	check(descend(depth, false) == sumBytes(depth), "a deep sum")
	check(recovered(depth/2), "a panic")
	words := map[int]string{}
	for i := 0; i < 200; i++ {
		words[i*7] = fmt.Sprint(i * i)
	}
	keys := make([]int, 0, len(words))
	for k := range words {
		keys = append(keys, k)
	}
	sort.Ints(keys)
	sum := crc32.NewIEEE()
	for _, k := range keys {
		sum.Write([]byte(words[k]))
	}
	check(sum.Sum32() == stormSum, "a checksum")
}

var stormSum = func() uint32 {
	sum := crc32.NewIEEE()
	for i := 0; i < 200; i++ {
		sum.Write([]byte(fmt.Sprint(i * i)))
	}
	return sum.Sum32()
}()

// stormWorker: every other one holds a thread of its own, and each turn has a fresh, small stack.
func stormWorker(id int, crew *sync.WaitGroup) {
	defer crew.Done()
	if id%2 == 0 {
		runtime.LockOSThread()
	}
	for turn := id; atomic.LoadInt32(&stormOver) == 0; turn += 13 {
		done := make(chan bool)
		go func() {
			stormTurn(turn)
			close(done)
		}()
		<-done
		if id == 1 {
			runtime.GC()
		}
		atomic.AddInt64(&stormRounds, 1)
	}
}

func runStorm(rate int) {
	runtime.MemProfileRate = rate
	runtime.GOMAXPROCS(4)
	fmt.Println("ready")
	waitByte()
	var crew sync.WaitGroup
	for i := 0; i < stormThreads; i++ {
		crew.Add(1)
		go stormWorker(i, &crew)
	}
	waitByte()
	atomic.StoreInt32(&stormOver, 1)
	crew.Wait()
	check(atomic.LoadInt64(&stormRounds) > 0, "no turn")
	// The same words whatever the number of turns.
	tell(map[string]interface{}{"sum": stormSum, "threads": stormThreads, "whole": true})
	runtime.MemProfile(nil, true)
}
