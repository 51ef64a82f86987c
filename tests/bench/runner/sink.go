package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// sink takes the traces that a gateway sends, and forgets them. Its time is the load generator's.
type sink struct {
	url  string
	stop func()
}

func startSink(ctx context.Context) (*sink, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	forget := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a gateway that has gone needs no answer
	}
	server := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(forget)}
	ended := make(chan struct{})
	go func() {
		_ = server.Serve(listener) // it ends when it is told to
		close(ended)
	}()
	return &sink{url: "http://" + listener.Addr().String(), stop: func() { _ = server.Close(); <-ended }}, nil
}
