package passthrough

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/concierge-gateway/concierge/auth"
)

// What a request costs by what depends on the caller: nothing, members, whole records, and other records.
func BenchmarkARequestForProducts(b *testing.B) {
	request(b, products(nil), ada(), `{"id":3,"name":"Lamp"}`)
}

func BenchmarkARequestForUsers(b *testing.B) { request(b, users(nil), ada(), userEight) }

func BenchmarkARequestForOrders(b *testing.B) { request(b, orders(nil), ada(), orderSeven) }

func BenchmarkARequestForPayments(b *testing.B) { request(b, payments(nil), ada(), paidSeven) }

func request(b *testing.B, route Route, caller auth.Principal, body string) {
	b.Helper()
	d := opened(b, says(body), route)
	d.records.users = buyers()
	r := httptest.NewRequestWithContext(by(b.Context(), caller), "GET", strings.Replace(route.Match[len("GET "):], "{id}", "1", 1), nil)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		d.Handler.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}
