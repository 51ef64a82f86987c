// Standin runs other services of the sample services' records, for the tests to put in their place: with a base path, other names
// for parameters, at most seven keys in a call, and orders that take no lists of ids at all. It prints the configuration that a
// gateway needs for them, and ends when its standard input does.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/concierge-gateway/concierge/demo"
)

// maxKeys is the most keys of one call.
const maxKeys = 7

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "standin:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(until io.Reader, out io.Writer) error {
	services, err := demo.Start(demo.Options{Endpoints: 1, MaxKeys: maxKeys, Wrap: differently})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `upstreams:
  user:
    urls: [%[1]s/api/v3]
    batch: {style: repeated, max: %[5]d, params: {ids: userId}}
  order:
    urls: [%[2]s/api/v3]
    batch: {style: none}
  product:
    urls: [%[3]s/api/v3]
    batch: {max: %[5]d, params: {ids: skus}}
  payment:
    urls: [%[4]s/api/v3]
    batch: {max: %[5]d, params: {order_ids: for_orders}}
`, services.URLs(demo.User)[0], services.URLs(demo.Order)[0],
		services.URLs(demo.Product)[0], services.URLs(demo.Payment)[0], maxKeys)
	if _, err := io.Copy(io.Discard, until); err != nil {
		return err
	}
	return services.Close()
}

// differently lets a service answer under a base path and under other names for its parameters only.
func differently(service string, next http.Handler) http.Handler {
	names := map[string]map[string]string{
		demo.User:    {"userId": "ids"},
		demo.Product: {"skus": "ids"},
		demo.Payment: {"for_orders": "order_ids"},
	}[service]
	refused := map[string]string{demo.User: "ids", demo.Order: "ids", demo.Product: "ids", demo.Payment: "order_ids"}[service]
	return http.StripPrefix("/api/v3", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Has(refused) || query.Has("user_ids") {
			http.Error(w, "this service does not know that parameter", http.StatusBadRequest)
			return
		}
		renamed := url.Values{}
		for name, values := range query {
			if as, ok := names[name]; ok {
				name = as
			}
			renamed[name] = values
		}
		r.URL.RawQuery = renamed.Encode()
		next.ServeHTTP(w, r)
	}))
}
