// SPDX-License-Identifier: GPL-2.0-or-later

package main

import "reflect"

// Item is 64 bytes with a pointer in it: a size class of its own, never a tiny object.
type Item struct {
	Name   string
	Values [6]uint64
}

// Record is what only reflection makes here.
type Record struct {
	Left, Right *Record
	Text        string
	Sums        [4]int64
}

// What is stored here escapes. Nothing is read from them.
var (
	sinkItem   *Item
	sinkItems  []Item
	sinkBytes  []byte
	sinkAny    interface{}
	sinkString string
	sinkMap    map[uint64]uint64
	sinkFunc   func() int
	sinkChan   chan Item
)

// Variables, so that the compiler knows neither values nor lengths.
var (
	left, right = "the left hand side of what is joined ----------", "and the right hand side: 47 ---"
	raw         = []byte("sixty-four bytes of text that are converted in both directions..")
	sliceBytes  = 4096
	largeBytes  = 1 << 16
	hint        = 100
	recordType  = reflect.TypeOf(Record{})
	plain       = Item{Name: "plain"}
)

// A site is one line of a function that is never inlined; a call of the function passes it so
// often.

//go:noinline
func siteNewobject(n int) {
	for i := 0; i < n; i++ {
		sinkItem = &Item{Name: left} // site: cause=newobject type=main.Item
	}
}

//go:noinline
func siteMakeslice(n int) {
	for i := 0; i < n; i++ {
		sinkBytes = make([]byte, sliceBytes) // site: cause=makeslice type=uint8
	}
}

//go:noinline
func siteLarge(n int) {
	for i := 0; i < n; i++ {
		sinkBytes = make([]byte, largeBytes) // site: cause=makeslice-large type=uint8
	}
}

//go:noinline
func siteAppend(n int) {
	for i := 0; i < n; i++ {
		var items []Item
		for k := 0; k < 32; k++ {
			items = append(items, plain) // site: cause=append type=main.Item
		}
		sinkItems = items
	}
}

//go:noinline
func siteConvT(n int) {
	for i := 0; i < n; i++ {
		sinkAny = plain // site: cause=convT type=main.Item
	}
}

//go:noinline
func siteConvTstring(n int) {
	for i := 0; i < n; i++ {
		sinkAny = left // site: cause=convTstring type=string
	}
}

//go:noinline
func siteConvTslice(n int) {
	for i := 0; i < n; i++ {
		sinkAny = raw // site: cause=convTslice type=[]uint8
	}
}

// Its objects are tiny: the runtime packs two into one block of 16 bytes and profiles the block.
//
//go:noinline
func siteConvT64(n int) {
	for i := 0; i < n; i++ {
		sinkAny = uint64(i) + 1<<40 // site: cause=convT64 type=uint64
	}
}

//go:noinline
func siteConcat(n int) {
	for i := 0; i < n; i++ {
		sinkString = left + right // site: cause=concatstrings type=string
	}
}

//go:noinline
func siteBytesToString(n int) {
	for i := 0; i < n; i++ {
		sinkString = string(raw) // site: cause=slicebytetostring type=string
	}
}

//go:noinline
func siteStringToBytes(n int) {
	for i := 0; i < n; i++ {
		sinkBytes = []byte(left) // site: cause=stringtoslicebyte type=uint8
	}
}

//go:noinline
func siteMapGrowth(n int) {
	for i := 0; i < n; i++ {
		sinkMap = make(map[uint64]uint64) // site: cause=makemap-small type=map[uint64]uint64
		for k := uint64(0); k < 100; k++ {
			sinkMap[k] = k // site: cause=map-growth type=map[uint64]uint64
		}
	}
}

//go:noinline
func siteMakemap(n int) {
	for i := 0; i < n; i++ {
		sinkMap = make(map[uint64]uint64, hint) // site: cause=makemap type=map[uint64]uint64
	}
}

//go:noinline
func siteClosure(n int) {
	for i := 0; i < n; i++ {
		number, name := i, left
		sinkFunc = func() int { return number + len(name) } // site: cause=closure type=func()
	}
}

//go:noinline
func siteReflect(n int) {
	for i := 0; i < n; i++ {
		sinkAny = reflect.New(recordType).Interface() // site: cause=reflect.New type=main.Record
	}
}

// The objects of this site are the closures that carry the arguments; a goroutine itself is mostly
// one that ended before.
//
//go:noinline
func siteGo(n int) {
	done := make(chan string) // site: cause=makechan-small type=chan_string
	for i := 0; i < n; i++ {
		go answer(done, left, i) // site: cause=go type=func()
		<-done
	}
}

func answer(done chan<- string, text string, _ int) {
	done <- text
}

//go:noinline
func siteMakechan(n int) {
	for i := 0; i < n; i++ {
		sinkChan = make(chan Item, 8) // site: cause=makechan type=chan_main.Item
	}
}

// Passes per round: about the same bytes at every site, so that each has a fair share of samples.
var sites = []struct {
	run    func(int)
	passes int
}{
	{siteNewobject, 503}, {siteMakeslice, 7}, {siteLarge, 1}, {siteAppend, 7}, {siteConvT, 503},
	{siteConvTstring, 1009}, {siteConvTslice, 997}, {siteConvT64, 2003}, {siteConcat, 401},
	{siteBytesToString, 503}, {siteStringToBytes, 701}, {siteMapGrowth, 5}, {siteMakemap, 11},
	{siteClosure, 997}, {siteReflect, 401}, {siteGo, 503}, {siteMakechan, 53},
}
