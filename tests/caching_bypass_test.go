package tests

import (
	"bytes"
	"fmt"
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
				continue // what came of that, nobody else need see
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
