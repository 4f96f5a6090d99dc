// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var lines = 25

var boxingRule = rule{"go-boxing",
	mode{rate: 4000, request: formatLines}, // 300,000 objects/s, 3.2 MB/s
	mode{rate: 80, request: formatLines},   // 6,000 objects/s, 0.1 MB/s
	mode{rate: 4000, request: appendLines},
}

//go:noinline
func formatLines() {
	for i := 0; i < lines; i++ {
		fmt.Fprintf(io.Discard, "user %d took %d us: %s\n", i+1000, i+50000, sinkText[i%2]) // expect: go-boxing
	}
}

var sinkText = [2]string{"found nothing", "found all of it"}

var lineBuffer = make([]byte, 0, 256)

//go:noinline
func appendLines() {
	for i := 0; i < lines; i++ {
		line := append(lineBuffer[:0], "user "...)
		line = strconv.AppendInt(line, int64(i+1000), 10)
		line = append(line, " took "...)
		line = strconv.AppendInt(line, int64(i+50000), 10)
		line = append(line, " us: "...)
		line = append(line, sinkText[i%2]...)
		_, _ = io.Discard.Write(append(line, '\n'))
	}
}

var typedDecodeRule = rule{"go-typed-decode",
	mode{rate: 100, request: decodeToMap}, // 66,000 objects/s, 3.4 MB/s
	mode{rate: 8, request: decodeToMap},   // 5,500 objects/s, 0.3 MB/s
	mode{rate: 100, request: decodeToStruct},
}

type reading struct {
	Sensor string  `json:"sensor"`
	Value  float64 `json:"value"`
}

var document = []byte(`{"readings":[` + strings.TrimSuffix(strings.Repeat(
	`{"sensor":"north-17","value":21.5,"unit":"C","quality":{"good":true,"age":3}},`, 40), ",") + `]}`)

var sinkTotal float64

//go:noinline
func decodeToMap() {
	var decoded map[string]interface{}
	if err := json.Unmarshal(document, &decoded); err != nil { // expect: go-typed-decode
		panic(err)
	}
	for _, each := range decoded["readings"].([]interface{}) {
		sinkTotal += each.(map[string]interface{})["value"].(float64)
	}
}

var readings struct {
	Readings []reading `json:"readings"`
}

//go:noinline
func decodeToStruct() {
	readings.Readings = readings.Readings[:0]
	if err := json.Unmarshal(document, &readings); err != nil {
		panic(err)
	}
	for i := range readings.Readings {
		sinkTotal += readings.Readings[i].Value
	}
}

var bytesStringRule = rule{"go-bytes-string",
	mode{rate: 3000, request: wordsAsStrings}, // 120,000 objects/s, 5.8 MB/s
	mode{rate: 120, request: wordsAsStrings},  // 4,800 objects/s, 0.2 MB/s
	mode{rate: 3000, request: wordsAsBytes},
}

var rawWord = []byte("accept-encoding: gzip, deflate, br")

//go:noinline
func wordsAsStrings() {
	for i := 0; i < 40; i++ {
		word := string(rawWord) // expect: go-bytes-string
		if strings.HasPrefix(word, "accept-") {
			sinkString = word
		}
	}
}

//go:noinline
func wordsAsBytes() {
	for i := 0; i < 40; i++ {
		if bytes.HasPrefix(rawWord, acceptPrefix) {
			sinkBytes = rawWord
		}
	}
}

var acceptPrefix = []byte("accept-")
