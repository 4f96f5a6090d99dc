// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

var errOdd = errors.New("not a log line")

// span is a part of the text that is kept until the next flush.
type span struct{ from, to int }

type field struct {
	key      string
	isNumber bool
	number   int64
	text     span
}

type event struct {
	stamp       span
	level       string
	service     string
	first, last int // its fields
}

func (c *collector) bytes(s span) []byte { return c.lines[s.from:s.to] }

// interner keeps one copy of each name. A hostile log cannot make it grow without end.
type interner map[string]string

const maxNames = 4096

func (n interner) intern(text []byte) string {
	if known, is := n[string(text)]; is {
		return known
	}
	name := string(text)
	if len(n) < maxNames {
		n[name] = name
	}
	return name
}

// parse takes "STAMP LEVEL SERVICE key=value key="quoted value" ..." from @at to the end.
func (c *collector) parse(at int) (event, error) {
	e := event{first: len(c.fields), last: len(c.fields)}
	for words := 0; ; words++ {
		word := c.word(at)
		if word.from == word.to {
			if words < 3 {
				return e, errOdd
			}
			return e, nil
		}
		at = word.to
		switch words {
		case 0:
			if e.stamp = word; word.to-word.from < 16 {
				return e, errOdd
			}
		case 1:
			e.level = c.names.intern(c.bytes(word))
		case 2:
			e.service = c.names.intern(c.bytes(word))
		default:
			if !c.addField(&e, word) {
				return e, errOdd
			}
		}
	}
}

// word is the next one, cut at blanks outside of quotes; empty at the end.
func (c *collector) word(at int) span {
	for at < len(c.lines) && c.lines[at] == ' ' {
		at++
	}
	quoted := false
	for end := at; end < len(c.lines); end++ {
		if c.lines[end] == '"' {
			quoted = !quoted
		} else if c.lines[end] == ' ' && !quoted {
			return span{at, end}
		}
	}
	return span{at, len(c.lines)}
}

func (c *collector) addField(e *event, word span) bool {
	text := c.bytes(word)
	equals := bytes.IndexByte(text, '=')
	if equals <= 0 {
		return false
	}
	f := field{key: c.names.intern(text[:equals])}
	value := text[equals+1:]
	if mayBeNumber(value) {
		number, err := strconv.ParseInt(string(value), 10, 64)
		f.number, f.isNumber = number, err == nil
	}
	if !f.isNumber {
		left := bytes.TrimLeft(value, "\"")
		from := word.to - len(left)
		f.text = span{from, from + len(bytes.TrimRight(left, "\""))}
	}
	if old := c.find(e, f.key); old != nil {
		*old = f
		return true
	}
	c.fields = append(c.fields, f)
	e.last = len(c.fields)
	return true
}

// Everything else would cost an error value each.
func mayBeNumber(text []byte) bool {
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		text = text[1:]
	}
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(text) > 0
}

func (c *collector) find(e *event, key string) *field {
	for i := e.first; i < e.last; i++ {
		if c.fields[i].key == key {
			return &c.fields[i]
		}
	}
	return nil
}

// render appends the event as JSON, members in the order of their names. A field may hide what the
// line has of that name.
func (c *collector) render(to []byte, e *event) ([]byte, error) {
	c.record = c.record[:0]
	for i := e.first; i < e.last; i++ {
		c.insert(c.fields[i])
	}
	separator := byte('{')
	var err error
	for _, f := range c.withOwn(e) {
		to = append(to, separator)
		separator = ','
		if to, err = appendText(to, []byte(f.key)); err != nil {
			return to, err
		}
		to = append(to, ':')
		if f.isNumber {
			to = strconv.AppendInt(to, f.number, 10)
		} else if to, err = appendText(to, c.value(e, f)); err != nil {
			return to, err
		}
	}
	return append(to, '}', '\n'), nil
}

// What is not in the fields has no text of its own: its value is found by its name.
var own = [...]field{{key: "at"}, {key: "level"}, {key: "service"}}

func (c *collector) withOwn(e *event) []field {
	for _, f := range own {
		if c.find(e, f.key) == nil {
			f.text = span{-1, -1}
			c.insert(f)
		}
	}
	return c.record
}

func (c *collector) value(e *event, f field) []byte {
	if f.text.from >= 0 {
		return c.bytes(f.text)
	}
	switch f.key {
	case "at":
		return c.bytes(e.stamp)
	case "level":
		return append(c.key[:0], e.level...)
	}
	return append(c.key[:0], e.service...)
}

// insert keeps the record sorted.
func (c *collector) insert(f field) {
	c.record = append(c.record, f)
	for i := len(c.record) - 1; i > 0 && c.record[i].key < c.record[i-1].key; i-- {
		c.record[i], c.record[i-1] = c.record[i-1], c.record[i]
	}
}

// appendText appends a JSON string as encoding/json writes it, which is asked only for what is
// rare.
func appendText(to, text []byte) ([]byte, error) {
	start := len(to)
	to = append(to, '"')
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case b >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
				return appendRare(to[:start], text)
			}
			to = append(to, text[i:i+size]...)
			i += size
			continue
		case b == '"' || b == '\\':
			to = append(to, '\\', b)
		case b == '<' || b == '>' || b == '&':
			to = append(to, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		case b < ' ':
			return appendRare(to[:start], text)
		default:
			to = append(to, b)
		}
		i++
	}
	return append(to, '"'), nil
}

const hexDigits = "0123456789abcdef"

func appendRare(to, text []byte) ([]byte, error) {
	quoted, err := json.Marshal(string(text))
	return append(to, quoted...), err
}
