// Command proxy is a reverse proxy as most would write it with the standard library: net/http, httputil.ReverseProxy, and a pool
// of connections, which most forget. It takes /v1 off the path, and tells the service who asked.
package main

import (
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/concierge-gateway/concierge/collector"
)

func main() {
	var service *url.URL
	listen := flag.String("listen", "", "the `address` to listen on")
	tuned := flag.Bool("tuned", false, "set the garbage collector as Concierge sets it")
	flag.Func("service", "the service's `URL`", func(text string) (err error) {
		service, err = url.Parse(text)
		return err
	})
	flag.Parse()
	if *tuned {
		collector.Tune(os.LookupEnv, slog.New(slog.DiscardHandler)) //nolint:forbidigo // this is main
	}
	server := &http.Server{Addr: *listen, Handler: proxy(service), ReadHeaderTimeout: 5 * time.Second}
	fmt.Fprintln(os.Stderr, "proxy:", server.ListenAndServe())
	os.Exit(1) //nolint:forbidigo // the same
}

// proxy keeps 256 connections to the service. With the two that net/http keeps, it would connect anew under load, for most
// requests.
func proxy(service *url.URL) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(service)
			r.SetXForwarded()
			r.Out.URL.Path = strings.TrimPrefix(r.In.URL.Path, "/v1")
		},
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 256,
			IdleConnTimeout:     90 * time.Second,
			DisableCompression:  true,
		},
	}
}
