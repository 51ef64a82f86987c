// Command plain is the gateway as most would write it: gqlgen, a dataloader with a wait for each kind of record, encoding/json,
// net/http. The one thing that it does better than most is its pool of connections.
package main

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/concierge-gateway/concierge/tests/bench/peers/plain/graph"
)

//go:generate ../../../../.bin/gqlgen generate

func main() {
	listen := flag.String("listen", "", "the `address` to listen on")
	services := &graph.Services{Client: &http.Client{Transport: pool(), Timeout: 30 * time.Second}}
	flag.StringVar(&services.User, "user", "", "the user service's `URL`")
	flag.StringVar(&services.Order, "order", "", "the order service's `URL`")
	flag.StringVar(&services.Product, "product", "", "the product service's `URL`")
	flag.StringVar(&services.Payment, "payment", "", "the payment service's `URL`")
	flag.Parse()
	server := &http.Server{Addr: *listen, Handler: endpoint(services), ReadHeaderTimeout: 5 * time.Second}
	fmt.Fprintln(os.Stderr, "plain:", server.ListenAndServe())
	os.Exit(1) //nolint:forbidigo // this is main
}

// pool keeps 256 connections to each service. With the two that net/http keeps, this server would take half as much processor
// time again, for connecting anew under load.
func pool() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second}
}

// endpoint is the server of gqlgen's documentation.
func endpoint(services *graph.Services) http.Handler {
	schema := graph.NewExecutableSchema(graph.Config{Resolvers: &graph.Resolver{Services: services}})
	server := handler.New(schema)
	server.AddTransport(transport.Options{})
	server.AddTransport(transport.GET{})
	server.AddTransport(transport.POST{})
	server.SetQueryCache(lru.New[*ast.QueryDocument](1000))
	server.Use(extension.Introspection{})
	server.Use(extension.AutomaticPersistedQuery{Cache: lru.New[string](100)})
	mux := http.NewServeMux()
	mux.Handle("/graphql", graph.WithLoaders(services, server))
	return mux
}
