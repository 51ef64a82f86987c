package tests

import (
	"bytes"
	"net/http"
	"testing"
)

// shelves is a configuration that keeps products for everybody, by both doors.
func shelves(more string) string {
	return caching(everyDoor(), "product: {depends: nothing"+more+"}", "order: {depends: principal}", "user: {depends: principal}")
}

func TestServicesAreAskedOnlyForRecordsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	const two, three = `customer { a: product(id: 1) { name } b: product(id: 2) { name } }`, `customer { a: product(id: 1) { name } b: product(id: 2) { name } c: product(id: 3) { name } }`
	single, plain := startKeeping(t, shelves(`, single: "/products/{id}", negative_ttl: 1m`)), startKeeping(t, shelves(""))
	for name, c := range map[string]struct {
		p             *program
		before        []string
		read, asks    string
		answeredByOne bool
	}{
		"two of three of a batch":               {plain, []string{two}, three, "product GET /products?ids=3", false},
		"two of three, of others":               {plain, []string{"stranger" + two[len("customer"):]}, three, "product GET /products?ids=3", false},
		"all of a batch":                        {plain, []string{three}, "customer { x: product(id: 3) { sku } y: product(id: 1) { stock } }", "", false},
		"one of a batch":                        {plain, []string{three}, "support { product(id: 2) { sku } }", "", false},
		"what orders lead to":                   {plain, []string{"stranger { a: product(id: 190) { name } b: product(id: 493) { name } }"}, "customer { order(id: 7) { items { product { name } } } }", "order GET /orders?ids=7\nproduct GET /products?ids=364", false},
		"what orders lead to, again":            {plain, []string{"customer { order(id: 7) { items { product { name } } } }"}, "customer { order(id: 7) { items { product { sku } } } }", "", false},
		"one's own order, for support":          {plain, []string{"customer { order(id: 7) { status } }"}, "support { order(id: 7) { status } }", "order GET /orders?ids=7", false},
		"one's own orders":                      {plain, []string{"customer { me { orders(first: 3) { nodes { id } } } }"}, "customer { me { name orders(first: 3) { nodes { status } } } }", "", false},
		"a list":                                {plain, []string{"customer { products(first: 3) { nodes { name } } }"}, "customer { products(first: 3) { nodes { sku } } }", "", false},
		"that there is none":                    {plain, []string{"customer { product(id: 999999) { name } }"}, "customer { product(id: 999999) { sku } }", "", false},
		"one of a batch, at its path":           {single, []string{three}, "customer GET /v2/products/2", "", true},
		"one by its path":                       {single, []string{"customer GET /v2/products/2"}, "stranger { product(id: 2) { name } }", "", false},
		"one by its path, and one more":         {single, []string{"customer GET /v2/products/2"}, two, "product GET /products?ids=1", false},
		"by its path, though nobody says so":    {plain, []string{three}, "customer GET /v2/products/2", "product GET /products/2", true},
		"of its path, though nobody says so":    {plain, []string{"customer GET /v2/products/2"}, "customer { product(id: 2) { name } }", "product GET /products?ids=2", false},
		"at its path, with a query":             {single, []string{three}, "customer GET /v2/products/2?more=1", "product GET /products/2?more=1", true},
		"one by its path, that there is not":    {single, []string{"customer GET /v2/products/999999\nAccept: application/json"}, "customer { product(id: 999999) { name } }", "", false},
		"by path, of a service that says less":  {single, []string{"customer { order(id: 7) { status } }"}, "customer GET /v2/orders/7", "order GET /orders/7", true},
		"at the path of one, by another caller": {single, []string{"customer GET /v2/orders/7"}, "support GET /v2/orders/7", "order GET /orders/7", true},
	} {
		t.Run(name, func(t *testing.T) {
			c.p.purge(t, `{"all": true}`)
			for _, each := range c.before {
				c.p.read(t, each)
			}
			var got reply
			if asked := c.p.asking(func() { got = c.p.read(t, c.read) }); asked != c.asks {
				t.Errorf("services were asked %q, want %q", asked, c.asks)
			}
			c.p.purge(t, `{"all": true}`)
			if want := c.p.read(t, c.read); want.status != got.status || !bytes.Equal(want.body, got.body) {
				t.Errorf("it is answered with %d %s, and by the service with %d %s", got.status, got.body, want.status, want.body)
			}
			if c.answeredByOne && got.status != http.StatusOK {
				t.Errorf("it is answered with %d", got.status)
			}
		})
	}
}
