// SPDX-License-Identifier: GPL-2.0-or-later

// An HTTP service that turns JSON orders into JSON receipts and allocates as such services do, and
// its load: about 3,000 objects and 200 KB a request, a live heap of some megabytes.
//
//	service serve PROGRESS-FILE		prints the address it listens on
//	service load ADDRESS RATE CONNECTIONS	an open loop: requests start when they are due
//
// Its progress file holds the number of answered requests (8 bytes, the machine's order). GET /slice
// tells of the latencies since the last such question, from the moment a request was due, and forgets
// them. Ends when its input does.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof" // its heap profile is on, as in most services
	"os"
	"strconv"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// progress maps the file in which the work is counted.
func progress(path string) (*uint64, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := file.Truncate(8); err != nil {
		return nil, err
	}
	page, err := syscall.Mmap(int(file.Fd()), 0, 8, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	return (*uint64)(unsafe.Pointer(&page[0])), nil
}

func endWithInput() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func serve(path string) error {
	work, err := progress(path)
	if err != nil {
		return err
	}
	latencies := &histogram{}
	http.HandleFunc("/order", func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		latencies.addSince(r.Header.Get(dueHeader))
		atomic.AddUint64(work, 1)
	})
	http.HandleFunc("/slice", func(w http.ResponseWriter, _ *http.Request) {
		latencies.tell(w)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	return http.Serve(listener, nil)
}

func main() {
	var err error
	go endWithInput()
	switch {
	case len(os.Args) == 3 && os.Args[1] == "serve":
		err = serve(os.Args[2])
	case len(os.Args) == 5 && os.Args[1] == "load":
		rate, _ := strconv.Atoi(os.Args[3])
		connections, _ := strconv.Atoi(os.Args[4])
		if rate < 1 || connections < 1 {
			err = fmt.Errorf("no load of %q a second over %q connections", os.Args[3], os.Args[4])
			break
		}
		err = load(os.Args[2], rate, connections)
	default:
		err = fmt.Errorf("usage: service serve PROGRESS-FILE | load ADDRESS RATE CONNECTIONS")
	}
	fmt.Fprintln(os.Stderr, "service:", err)
	os.Exit(1)
}
