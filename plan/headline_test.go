package plan_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"github.com/concierge-gateway/concierge/auth"
	"github.com/concierge-gateway/concierge/plan"
)

// headline is what a page asks.
const headline = `query Page($cursor: String) { orders(first: 20, after: $cursor) { nodes {
  id status total { amount currency }
  user { id name email }
  items { quantity product { id name price { amount currency } } }
  payment { id status amount { amount currency } }
} } }`

// prepared answers calls with what lies ready for them, by the services' paths with their queries.
type prepared map[string][]byte

// RoundTrip answers a call.
func (p prepared) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := p[r.URL.RequestURI()]
	if !ok {
		return nil, fmt.Errorf("nothing lies ready for %s", r.URL.RequestURI())
	}
	return &http.Response{
		StatusCode: http.StatusOK, ContentLength: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)), Request: r,
	}, nil
}

// onePage is 20 orders of 10 users, or of one, with three lines each, of 30 products, and their payments.
func onePage(owner int) prepared {
	list := func(n int, format string, values func(i int) []any) []byte {
		records := make([]string, n)
		for i := range records {
			records[i] = fmt.Sprintf(format, values(i+1)...)
		}
		return []byte("[" + strings.Join(records, ",") + "]")
	}
	const ended = `"created_at":"2026-01-02T03:04:05Z","updated_at":"2026-01-02T03:04:05Z"}`
	orders := list(20, `{"id":%d,"user_id":%d,"status":"shipped","currency":"EUR","total":%d.90,"items":[{"product_id":%d,"quantity":2,"unit_price":39.90},{"product_id":%d,"quantity":1,"unit_price":49.90},{"product_id":%d,"quantity":5,"unit_price":0.00}],`+
		`"shipping_address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},"notes":"Ring twice, please.",`+ended, func(i int) []any {
		user := owner
		if owner == 0 {
			user = (i-1)%10 + 1
		}
		return []any{i, user, 100 + i, (3*i-3)%30 + 1, (3*i-2)%30 + 1, (3*i-1)%30 + 1}
	})
	users := list(10, `{"id":%d,"name":"Ada Lovelace %[1]d","username":"ada%[1]d","email":"ada%[1]d@example.com","phone":"+44 20 7946 0018","role":"customer","status":"active",`+
		`"address":{"street":"12 St James's Square","city":"London","zip":"SW1Y 4JH"},`+ended, func(i int) []any { return []any{i} })
	products := list(30, `{"id":%d,"name":"Mechanical keyboard %[1]d","sku":"KB-000%[1]d","price":39.90,"currency":"EUR","category":"peripherals","description":"A keyboard with 87 keys, brown switches and a cable that comes off.","stock":120,"tags":["new","office"],`+
		ended, func(i int) []any { return []any{i} })
	payments := list(20, `{"id":%d,"order_id":%d,"status":"captured","amount":%d.90,"currency":"EUR","method":"paypal",`+ended, func(i int) []any {
		return []any{500 + i, i, 100 + i}
	})
	return prepared{
		"/orders?limit=20&offset=0":          orders,
		"/orders?limit_each=20&user_ids=7":   orders, // all of them are this user's
		"/orders?ids=" + counted(20):         orders,
		"/users?ids=" + counted(10):          users,
		"/users?ids=7":                       users,
		"/products?ids=" + counted(30):       products,
		"/payments?order_ids=" + counted(20): payments,
	}
}

// counted are the numbers from 1 to n.
func counted(n int) string {
	return strings.Trim(numbered(n+1, "%d,")[2:], ",")
}

// performance is a query that is run again and again.
type performance struct {
	*site

	ctx  context.Context
	plan *plan.Plan
}

func perform(t testing.TB, who auth.Principal, query string, owner int) *performance {
	t.Helper()
	return performing(t, usual(), who, query, owner)
}

func performing(t testing.TB, with settings, who auth.Principal, query string, owner int) *performance {
	t.Helper()
	with.way = onePage(owner)
	return performed(t, with, who, query, 4000)
}

func performingOver(t testing.TB, services http.RoundTripper, who auth.Principal, query string) *performance {
	t.Helper()
	with := usual()
	with.way = services
	return performed(t, with, who, query, 500)
}

// performed finds out that a query is answered, by so many bytes at least.
func performed(t testing.TB, with settings, who auth.Principal, query string, least int) *performance {
	t.Helper()
	p := &performance{site: build(t, with)}
	compiled, operation := p.compiled(t, query, nil)
	p.plan = compiled
	p.ctx, _ = p.begin(t.Context(), who)
	p.ctx = graphql.WithOperationContext(p.ctx, operation)
	if got := p.ask(t, who, query, nil); len(got.Errors) > 0 || len(got.Data) < least {
		t.Fatalf("the answer is %s", got)
	}
	return p
}

// answer runs the query once.
func (p *performance) answer() []byte {
	return p.planner.Run(p.fresh(), p.plan, nil)
}

// fresh is the context of an answer.
func (p *performance) fresh() context.Context {
	return graphql.WithResponseContext(p.ctx, present, recovered)
}
