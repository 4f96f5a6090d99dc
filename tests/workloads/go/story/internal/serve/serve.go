// SPDX-License-Identifier: GPL-2.0-or-later

// Package serve is what both versions of the service share and what is no part of the story: flags,
// listening, the figures that a process knows of itself, ending in good order.
package serve

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	_ "net/http/pprof" // as most services do; without it the linker leaves the heap profile off
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"heapbeat.example/story/internal/catalogue"
)

// MaxDocument is the size in bytes above which a document is refused.
const MaxDocument = 4 << 20

// Table is where rows go. Both versions write the same columns.
const Table = `CREATE TABLE IF NOT EXISTS orders (
	order_id bigint NOT NULL, customer_id bigint NOT NULL, name text NOT NULL,
	country text NOT NULL, items bigint NOT NULL, total_cents bigint NOT NULL,
	label text NOT NULL, fingerprint text NOT NULL)`

// Parts are what a version is given to work with.
type Parts struct {
	Catalogue *catalogue.Catalogue
	Database  *pgx.Conn
	Journal   io.Writer
}

// Version is one of the two services.
type Version interface {
	http.Handler
	// Flush stores what is pending; the error is the first that storing met.
	Flush() error
	// Close flushes and ends what the version started.
	Close() error
}

// Main runs a version until SIGTERM or SIGINT and ends the process.
func Main(open func(Parts) Version) {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	database := flag.String("database", "", "connection string of a PostgreSQL database")
	journal := flag.String("journal", os.DevNull, "file that the journal is appended to")
	products := flag.Int("products", 40000, "products in the catalogue")
	flag.Parse()
	log.SetFlags(0)
	if err := run(open, *listen, *database, *journal, *products); err != nil {
		log.Fatal(err)
	}
}

func run(open func(Parts) Version, listen, database, journal string, products int) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	connection, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer connection.Close(context.Background())
	if _, err := connection.Exec(ctx, Table); err != nil {
		return err
	}
	file, err := os.OpenFile(journal, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	version := open(Parts{catalogue.New(products), connection, file})
	server := &http.Server{Handler: routes(version), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(deadline)
	}()
	fmt.Println("listening", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return version.Close()
}

var requests atomic.Uint64

func routes(version Version) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		version.ServeHTTP(w, r)
		requests.Add(1)
	})
	mux.HandleFunc("POST /flush", func(w http.ResponseWriter, _ *http.Request) {
		if err := version.Flush(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /figures", writeFigures)
	mux.Handle("GET /debug/pprof/", http.DefaultServeMux)
	return mux
}
