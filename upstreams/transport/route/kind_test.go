package route

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRequestsOfOneKind(t *testing.T) {
	for _, pair := range []struct {
		one, other string
		same       bool
	}{
		{"GET /users/1", "GET /users/2", true},
		{"GET /users/1", "GET /users/4711", true},
		{"GET /users/5f3c-aa", "GET /users/00b1-ef", true},
		{"GET /users?ids=1,2", "GET /users?ids=3", true},
		{"GET /users?ids=1&page=2", "GET /users?ids=3&page=", true},
		{"GET /users/1", "DELETE /users/1", false},
		{"GET /users/1", "GET /orders/1", false},
		{"GET /users/1", "GET /users", false},
		{"GET /users/1", "GET /users/1/orders", false},
		{"GET /users?ids=1", "GET /users?names=1", false},
		{"GET /users?ids=1", "GET /users?ids=1&full", false},
		{"GET /users?ids=1", "GET /users/ids", false},
		{"GET /ab/c", "GET /a/bc", false},
	} {
		t.Run(pair.one+" and "+pair.other, func(t *testing.T) {
			kind := func(text string) uint64 {
				method, target, _ := strings.Cut(text, " ")
				return Kind(httptest.NewRequest(method, target, nil))
			}
			if same := kind(pair.one) == kind(pair.other); same != pair.same {
				t.Errorf("got the same kind: %v, want %v", same, pair.same)
			}
		})
	}
}

func BenchmarkKind(b *testing.B) {
	req := httptest.NewRequest("GET", "/users/7/orders?ids=1,2,3&limit=20", nil)
	b.ReportAllocs()
	for b.Loop() {
		_ = Kind(req)
	}
}
