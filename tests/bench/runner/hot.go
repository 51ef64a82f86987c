package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
)

// The peers that answer one public operation, again and again. Two of them are one program, asked by POST and by GET.
const (
	nameAnswer    = "answer"
	nameCached    = "concierge-cached"
	nameCachedGet = "concierge-cached-get"
	nameShared    = "concierge-shared"
)

// publicQuery is what everybody may ask and is told the same.
const publicQuery = `query Shop { products(first: 20) { nodes { id name price { amount currency } } } }`

// hot asks one public operation all the time.
func hot(ctx context.Context, s *services) (workload, error) {
	want, err := shopWindow(ctx, s)
	if err != nil {
		return workload{}, err
	}
	none := []string{}
	return workload{
		title: "a public operation, hot: " + publicQuery,
		peers: []peer{
			{name: nameAnswer, command: answering(want), calls: none, open: true},
			{name: nameCached, command: cached, calls: none, open: true},
			{name: nameCachedGet, path: "/graphql?query=" + url.QueryEscape(publicQuery), command: cached, calls: none, open: true},
			{name: nameShared, command: shared, calls: []string{"product"}, shares: true, open: true},
		},
		bases: []string{nameAnswer},
		targets: []target{
			{peer: nameCached, most: 2, aim: 1.4, of: nameAnswer, figure: processorTimes(), connections: 64},
			{peer: nameShared, most: 3.25, aim: 2.25, of: nameAnswer, figure: processorTimes(), connections: 64},
		},
		questions: func(ctx context.Context, s *server) ([]question, error) { return s.operation(ctx, want) },
	}, nil
}

// shopWindow is the answer to the public operation, made from the services' records, as Concierge spells it.
func shopWindow(ctx context.Context, s *services) ([]byte, error) {
	var products []product
	if err := getJSON(ctx, s.url("product")+"/products?limit=20", &products); err != nil {
		return nil, fmt.Errorf("make out the public operation: %w", err)
	}
	type price struct {
		Amount   string `json:"amount"`
		Currency string `json:"currency"`
	}
	type node struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Price price  `json:"price"`
	}
	var answer struct {
		Data struct {
			Products struct {
				Nodes []node `json:"nodes"`
			} `json:"products"`
		} `json:"data"`
	}
	for _, p := range products {
		answer.Data.Products.Nodes = append(answer.Data.Products.Nodes, node{
			ID: strconv.Itoa(p.ID), Name: p.Name, Price: price{p.Price.String(), p.Currency},
		})
	}
	return json.Marshal(answer)
}

// answering is the server that knows nothing but the answer.
func answering(body []byte) func(b *bench, at place) ([]string, error) {
	return func(b *bench, at place) ([]string, error) {
		return b.configured("answer.json", string(body), filepath.Join(b.settings.bin, "answer"), "-listen", at.listen, "-body")
	}
}

// cached is Concierge before services of which the one for products lets its answers be kept, for everybody.
func cached(b *bench, at place) ([]string, error) {
	return b.concierge(at, manner{product: "catalog", kept: forEverybody, settings: outOfReach})
}

// forEverybody is said of a service whose answers depend on nobody.
const forEverybody = ", cache: {depends: nothing}"

// shared is the same where nothing may be kept: the service says nothing of that, and answers to operations are not. Then what is
// asked at the same time is asked once.
func shared(b *bench, at place) ([]string, error) {
	const unkept = "cache: {operations: {keep: false}}\n"
	return b.concierge(at, manner{product: "quiet", kept: forEverybody, settings: unkept + outOfReach})
}

// operation asks a peer for the public operation once, and compares the answer.
func (s *server) operation(ctx context.Context, want []byte) ([]question, error) {
	c, err := dial(ctx, s.listen)
	if err != nil {
		return nil, err
	}
	defer c.close()
	one := question{request: request(s.listen, s.authorization, publicQuery, nil)}
	if s.path != "" {
		one.request = get(s.listen, s.authorization, s.path)
	}
	answer, err := c.ask(one.request)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(answer, want) {
		return nil, fmt.Errorf("the answer is %.300s, and should be %.300s", answer, want)
	}
	one.answer = bytes.Clone(answer)
	return []question{one}, nil
}
