package main

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

func get(ctx context.Context, t *testing.T, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestAnswersAreTheSampleServicesOwn(t *testing.T) {
	sample, err := demo.Start(demo.Options{Endpoints: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sample.Close() }()
	data, err := read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, service := range services(data) {
		listener, err := listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		var count atomic.Int64
		go func() { _ = accept(listener, service, &count) }()
		targets := map[string][]string{
			demo.User: {"/users/7", "/users?ids=3,1,2,3,1000,1001", "/users?ids=5%2C4", "/users", "/users?limit=3&offset=998"},
			demo.Order: {
				"/orders/5000", "/orders?limit=20&offset=0", "/orders?offset=4980&limit=20", "/orders?offset=6000&limit=20", "/orders?ids=17",
				"/orders?user_ids=8,7&limit_each=2", "/orders?user_ids=7%2C1001",
				"/orders?user_id=7&limit=20&offset=0", "/orders?user_id=7&limit=2&offset=4", "/orders?user_id=7&offset=9", "/orders?user_id=1001",
			},
			demo.Product: {"/products/500", "/products?ids=500,1,499", "/products?limit=1000&offset=0"},
			demo.Payment: {"/payments/1", "/payments?order_ids=5000,1,2,5001", "/payments?order_ids=0"},
		}[name]
		for _, target := range targets {
			wantStatus, want := get(t.Context(), t, sample.URLs(name)[0]+target)
			status, got := get(t.Context(), t, "http://"+listener.Addr().String()+target)
			if diff := cmp.Diff(want, got); diff != "" || status != wantStatus {
				t.Errorf("%s: status %d, want %d (-want +got):\n%s", target, status, wantStatus, diff)
			}
		}
		if got := count.Load(); got != int64(len(targets)) {
			t.Errorf("%s counted %d calls, want %d", name, got, len(targets))
		}
		for _, target := range []string{"/users/0", "/orders/5001", "/elsewhere", "/users?ids=x", "/payments", "/orders?limit=0", "/orders?user_ids=1&limit_each=0"} {
			if status, _ := get(t.Context(), t, "http://"+listener.Addr().String()+target); status != http.StatusNotFound {
				t.Errorf("%s of %s: status %d, want 404", target, name, status)
			}
		}
	}
}

func TestMoreKeysThanTheContractAllowsAreRefused(t *testing.T) {
	s := &service{path: "/users", records: make(records, 200), key: "ids", idOf: func(key int) int { return key }}
	for keys, want := range map[int]bool{maxKeys: true, maxKeys + 1: false} {
		target := []byte("/users?ids=1")
		for range keys - 1 {
			target = append(target, ",1"...)
		}
		if _, ok := s.answer(nil, target, new([]int)); ok != want {
			t.Errorf("%d keys are answered: %t, want %t", keys, ok, want)
		}
	}
}

func TestAServiceSaysHowItsAnswersMayBeKept(t *testing.T) {
	service := &service{path: "/products", records: records{[]byte(`{"id":1}`)}, key: "ids", idOf: func(key int) int { return key }}
	for says, want := range map[says][2]string{
		notKept: {"no-store", ""},
		silent:  {"", ""},
		kept:    {"public, max-age=86400", `"d51b1db3d1dff09b"`},
	} {
		listener, err := listen(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go func() { _ = accept(listener, service.saying(says), new(atomic.Int64)) }()
		for target, want := range map[string][2]string{"/products/1": want, "/products/2": {"no-store", ""}} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+target, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if got := [2]string{res.Header.Get("Cache-Control"), res.Header.Get("ETag")}; got != want {
				t.Errorf("%s is answered with %q, want %q", target, got, want)
			}
		}
	}
}

func TestAHarmlessServiceSaysNothingThatNobodyMaySee(t *testing.T) {
	data := &dataset{products: records{[]byte(`{"id":1,"price":1.50,"supplier_cost":1.00,"supplier_id":3,"stock":2}`)}}
	service, err := data.harmless()
	if err != nil {
		t.Fatal(err)
	}
	got, ok := service.answer(nil, []byte("/products/1"), new([]int))
	if diff := cmp.Diff(`{"id":1,"price":1.50,"stock":2}`, string(got)); diff != "" || !ok {
		t.Error(diff)
	}
}
