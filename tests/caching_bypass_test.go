package tests

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/demo"
)

// Who wants a fresh answer gets one if that caller may have it. What comes of it is new for everybody.
func TestOnlyThoseWhoMayGoAroundTheCache(t *testing.T) {
	t.Parallel()
	yaml := with(caching(everyDoor(), `product: {depends: nothing, single: "/products/{id}"}`), "cache", `bypass: {scopes: ["cache:none", "users:pii"]}`)
	p := startKeeping(t, yaml)
	stock := 7000
	for i, wish := range []string{"Cache-Control: no-cache", "Cache-Control: no-store, max-age=0", "Cache-Control: max-age=0", "Pragma: no-cache"} {
		for name, each := range map[string]struct{ read, kept string }{
			"a route":               {"GET /v2/products/%d", "GET /v2/products/%d"},
			"a list of a route":     {"GET /v2/products?ids=%d", "GET /v2/products?ids=%d"},
			"an operation":          {"{ product(id: %d) { stock } }", "{ product(id: %d) { stock } }"},
			"an operation's record": {"{ product(id: %d) { stock } }", "{ product(id: %d) { stock name } me { name } }"},
		} {
			id := 2 + i
			read, kept := fmt.Sprintf(each.read, id), fmt.Sprintf(each.kept, id)
			p.purge(t, `{"all": true}`)
			p.read(t, "customer "+read)
			p.read(t, "customer "+kept)
			stock++
			want := fmt.Sprintf(`"stock":%d`, stock)
			p.change(t, demo.Product, fmt.Sprintf("/products/%d", id), "{"+want+"}")
			for _, who := range []string{"customer", "stranger"} {
				if r := p.wants(t, who, read, wish); bytes.Contains(r.body, []byte(want)) {
					t.Errorf("%s: %s wants %s and is answered with %s", name, who, wish, r.body)
				}
			}
			if r := p.wants(t, "support", read, wish); !bytes.Contains(r.body, []byte(want)) {
				t.Errorf("%s: support wants %s and is answered with %s, without %s", name, wish, r.body, want)
			}
			if strings.Contains(wish, "no-store") {
				continue // of that, nothing is left
			}
			var r reply
			if asked := p.asking(func() { r = p.read(t, "stranger "+read) }); asked != "" || !bytes.Contains(r.body, []byte(want)) {
				t.Errorf("%s: after that, others are answered with %s, and services were asked %q", name, r.body, asked)
			}
			if r := p.read(t, "customer "+kept); !bytes.Contains(r.body, []byte(want)) {
				t.Errorf("%s: after that, %s is answered with %s", name, kept, r.body)
			}
		}
	}
	for _, of := range []string{`cache="answers",of="product"`, `cache="operations",of="other"`, `cache="records",of="product"`} {
		if counted(t, p, "concierge_cache_requests_total{"+of+`,result="bypass"}`) == 0 {
			t.Errorf("of %s, nothing is counted", of)
		}
	}
}

// What a request says that nothing is to be stored of, nobody finds: not its answer, nor what that was made of (RFC 9111, section
// 5.2.1.5). Of those who may not go around the cache it does not count, or each of their requests would reach a service.
func TestOfAnAnswerThatIsNotToBeStoredNothingIsLeft(t *testing.T) {
	t.Parallel()
	yaml := with(caching(everyDoor(), `product: {depends: nothing, single: "/products/{id}"}`), "cache", `bypass: {scopes: ["users:pii"]}`)
	p := startKeeping(t, yaml)
	for name, each := range map[string]struct {
		read, found string
		fills       bool // whether the one is found by the other, where both are asked in the usual way
	}{
		"a route":                          {"GET /v2/products/2", "GET /v2/products/2", true},
		"a route's record by an operation": {"GET /v2/products/2", "{ product(id: 2) { stock name } me { name } }", false},
		"several of a route":               {"GET /v2/products?ids=2", "GET /v2/products?ids=2", true},
		"an operation":                     {"{ product(id: 2) { stock } }", "{ product(id: 2) { stock } }", true},
		"an operation's record by another": {"{ product(id: 2) { stock } }", "{ product(id: 2) { name } }", true},
		"an operation's record by a route": {"{ product(id: 2) { stock } }", "GET /v2/products/2", true},
		"an operation's list":              {"{ products(first: 3) { nodes { name } } }", "{ products(first: 3) { nodes { name } } }", true},
		"an operation's list by another":   {"{ products(first: 3) { nodes { name } } }", "{ products(first: 3) { nodes { stock } } }", true},
	} {
		for who, stores := range map[string]bool{"support": false, "customer": true} {
			p.purge(t, `{"all": true}`)
			if r := p.wants(t, who, each.read, "Cache-Control: no-store"); r.status != http.StatusOK || bytes.Contains(r.body, []byte(`"errors"`)) {
				t.Fatalf("%s: %s is answered with %d %s", name, who, r.status, r.body)
			}
			asked := p.asking(func() { p.read(t, "stranger "+each.found) })
			if (asked == "") != (stores && each.fills) {
				t.Errorf("%s: after %s, others are answered by what is kept: %t", name, who, asked == "")
			}
		}
	}
}

// wants is read with a field.
func (p *program) wants(t *testing.T, as, what, field string) reply {
	t.Helper()
	if !strings.HasPrefix(what, "{") {
		return p.read(t, as+" "+what+"\n"+field)
	}
	req := p.request(t, operation{as: as, query: what})
	name, value, _ := strings.Cut(field, ": ")
	req.Header.Set(name, value)
	return send(t, req)
}
