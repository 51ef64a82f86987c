package tests

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// limitedSite is the usual one with limits of fields. Each request comes from an address of its own, by which it is counted: so
// nothing that is run before matters.
func limitedSite(limits map[string]int) string {
	var yaml strings.Builder
	usual := usualLimits.ReplaceAllString(planSites()["usual"], "")
	yaml.WriteString(with(usual, "server", "trusted_proxies: [127.0.0.1/32]") + "\nlimits:\n  rules: []\n  fields:\n")
	for field, limit := range limits {
		fmt.Fprintf(&yaml, "    %s: [{by: ip, limit: %d, per: 1h}]\n", field, limit)
	}
	return yaml.String()
}

// elsewhere sends each request as if it came from an address that no other comes from.
type elsewhere struct{ next http.RoundTripper }

func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	_, number, _ := strings.Cut(r.Header.Get("X-Request-ID"), "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		return nil, fmt.Errorf("read the number of a trial: %w", err)
	}
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	return e.next.RoundTrip(r)
}

func startLimited(t *testing.T, limits map[string]int) *twins {
	t.Helper()
	w := startTwins(t, limitedSite(limits))
	w.client.Transport = elsewhere{w.client.Transport}
	return w
}

// TestPlansAgreeWithLimits is TestPlansAgree where fields have limits.
func TestPlansAgreeWithLimits(t *testing.T) {
	t.Parallel()
	w := startLimited(t, map[string]int{
		"Query.users": 2, "Query.user": 2, "Order.payment": 1, "Order.user": 2, "Order.total": 2, "Order.shippingAddress": 1, "OrderItem.product": 2,
		"User.email": 1, "User.orders": 2, "User.role": 1, "Payment.order": 1, "Payment.cardLast4": 1, "Product.stock": 1, "Product.price": 2,
		"Mutation.updateProfile": 1, "Mutation.cancelOrder": 1, "Mutation.payOrder": 1,
	})
	run := &trials{sites: map[string]*twins{"usual": w, "other": w}}
	run.known = run.learn(t)
	number, seed := operationsWanted(t, 600), numberIn(t, "PLANS_SEED", 1)
	for from := 0; from < number && len(run.found) < 3; from += block {
		run.block(t, seed, from, min(from+block, number))
	}
	t.Logf("%+v", run.trialTally)
	for _, c := range run.found {
		t.Error(run.report(t, c))
	}
	run.wereRunAsTheyShould(t)
	over := 0
	for line := range strings.SplitSeq(string(get(t, w.sides[1].admin+"/metrics").body), "\n") {
		if strings.HasPrefix(line, `concierge_ratelimit_decisions_total{outcome="limited"`) && !strings.HasSuffix(line, " 0") {
			over++
		}
	}
	if over < 5 {
		t.Errorf("%d fields were over their limits: the trials prove little", over)
	}
}

func TestWhatIsOverAFieldsLimitIsNull(t *testing.T) {
	w := startLimited(t, map[string]int{
		"Order.payment": 5, "User.email": 2, "Product.stock": 5, "Product.price": 3, "Mutation.updateProfile": 1, "Query.orders": 1,
	})
	const scopes = "users:read orders:read payments:read"
	for name, c := range map[string]struct {
		query  string
		shown  map[string]int // how often a text is in the data
		errors int
		calls  []string // the beginnings of some
	}{
		"five payments of twenty": {`{ orders(first: 20) { nodes { id payment { status } } } }`, map[string]int{`"status"`: 5, `"payment":null`: 15}, 15, []string{"order GET /orders", "payment GET /payments"}},
		"aliases and fragments": {
			`{ a: orders(first: 5) { nodes { payment { id } p: payment { id } ...P } } } fragment P on Order { q: payment { id } }`, map[string]int{`{"id"`: 15}, 0, nil,
		},
		"values": {`{ users(first: 4) { nodes { name email } } }`, map[string]int{`"email":null`: 2, "@": 2}, 2, []string{"user GET /users"}},
		"records of a page without resolvers": {
			`{ products(first: 7) { nodes { stock } edges { node { stock price { amount } } } } }`, map[string]int{`"price":null`: 4, `"amount"`: 3}, 8, []string{"product GET /products"},
		},
		"a write that is done once": {
			`mutation { a: updateProfile(input: {name: "A"}) { user { name email } } b: updateProfile(input: {name: "B"}) { user { name } } }`,
			map[string]int{`"name":"A"`: 1, `"b":null`: 1, "@": 1},
			1,
			[]string{"user PATCH /users/1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := w.try(t.Context(), trial{as: "1", scopes: scopes + " users:pii", query: c.query})
			if err != nil || v.differs {
				t.Fatalf("%v, %s", err, v.between())
			}
			o := v.byPlans
			for text, want := range c.shown {
				if got := strings.Count(o.Data, text); got != want {
					t.Errorf("%q is there %d times, want %d: %s", text, got, want, o)
				}
			}
			limited := 0
			for _, each := range o.Errors {
				if strings.Contains(each, `"code":"RATE_LIMITED"`) && strings.Contains(each, `"retryAfter":3600`) {
					limited++
				}
			}
			if limited != c.errors || len(o.Errors) != c.errors {
				t.Errorf("the errors are %v, want %d, each of which says when to come back", o.Errors, c.errors)
			}
			if c.calls != nil && !slices.EqualFunc(o.Calls, c.calls, strings.HasPrefix) {
				t.Errorf("the calls are %v, want %v", o.Calls, c.calls)
			}
		})
	}
}
