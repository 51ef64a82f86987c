package gateway

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkKeptRecord is a record that is answered by what is kept, all the way from the wrappers to the last byte of the answer:
// by a route that hands it on, and by one that shows what everybody sees.
func BenchmarkKeptRecord(b *testing.B) {
	g := openRecords(b)
	for _, each := range []struct{ name, path string }{{"raw", "/v1/products/7"}, {"filtered", "/v2/products/7"}} {
		b.Run(each.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, each.path, nil)
			r.Header.Set("Accept", "application/json")
			r.Header.Set("User-Agent", "bench")
			asked(b, g, r, nil)
		})
	}
}

// openRecords is a gateway before a service of products that lets everybody keep its answers.
func openRecords(b *testing.B) *Gateway {
	b.Helper()
	service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		_, _ = io.WriteString(w, `{"id":7,"name":"Lamp","sku":"LAMP-7","price":"49.90","currency":"EUR","category":"home","description":`+
			`"A lamp that stands on a desk","stock":7,"created_at":"2024-01-01T00:00:00Z","updated_at":"2024-06-01T00:00:00Z"}`)
	})
	products, shop := httptest.NewServer(service), httptest.NewServer(service)
	b.Cleanup(products.Close)
	b.Cleanup(shop.Close)
	yaml := fmt.Sprintf(`auth: {anonymous: true}
log: {access_log: false}
limits:
  rules:
    - {name: address, by: ip, limit: 1000000000, per: 1m}
    - {name: caller, by: principal, limit: 1000000000, per: 1m}
upstreams:
  user: {urls: [%[1]q]}
  order: {urls: [%[1]q]}
  product: {urls: [%[1]q], cache: {depends: nothing}}
  payment: {urls: [%[1]q]}
  shop: {urls: [%[2]q], cache: {depends: nothing}}
rest:
  routes:
    - {match: "GET /products/{id}", version: v1, upstream: shop, to: "/products/{id}", raw: true, public: true}
    - {match: "GET /products/{id}", version: v2, upstream: product, returns: Product, rename: {sku: article}}
`, products.URL, shop.URL)
	return configured(b, yaml)
}
