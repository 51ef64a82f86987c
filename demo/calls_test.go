package demo_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

func TestCallsAreRecordedInOrder(t *testing.T) {
	services := start(t, demo.Options{Record: true})
	ask(t, services, "GET", "/users?limit=2&ids=1%2C2&ids=3", "", "X-Request-ID", "abc")
	ask(t, services, "PATCH", services.URLs(demo.Order)[1]+"/orders/1", `{"status": "cancelled"}`)
	services.SetFault(demo.Product, demo.Fault{CloseConnection: true})
	_, _ = try(t.Context(), services, "GET", "/products/1", "")

	got := services.Calls()
	if id := got[0].Header.Get("X-Request-ID"); id != "abc" {
		t.Errorf("got request id %q, want abc", id)
	}
	for i := range got {
		got[i].Header = nil
	}
	want := []demo.Call{
		{Seq: 1, Service: "user", Method: "GET", Path: "/users", Query: "ids=1,2&ids=3&limit=2"},
		{Seq: 2, Service: "order", Endpoint: 1, Method: "PATCH", Path: "/orders/1", Body: []byte(`{"status": "cancelled"}`)},
		{Seq: 3, Service: "product", Method: "GET", Path: "/products/1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := got[0].String(), "user GET /users?ids=1,2&ids=3&limit=2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	services.ResetCalls()
	if got := services.Calls(); len(got) != 0 {
		t.Errorf("got %v after a reset", got)
	}
	get(t, services, "/users/1")
	if got := services.Calls(); len(got) != 1 || got[0].Seq != 1 {
		t.Errorf("got %v, want one call of number 1", got)
	}
}

func TestNothingIsRecordedUnlessAskedFor(t *testing.T) {
	services := start(t, demo.Options{})
	get(t, services, "/users/1")
	services.ResetCalls()
	if got := services.Calls(); got != nil {
		t.Errorf("got %v", got)
	}
}
