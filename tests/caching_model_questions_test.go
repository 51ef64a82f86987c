package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/concierge-gateway/concierge/demo"
)

// inquiry is what is asked of a gateway, and of which records it is.
type inquiry struct {
	method, path string
	query        string // of GraphQL; then the path is none
	body         string
	of           []ref  // what must be in the answer, as far as it exists and is shown to who asks
	needs        string // a scope without which nothing is shown
	parts        bool   // whether what belongs to orders and payments must be there too
}

// orderFields and others are what is read of records.
const (
	productFields = `{ id name }`
	paymentFields = `{ id amount { currency } }`
	orderFields   = `{ id total { currency } user { name email } items { product ` + productFields + ` } payment ` + paymentFields + ` }`
	deskQuery     = `{ order(id: $id) ` + orderFields + ` }`
)

// asks are ways to ask, each for ids that are chosen by numbers.
var asks = map[string]func(m *mart, n [3]int) inquiry{
	"a product": func(m *mart, n [3]int) inquiry { return graph1(m, demo.Product, "product", productFields, n[0]) },
	"a user":    func(m *mart, n [3]int) inquiry { return graph1(m, demo.User, "user", "{ id name email }", n[0]) },
	"an order":  func(m *mart, n [3]int) inquiry { return graph1(m, demo.Order, "order", orderFields, n[0]) },
	"a payment": func(m *mart, n [3]int) inquiry {
		return graph1(m, demo.Payment, "payment", `{ id amount { currency } order `+orderFields+` }`, n[0])
	},
	"me": func(*mart, [3]int) inquiry {
		return inquiry{query: `{ me { id name email orders(first: 100) { nodes ` + orderFields + ` } } }`}
	},
	"some products":       someProducts,
	"products and a user": mixed,
	"all products": func(m *mart, _ [3]int) inquiry {
		return inquiry{query: `{ products(first: 100) { nodes ` + productFields + ` } }`, of: m.all(demo.Product, nil)}
	},
	"all orders": func(m *mart, _ [3]int) inquiry {
		return inquiry{query: `{ orders(first: 100) { edges { node ` + orderFields + ` } } }`, of: m.all(demo.Order, nil), parts: true, needs: "orders:read"}
	},
	"orders of a user": ordersOf,
	"users and orders": func(m *mart, _ [3]int) inquiry {
		return inquiry{query: `{ users(first: 100) { nodes { name email orders(first: 100) { nodes { id total { currency } } } } } }`}
	},
	"GET a product":     func(m *mart, n [3]int) inquiry { return rest1(m, "GET", demo.Product, n[0]) },
	"GET a user":        func(m *mart, n [3]int) inquiry { return rest1(m, "GET", demo.User, n[0]) },
	"GET an order":      func(m *mart, n [3]int) inquiry { return rest1(m, "GET", demo.Order, n[0]) },
	"GET a payment":     func(m *mart, n [3]int) inquiry { return rest1(m, "GET", demo.Payment, n[0]) },
	"GET a file":        func(m *mart, n [3]int) inquiry { return rest1(m, "GET", fileKind, n[0]) },
	"HEAD of a product": func(m *mart, n [3]int) inquiry { return rest1(m, "HEAD", demo.Product, n[0]) },
	"GET some products": func(m *mart, n [3]int) inquiry { return restSome(m, demo.Product, n) },
	"GET some users":    func(m *mart, n [3]int) inquiry { return restSome(m, demo.User, n) },
	"GET some orders":   func(m *mart, n [3]int) inquiry { return restSome(m, demo.Order, n) },
	"GET all products": func(m *mart, _ [3]int) inquiry {
		return inquiry{method: "GET", path: "/products?limit=100", of: m.all(demo.Product, nil)}
	},
	"GET all orders": func(m *mart, _ [3]int) inquiry {
		return inquiry{method: "GET", path: "/orders?limit=100", of: m.all(demo.Order, nil)}
	},
	"GET products of a kind": func(m *mart, n [3]int) inquiry {
		category := categoryOf(int64(n[0]))
		return inquiry{method: "GET", path: "/products?limit=100&category=" + category, of: m.all(demo.Product, func(id int64, _ *good) bool { return categoryOf(id) == category })}
	},
	"GET orders of a user": func(m *mart, n [3]int) inquiry {
		user := m.pick(demo.User, n[0]).id
		return inquiry{method: "GET", path: fmt.Sprintf("/orders?limit=100&user_id=%d", user), of: m.all(demo.Order, func(_ int64, g *good) bool { return g.user == user })}
	},
	"GET a shelf": func(m *mart, n [3]int) inquiry {
		at := m.pick(demo.Product, n[0])
		return inquiry{method: "GET", path: "/shelf/" + strconv.FormatInt(at.id, 10), of: []ref{at}}
	},
	"GET a desk": func(m *mart, n [3]int) inquiry {
		at := m.pick(demo.Order, n[0])
		return inquiry{method: "GET", path: "/desk/" + strconv.FormatInt(at.id, 10), of: []ref{at}, parts: true}
	},
}

func graph1(m *mart, kind, field, fields string, n int) inquiry {
	at := m.pick(kind, n)
	of := []ref{at}
	if kind == demo.User {
		of = append(of, ref{mailKind, at.id})
	}
	return inquiry{query: fmt.Sprintf(`{ %s(id: %d) %s }`, field, at.id, fields), of: of, parts: true}
}

func someProducts(m *mart, n [3]int) inquiry {
	a, b, c := m.pick(demo.Product, n[0]), m.pick(demo.Product, n[1]), m.pick(demo.Product, n[2])
	return inquiry{query: fmt.Sprintf(`{ a: product(id: %d) { name } b: product(id: %d) { name } c: product(id: %d) { name } }`, a.id, b.id, c.id), of: []ref{a, b, c}}
}

func mixed(m *mart, n [3]int) inquiry {
	a, b, c := m.pick(demo.Product, n[0]), m.pick(demo.User, n[1]), m.pick(demo.Product, n[2])
	return inquiry{query: fmt.Sprintf(`{ a: product(id: %d) { name } b: user(id: %d) { name } c: product(id: %d) { name } }`, a.id, b.id, c.id), of: []ref{a, b, c}}
}

func ordersOf(m *mart, n [3]int) inquiry {
	user := m.pick(demo.User, n[0]).id
	of := m.all(demo.Order, func(_ int64, g *good) bool { return g.user == user })
	return inquiry{query: fmt.Sprintf(`{ orders(first: 100, userId: %d) { nodes %s } }`, user, orderFields), of: of, parts: true}
}

func rest1(m *mart, method, kind string, n int) inquiry {
	at := m.pick(kind, n)
	return inquiry{method: method, path: fmt.Sprintf("/%s/%d", kinds[kind], at.id), of: []ref{at}}
}

func restSome(m *mart, kind string, n [3]int) inquiry {
	a, b := m.pick(kind, n[0]), m.pick(kind, n[1])
	return inquiry{method: "GET", path: fmt.Sprintf("/%s?ids=%d,%d", kinds[kind], a.id, b.id), of: []ref{a, b}}
}

// request is the inquiry as a client asks it, on GET where that is asked for.
func (q inquiry) request(base string, byGet bool) (*http.Request, error) {
	switch {
	case q.query == "":
		return http.NewRequest(q.method, base+q.path, strings.NewReader(q.body)) //nolint:noctx // it gets one
	case byGet:
		return http.NewRequest("GET", base+"/graphql?"+url.Values{"query": {q.query}}.Encode(), nil) //nolint:noctx // the same
	default:
		return http.NewRequest("POST", base+"/graphql", bytes.NewReader([]byte(inJSON(map[string]string{"query": q.query})))) //nolint:noctx // the same
	}
}

// pick is a record of a kind.
func (m *mart) pick(kind string, n int) ref {
	all := m.all(kind, nil)
	if m.few > 0 {
		all = all[:min(m.few, len(all))]
	}
	return all[n%len(all)]
}

// all are the records of a kind, or some of them.
func (m *mart) all(kind string, so func(id int64, g *good) bool) (all []ref) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if so == nil {
		so = func(int64, *good) bool { return true }
	}
	for _, id := range m.sorted(kind, so) {
		all = append(all, ref{kind, id})
	}
	return all
}

// withParts adds what is read beside orders and payments.
func (m *mart) withParts(of []ref) []ref {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := of
	for _, at := range of {
		if at.kind == demo.Payment {
			all = append(all, ref{demo.Order, m.goods[at].order})
		}
	}
	for _, at := range all {
		if at.kind != demo.Order {
			continue
		}
		all = append(all, ref{demo.User, m.goods[at].user})
		for _, id := range m.goods[at].items {
			all = append(all, ref{demo.Product, id})
		}
		for _, id := range m.sorted(demo.Payment, func(_ int64, g *good) bool { return g.order == at.id }) {
			all = append(all, ref{demo.Payment, id})
		}
	}
	return all
}
