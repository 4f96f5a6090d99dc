// SPDX-License-Identifier: GPL-2.0-or-later

package main

// Point is large enough to be no tiny object.
type Point struct {
	X, Y, Z float64
	Weight  int64
}

var valueSliceRule = rule{"go-value-slice",
	mode{rate: 300, request: slicePointers}, // 150,000 objects/s
	mode{rate: 15, request: slicePointers},  // 7,500 objects/s, 0.5 MB/s
	mode{rate: 300, request: sliceValues},
}

var (
	sinkPoints []*Point
	points     []Point
	pointCount = 500
)

//go:noinline
func slicePointers() {
	var list []*Point
	for i := 0; i < pointCount; i++ {
		list = append(list, &Point{X: float64(i)}) // expect: go-value-slice
	}
	sinkPoints = list
}

// The room is kept: what is left to save by values alone would be an append's growth.
//
//go:noinline
func sliceValues() {
	points = points[:0]
	for i := 0; i < pointCount; i++ {
		points = append(points, Point{X: float64(i)})
	}
}

var escapeRule = rule{"go-escape",
	mode{rate: 1500, request: sumByPointer}, // 300,000 objects/s, 9.6 MB/s
	mode{rate: 40, request: sumByPointer},   // 8,000 objects/s, 0.3 MB/s
	mode{rate: 1500, request: sumByValue},
}

var sinkSum float64

//go:noinline
func newPoint(x float64) *Point {
	return &Point{X: x, Y: x, Z: x} // expect: go-escape
}

//go:noinline
func sumByPointer() {
	for i := 0; i < 200; i++ {
		sinkSum += newPoint(float64(i)).X
	}
}

//go:noinline
func makePoint(x float64) Point {
	return Point{X: x, Y: x, Z: x}
}

//go:noinline
func sumByValue() {
	for i := 0; i < 200; i++ {
		sinkSum += makePoint(float64(i)).X
	}
}
