// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"encoding/json"
	"errors"
	"io"

	"heapbeat.example/story/internal/serve"
)

var (
	errTooLarge = errors.New("too large")
	errShape    = errors.New("not of the expected shape")
)

func readBody(r io.Reader) ([]byte, error) {
	buffer := make([]byte, 32<<10) // expect: go-pool
	var body []byte
	for {
		n, err := r.Read(buffer)
		body = append(body, buffer[:n]...) // expect: go-prealloc
		if len(body) > serve.MaxDocument {
			return nil, errTooLarge
		}
		if err == io.EOF {
			return body, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func decode(body []byte) (map[string]interface{}, error) {
	var document map[string]interface{}
	if err := json.Unmarshal(body, &document); err != nil { // expect: go-typed-decode
		return nil, err
	}
	return document, nil
}

// A member that is missing or null is the zero value, as for a decoder that knows the types.

func text(object map[string]interface{}, key string) (string, error) {
	switch value := object[key].(type) {
	case nil:
		return "", nil
	case string:
		return value, nil
	}
	return "", errShape
}

func integer(object map[string]interface{}, key string) (int64, error) {
	switch value := object[key].(type) {
	case nil:
		return 0, nil
	case float64:
		if value == float64(int64(value)) {
			return int64(value), nil
		}
	}
	return 0, errShape
}

func member(object map[string]interface{}, key string) (map[string]interface{}, error) {
	switch value := object[key].(type) {
	case nil:
		return map[string]interface{}{}, nil
	case map[string]interface{}:
		return value, nil
	}
	return nil, errShape
}

func members(object map[string]interface{}, key string) ([]map[string]interface{}, error) {
	var found []map[string]interface{}
	switch values := object[key].(type) {
	case nil:
		return nil, nil
	case []interface{}:
		for _, value := range values {
			inner, is := value.(map[string]interface{})
			if !is && value != nil {
				return nil, errShape
			}
			found = append(found, inner) // expect: go-prealloc
		}
		return found, nil
	}
	return nil, errShape
}
