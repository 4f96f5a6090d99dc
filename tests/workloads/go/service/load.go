// SPDX-License-Identifier: GPL-2.0-or-later

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// load asks for the same receipt, so many times a second, until its input ends: each of its
// connections takes the next request that is due, so that a slow answer delays what comes after it,
// and is told of there.
func load(address string, rate, connections int) error {
	body, err := sampleOrder()
	if err != nil {
		return err
	}
	due := make(chan time.Time, rate) // a second of arrears; what is more is not sent
	failed := make(chan error, connections)
	for i := 0; i < connections; i++ {
		client := &http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}
		go func() {
			for at := range due {
				if err := ask(client, address, body, at); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	step := time.Second / time.Duration(rate)
	next := time.Now()
	for {
		select {
		case err := <-failed:
			return err
		default:
		}
		next = next.Add(step)
		time.Sleep(time.Until(next))
		select {
		case due <- next:
		default:
		}
	}
}

func ask(client *http.Client, address string, body []byte, at time.Time) error {
	request, err := http.NewRequest("POST", "http://"+address+"/order", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set(dueHeader, strconv.FormatInt(at.UnixNano(), 10))
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	n, err := io.Copy(io.Discard, answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d, %d bytes: %v", answer.StatusCode, n, err)
	}
	return nil
}
