package soak

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"time"
)

// still are ids of records that nobody writes in a run: those of writers and buyers lie between 40 and 79.
func still(r *rand.Rand) int64 { return 100 + r.Int64N(800) }

// own is an id of an order that a caller has, or of one that is somebody else's, now and then.
func own(r *rand.Rand, c caller) int64 {
	if c.id == 0 || r.IntN(5) == 0 {
		return still(r)
	}
	return c.id + 1000*r.Int64N(5)
}

// operation is one of those that clients of a shop have, with arguments by chance.
func operation(r *rand.Rand, c caller) (name string, of []sel) {
	money := leaves("amount", "currency")
	item := sel{name: "items", of: with(leaves("quantity"), sel{name: "unitPrice", of: money}, sel{name: "product", of: leaves("id", "name")})}
	paid := sel{name: "payment", of: with(leaves("id", "status", "method", "cardLast4"), sel{name: "amount", of: money})}
	switch r.IntN(10) {
	case 0:
		return "me", []sel{{name: "me", of: with(leaves("id", "name", "email", "phone", "role"),
			page(sel{name: "orders", first: 3}, with(leaves("id", "status"), item, paid)...))}}
	case 1:
		return "order", []sel{{name: "order", id: own(r, c), of: with(leaves("id", "status", "createdAt"),
			sel{name: "total", of: money}, sel{name: "user", of: leaves("id", "name", "email")}, item, paid,
			sel{name: "shippingAddress", of: leaves("street", "city", "zip")})}}
	case 2:
		return "user", []sel{{name: "user", id: still(r), of: with(leaves("id", "name", "username", "email", "role"),
			page(sel{name: "orders", first: 2}, leaves("id", "status")...))}}
	case 3:
		return "product", []sel{{name: "product", id: 1 + r.Int64N(500), of: with(leaves("id", "name", "sku", "category", "stock"),
			sel{name: "price", of: money})}}
	case 4:
		return "products", []sel{page(sel{name: "products", first: 5 + r.IntN(15)}, with(leaves("id", "name"), sel{name: "price", of: money})...)}
	case 5:
		return "users", []sel{page(sel{name: "users", first: 3 + r.IntN(20)}, with(leaves("id", "name", "phone"),
			sel{name: "address", of: leaves("city")})...)}
	case 6:
		return "payment", []sel{{name: "payment", id: 1000 + r.Int64N(3000), of: with(leaves("id", "status", "cardLast4"),
			sel{name: "order", of: with(leaves("id"), sel{name: "user", of: leaves("id", "name")})})}}
	case 7:
		user := still(r)
		if r.IntN(3) > 0 && c.id != 0 {
			user = c.id
		}
		if c.owns(user) || c.may("orders:read") {
			return "orders", []sel{page(sel{name: "orders", id: user, first: 4}, with(leaves("id", "status"), paid)...)}
		}
		fallthrough
	default:
		depth := 1 + r.IntN(2)
		return "by chance", []sel{
			{name: "product", id: 1 + r.Int64N(500), of: anyOf(r, "Product", depth)},
			{name: "order", id: own(r, c), of: anyOf(r, "Order", depth)},
			{name: "user", id: still(r), of: anyOf(r, "User", depth)},
		}
	}
}

// known are the names that operations have: a server's figures are by them.
func query(name string, of []sel) string {
	if name == "by chance" {
		return document(of)
	}
	return "query Soak_" + name + " " + document(of)
}

// askOperations asks by GraphQL in all ways that there are.
func (s *soak) askOperations(ctx context.Context, seed uint64, pace time.Duration) {
	r := rand.New(rand.NewPCG(seed, 1))
	all := everybody()
	for pause(ctx, pace) {
		c := all[r.IntN(len(all))]
		name, of := operation(r, c)
		switch r.IntN(8) {
		case 0:
			s.persisted(c, name, of)
		case 1:
			s.deferred(c, r)
		case 2:
			s.batch(c, r)
		default:
			s.graphql("GraphQL, "+name, c, of, nil, map[string]any{"query": query(name, of)})
		}
	}
}

// persisted names a document by its hash, and sends it where that is not known yet.
func (s *soak) persisted(c caller, name string, of []sel) {
	text := query(name, of)
	hash := sha256.Sum256([]byte(text))
	named := map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hex.EncodeToString(hash[:])}}
	r := request{kind: "GraphQL, by its hash", as: c, method: http.MethodPost, path: "/graphql", body: map[string]any{"extensions": named}}
	got := s.send(r)
	if bytes.Contains(got.body, []byte("PERSISTED_QUERY_NOT_FOUND")) {
		s.count("documents that were not known by their hash")
		s.graphql(r.kind, c, of, nil, map[string]any{"query": text, "extensions": named})
		return
	}
	if s.lost(r, got) {
		return
	}
	if said, err := read(got); err != nil {
		s.failf(r.kind, "%v: %d %s", err, got.status, got.body)
	} else {
		s.judge(r, got, said, of)
	}
}

// deferred asks for an answer in parts.
func (s *soak) deferred(c caller, r *rand.Rand) {
	of := []sel{{name: "order", id: own(r, c), of: with(leaves("id", "status"),
		sel{name: "payment", later: true, of: leaves("id", "status", "method")},
		sel{name: "user", later: true, of: leaves("id", "name")})}}
	accept := map[string]string{"Accept": "multipart/mixed;deferSpec=20220824"}
	s.graphql("GraphQL, @defer", c, of, accept, map[string]any{"query": document(of)})
}

// batch sends several operations in one request.
func (s *soak) batch(c caller, r *rand.Rand) {
	var bodies []any
	var all [][]sel
	for range 3 {
		name, of := operation(r, c)
		all, bodies = append(all, of), append(bodies, map[string]any{"query": query(name, of)})
	}
	ask := request{kind: "GraphQL, of a batch", as: c, method: http.MethodPost, path: "/graphql", body: bodies}
	got := s.send(ask)
	if s.lost(ask, got) {
		return
	}
	var said []answer
	if err := decode(bytes.NewReader(got.body), &said); err != nil || len(said) != len(all) {
		s.failf(ask.kind, "%d answers, %v: %d %s", len(said), err, got.status, got.body)
		return
	}
	for i, of := range all {
		s.judge(ask, got, said[i], of)
	}
}
