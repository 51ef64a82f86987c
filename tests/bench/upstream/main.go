// Command upstream answers what the gateways under test find behind them: the four REST services, over the records of package
// demo, in one process that is never what a gateway waits for.
//
// Package demo itself is made to be right in every corner of the contract, and takes two to three times the processor time for a
// call, which on one machine is taken from the server under test. This command renders every record once and answers each call
// with one read, one write, and no allocation. It counts the calls. Some services listen several times, and say different things
// of how their answers may be kept.
//
// It prints the services' addresses as a line of JSON, and runs until it is killed.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/concierge-gateway/concierge/tests/bench/http1"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "upstream:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(ctx context.Context) error {
	data, err := read(ctx)
	if err != nil {
		return fmt.Errorf("read the records: %w", err)
	}
	addresses := make(map[string]string)
	counts := make(map[string]*atomic.Int64)
	failed := make(chan error)
	open := func(name string, service *service, count *atomic.Int64) error {
		listener, err := listen(ctx)
		if err != nil {
			return err
		}
		addresses[name] = listener.Addr().String()
		go func() { failed <- accept(listener, service, count) }()
		return nil
	}
	all := services(data)
	for name, service := range all {
		counts[name] = new(atomic.Int64)
		if err := open(name, service, counts[name]); err != nil {
			return err
		}
	}
	harmless, err := data.harmless()
	if err != nil {
		return err
	}
	for name, again := range map[string]struct {
		service *service
		count   string
	}{
		"plain":   {all["user"], "user"}, // of whose records a gateway knows nothing
		"catalog": {all["product"].saying(kept), "product"},
		"shop":    {harmless.saying(kept), "product"}, // the same
		"quiet":   {all["product"].saying(silent), "product"},
		// Those who say nothing of keeping, so that calls may be shared.
		"quiet-user":    {all["user"].saying(silent), "user"},
		"quiet-order":   {all["order"].saying(silent), "order"},
		"quiet-payment": {all["payment"].saying(silent), "payment"},
	} {
		if err := open(name, again.service, counts[again.count]); err != nil {
			return err
		}
	}
	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	addresses["admin"] = listener.Addr().String()
	go func() { failed <- http.Serve(listener, counter(counts)) }() //nolint:gosec // the load generator is its only client
	if err := json.NewEncoder(os.Stdout).Encode(addresses); err != nil {
		return err
	}
	return <-failed
}

func listen(ctx context.Context) (net.Listener, error) {
	return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
}

// counter tells how many calls each service has had.
func counter(counts map[string]*atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		now := make(map[string]int64)
		for name, count := range counts {
			now[name] = count.Load()
		}
		_ = json.NewEncoder(w).Encode(now) // a client that has gone cannot be told so
	}
}

func accept(listener net.Listener, service *service, count *atomic.Int64) error {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go serve(conn, service, count)
	}
}

// serve answers the calls of one connection until it ends.
func serve(conn net.Conn, service *service, count *atomic.Int64) {
	defer func() { _ = conn.Close() }() // nobody is left to tell
	calls := http1.NewReader(conn)
	var body, out []byte
	var keys []int
	for {
		call, err := calls.Next()
		if err != nil {
			return // the caller has gone
		}
		count.Add(1)
		var ok bool
		body, ok = service.answer(body[:0], target(call.Start), &keys)
		out = service.says.respond(out[:0], ok, body)
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// target is the second word of a GET's request line, nil of any other.
func target(line []byte) []byte {
	const method, version = "GET ", " HTTP/1.1"
	if len(line) < len(method)+len(version) || string(line[:len(method)]) != method {
		return nil
	}
	return line[len(method) : len(line)-len(version)]
}
