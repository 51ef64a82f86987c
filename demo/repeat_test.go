package demo_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// again is a write with a key.
func again(t *testing.T, services *demo.Services, request, body, key string) reply {
	t.Helper()
	method, target, _ := strings.Cut(request, " ")
	got := ask(t, services, method, target, body, "Idempotency-Key", key)
	got.header.Del("Date")
	return got
}

// Each write leaves something behind that shows whether it was done twice.
func TestAWriteWithAKeyIsDoneOnce(t *testing.T) {
	for name, c := range map[string]struct {
		request, body string
		status        int
	}{
		"an order":            {"POST /orders", `{"user_id": 7, "items": [{"product_id": 3, "quantity": 1}]}`, 201},
		"an order called off": {"PATCH /orders/1", `{"status": "cancelled"}`, 200},
		"a payment":           {"POST /payments", `{"order_id": 1, "method": "card"}`, 201},
		"a refund":            {"POST /payments/4999/refund", `{"reason": "twice"}`, 200},
		"a refund, no body":   {"POST /payments/4999/refund", ``, 200},
		"a user":              {"POST /users", `{"name": "B", "username": "b", "email": "b@b.org"}`, 201},
		"a changed user":      {"PATCH /users/7", `{"phone": "555"}`, 200},
		"a product":           {"POST /products", `{"name": "A", "sku": "A", "category": "a", "price": 1}`, 201},
		"a changed product":   {"PATCH /products/7", `{"stock": 3}`, 200},
		"a refused write":     {"PATCH /orders/3", `{"status": "cancelled"}`, 409},
	} {
		t.Run(name, func(t *testing.T) {
			// The clock goes on, so that a write that is done again has another time in it.
			now := noon()
			services := start(t, demo.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
			first := again(t, services, c.request, c.body, "k")
			if first.status != c.status {
				t.Fatalf("got status %d, want %d: %s", first.status, c.status, first.body)
			}
			if diff := cmp.Diff(first, again(t, services, c.request, c.body, "k"), cmp.AllowUnexported(reply{})); diff != "" {
				t.Errorf("the second answer differs:\n%s", diff)
			}
			if other := again(t, services, c.request, c.body, `"k2"`); other.body == first.body && c.status < 300 {
				t.Errorf("another key is answered with the same: %s", other.body)
			}
		})
	}
}

func TestBothEndpointsKnowAKey(t *testing.T) {
	services := writable(t)
	const body = `{"user_id": 7, "items": [{"product_id": 3, "quantity": 1}]}`
	var answers []string
	for _, base := range services.URLs(demo.Order) {
		answers = append(answers, ask(t, services, http.MethodPost, base+"/orders", body, "Idempotency-Key", "k").body)
	}
	if answers[0] != answers[1] || get(t, services, "/orders?offset=5001") != "[]" {
		t.Errorf("got %q, want one order", answers)
	}
}

func TestAKeyBelongsToOneRequest(t *testing.T) {
	services := writable(t)
	const body = `{"user_id": 7, "items": [{"product_id": 3, "quantity": 1}]}`
	again(t, services, "POST /orders", body, "k")
	for name, c := range map[string]struct{ request, body string }{
		"another body":   {"POST /orders", strings.Replace(body, "3", "4", 1)},
		"another path":   {"PATCH /orders/1", body},
		"another query":  {"POST /orders?v=1", body},
		"nothing at all": {"POST /orders", ""},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, again(t, services, c.request, c.body, "k"), 422, mistake{"", "KEY_REUSED"})
		})
	}
	if got := get(t, services, "/orders?offset=5001"); got != "[]" {
		t.Errorf("a refused write made %s", got)
	}
	// Services keep their keys apart.
	if got := again(t, services, "PATCH /users/7", `{"phone": "555"}`, "k"); got.status != http.StatusOK {
		t.Errorf("another service answers with %d %s", got.status, got.body)
	}
}

func TestAKeyIsOneTextOfBoundedLength(t *testing.T) {
	services := writable(t)
	for name, key := range map[string]string{"empty": "", "too long": strings.Repeat("k", 256)} {
		t.Run(name, func(t *testing.T) {
			refused(t, again(t, services, "PATCH /users/7", `{}`, key), 400)
		})
	}
	if got := ask(t, services, http.MethodGet, "/users/7", "", "Idempotency-Key", ""); got.status != http.StatusOK {
		t.Errorf("a read is answered with %d, want its key ignored", got.status)
	}
}

func TestARepetitionDoesNotOvertakeTheFirst(t *testing.T) {
	began, released := make(chan struct{}), make(chan struct{})
	release := sync.OnceFunc(func() { close(released) })
	defer release() // also where the test fails
	var hold sync.Once
	services := start(t, demo.Options{Now: func() time.Time {
		hold.Do(func() { close(began); <-released })
		return noon()
	}})
	const body = `{"user_id": 7, "items": [{"product_id": 3, "quantity": 1}]}`
	first := make(chan reply, 1)
	go func() {
		got, err := try(t.Context(), services, http.MethodPost, "/orders", body, "Idempotency-Key", "k")
		if err != nil {
			t.Error(err)
		}
		first <- got
	}()
	<-began
	early := again(t, services, "POST /orders", body, "k")
	release()
	refused(t, early, 409, mistake{"", "UNDER_WAY"})
	if got := early.header.Get("Retry-After"); got != "1" {
		t.Errorf("got Retry-After %q, want 1", got)
	}
	if want, got := <-first, again(t, services, "POST /orders", body, "k"); got.status != 201 || got.body != want.body {
		t.Errorf("got %d %s in the end, want %s", got.status, got.body, want.body)
	}
}
