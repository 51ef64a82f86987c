// Command handmade is the cache that a team would write in an afternoon: net/http, a map with a lock, and what a service says of
// max-age and of ETag. It takes /v1 off the path. It knows one kind of answer, forgets nothing, and never asks who may see one.
// It sets the garbage collector as Concierge sets it.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/concierge-gateway/concierge/collector"
)

func main() {
	listen := flag.String("listen", "", "the `address` to listen on")
	service := flag.String("service", "", "the service's `URL`")
	flag.Parse()
	collector.Tune(os.LookupEnv, slog.New(slog.DiscardHandler)) //nolint:forbidigo // this is main
	handler := &cache{
		service: *service, now: time.Now, kept: make(map[string]*answer),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}},
	}
	server := &http.Server{Addr: *listen, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	fmt.Fprintln(os.Stderr, "handmade:", server.ListenAndServe())
	os.Exit(1) //nolint:forbidigo // the same
}
