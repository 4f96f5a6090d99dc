// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"errors"
	"strconv"
	"strings"
)

var errOdd = errors.New("not a log line")

// parse takes "STAMP LEVEL SERVICE key=value key="quoted value" ...".
func parse(line string) (*event, error) {
	words := split(line)
	if len(words) < 3 || len(words[0]) < 16 {
		return nil, errOdd
	}
	e := &event{stamp: words[0], level: words[1], service: words[2], // expect: go-value-slice
		fields: make(map[string]interface{})}
	for _, word := range words[3:] {
		key, value, found := strings.Cut(word, "=")
		if !found || key == "" {
			return nil, errOdd
		}
		if number, err := strconv.ParseInt(value, 10, 64); err == nil {
			e.fields[key] = number // expect: go-boxing
		} else {
			e.fields[key] = strings.Trim(value, "\"") // expect: go-boxing
		}
	}
	return e, nil
}

// split cuts at blanks outside of quotes.
func split(line string) []string {
	var words []string
	quoted := false
	start := 0
	for i := 0; i <= len(line); i++ {
		switch {
		case i == len(line) || line[i] == ' ' && !quoted:
			if i > start {
				words = append(words, line[start:i]) // expect: go-prealloc
			}
			start = i + 1
		case line[i] == '"':
			quoted = !quoted
		}
	}
	return words
}
