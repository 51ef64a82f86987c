package tests

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/concierge-gateway/concierge/demo"
)

// An operation that a client had to repeat, since it could not know what became of the first.

// honoured is a configuration that says of every service that it knows Idempotency-Keys.
func honoured(yaml string) string {
	for _, service := range demo.Names() {
		head := "\n  " + service + ":\n"
		yaml = strings.Replace(yaml, head, head+"    retry: {idempotency_keys: true}\n", 1)
	}
	return yaml
}

// place is a field that places an order.
const place = `placeOrder(input: {items: [{productId: 3, quantity: 2}], shippingAddress: {street: "Elm 1", city: "Troy", zip: "1"}}) {
	order { id createdAt user { id } } userErrors { code } }`

// keyed sends an operation with an Idempotency-Key, or without one where that is empty.
func (p *program) keyed(t *testing.T, key string, op operation) reply {
	t.Helper()
	req := p.request(t, op)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return send(t, req)
}

// placed is the ids of the orders that were placed, as the order service has them.
func (p *program) placed(t *testing.T) []int {
	t.Helper()
	var orders []struct {
		ID int `json:"id"`
	}
	if err := json.Unmarshal(get(t, p.services.URLs(demo.Order)[0]+"/orders?offset=5000").body, &orders); err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, each := range orders {
		ids = append(ids, each.ID)
	}
	return ids
}

// keys are those that came with the calls of a method, in order of arrival.
func (p *program) keys(method string) []string {
	var keys []string
	for _, call := range p.services.Calls() {
		if call.Method == method {
			keys = append(keys, strings.Join(call.Header.Values("Idempotency-Key"), "|"))
		}
	}
	return keys
}

func TestAnOperationThatIsRepeatedWithItsKeyWritesOnce(t *testing.T) {
	p := start(t, honoured(standard))
	op := operation{query: "mutation { " + place + " }"}
	first := p.keyed(t, "a-key", op)
	if !strings.Contains(string(first.body), `"id":"5001"`) {
		t.Fatalf("got %d %s, want the order 5001", first.status, first.body)
	}
	for _, form := range []string{"a-key", `"a-key"`} {
		if again := p.keyed(t, form, op); !bytes.Equal(again.body, first.body) {
			t.Errorf("with %s again the answer is %s, want %s", form, again.body, first.body)
		}
	}
	if diff := cmp.Diff([]int{5001}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
	for _, key := range []string{"another-key", ""} {
		if other := p.keyed(t, key, op); bytes.Equal(other.body, first.body) {
			t.Errorf("with the key %q the answer is the first one", key)
		}
	}
	if diff := cmp.Diff([]int{5001, 5002, 5003}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
}

func TestEachWriteOfAnOperationHasAKeyOfItsOwn(t *testing.T) {
	p := start(t, honoured(standard))
	op := operation{query: "mutation { a: " + place + " b: " + place + ` c: cancelOrder(id: 7) { order { id } } }`}
	first := p.keyed(t, "a-key", op)
	posts, patches := p.keys(http.MethodPost), p.keys(http.MethodPatch)
	if len(posts) != 2 || len(patches) != 1 {
		t.Fatalf("got %d and %d writes, want 2 and 1: %s", len(posts), len(patches), first.body)
	}
	seen := map[string]bool{"": true, "a-key": true, `"a-key"`: true}
	for _, key := range append(posts, patches...) {
		if seen[key] {
			t.Errorf("a write has the key %q, want one of its own", key)
		}
		seen[key] = true
	}
	if diff := cmp.Diff([]int{5001, 5002}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
	for _, key := range p.keys(http.MethodGet) {
		if key != "" {
			t.Errorf("a read has the key %s", key)
		}
	}
	p.services.ResetCalls()
	if again := p.keyed(t, "a-key", op); !bytes.Equal(again.body, first.body) {
		t.Errorf("the second answer is %s, want %s", again.body, first.body)
	}
	if diff := cmp.Diff(append(posts, patches...), append(p.keys(http.MethodPost), p.keys(http.MethodPatch)...)); diff != "" {
		t.Errorf("a repetition has other keys:\n%s", diff)
	}
}

func TestAnotherCallersEqualKeyIsAnother(t *testing.T) {
	p := start(t, honoured(standard))
	for i, who := range []string{"customer", "support"} {
		r := p.keyed(t, "a-key", operation{as: who, query: "mutation { " + place + " }"})
		if want := []string{`"user":{"id":"7"}`, `"user":{"id":"2"}`}[i]; !strings.Contains(string(r.body), want) {
			t.Errorf("%s gets %s, want an order with %s", who, r.body, want)
		}
	}
	if diff := cmp.Diff([]int{5001, 5002}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
}

func TestAKeyDoesNotStandForOtherInput(t *testing.T) {
	p := start(t, honoured(standard))
	op := operation{query: "mutation { " + place + " }"}
	p.keyed(t, "a-key", op)
	op.query = strings.Replace(op.query, "quantity: 2", "quantity: 3", 1)
	if r := p.keyed(t, "a-key", op); !strings.Contains(string(r.body), `"order":null`) {
		t.Errorf("got %s, want no order", r.body)
	}
	if diff := cmp.Diff([]int{5001}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
}

func TestAWriteWhoseAnswerWasLostIsFoundAgain(t *testing.T) {
	p := start(t, honoured(standard))
	op := operation{query: "mutation { " + place + " }"}
	p.services.SetFault(demo.Order, demo.Fault{Method: http.MethodPost, Truncate: true})
	refused(t, p.keyed(t, "a-key", op))
	p.services.ClearFaults()
	if r := p.keyed(t, "a-key", op); !strings.Contains(string(r.body), `"id":"5001"`) {
		t.Errorf("got %s, want the order 5001", r.body)
	}
	if diff := cmp.Diff([]int{5001}, p.placed(t)); diff != "" {
		t.Errorf("the orders (-want +got):\n%s", diff)
	}
}

// With a key the gateway itself asks again, and the client notices nothing.
func TestAWriteIsTriedAgainOnlyWithAKeyThatTheServiceKnows(t *testing.T) {
	knows, not := start(t, honoured(standard)), start(t, standard)
	for name, c := range map[string]struct {
		p     *program
		key   string
		calls int
	}{
		"a key":                {knows, "a-key", 2},
		"no key":               {knows, "", 1},
		"a key it cannot read": {not, "a-key", 1},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(c.p.placed(t))
			c.p.services.ResetCalls()
			c.p.services.SetFault(demo.Order, demo.Fault{Method: http.MethodPost, Truncate: true, Times: 1})
			r := c.p.keyed(t, c.key, operation{query: "mutation { " + place + " }"})
			if answered := strings.Contains(string(r.body), `"userErrors":[]`); answered != (c.calls > 1) {
				t.Errorf("got %s", r.body)
			}
			keys := c.p.keys(http.MethodPost)
			if len(keys) != c.calls || keys[0] != keys[len(keys)-1] {
				t.Errorf("the order service was called with the keys %q, want %d that are equal", keys, c.calls)
			}
			if made := len(c.p.placed(t)) - before; made != 1 {
				t.Errorf("%d orders were placed, want 1", made)
			}
		})
	}
}

func TestWithoutAKeyTheServicesHearOfNone(t *testing.T) {
	knows, not := start(t, honoured(standard)), start(t, standard)
	knows.run(t, operation{query: "mutation { " + place + " }"})
	not.keyed(t, "a-key", operation{query: "mutation { " + place + " }"})
	for _, call := range append(knows.services.Calls(), not.services.Calls()...) {
		if values, ok := call.Header["Idempotency-Key"]; ok {
			t.Errorf("%s has the key %q", call, values)
		}
	}
}

func TestAMalformedKeyIsRefused(t *testing.T) {
	p := start(t, honoured(standard))
	const rule = "an Idempotency-Key is 1 to 255 visible ASCII characters, bare or as a string in double quotes"
	for name, c := range map[string]struct {
		fields  []string
		message string
	}{
		"an empty one":         {[]string{""}, rule},
		"an empty string":      {[]string{`""`}, rule},
		"one with a blank":     {[]string{"a " + canary}, rule},
		"one that is too long": {[]string{canary + strings.Repeat("x", 255)}, rule},
		"one without an end":   {[]string{`"` + canary}, rule},
		"one that is no ASCII": {[]string{"é" + canary}, rule},
		"two":                  {[]string{canary + "a", canary + "b"}, "there is more than one Idempotency-Key"},
	} {
		t.Run(name, func(t *testing.T) {
			req := p.request(t, operation{query: "mutation { " + place + " }"})
			req.Header["Idempotency-Key"] = c.fields
			r := send(t, req)
			refusal{Status: 400, Form: problemJSON, Code: "BAD_USER_INPUT", Message: c.message}.check(t, r)
			saysNothingOf(t, string(r.body), canary)
		})
	}
	if calls := p.services.Calls(); len(calls) > 0 {
		t.Errorf("the services were called: %v", calls)
	}
	saysNothingOf(t, p.log.String(), canary)
}

func TestAQueryByGETIgnoresAKey(t *testing.T) {
	p := start(t, honoured(standard))
	header := map[string]string{"Idempotency-Key": "a malformed one"}
	r := send(t, p.raw(t, http.MethodGet, "/graphql?query="+url.QueryEscape(`{ me { id } }`), header, "", false))
	if got, want := string(r.body), `{"data":{"me":{"id":"7"}}}`; r.status != http.StatusOK || got != want {
		t.Errorf("got %d %s, want %s", r.status, got, want)
	}
}

// A key is as good as the right to learn what became of a write.
func TestAKeyIsKnownToNobodyElse(t *testing.T) {
	p := start(t, honoured(standard))
	p.keyed(t, canary, operation{as: "admin", query: "mutation { " + place + ` refundPayment(id: 5000) { userErrors { code } } }`})
	p.services.SetFault(demo.Order, demo.Fault{Status: http.StatusInternalServerError})
	p.keyed(t, canary+"2", operation{query: "mutation { " + place + " }"})
	for _, call := range p.services.Calls() {
		for field, values := range call.Header {
			saysNothingOf(t, field+": "+strings.Join(values, ","), canary)
		}
	}
	saysNothingOf(t, p.log.String(), canary)
	for _, key := range p.keys(http.MethodPost) {
		saysNothingOf(t, p.log.String(), strings.Trim(key, `"`))
	}
}
